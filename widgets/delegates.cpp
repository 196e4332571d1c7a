#include "widgets/delegates.h"

#include "widgets/chart_painter.h"
#include "widgets/item_roles.h"
#include "widgets/tabular_text.h"

#include <QAbstractItemModel>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr int side = 6; ///< free space at the left and right of a cell
constexpr int swatch_size = 10;
constexpr int line_swatch_width = 18;
constexpr int swatch_gap = 8;
constexpr int live_size = 6; ///< of the dot of what is being written

QRect swatch_rect(const QStyleOptionViewItem& option, const QModelIndex& index) {
    const int width = index.data(DashRole).isValid() ? line_swatch_width : swatch_size;
    return {option.rect.left() + side, option.rect.center().y() - swatch_size / 2 + 1, width, swatch_size};
}

void draw_eye(QPainter& painter, const QRectF& box, bool open) {
    const QPointF middle = box.center();
    const double w = 6.5, h = 4.2;
    QPainterPath lid(middle - QPointF(w, 0));
    if (open)
        lid.quadTo(middle - QPointF(0, 1.9 * h), middle + QPointF(w, 0));
    else
        lid.moveTo(middle + QPointF(w, 0));
    lid.quadTo(middle + QPointF(0, 1.9 * h), middle - QPointF(w, 0));
    painter.drawPath(lid);
    if (open) painter.drawEllipse(middle, 1.9, 1.9);
}

void draw_pin(QPainter& painter, const QRectF& box, bool pinned, const QColor& color) {
    const QPointF middle = box.center();
    QPainterPath pin;
    pin.addRoundedRect(QRectF(middle.x() - 2.6, middle.y() - 6, 5.2, 6), 1.2, 1.2);
    if (pinned) painter.fillPath(pin, color);
    painter.drawPath(pin);
    painter.drawLine(middle + QPointF(-4.6, 0), middle + QPointF(4.6, 0));
    painter.drawLine(middle, middle + QPointF(0, 5.5));
}

} // namespace

ThemedDelegate::ThemedDelegate(QObject* parent) : QStyledItemDelegate(parent) {}

void ThemedDelegate::setTheme(const Theme& theme) {
    m_theme = theme;
}

QSize ThemedDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const {
    const double width = tabular_width(m_theme.font, index.data(Qt::DisplayRole).toString());
    return {static_cast<int>(std::ceil(width)) + 2 * side, Theme::row_height};
}

void ThemedDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    paintBackground(painter, option, index);
    paintText(painter, option, index, option.rect.adjusted(side, 0, -side, 0));
}

void ThemedDelegate::paintBackground(QPainter* painter, const QStyleOptionViewItem& option,
                                     const QModelIndex& index) const {
    const QVariant heat = index.data(HeatRole);
    const QColor tint = heat.isValid() ? m_theme.heat(heat.toDouble()) : QColor();
    if (tint.isValid()) painter->fillRect(option.rect, tint);
    if (option.state & QStyle::State_Selected) {
        // Over a tint the selection is a frame, so that the value's colour stays.
        if (tint.isValid()) {
            painter->setPen(QPen(m_theme.accent, 1));
            painter->setBrush(Qt::NoBrush);
            painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
        } else {
            painter->fillRect(option.rect, m_theme.selection);
        }
    } else if (option.state & QStyle::State_MouseOver && !tint.isValid()) {
        painter->fillRect(option.rect, m_theme.hover);
    }
    if (option.state & QStyle::State_HasFocus) {
        QColor ring = m_theme.accent;
        ring.setAlphaF(0.5F);
        painter->setPen(QPen(ring, 1));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
}

void ThemedDelegate::paintText(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                               const QRect& rect) const {
    const QString text = displayText(index.data(Qt::DisplayRole), option.locale);
    if (text.isEmpty()) return;
    const QVariant wanted_font = index.data(Qt::FontRole);
    QFont font = m_theme.font;
    if (wanted_font.isValid()) font.setBold(wanted_font.value<QFont>().bold());
    painter->setFont(font);
    const QVariant wanted_color = index.data(Qt::ForegroundRole);
    QColor color = index.data(MutedRole).toBool() ? m_theme.muted : m_theme.text;
    if (wanted_color.isValid()) color = wanted_color.value<QBrush>().color();
    if (!(option.state & QStyle::State_Enabled)) color = m_theme.muted;
    painter->setPen(color);
    const QVariant wanted_alignment = index.data(Qt::TextAlignmentRole);
    Qt::Alignment alignment = Qt::AlignLeft;
    if (wanted_alignment.isValid())
        alignment = Qt::Alignment::fromInt(wanted_alignment.toUInt()) & Qt::AlignHorizontal_Mask;
    QString shown = text;
    if (tabular_width(font, text) > rect.width()) {
        const QString brief = index.data(BriefRole).toString();
        const QString tail = index.data(TailRole).toString();
        const double left = rect.width() - tabular_width(font, tail);
        if (!brief.isEmpty())
            shown = QFontMetricsF(font).elidedText(brief, option.textElideMode, rect.width());
        else if (!tail.isEmpty() && text.endsWith(tail) && left > 0)
            shown = elided_name(font, text.chopped(tail.size()), left) + tail;
        else if (index.data(SwatchRole).isValid())
            shown = elided_name(font, text, rect.width());
        else
            shown = QFontMetricsF(font).elidedText(text, option.textElideMode, rect.width());
    }
    painter->setRenderHint(QPainter::TextAntialiasing);
    draw_tabular(*painter, rect, alignment | Qt::AlignVCenter, shown);
}

void SwatchDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    paintBackground(painter, option, index);
    const QVariant color = index.data(SwatchRole);
    QRect words = option.rect.adjusted(side, 0, -side, 0);
    if (color.isValid()) {
        const QRect swatch = swatch_rect(option, index);
        painter->save();
        if (const QVariant dash = index.data(DashRole); dash.isValid()) {
            draw_line_swatch(*painter, color.value<QColor>(), dash.value<QList<qreal>>(), swatch);
        } else {
            LegendEntry entry;
            entry.color = color.value<QColor>();
            const QVariant marker = index.data(MarkerRole);
            if (marker.isValid()) entry.marker = static_cast<Marker>(marker.toInt());
            draw_legend_swatch(*painter, entry, swatch, 1.6);
        }
        painter->restore();
        words.adjust(swatch.width() + swatch_gap, 0, 0, 0);
    }
    if (index.data(LiveRole).toBool()) {
        words.adjust(0, 0, -live_size - swatch_gap, 0);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme().success);
        const QPointF middle(option.rect.right() - side - live_size / 2.0, option.rect.center().y() + 0.5);
        painter->drawEllipse(middle, live_size / 2.0, live_size / 2.0);
        painter->restore();
    }
    paintText(painter, option, index, words);
}

