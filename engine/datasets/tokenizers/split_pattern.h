#pragma once

#include "engine/base/error.h"
#include "engine/datasets/tokenizers/time_limit.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// Byte offsets [begin, end) within a text.
using TextRange = std::pair<std::uint32_t, std::uint32_t>;

/// A regular expression of a tokenizer file, in the dialect of the original library (regex_dialect.h). Immutable; any
/// thread.
class SplitPattern {
public:
    enum class Matching {
        fastest,    ///< by hand where the pattern is a known one (known_patterns.h)
        expression, ///< always by PCRE2
    };

    static Expected<SplitPattern> compile(std::string_view pattern, std::string_view file, std::string_view key,
                                          Matching matching = Matching::fastest);
    /// A pattern that matches exactly this text.
    static Expected<SplitPattern> literal(std::string_view text, std::string_view file, std::string_view key);

    /// Appends the matches within text[range], which must be valid UTF-8. A match may be empty, but not where another
    /// one ended. Fails when one match needs more than ten million steps or the time is over.
    Expected<void> find_all(std::string_view text, TextRange range, TimeLimit& limit,
                            std::vector<TextRange>& matches) const;

    /// Whether a word always ends between an ASCII letter and a space with another ASCII letter behind it, whatever the
    /// rest of the text is: texts may be cut there.
    bool cuts_before_words() const;

private:
    struct Code;

    explicit SplitPattern(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

    std::shared_ptr<const Code> code_;
};

} // namespace isoloss
