#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/importers/json_rows.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace isoloss {

/// A JSON object whose member NAME may be far too large for memory: {…, NAME: {KEY: [row, row, …], …}, …}.
struct JsonWithoutMember {
    std::string text; ///< the object with null for that member
    bool had_member = false;
};

/// Reads all but that member; the rest is refused above `cap` bytes.
Expected<JsonWithoutMember> read_json_without(const InputFile& file, std::string_view name, std::uint64_t cap);

/// Hands on the rows of that member one after the other, as read_json_rows does. `key`: of the list that the row is in.
Expected<JsonRowCounts>
read_json_rows_inside(const InputFile& file, std::string_view name,
                      const std::function<RowVerdict(const rapidjson::Value& row, const std::string& key)>& each);

} // namespace isoloss
