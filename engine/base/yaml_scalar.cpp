#include "engine/base/yaml_scalar.h"

#include "engine/base/number_text.h"
#include "engine/base/utf8.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace isoloss {

namespace {

constexpr std::size_t longest_number = 128;
constexpr std::size_t shortest_commit_hash = 7;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool all(std::string_view text, bool (*accepted)(char)) {
    return std::all_of(text.begin(), text.end(), accepted);
}

std::string without_underscores(std::string_view text) {
    std::string plain(text);
    std::erase(plain, '_');
    return plain;
}

rapidjson::Value integer(std::string_view digits, int base, bool negative) {
    std::uint64_t magnitude = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
    if (error != std::errc()) return rapidjson::Value(std::nan("")); // the caller has checked the digits: too large
    if (!negative) return rapidjson::Value(magnitude);
    constexpr auto most = std::uint64_t{1} << 63;
    if (magnitude > most) return rapidjson::Value(-static_cast<double>(magnitude));
    return rapidjson::Value(static_cast<std::int64_t>(~magnitude + 1));
}

// An unsigned integer as YAML 1.1 writes it, without its sign; more than 64 bits only in decimal, and then as a double.
std::optional<rapidjson::Value> integer_of(std::string_view text, bool negative) {
    const auto prefixed = [&](std::string_view digits, int base) -> std::optional<rapidjson::Value> {
        const std::string plain = without_underscores(digits);
        if (plain.empty()) return std::nullopt;
        rapidjson::Value value = integer(plain, base, negative);
        if (value.IsDouble() && std::isnan(value.GetDouble())) return std::nullopt;
        return value;
    };
    if (text.starts_with("0x") &&
        all(text.substr(2), [](char c) { return c == '_' || std::isxdigit(static_cast<unsigned char>(c)) != 0; }))
        return prefixed(text.substr(2), 16);
    if (text.starts_with("0b") && all(text.substr(2), [](char c) { return c == '_' || c == '0' || c == '1'; }))
        return prefixed(text.substr(2), 2);
    if (text.empty() || !is_digit(text.front()) || !all(text, [](char c) { return c == '_' || is_digit(c); }))
        return std::nullopt;
    if (text.size() > 1 && text.front() == '0') {
        if (!all(text, [](char c) { return c == '_' || (c >= '0' && c <= '7'); })) return std::nullopt;
        return prefixed(text, 8);
    }
    const std::string plain = without_underscores(text);
    rapidjson::Value value = integer(plain, 10, negative);
    if (!value.IsDouble() || !std::isnan(value.GetDouble())) return value;
    const auto number = parse_double(plain);
    if (!number) return std::nullopt;
    return rapidjson::Value(negative ? -*number : *number);
}

// Digits with a point or an exponent.
std::optional<double> float_of(std::string_view text, bool negative) {
    std::size_t at = 0;
    const auto digits = [&](bool begun) {
        const std::size_t begin = at;
        while (at < text.size() && (is_digit(text[at]) || (text[at] == '_' && (begun || at > begin))))
            ++at;
        return at - begin;
    };
    std::size_t count = digits(false);
    const bool point = at < text.size() && text[at] == '.';
    if (point) {
        ++at;
        count += digits(count > 0);
    }
    if (count == 0) return std::nullopt;
    bool exponent = false;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        const bool with_sign = at < text.size() && (text[at] == '+' || text[at] == '-');
        if (with_sign) ++at;
        // PyYAML writes the commit hash 7e10554 without quotes.
        if (!point && !with_sign && text.size() >= shortest_commit_hash) return std::nullopt;
        const std::size_t begin = at;
        while (at < text.size() && is_digit(text[at]))
            ++at;
        if (at == begin) return std::nullopt;
        exponent = true;
    }
    if (at != text.size() || !(point || exponent)) return std::nullopt;
    const auto value = parse_double(without_underscores(text));
    if (!value || std::isinf(*value)) return std::nullopt;
    return negative ? -*value : *value;
}

// 1:30 is 90: digits in base 60, the last group perhaps with a fraction.
std::optional<rapidjson::Value> base_60(std::string_view text, bool negative) {
    if (text.find(':') == text.npos || text.empty() || !is_digit(text.front())) return std::nullopt;
    const std::size_t point = text.find('.');
    if (point == text.npos && text.front() == '0') return std::nullopt;
    std::string_view whole = text.substr(0, point);
    double sum = 0;
    bool first = true;
    while (true) {
        const std::size_t colon = whole.find(':');
        const std::string_view group = whole.substr(0, colon);
        const std::string plain = without_underscores(group);
        if (plain.empty() || !all(plain, is_digit)) return std::nullopt;
        if (!first && (group.size() > 2 || plain.size() != group.size() || *parse_int(group) > 59)) return std::nullopt;
        const auto digits = parse_double(plain);
        if (!digits) return std::nullopt;
        sum = sum * 60 + *digits;
        first = false;
        if (colon == whole.npos) break;
        whole.remove_prefix(colon + 1);
    }
    if (point == text.npos) {
        if (sum > 0x1p53) return std::nullopt;
        const auto seconds = static_cast<std::int64_t>(sum);
        return rapidjson::Value(negative ? -seconds : seconds);
    }
    const std::string fraction = "0." + without_underscores(text.substr(point + 1)) + "0";
    const auto part = parse_double(fraction);
    if (!part || !all(std::string_view(fraction).substr(2), is_digit)) return std::nullopt;
    return rapidjson::Value(negative ? -(sum + *part) : sum + *part);
}

std::optional<rapidjson::Value> number_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view magnitude = negative || text.starts_with('+') ? text.substr(1) : text;
    if (one_of(magnitude, {".inf", ".Inf", ".INF"})) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        return rapidjson::Value(negative ? -infinity : infinity);
    }
    if (magnitude.empty() || magnitude.size() > longest_number || !(is_digit(magnitude[0]) || magnitude[0] == '.'))
        return std::nullopt;
    if (auto value = integer_of(magnitude, negative)) return value;
    if (const auto value = float_of(magnitude, negative)) return rapidjson::Value(*value);
    return base_60(magnitude, negative);
}

} // namespace

rapidjson::Value yaml_text(std::string_view text, rapidjson::Document::AllocatorType& allocator) {
    const std::string repaired = is_valid_utf8(text) ? std::string() : valid_utf8(text);
    const std::string_view valid = repaired.empty() ? text : std::string_view(repaired);
    return rapidjson::Value(valid.data(), static_cast<rapidjson::SizeType>(valid.size()), allocator);
}

rapidjson::Value yaml_scalar(std::string_view text, rapidjson::Document::AllocatorType& allocator) {
    if (one_of(text, {"", "~", "null", "Null", "NULL"})) return rapidjson::Value();
    if (one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return rapidjson::Value(true);
    if (one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}))
        return rapidjson::Value(false);
    if (one_of(text, {".nan", ".NaN", ".NAN"})) return rapidjson::Value(std::numeric_limits<double>::quiet_NaN());
    if (auto number = number_of(text)) return std::move(*number);
    return yaml_text(text, allocator);
}

} // namespace isoloss
