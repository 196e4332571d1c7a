#pragma once

#include "engine/base/file.h"
#include "engine/base/json.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace isoloss {

/// What a JSON text holds, told piece by piece. Each function answers whether to go on. Texts are UTF-8, valid during
/// the call.
class JsonEvents {
public:
    virtual ~JsonEvents() = default;

    virtual bool null() = 0;
    virtual bool boolean(bool value) = 0;
    /// `integer`: when the number is written as one and has at most 64 bits with its sign.
    virtual bool number(double value, std::optional<std::int64_t> integer) = 0;
    virtual bool text(std::string_view value) = 0;
    virtual bool begin_object() = 0;
    virtual bool key(std::string_view name) = 0;
    virtual bool end_object() = 0;
    virtual bool begin_array() = 0;
    virtual bool end_array() = 0;
};

/// Reads a JSON file of any size block by block; bare NaN and Infinity are accepted, bytes that are no UTF-8 and lone
/// halves of surrogate pairs become U+FFFD, which `mends` counts. A text above 16 MiB, and brackets and members beyond
/// the limits, are refused; limits.bytes does not count. Members of one name are told one after the other. Answers
/// false when the events stopped it. What was told before an error was in the file. Errors carry "line L, column C".
/// Any thread.
Expected<bool> read_json_events(const InputFile& file, JsonEvents& events, JsonLimits limits = {},
                                JsonMends* mends = nullptr);

} // namespace isoloss
