#include "engine/base/number_text.h"

#include <charconv>
#include <cmath>

namespace isoloss {

namespace {

template <typename Number>
std::string shortest(Number value) {
    char buffer[64];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
    return std::string(buffer, result.ptr);
}

template <typename Float>
std::string float_text(Float value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    return shortest(value);
}

} // namespace

std::string number_text(double value) {
    return float_text(value);
}

std::string number_text(float value) {
    return float_text(value);
}

std::string number_text(std::int64_t value) {
    return shortest(value);
}

std::optional<double> parse_double(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ptr != end || text.empty()) return std::nullopt;
    // Out of range: from_chars leaves the value alone; the sign and the exponent tell which end was passed.
    if (result.ec == std::errc::result_out_of_range) {
        const bool tiny = text.find("e-") != text.npos || text.find("E-") != text.npos;
        const double magnitude = tiny ? 0.0 : HUGE_VAL;
        return text.front() == '-' ? -magnitude : magnitude;
    }
    if (result.ec != std::errc()) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || text.empty()) return std::nullopt;
    return value;
}

} // namespace isoloss
