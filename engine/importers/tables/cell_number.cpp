#include "engine/importers/tables/cell_number.h"

#include "engine/base/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr std::array words_for_nothing{"-", "–", "—", ".", "na", "n/a", "#n/a", "null", "none", "nil"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_word(std::string_view text, std::string_view word) {
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) { return lower(a) == b; });
}

// Words are few; this is off the path of numbers.
CellNumber cell_word(std::string_view text) {
    if (text.empty()) return {};
    for (const char* word : words_for_nothing)
        if (is_word(text, word)) return {};
    const bool negative = text.front() == '-';
    const std::string_view bare = negative || text.front() == '+' ? text.substr(1) : text;
    if (is_word(bare, "nan"))
        return {CellKind::number, std::copysign(std::numeric_limits<double>::quiet_NaN(), negative ? -1 : 1)};
    if (is_word(bare, "inf") || is_word(bare, "infinity")) return {CellKind::number, negative ? -HUGE_VAL : HUGE_VAL};
    return {CellKind::text, 0};
}

} // namespace

std::string_view without_spaces(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

CellNumber cell_number(std::string_view cell) {
    const std::string_view text = without_spaces(cell);
    std::size_t first = 0;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) first = 1;
    // Digits or a point must come next; otherwise it is a word, and from_chars knows words that are not ours.
    if (first == text.size() || !((text[first] >= '0' && text[first] <= '9') || text[first] == '.'))
        return cell_word(text);
    const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
    const char* end = text.data() + text.size();
    double value = 0;
    const auto result = std::from_chars(begin, end, value);
    if (result.ptr != end) return cell_word(text);
    if (result.ec == std::errc()) return {CellKind::number, value};
    if (result.ec != std::errc::result_out_of_range) return cell_word(text);
    const double limit = *parse_double(text);
    return {std::isinf(limit) ? CellKind::overflow : CellKind::number, limit};
}

CellStep cell_step(std::string_view cell) {
    const std::string_view text = without_spaces(cell);
    if (const auto integer = parse_int(text)) return {*integer, StepFault::none};
    const CellNumber number = cell_number(text);
    switch (number.kind) {
    case CellKind::missing:
        return {0, StepFault::missing};
    case CellKind::text:
        return {0, StepFault::text};
    case CellKind::overflow:
        return {0, StepFault::range};
    case CellKind::number:
        break;
    }
    constexpr double exact = 9007199254740992.0; // 2^53
    if (std::isnan(number.value)) return {0, StepFault::text};
    if (std::abs(number.value) > exact) return {0, StepFault::range};
    if (number.value != std::floor(number.value)) return {0, StepFault::fraction};
    return {static_cast<std::int64_t>(number.value), StepFault::none};
}

std::string_view step_fault_text(StepFault fault) {
    switch (fault) {
    case StepFault::none:
        return "is a step";
    case StepFault::missing:
        return "is missing";
    case StepFault::text:
        return "is no number";
    case StepFault::fraction:
        return "is no integer";
    case StepFault::range:
        return "is too large to be kept exactly";
    }
    return {};
}

} // namespace isoloss
