#pragma once

#include "ui/pages/chart_collection.h"

#include <QString>
#include <string>
#include <vector>

namespace isoloss {

/// Charts under one heading: those on top, or metrics with the same text before the first '/'.
struct ChartSection {
    QString title;
    std::vector<CurveChart> charts;
};

/// Charts that contain every word of the search (without regard to case) in their titles or the names of their metrics.
/// Those on top come first, then a chart for each other metric, grouped by prefix; numbers in names sort by value.
/// Metrics without a prefix come before the others under "Metrics". Charts without a metric that exists are left out.
std::vector<ChartSection> chart_sections(const std::vector<std::string>& metrics, const ChartCollection& collection,
                                         const QString& search);

} // namespace isoloss
