#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// The compiled normalisation rules of SentencePiece: a double array (Darts) over the bytes of what is replaced, and
/// the replacements one after another, each ended by a zero byte. Immutable; any thread.
class PrecompiledCharsmap {
public:
    /// Checks that no look-up can leave the array, so that the SentencePiece library can be given it as well. The error
    /// is a reason.
    static tl::expected<PrecompiledCharsmap, std::string> parse(std::string_view bytes);

    /// What replaces the shortest rule that `text` begins with; nothing where no rule applies.
    std::optional<std::string_view> replacement(std::string_view text) const;

private:
    PrecompiledCharsmap() = default;

    std::optional<std::string> unsafe_unit() const;

    std::vector<std::uint32_t> units_;
    std::string replacements_;
};

} // namespace isoloss
