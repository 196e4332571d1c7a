#include "widgets/number_rows.h"

#include "widgets/tabular_text.h"

#include <QFontMetrics>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int row_pitch = 18;
constexpr int column_gap = Theme::unit;

} // namespace

NumberRows::NumberRows(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void NumberRows::setTheme(const Theme& theme) {
    m_theme = theme;
    update();
}

void NumberRows::setRows(std::vector<NumberRow> rows) {
    m_rows = std::move(rows);
    QStringList spoken;
    for (const NumberRow& row : m_rows)
        spoken << QStringList{row.label, row.number, row.detail}.join(u' ').trimmed();
    setAccessibleDescription(spoken.join(QStringLiteral("; ")));
    updateGeometry();
    update();
}

QSize NumberRows::sizeHint() const {
    return {260, static_cast<int>(m_rows.size()) * row_pitch};
}

QSize NumberRows::minimumSizeHint() const {
    return {120, sizeHint().height()};
}

bool NumberRows::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int row = help->pos().y() / row_pitch;
        const bool known = row >= 0 && row < static_cast<int>(m_rows.size());
        QToolTip::showText(help->globalPos(), known ? m_rows[static_cast<std::size_t>(row)].tooltip : QString(), this);
        return true;
    }
    return QWidget::event(event);
}

void NumberRows::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QFontMetrics metrics(m_theme.small);
    double labels = 0, numbers = 0;
    for (const NumberRow& row : m_rows) {
        labels = std::max<double>(labels, metrics.horizontalAdvance(row.label));
        numbers = std::max(numbers, tabular_width(m_theme.small, row.number));
    }
    painter.setFont(m_theme.small);
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const NumberRow& row = m_rows[i];
        const QRectF line(0, static_cast<double>(i) * row_pitch, width(), row_pitch);
        painter.setPen(m_theme.muted);
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, row.label);
        const double end = labels + column_gap + numbers;
        const QRectF rest = line.adjusted(end + column_gap, 0, 0, 0);
        draw_tabular(painter, rest, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(row.detail, Qt::ElideRight, static_cast<int>(rest.width())));
        painter.setPen(m_theme.text);
        draw_tabular(painter, QRectF(line.left(), line.top(), end, line.height()), Qt::AlignRight | Qt::AlignVCenter,
                     row.number);
    }
}

} // namespace isoloss
