#include "engine/checkpoints/checkpoint_folder.h"

#include "engine/base/number_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace isoloss {

namespace {

constexpr std::string_view separators = " -_=.,@/";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// Words that a number of steps follows. An earlier row wins over a later one: "checkpoint" also counts other things.
constexpr std::array<std::array<std::string_view, 4>, 3> step_words{{
    {"global_step", "globalstep", "steps", "step"},
    {"iterations", "iteration", "iters", "iter"},
    {"checkpoint", "ckpt", "", ""},
}};

struct Match {
    std::size_t begin = 0, end = 0;
    std::int64_t step = 0;
};

// 20240131, or the year of 2024-01-31: a date that was put behind the word.
bool is_date(std::string_view digits, std::string_view rest) {
    const auto number = [](std::string_view text) { return parse_int(text).value_or(0); };
    const auto plausible = [](std::int64_t year, std::int64_t month, std::int64_t day) {
        return year >= 1990 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
    };
    if (digits.size() == 8)
        return plausible(number(digits.substr(0, 4)), number(digits.substr(4, 2)), number(digits.substr(6)));
    const bool parts = digits.size() == 4 && rest.size() >= 6 && !is_digit(rest[0]) && is_digit(rest[1]) &&
                       is_digit(rest[2]) && rest[3] == rest[0] && is_digit(rest[4]) && is_digit(rest[5]);
    return parts && plausible(number(digits), number(rest.substr(1, 2)), number(rest.substr(4, 2)));
}

std::optional<Match> match_at(std::string_view name, std::size_t begin, std::string_view word, bool may_be_date) {
    if (word.empty() || begin + word.size() >= name.size()) return std::nullopt;
    if (begin > 0 && is_letter(name[begin - 1])) return std::nullopt;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (lower(name[begin + i]) != word[i]) return std::nullopt;
    std::size_t digits = begin + word.size();
    if (std::string_view("-_=").find(name[digits]) != std::string_view::npos) ++digits;
    std::size_t end = digits;
    while (end < name.size() && is_digit(name[end]))
        ++end;
    // "step10k" and "step1.5" are not whole numbers of steps; a guess would be worse than none.
    const bool continues =
        end < name.size() &&
        (is_letter(name[end]) || (name[end] == '.' && end + 1 < name.size() && is_digit(name[end + 1])));
    if (end == digits || continues) return std::nullopt;
    const std::string_view number = name.substr(digits, end - digits);
    if (may_be_date && is_date(number, name.substr(end))) return std::nullopt;
    const auto step = parse_int(number);
    if (!step) return std::nullopt;
    return Match{begin, end, *step};
}

std::optional<Match> find_step(std::string_view name) {
    for (const auto& words : step_words)
        for (const std::string_view word : words)
            for (std::size_t begin = name.size(); begin-- > 0;)
                if (const auto match = match_at(name, begin, word, word == "checkpoint" || word == "ckpt"))
                    return match;
    return std::nullopt;
}

} // namespace

std::optional<StepInName> step_in_name(std::string_view name) {
    const auto match = find_step(name);
    if (!match) return std::nullopt;
    std::string_view before = name.substr(0, match->begin), after = name.substr(match->end);
    if (before.ends_with("revision=")) before.remove_suffix(std::string_view("revision=").size());
    char joint = 0;
    while (!before.empty() && separators.find(before.back()) != separators.npos) {
        joint = before.back();
        before.remove_suffix(1);
    }
    while (!after.empty() && separators.find(after.front()) != separators.npos) {
        if (joint == 0) joint = after.front();
        after.remove_prefix(1);
    }
    std::string without(before);
    if (!before.empty() && !after.empty() && joint != 0) without += joint;
    without += after;
    return StepInName{match->step, std::move(without)};
}

} // namespace isoloss
