#include "engine/analysis/config_columns.h"

#include <algorithm>

namespace isoloss {

void ConfigColumns::add(std::size_t run, std::string_view json) {
    const auto number = static_cast<std::uint32_t>(run);
    visit_config(json, [&](std::string_view field, ConfigValue value) {
        auto found = index_.find(field);
        if (found == index_.end()) {
            found = index_.emplace(field, fields_.size()).first;
            fields_.emplace_back(field);
            columns_.emplace_back();
        }
        Column& column = columns_[found->second];
        if (!column.empty() && column.back().first == number)
            column.back().second = std::move(value);
        else
            column.emplace_back(number, std::move(value));
    });
}

const ConfigColumns::Column* ConfigColumns::column(std::string_view field) const {
    const auto found = index_.find(field);
    return found == index_.end() ? nullptr : &columns_[found->second];
}

const ConfigValue* ConfigColumns::value(std::size_t run, std::string_view field) const {
    const Column* const values = column(field);
    if (values == nullptr) return nullptr;
    const auto found = std::lower_bound(values->begin(), values->end(), run,
                                        [](const auto& entry, std::size_t wanted) { return entry.first < wanted; });
    return found == values->end() || found->first != run ? nullptr : &found->second;
}

} // namespace isoloss
