#include "engine/analysis/filter_columns.h"

#include <algorithm>

namespace isoloss {

namespace {

// A word beside a column of texts is a text itself: what else it could name is never asked.
bool has_only_texts(const std::vector<FilterValue>& column) {
    return std::none_of(column.begin(), column.end(),
                        [](const FilterValue& value) { return std::holds_alternative<double>(value); });
}

} // namespace

Error at_name(Error error, const Filter::Name& name) {
    if (error.kind == ErrorKind::usage) error.place = "column " + std::to_string(name.column);
    return error;
}

Expected<std::vector<std::size_t>> passing_rows(const Filter& filter, std::size_t rows,
                                                const FilterColumnOf& column_of) {
    const auto nothing = std::make_shared<const std::vector<FilterValue>>(rows);
    std::vector<FilterColumn> columns;
    for (const Filter::Name& name : filter.names()) {
        if (name.could_be_text && has_only_texts(*columns.back())) {
            columns.push_back(nothing);
            continue;
        }
        auto column = column_of(name);
        if (!column && !(name.could_be_text && column.error().kind == ErrorKind::usage))
            return fail(at_name(std::move(column).error(), name));
        columns.push_back(column ? std::move(*column) : nothing);
    }
    std::vector<std::size_t> passing;
    std::size_t row = 0;
    const FilterRow values = [&](std::size_t name) -> const FilterValue& { return (*columns[name])[row]; };
    for (; row < rows; ++row)
        if (filter.matches(values)) passing.push_back(row);
    return passing;
}

} // namespace isoloss
