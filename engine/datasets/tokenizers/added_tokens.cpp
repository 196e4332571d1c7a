#include "engine/datasets/tokenizers/added_tokens.h"

#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/split_pattern.h"
#include "engine/datasets/tokenizers/unicode.h"

namespace isoloss {

namespace {

// Start of the code point that ends before `end`.
std::size_t before(std::string_view text, std::size_t end) {
    do {
        --end;
    } while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80);
    return end;
}

bool is_word_character(std::string_view character) {
    if (character.size() == 1) {
        const char c = character[0];
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }
    static const auto pattern = SplitPattern::compile(R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}])", {}, {});
    std::vector<TextRange> matches;
    TimeLimit limit = TimeLimit::none();
    return pattern &&
           pattern->find_all(character, {0u, static_cast<std::uint32_t>(character.size())}, limit, matches) &&
           !matches.empty();
}

} // namespace

AddedTokenMatcher::AddedTokenMatcher(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)), nodes_(1) {
    for (std::size_t token = 0; token < tokens_.size(); ++token) {
        if (tokens_[token].content.empty()) continue;
        begins_[static_cast<unsigned char>(tokens_[token].content.front())] = true;
        std::uint32_t node = 0;
        for (const char c : tokens_[token].content) {
            const auto [next, fresh] = nodes_[node].next.try_emplace(c, static_cast<std::uint32_t>(nodes_.size()));
            node = next->second;
            if (fresh) nodes_.emplace_back();
        }
        if (!nodes_[node].token) nodes_[node].token = token;
    }
}

std::optional<AddedTokenMatcher::Match> AddedTokenMatcher::longest_at(std::string_view text, std::size_t begin) const {
    std::optional<Match> longest;
    std::uint32_t node = 0;
    for (std::size_t i = begin; i < text.size(); ++i) {
        const auto next = nodes_[node].next.find(text[i]);
        if (next == nodes_[node].next.end()) break;
        node = next->second;
        if (nodes_[node].token) longest = Match{*nodes_[node].token, i + 1};
    }
    return longest;
}

std::vector<AddedTokenMatcher::Piece> AddedTokenMatcher::split(std::string_view text) const {
    std::vector<Piece> pieces;
    std::size_t done = 0;
    const auto put = [&](std::size_t begin, std::size_t end, std::optional<std::int32_t> id) {
        if (begin < end) pieces.push_back({begin, end, id});
    };
    for (std::size_t at = 0; at < text.size() && nodes_.size() > 1;) {
        const auto match = begins_[static_cast<unsigned char>(text[at])] ? longest_at(text, at) : std::nullopt;
        if (!match) {
            ++at;
            continue;
        }
        const AddedToken& token = tokens_[match->token];
        std::size_t begin = at, end = match->end;
        at = end;
        const bool touches =
            token.single_word &&
            ((begin > 0 && is_word_character(text.substr(before(text, begin), begin - before(text, begin)))) ||
             (end < text.size() && is_word_character(text.substr(end, code_point_at(text, end).length))));
        if (touches || begin < done) continue;
        while (token.lstrip && begin > done && is_white_space(code_point_at(text, before(text, begin)).value))
            begin = before(text, begin);
        while (token.rstrip && end < text.size() && is_white_space(code_point_at(text, end).value))
            end += code_point_at(text, end).length;
        put(done, begin, std::nullopt);
        put(begin, end, token.id);
        done = end;
    }
    put(done, text.size(), std::nullopt);
    return pieces;
}

} // namespace isoloss
