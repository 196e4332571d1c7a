#include "widgets/chart_legend.h"

namespace isoloss {

ChartLegend::ChartLegend(QWidget* parent) : QWidget(parent) {}

void ChartLegend::setTheme(const Theme& theme) {
    m_theme = theme;
    update();
}

void ChartLegend::setEntries(std::vector<LegendEntry> entries, const QString& note) {
    m_entries = std::move(entries);
    m_note = note;
    update();
}

QSize ChartLegend::sizeHint() const {
    return {200, 24};
}

int ChartLegend::heightForWidth(int) const {
    return 24;
}

std::vector<ChartLegend::Placed> ChartLegend::place(int) const {
    return {};
}

double ChartLegend::noteWidth() const {
    return 0;
}

void ChartLegend::paintEvent(QPaintEvent*) {}

void ChartLegend::mouseReleaseEvent(QMouseEvent*) {}

} // namespace isoloss
