#pragma once

#include "engine/base/error.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// Byte offsets [begin, end) within a text.
using TextRange = std::pair<std::uint32_t, std::uint32_t>;

/// When the work on one text must have ended; a pattern or a tokenizer file may be hostile.
using Deadline = std::chrono::steady_clock::time_point;

/// A regular expression of a tokenizer file, in Unicode mode. `\s` is Unicode's White_Space as in the regular
/// expression engines of the original library (PCRE2's own also matches U+180E). Immutable; any thread.
class SplitPattern {
public:
    static Expected<SplitPattern> compile(std::string_view pattern, std::string_view file, std::string_view key);
    /// A pattern that matches exactly this text.
    static Expected<SplitPattern> literal(std::string_view text, std::string_view file, std::string_view key);

    /// Appends the non-empty matches within text[range], which must be valid UTF-8. Fails when one match needs more
    /// than ten million steps or the deadline has passed.
    Expected<void> find_all(std::string_view text, TextRange range, Deadline deadline,
                            std::vector<TextRange>& matches) const;

private:
    struct Code;

    explicit SplitPattern(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

    std::shared_ptr<const Code> code_;
};

/// Unicode's White_Space property.
bool is_white_space(std::uint32_t code_point);

} // namespace isoloss