QSize SwatchDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QSize size = ThemedDelegate::sizeHint(option, index);
    if (index.data(SwatchRole).isValid()) size.rwidth() += swatch_rect(option, index).width() + swatch_gap;
    if (index.data(LiveRole).toBool()) size.rwidth() += live_size + swatch_gap;
    return size;
}

bool SwatchDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) {
    if (event->type() == QEvent::MouseButtonRelease && index.data(SwatchRole).isValid()) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        if (mouse->button() == Qt::LeftButton &&
            swatch_rect(option, index).adjusted(-4, -4, 4, 4).contains(mouse->position().toPoint())) {
            Q_EMIT swatchClicked(index);
            return true;
        }
    }
    return ThemedDelegate::editorEvent(event, model, option, index);
}

ToggleDelegate::ToggleDelegate(Icon icon, QObject* parent) : ThemedDelegate(parent), m_icon(icon) {}

void ToggleDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    paintBackground(painter, option, index);
    const QVariant checked = index.data(Qt::CheckStateRole);
    if (!checked.isValid()) return;
    const auto state = static_cast<Qt::CheckState>(checked.toInt());
    const bool on = state == Qt::Checked;
    // A pin that is not set shows only under the mouse: an empty column is calmer.
    const bool over = option.state & (QStyle::State_MouseOver | QStyle::State_HasFocus);
    if (m_icon == Icon::pin && !on && !over) return;
    QColor color = on ? theme().muted : theme().border;
    if (m_icon == Icon::pin && on) color = theme().accent;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(color, 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    if (m_icon == Icon::eye)
        draw_eye(*painter, option.rect, state != Qt::Unchecked);
    else
        draw_pin(*painter, option.rect, on, color);
    painter->restore();
}

QSize ToggleDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
    return {Theme::row_height, Theme::row_height};
}

bool ToggleDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) {
    const QVariant checked = index.data(Qt::CheckStateRole);
    if (!checked.isValid()) return false;
    bool toggle = false;
    if (event->type() == QEvent::MouseButtonRelease) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        toggle = mouse->button() == Qt::LeftButton && option.rect.contains(mouse->position().toPoint());
    } else if (event->type() == QEvent::KeyPress) {
        toggle = static_cast<QKeyEvent*>(event)->key() == Qt::Key_Space;
    }
    if (!toggle) return false;
    return model->setData(index, checked.toInt() == Qt::Checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
}

void ProgressDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    paintBackground(painter, option, index);
    const QVariant progress = index.data(ProgressRole);
    if (!progress.isValid()) return;
    constexpr double thickness = 6;
    const QRectF track(option.rect.left() + side, option.rect.center().y() - thickness / 2 + 0.5,
                       option.rect.width() - 2 * side, thickness);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme().track);
    painter->drawRoundedRect(track, thickness / 2, thickness / 2);
    const double done = progress.toDouble();
    if (std::isfinite(done) && done > 0) {
        QRectF bar = track;
        bar.setWidth(std::max(thickness, track.width() * std::min(1.0, done)));
        painter->setBrush(theme().accent);
        painter->drawRoundedRect(bar, thickness / 2, thickness / 2);
    }
    painter->restore();
}

QSize ProgressDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
    return {160, Theme::row_height};
}

} // namespace isoloss
