#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isoloss {

class Reader;

enum class QueryOf { runs, checkpoints, values, items, points };

/// Nothing, a whole number, a number (float: of a float32 series, to be printed as the shortest float32 text) or a
/// text.
using QueryCell = std::variant<std::monostate, std::int64_t, double, float, std::string>;

/// The answer of `isoloss query`: named columns and typed cells, ready to print as text, CSV or JSON.
struct QueryTable {
    std::vector<std::string> columns;
    std::vector<std::vector<QueryCell>> rows;
};

/// Runs are filtered as runs, everything else by the checkpoints (values, items) or runs (points) it belongs to. No
/// columns: the usual ones. Of checkpoints a column may be any key of load_checkpoint_table. `sort` is one of the
/// columns, with `-` in front for largest first; rows without a value come last. An unknown column is an error that
/// lists what is near. The reader's thread.
Expected<QueryTable> query_table(Reader& reader, std::string_view filter, QueryOf of,
                                 const std::vector<std::string>& columns = {}, std::string_view sort = {});

} // namespace isoloss
