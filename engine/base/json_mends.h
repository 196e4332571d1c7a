#pragma once

#include <cstddef>
#include <cstdint>
#include <rapidjson/document.h>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

/// What was mended in a JSON text so that it reads as Python's json module reads it, for the report.
struct JsonMends {
    std::int64_t characters = 0;    ///< bytes that are no UTF-8 and halves of surrogate pairs: now U+FFFD
    std::int64_t repeated_keys = 0; ///< in their object; the last one counts

    JsonMends& operator+=(const JsonMends& others) {
        characters += others.characters;
        repeated_keys += others.repeated_keys;
        return *this;
    }

    /// A sentence for each kind that there was.
    std::vector<std::string> warnings() const;
};

/// Escapes of half a surrogate pair, as programs write them that cut strings between the two, become \ufffd, which is
/// as long. Answers how many bytes are done: all of them, but for an escape that may go on when `more` follows.
std::size_t mend_surrogates(std::span<char> json, bool more, std::int64_t& mended);

/// Of members of one name in an object only the last stays, here and in everything inside; answers how many went.
std::int64_t drop_repeated_members(rapidjson::Value& value, rapidjson::Document::AllocatorType& allocator);

} // namespace isoloss
