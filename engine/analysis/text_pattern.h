#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// A text with `*` wildcards, each standing for any characters or none. Matching takes time linear in the text for
/// every piece between wildcards. Immutable, any thread.
class TextPattern {
public:
    TextPattern() : pieces_(1) {}

    /// Every `*` is a wildcard.
    explicit TextPattern(std::string_view text);

    /// Builds a pattern piece by piece: where a quoted text has an escaped star, the star is no wildcard.
    void append(char character) { pieces_.back() += character; }

    void append_wildcard() { pieces_.emplace_back(); }

    bool has_wildcard() const { return pieces_.size() > 1; }

    /// The whole text, with regard to case.
    bool matches(std::string_view text) const;
    /// Somewhere in the text, without regard to the case of ASCII letters.
    bool found_in(std::string_view text) const;

    /// As it was written, wildcards as `*`.
    std::string text() const;

private:
    std::vector<std::string> pieces_; ///< the texts between the wildcards, at least one
};

} // namespace isoloss
