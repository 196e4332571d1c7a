#pragma once

#include "engine/base/error.h"
#include "engine/base/json.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace isoloss {

/// The parts of one kind that tokenizer.json may name, with what reads each. `Reading` is an aggregate of the value,
/// the file, the key for messages, and where the steps go; it has refuse().
template <typename Reading, std::size_t count>
using KnownParts = std::array<std::pair<std::string_view, Expected<void> (*)(const Reading&)>, count>;

/// Reads the part that the value's type names; null is none. An unknown one is an error with the names that are known;
/// `what` is the kind in words.
template <typename Reading, std::size_t count>
Expected<void> read_known_part(const Reading& reading, const KnownParts<Reading, count>& known, std::string_view what) {
    if (reading.value.IsNull()) return {};
    const auto type = json_string(reading.value, "type");
    if (!type) return reading.refuse(ErrorKind::damaged, "type", "is missing");
    const auto* found = std::find_if(known.begin(), known.end(), [&](const auto& row) { return row.first == *type; });
    if (found != known.end()) return found->second(reading);
    std::string names;
    for (const auto& row : known)
        (names += names.empty() ? "" : ", ") += row.first;
    return reading.refuse(ErrorKind::unsupported, "type",
                          "unknown " + std::string(what) + " " + json_quote(*type) + "; known are " + names);
}

/// Reads a list of parts one after the other.
template <typename Reading>
Expected<void> read_part_list(const Reading& reading, std::string_view member, Expected<void> (*read)(const Reading&)) {
    const auto* list = json_member(reading.value, member);
    if (list == nullptr || !list->IsArray()) return reading.refuse(ErrorKind::damaged, member, "must be a list");
    for (rapidjson::SizeType i = 0; i < list->Size(); ++i)
        ISOLOSS_TRY_VOID(
            read({(*list)[i], reading.file, reading.key + "." + std::string(member) + "[" + std::to_string(i) + "]",
                  reading.steps}));
    return {};
}

} // namespace isoloss
