#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// A token that is found in the text before it is taken apart.
struct AddedToken {
    std::string content;
    std::int32_t id = 0;
    bool single_word = false; ///< only where no word character touches it
    bool lstrip = false;      ///< takes the white space before it
    bool rstrip = false;      ///< takes the white space after it
    bool normalized = true;   ///< looked for in the normalised text
    bool special = false;
};

/// Finds added tokens: leftmost, of those the longest, never overlapping. Immutable; any thread.
class AddedTokenMatcher {
public:
    AddedTokenMatcher() = default;
    explicit AddedTokenMatcher(std::vector<AddedToken> tokens);

    struct Piece {
        std::size_t begin = 0, end = 0;
        std::optional<std::int32_t> id; ///< nothing: plain text
    };

    /// The text as pieces in order; empty pieces are left out. The text is valid UTF-8.
    std::vector<Piece> split(std::string_view text) const;

private:
    struct Node {
        std::map<char, std::uint32_t> next;
        std::optional<std::size_t> token;
    };

    struct Match {
        std::size_t token = 0;
        std::size_t end = 0;
    };

    std::optional<Match> longest_at(std::string_view text, std::size_t begin) const;

    std::vector<AddedToken> tokens_;
    std::vector<Node> nodes_;
    std::array<bool, 256> begins_{}; ///< by the first byte
};

} // namespace isoloss
