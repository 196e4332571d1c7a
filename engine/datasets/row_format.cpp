#include "engine/datasets/row_format.h"

#include "engine/datasets/dataset_detection.h"

namespace isoloss {

RowFormat row_format(const DatasetDetails& details) {
    if (details.format == dataset_format::separated) return RowFormat::separated;
    if (details.format == dataset_format::separated_no_names) return RowFormat::separated_no_names;
    return RowFormat::json_lines;
}

std::string field_of(const DatasetDetails& details, const std::string& role) {
    const auto found = details.reading.fields.find(role);
    return found == details.reading.fields.end() ? role : found->second;
}

} // namespace isoloss
