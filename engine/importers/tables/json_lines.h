#pragma once

#include "engine/importers/tables/json_row.h"
#include "engine/importers/tables/line_window.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Reads JSON lines: an object per line, its members as cells. A line that is no object comes with its fault; one of
/// more than 16 MB is stepped over.
class JsonLineRows final : public TableRows {
public:
    /// Borrows the file.
    explicit JsonLineRows(const InputFile& file) : window_(file) {}

    const std::vector<std::string>& columns() const override { return parser_.keys(); }

    const std::vector<std::string>& remarks() const override { return remarks_; }

    Expected<bool> next(TableRow& row) override;
    void go_to(std::uint64_t offset, std::uint64_t line) override;

    std::uint64_t line() const override { return line_; }

    std::vector<std::string> warnings() const override;

private:
    Expected<bool> step_over(TableRow& row);

    LineWindow window_;
    JsonRowParser parser_;
    std::vector<std::string> remarks_;
    std::uint64_t line_ = 1;
};

} // namespace isoloss
