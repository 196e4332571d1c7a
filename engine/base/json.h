#pragma once

#include "engine/base/error.h"
#include "engine/base/json_mends.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>

namespace isoloss {

/// What a JSON text may be at most; deeper or larger is refused before it can exhaust memory or the stack.
struct JsonLimits {
    std::uint64_t bytes = 256ull << 20;
    int depth = 200;
    std::size_t members = 500'000; ///< of one object; vocabularies have up to half as many
};

/// Parses JSON as training tools write it: bare NaN, Infinity and -Infinity are accepted; bytes that are no UTF-8 and
/// lone halves of surrogate pairs become U+FFFD. With `mends`, which is raised by what was mended, only the last of
/// members of one name stays; without, all of them stay. The error carries "line L, column C"; `file` is only used for
/// messages. Any thread.
Expected<rapidjson::Document> parse_json(std::string_view text, std::string_view file, JsonLimits limits = {},
                                         JsonMends* mends = nullptr);

/// Reads and parses a file.
Expected<rapidjson::Document> read_json_file(const std::filesystem::path& path, JsonLimits limits = {},
                                             JsonMends* mends = nullptr);

/// Compact text of a value; object members keep their order, doubles their shortest text, non-finite ones are bare NaN
/// and Infinity.
std::string json_text(const rapidjson::Value& value);

/// A JSON string literal with quotes and escapes.
std::string json_quote(std::string_view text);

/// Lookups that answer nothing instead of asserting when the member is missing or of another type. Of members of one
/// name the last counts.
const rapidjson::Value* json_member(const rapidjson::Value& object, std::string_view name);
std::optional<std::string_view> json_string(const rapidjson::Value& object, std::string_view name);
/// Numbers, and the quoted forms "NaN", "Infinity", "-Infinity".
std::optional<double> json_number(const rapidjson::Value& object, std::string_view name);
std::optional<std::int64_t> json_int(const rapidjson::Value& object, std::string_view name);
std::optional<bool> json_bool(const rapidjson::Value& object, std::string_view name);
std::optional<double> json_as_number(const rapidjson::Value& value);

inline std::string_view json_view(const rapidjson::Value& text) {
    return {text.GetString(), text.GetStringLength()};
}

} // namespace isoloss
