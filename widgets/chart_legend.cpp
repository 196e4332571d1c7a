#include "widgets/chart_legend.h"

#include "widgets/chart_painter.h"

#include <QFontMetricsF>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

namespace isoloss {

namespace {

constexpr double most_of_note = 0.5; ///< of the width, beside entries
constexpr double row_height = 22;
constexpr double swatch = 10;
constexpr double gap = 2 * Theme::unit;

double swatch_width(const LegendEntry& entry) {
    return entry.color.isValid() ? entry.size.value_or(swatch) : 0;
}

/// From the entry's left end to its words.
double words_offset(const LegendEntry& entry) {
    const double width = swatch_width(entry);
    return width > 0 ? width + Theme::unit : 0;
}

} // namespace

ChartLegend::ChartLegend(QWidget* parent) : QWidget(parent) {
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void ChartLegend::setTheme(const Theme& theme) {
    m_theme = theme;
    updateGeometry();
    update();
}

void ChartLegend::setEntries(std::vector<LegendEntry> entries, const QString& note) {
    m_entries = std::move(entries);
    m_note = note;
    QStringList spoken;
    for (const LegendEntry& entry : m_entries)
        spoken << entry.text;
    setAccessibleName(tr("Legend"));
    if (!m_note.isEmpty()) spoken << m_note;
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
    setToolTip(m_note);
    updateGeometry();
    update();
}

double ChartLegend::noteWidth(int width) const {
    if (m_note.isEmpty()) return 0;
    const double most = m_entries.empty() ? width : width * most_of_note;
    return std::min(QFontMetricsF(m_theme.font).horizontalAdvance(m_note) + 1, most);
}

std::vector<ChartLegend::Placed> ChartLegend::place(int width) const {
    const QFontMetricsF metrics(m_theme.font);
    const double note = noteWidth(width);
    const double available = std::max(120.0, width - note - (note > 0 ? gap : 0));
    std::vector<Placed> placed;
    double x = 0, y = 0;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const double needed = words_offset(m_entries[i]) + metrics.horizontalAdvance(m_entries[i].text);
        if (x > 0 && (m_entries[i].new_row || x + needed > available)) {
            x = 0;
            y += row_height;
        }
        placed.push_back({QRectF(x, y, std::min(needed, available), row_height), static_cast<int>(i)});
        x += needed + gap;
    }
    return placed;
}

QSize ChartLegend::sizeHint() const {
    return {320, heightForWidth(std::max(width(), 320))};
}

int ChartLegend::heightForWidth(int width) const {
    const auto placed = place(width);
    return static_cast<int>(placed.empty() ? row_height : placed.back().rect.bottom());
}

void ChartLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setFont(m_theme.font);
    const QFontMetricsF metrics(m_theme.font);
    for (const Placed& item : place(width())) {
        const LegendEntry& entry = m_entries[static_cast<std::size_t>(item.index)];
        const double side = swatch_width(entry);
        const QRectF square(item.rect.left(), item.rect.center().y() - side / 2, side, side);
        draw_legend_swatch(painter, entry, square, 1.8);
        const QRectF words = item.rect.adjusted(words_offset(entry), 0, 0, 0);
        painter.setPen(m_theme.muted);
        painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(entry.text, Qt::ElideMiddle, words.width() + 1));
    }
    painter.setPen(m_theme.muted);
    const double note = noteWidth(width());
    painter.drawText(QRectF(m_entries.empty() ? 0 : width() - note, 0, note, row_height),
                     static_cast<int>((m_entries.empty() ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter),
                     metrics.elidedText(m_note, Qt::ElideRight, note));
}

void ChartLegend::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    for (const Placed& item : place(width()))
        if (item.rect.contains(event->position())) Q_EMIT entryClicked(item.index, event->modifiers());
}

} // namespace isoloss
