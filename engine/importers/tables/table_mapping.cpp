#include "engine/importers/tables/table_mapping.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

constexpr std::array role_names{"ignored",     "step",         "wall_time",  "epoch",  "tokens",
                                "flops",       "batch_tokens", "parameters", "run",    "group",
                                "task",        "shots",        "metric",     "series", "standard_error",
                                "metric_name", "metric_value", "metrics",    "config", "tag"};

} // namespace

bool fits_pattern(std::string_view text, std::string_view pattern) {
    std::size_t t = 0, p = 0;
    std::size_t star = pattern.npos, star_text = 0; // the last * and what it has taken
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != pattern.npos) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

bool TableMapping::applies_to(std::string_view file_name, const std::vector<std::string>& table_columns) const {
    const auto has = [&](std::string_view wanted) {
        return std::find(table_columns.begin(), table_columns.end(), wanted) != table_columns.end();
    };
    if (!files.empty() && !fits_pattern(file_name, files)) return false;
    if (!header.empty()) return std::all_of(header.begin(), header.end(), has);
    if (!files.empty()) return true;
    const auto is_there = [&](const ColumnMapping& mapping) {
        return mapping.column.find_first_of("*?") != std::string::npos || has(mapping.column);
    };
    return std::all_of(columns.begin(), columns.end(), is_there);
}

const ColumnMapping* TableMapping::of(std::string_view column) const {
    const auto exact = std::find_if(columns.begin(), columns.end(),
                                    [&](const ColumnMapping& mapping) { return mapping.column == column; });
    if (exact != columns.end()) return &*exact;
    const auto fitting = std::find_if(columns.begin(), columns.end(), [&](const ColumnMapping& mapping) {
        return fits_pattern(column, mapping.column);
    });
    return fitting == columns.end() ? nullptr : &*fitting;
}

std::string_view column_role_name(ColumnRole role) {
    return role_names[static_cast<std::size_t>(role)];
}

std::optional<ColumnRole> column_role(std::string_view name) {
    const auto found = std::find(role_names.begin(), role_names.end(), name);
    if (found == role_names.end()) return std::nullopt;
    return static_cast<ColumnRole>(found - role_names.begin());
}

std::string_view row_kind_name(RowKind kind) {
    constexpr std::array names{"points", "checkpoints", "models"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view time_unit_name(TimeUnit unit) {
    constexpr std::array names{"s", "ms", "us", "ns", "date"};
    return names[static_cast<std::size_t>(unit)];
}

std::string_view step_from_name(StepFrom from) {
    constexpr std::array names{"column", "tokens", "tokens/batch", "row", "none"};
    return names[static_cast<std::size_t>(from)];
}

std::string_view run_naming_name(RunNaming::From from) {
    constexpr std::array names{"file", "folder", "path", "column", "fixed"};
    return names[static_cast<std::size_t>(from)];
}

} // namespace isoloss
