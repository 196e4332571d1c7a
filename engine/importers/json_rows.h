#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/base/json_mends.h"

#include <cstdint>
#include <functional>
#include <rapidjson/document.h>
#include <string>

namespace isoloss {

enum class RowVerdict { taken, bad, stop };

struct JsonRowCounts {
    std::int64_t rows = 0;           ///< taken
    std::int64_t bad_rows = 0;       ///< no JSON, or nothing that the reader knows
    std::int64_t oversized_rows = 0; ///< above the cap
    bool held_tail = false;          ///< a half last row: it is read when it is whole
    bool stopped = false;
    JsonMends mends;             ///< of the rows taken
    std::string first_bad_place; ///< "line 7", or "row 7" of an array
};

/// A row longer than this is stepped over.
constexpr std::uint64_t largest_json_row = 16u << 20;

/// Hands on one row after the other of a file of JSON lines or of one JSON array, which may be of any length: no more
/// than one row is in memory. A row that is no JSON, too long or unknown to `each` is counted and the rest read on.
/// `place`: where the row begins, "line 7". Fails when the file cannot be read.
Expected<JsonRowCounts>
read_json_rows(const InputFile& file,
               const std::function<RowVerdict(const rapidjson::Value& row, const std::string& place)>& each);

} // namespace isoloss
