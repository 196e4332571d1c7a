#include "widgets/bar_rows.h"

#include "widgets/tabular_text.h"

#include <QFontMetrics>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr int row_pitch = 31;
constexpr int bar_height = 5;

QString value_text(const BarRow& row) {
    if (!row.text.isEmpty()) return row.text;
    if (!row.value || !std::isfinite(*row.value)) return QStringLiteral("–");
    QString text = QString::number(std::abs(*row.value), 'f', 2);
    if (text.toDouble() > 0) text.prepend(*row.value < 0 ? QChar(0x2212) : QChar(u'+'));
    return text;
}

} // namespace

BarRows::BarRows(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFocusPolicy(Qt::TabFocus);
    setMouseTracking(true);
}

void BarRows::setTheme(const Theme& theme) {
    m_theme = theme;
    update();
}

void BarRows::setRows(std::vector<BarRow> rows) {
    m_rows = std::move(rows);
    m_current = -1;
    m_chosen = -1;
    QStringList spoken;
    for (const BarRow& row : m_rows)
        spoken << row.label + QLatin1Char(' ') + value_text(row);
    setAccessibleDescription(spoken.join(QStringLiteral("; ")));
    updateGeometry();
    update();
}

void BarRows::setChosen(int row) {
    m_chosen = row;
    update();
}

QSize BarRows::sizeHint() const {
    return {260, static_cast<int>(m_rows.size()) * row_pitch};
}

QSize BarRows::minimumSizeHint() const {
    return {120, sizeHint().height()};
}

int BarRows::rowAt(int y) const {
    const int row = y / row_pitch;
    return y >= 0 && row < static_cast<int>(m_rows.size()) ? row : -1;
}

bool BarRows::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int row = rowAt(help->pos().y());
        if (row >= 0 && !m_rows[static_cast<std::size_t>(row)].tooltip.isEmpty())
            QToolTip::showText(help->globalPos(), m_rows[static_cast<std::size_t>(row)].tooltip, this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void BarRows::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double middle = width() / 2.0;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const BarRow& row = m_rows[i];
        const double top = static_cast<double>(i) * row_pitch;
        const QRectF line(0, top, width(), row_pitch - bar_height - 6);
        const QString value = value_text(row);
        painter.setFont(m_theme.strong);
        const double value_width = tabular_width(m_theme.strong, value);
        painter.setPen(m_theme.text);
        draw_tabular(painter, line, Qt::AlignRight | Qt::AlignVCenter, value);
        double words = width() - value_width - 2 * Theme::unit;
        if (!row.detail.isEmpty()) {
            // All values stand on the width of the widest, so that the details line up.
            const double end = width() - tabular_width(m_theme.strong, QStringLiteral("+0.00")) - Theme::unit;
            painter.setFont(m_theme.small);
            painter.setPen(m_theme.muted);
            painter.drawText(QRectF(0, line.top(), end, line.height()), Qt::AlignRight | Qt::AlignVCenter, row.detail);
            words = end - QFontMetrics(m_theme.small).horizontalAdvance(row.detail) - Theme::unit;
            painter.setPen(m_theme.text);
        }
        const QFont& label_font = static_cast<int>(i) == m_chosen ? m_theme.strong : m_theme.font;
        painter.setFont(label_font);
        const QFontMetrics metrics(label_font);
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(row.label, Qt::ElideMiddle, static_cast<int>(words)));
        const QRectF track(0, line.bottom() + 1, width(), bar_height);
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_theme.track);
        painter.drawRoundedRect(track, bar_height / 2.0, bar_height / 2.0);
        if (row.value && std::isfinite(*row.value)) {
            const double length = std::clamp(*row.value, -1.0, 1.0) * middle;
            painter.setBrush(m_theme.accent);
            painter.drawRoundedRect(QRectF(middle + std::min(0.0, length), track.top(), std::abs(length), bar_height),
                                    bar_height / 2.0, bar_height / 2.0);
        }
        if (hasFocus() && static_cast<int>(i) == m_current) {
            painter.setPen(QPen(m_theme.accent, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(QRectF(0.5, top + 0.5, width() - 1, row_pitch - 2), 4, 4);
        }
    }
}

void BarRows::mouseReleaseEvent(QMouseEvent* event) {
    const int row = rowAt(event->position().toPoint().y());
    if (event->button() == Qt::LeftButton && row >= 0) {
        m_current = row;
        update();
        Q_EMIT rowClicked(row);
    }
}

void BarRows::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(m_rows.size()) - 1;
    if (event->key() == Qt::Key_Down)
        m_current = std::min(last, m_current + 1);
    else if (event->key() == Qt::Key_Up)
        m_current = std::max(0, m_current - 1);
    else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Space) && m_current >= 0)
        Q_EMIT rowClicked(m_current);
    else {
        QWidget::keyPressEvent(event);
        return;
    }
    update();
}

} // namespace isoloss
