#include "engine/analysis/filter_editing.h"

#include "engine/analysis/filter_tokens.h"

#include <algorithm>

namespace isoloss {

namespace {

using Kind = FilterTokenKind;
using Tokens = std::vector<FilterToken>;

bool in_word(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || static_cast<unsigned char>(c) >= 0x80 || std::string_view("_*/.:@-").find(c) != std::string::npos;
}

/// Where the quoted text that begins at `begin` ends; npos when it is open.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
    for (std::size_t i = begin + 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == text[begin])
            return i + 1;
    }
    return text.npos;
}

std::size_t end_of_word(std::string_view text, std::size_t begin) {
    std::size_t i = begin;
    while (i < text.size() && (in_word(text[i]) || text[i] == '[')) {
        if (text[i] == '[') i = std::min(text.find(']', i), text.size() - 1);
        ++i;
    }
    return i;
}

/// Where what is being written at the end of the text begins.
std::size_t begin_of_last(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const char c = text[i];
        std::size_t end = i + 1;
        if (c == '"' || c == '\'' || c == '`') {
            end = end_of_quoted(text, i);
            if (end == text.npos) return i;
        } else if (in_word(c)) {
            end = end_of_word(text, i);
            if (end == text.size()) return i;
        }
        i = end;
    }
    return text.size();
}

bool is_keyword(const FilterToken& token) {
    return token.kind == Kind::word && !token.backquoted &&
           (token.spelling == "and" || token.spelling == "or" || token.spelling == "not");
}

bool is_function(const Tokens& tokens, std::size_t open) {
    return open > 0 && tokens[open].kind == Kind::open && tokens[open - 1].kind == Kind::word &&
           !tokens[open - 1].backquoted && !is_keyword(tokens[open - 1]);
}

/// The parenthesis that is open at the end, or the number of tokens.
std::size_t innermost_open(const Tokens& tokens, std::size_t end) {
    int closed = 0;
    for (std::size_t i = end; i-- > 0;) {
        if (tokens[i].kind == Kind::close) ++closed;
        if (tokens[i].kind == Kind::open && closed-- == 0) return i;
    }
    return tokens.size();
}

/// The operand that ends before `end`, and where it begins.
struct LastOperand {
    std::size_t begin;
    Filter::Name name;
};

LastOperand last_operand(const Tokens& tokens, std::size_t end) {
    const FilterToken& last = tokens[end - 1];
    if (last.kind != Kind::close) return {end - 1, {{}, last.spelling, last.kind == Kind::word && !last.backquoted}};
    const std::size_t open = innermost_open(tokens, end - 1);
    if (open == tokens.size() || !is_function(tokens, open)) return {end, {}};
    LastOperand operand{open - 1, {tokens[open - 1].spelling, {}, false}};
    for (std::size_t i = open + 1; i + 1 < end; ++i)
        operand.name.name += tokens[i].kind == Kind::comma ? ", " : tokens[i].spelling;
    return operand;
}

} // namespace

FilterPlace filter_place(std::string_view before) {
    FilterPlace place;
    place.begin = begin_of_last(before);
    const auto split = filter_tokens(before.substr(0, place.begin));
    using Wanted = FilterPlace::Wanted;
    place.wanted = Wanted::nothing;
    if (!split) return place;
    const Tokens& tokens = *split;
    const std::size_t end = tokens.size() - 1; // the last one is `end`
    if (end == 0 || is_keyword(tokens[end - 1])) {
        place.wanted = Wanted::operand;
        return place;
    }
    const FilterToken& last = tokens[end - 1];
    if (last.kind == Kind::open || last.kind == Kind::comma) {
        const std::size_t open = innermost_open(tokens, end);
        if (open == tokens.size()) return place;
        if (!is_function(tokens, open)) {
            if (last.kind == Kind::open) place.wanted = Wanted::operand;
            return place;
        }
        const std::string& function = tokens[open - 1].spelling;
        if (function == "at" && last.kind == Kind::comma) return place; // a step
        place.function = function;
        place.wanted = Wanted::argument;
        return place;
    }
    if (last.kind == Kind::comparison) {
        if (end < 2) return place;
        place.compared = last_operand(tokens, end - 1).name;
        place.wanted = Wanted::value;
        return place;
    }
    const LastOperand operand = last_operand(tokens, end);
    const std::size_t open = innermost_open(tokens, end);
    if (open != tokens.size() && is_function(tokens, open)) return place; // a comma or “)” belongs here
    const bool right = operand.begin > 0 && operand.begin < end && tokens[operand.begin - 1].kind == Kind::comparison;
    if (operand.begin == end || right || operand.name.function == "has") {
        place.wanted = Wanted::joint;
        return place;
    }
    place.compared = operand.name;
    place.wanted = Wanted::comparison;
    return place;
}

std::vector<FilterNameUse> filter_name_uses(std::string_view text) {
    const auto split = filter_tokens(text);
    if (!split || !Filter::parse(text)) return {};
    const Tokens& tokens = *split;
    std::vector<FilterNameUse> uses;
    const auto length = [](const FilterToken& token) {
        const auto points = std::count_if(token.spelling.begin(), token.spelling.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
        const bool quoted = token.backquoted || token.kind == Kind::text;
        return static_cast<std::size_t>(points) + (quoted ? 2 : 0);
    };
    std::string function;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        const FilterToken& token = tokens[i];
        if (token.kind == Kind::open) function = is_function(tokens, i) ? tokens[i - 1].spelling : std::string();
        if (token.kind == Kind::close) function.clear();
        if (is_keyword(token) || tokens[i + 1].kind == Kind::open) continue;
        const bool argument = !function.empty();
        if (token.kind != Kind::word && !(argument && token.kind == Kind::text)) continue;
        const bool pattern = function == "mean" && token.spelling.find('*') != std::string::npos;
        const FilterToken* before = i > 0 ? &tokens[i - 1] : nullptr;
        const bool left = tokens[i + 1].kind == Kind::comparison;
        const bool ordered = before && before->kind == Kind::comparison &&
                             (before->spelling.front() == '<' || before->spelling.front() == '>');
        if (pattern || !(argument || left || ordered)) continue;
        uses.push_back({{function, token.spelling, false}, token.column, length(token)});
    }
    return uses;
}

std::string filter_spelling(std::string_view name) {
    const auto tokens = filter_tokens(name);
    const bool plain = tokens && tokens->size() == 2 && tokens->front().kind == Kind::word &&
                       !tokens->front().backquoted && tokens->front().spelling == name && !is_keyword(tokens->front());
    if (plain) return std::string(name);
    std::string spelling = "`";
    for (const char c : name) {
        if (c == '`' || c == '\\') spelling += '\\';
        spelling += c;
    }
    return spelling + '`';
}

std::string filter_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == '*') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

} // namespace isoloss
