#pragma once

#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/aligned_text.h"

#include <optional>
#include <string>

namespace isoloss {

/// The text with some of its characters replaced: `change(character)` answers what stands in its place, nothing where
/// it stays.
template <typename Change>
AlignedText change_characters(AlignedText input, const Change& change) {
    const std::string_view text = input.text();
    AlignedText result;
    std::size_t same = 0; // from here on nothing changed
    for (std::size_t offset = 0; offset < text.size();) {
        const CodePoint point = code_point_at(text, offset);
        const std::size_t end = offset + point.length;
        if (const std::optional<std::string> other = change(point.value)) {
            result.append(input, same, offset);
            result.append(*other, input.origin(offset), input.origin(end));
            same = end;
        }
        offset = end;
    }
    if (same == 0) return input;
    result.append(input, same, text.size());
    return result;
}

} // namespace isoloss
