#pragma once

#include <QString>
#include <string>
#include <vector>

namespace isoloss {

/// Metrics under one heading: those with the same text before the first '/'.
struct MetricSection {
    QString title;
    std::vector<std::string> metrics;
};

/// Metrics that contain every word of the search (without regard to case), grouped by prefix; numbers in names sort by
/// value. Metrics without a prefix come first under "Metrics".
std::vector<MetricSection> metric_sections(const std::vector<std::string>& metrics, const QString& search);

} // namespace isoloss
