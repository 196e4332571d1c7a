#include "engine/datasets/tokenizers/known_patterns.h"

#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/split_pattern.h"

#include <array>

namespace isoloss {

namespace {

enum class Kind : unsigned char { other, letter, number, space };

constexpr std::uint32_t code_points = 0x110000;

// The kinds of all characters as the regular expressions see them, so that both always agree.
std::vector<Kind> kinds_by_pattern() {
    constexpr std::uint32_t first_surrogate = 0xd800, surrogates = 0x800;
    std::string all;
    std::vector<std::uint32_t> starts; // of every character but the surrogates
    for (std::uint32_t c = 0; c < code_points; ++c) {
        if (c == first_surrogate) c += surrogates;
        starts.push_back(static_cast<std::uint32_t>(all.size()));
        append_utf8(all, c);
    }
    std::vector<Kind> kinds(code_points, Kind::other);
    for (const auto& [expression, kind] : {std::pair(R"(\p{L}+)", Kind::letter), std::pair(R"(\p{N}+)", Kind::number),
                                           std::pair(R"(\s+)", Kind::space)}) {
        const auto pattern = SplitPattern::compile(expression, "", "");
        std::vector<TextRange> runs;
        TimeLimit limit = TimeLimit::none();
        if (!pattern || !pattern->find_all(all, {0u, static_cast<std::uint32_t>(all.size())}, limit, runs)) continue;
        std::size_t place = 0;
        for (const auto& [begin, end] : runs) {
            while (starts[place] < begin)
                ++place;
            for (; place < starts.size() && starts[place] < end; ++place)
                kinds[place < first_surrogate ? place : place + surrogates] = kind;
        }
    }
    return kinds;
}

constexpr auto ascii_kinds = [] {
    std::array<Kind, 128> kinds{};
    for (unsigned char c = 0; c < 128; ++c)
        kinds[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? Kind::letter
                   : c >= '0' && c <= '9'                           ? Kind::number
                   : (c >= 9 && c <= 13) || c == ' '                ? Kind::space
                                                                    : Kind::other;
    return kinds;
}();

/// A text with the kinds of its characters; offsets are those of characters.
class Characters {
public:
    explicit Characters(std::string_view text) : text_(text) {}

    std::size_t size() const { return text_.size(); }

    char operator[](std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

    bool is_newline(std::size_t at) const { return (*this)[at] == '\n' || (*this)[at] == '\r'; }

    Kind kind(std::size_t at) const {
        const auto byte = static_cast<unsigned char>(text_[at]);
        return byte < 0x80 ? ascii_kinds[byte] : wide_kind(at);
    }

    bool is(std::size_t at, Kind kind) const { return at < text_.size() && this->kind(at) == kind; }

    std::size_t after(std::size_t at) const {
        return at + (static_cast<unsigned char>(text_[at]) < 0x80 ? 1 : code_point_at(text_, at).length);
    }

    /// The end of the run of this kind.
    std::size_t end_of_run(std::size_t at, Kind kind) const {
        while (is(at, kind))
            at = after(at);
        return at;
    }

private:
    Kind wide_kind(std::size_t at) const {
        static const std::vector<Kind> kinds = kinds_by_pattern();
        return kinds[code_point_at(text_, at).value];
    }

    std::string_view text_;
};

// 's 't 're 've 'm 'll 'd; 0 when there is none.
template <bool any_case>
std::size_t contraction(const Characters& text, std::size_t at) {
    const auto lower = [&](std::size_t i) {
        const char c = text[i];
        return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    const char first = lower(at + 1), second = lower(at + 2);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
    if (((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l')) return 3;
    if (any_case && text[at + 1] == '\xc5' && text[at + 2] == '\xbf') return 3; // U+017F is an s in either case
    return 0;
}

// \s+(?!\S)|\s+ for the white space text[at, end): what follows keeps the last character.
std::size_t end_of_space(const Characters& text, std::size_t at, std::size_t end) {
    if (end == text.size()) return end;
    std::size_t last = at;
    for (std::size_t next = at; next < end; next = text.after(next))
        last = next;
    return last > at ? last : end;
}

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
std::size_t match_gpt2(const Characters& text, std::size_t at) {
    if (text[at] == '\'')
        if (const std::size_t length = contraction<false>(text, at)) return at + length;
    const std::size_t begin = text[at] == ' ' && at + 1 < text.size() ? at + 1 : at;
    const Kind kind = text.kind(begin);
    if (kind != Kind::space) return text.end_of_run(begin, kind);
    return end_of_space(text, at, text.end_of_run(at, Kind::space));
}

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
template <int most_digits>
std::size_t match_gpt4(const Characters& text, std::size_t at) {
    if (text[at] == '\'')
        if (const std::size_t length = contraction<true>(text, at)) return at + length;
    const Kind kind = text.kind(at);
    if (kind == Kind::letter) return text.end_of_run(at, Kind::letter);
    if (kind == Kind::number) {
        for (int digits = 0; digits < most_digits && text.is(at, Kind::number); ++digits)
            at = text.after(at);
        return at;
    }
    const std::size_t next = text.after(at);
    if (!text.is_newline(at) && text.is(next, Kind::letter)) return text.end_of_run(next, Kind::letter);
    if (kind == Kind::other || (text[at] == ' ' && text.is(next, Kind::other))) {
        std::size_t end = text.end_of_run(kind == Kind::other ? at : next, Kind::other);
        while (text.is_newline(end))
            ++end;
        return end;
    }
    const std::size_t end = text.end_of_run(at, Kind::space);
    std::size_t after_newline = at;
    for (std::size_t i = at; i < end; ++i)
        if (text.is_newline(i)) after_newline = i + 1;
    return after_newline > at ? after_newline : end_of_space(text, at, end);
}

template <std::size_t (*match)(const Characters&, std::size_t)>
void find_all(std::string_view text, TextRange range, std::vector<TextRange>& matches) {
    const Characters characters(text.substr(range.first, range.second - range.first));
    for (std::size_t at = 0; at < characters.size();) {
        const std::size_t end = match(characters, at);
        matches.emplace_back(range.first + static_cast<std::uint32_t>(at),
                             range.first + static_cast<std::uint32_t>(end));
        at = end;
    }
}

} // namespace

KnownPattern known_pattern(std::string_view pattern) {
    constexpr std::array<std::pair<std::string_view, KnownPattern>, 4> known{{
        {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", find_all<match_gpt2>},
        {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", find_all<match_gpt2>},
        {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
         R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
         find_all<match_gpt4<3>>},
        {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
         R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
         find_all<match_gpt4<1>>},
    }};
    for (const auto& [text, by_hand] : known)
        if (text == pattern) return by_hand;
    return nullptr;
}

} // namespace isoloss
