#include "engine/importers/tables/table_sketch.h"

#include "engine/importers/tables/table_plan.h"

#include <algorithm>
#include <span>

namespace isoloss {

Expected<TableSketch> sketch_table(const std::filesystem::path& path, const ImportOptions& options) {
    constexpr std::uint64_t head_bytes = 16u << 10;
    ISOLOSS_TRY(const InputFile file, InputFile::open(path));
    std::string head(std::min(file.size(), head_bytes), '\0');
    ISOLOSS_TRY(const std::size_t count, file.read_some(0, std::as_writable_bytes(std::span(head))));
    head.resize(count);
    ISOLOSS_TRY(auto plan, plan_table(file, head, options.mapping));
    if (!plan)
        return fail({ErrorKind::unsupported,
                     path_text(path),
                     {},
                     "is no table",
                     "Name a CSV or TSV file, or one with a JSON object per line"});
    ISOLOSS_TRY(const TableSample sample, sample_table(file, plan->dialect));
    TableSketch sketch;
    sketch.dialect = plan->dialect;
    sketch.columns = std::move(plan->columns);
    sketch.given = plan->given;
    sketch.mapping = std::move(plan->mapping);
    sketch.guess = plan->given ? guess_table(sample) : std::move(plan->guess);
    sketch.remarks = sample.remarks;
    sketch.rows.resize(std::min(sample.rows, TableSketch::most_rows));
    for (std::size_t row = 0; row < sketch.rows.size(); ++row)
        for (const ColumnSample& column : sample.columns)
            sketch.rows[row].push_back(column.values[row]);
    return sketch;
}

} // namespace isoloss
