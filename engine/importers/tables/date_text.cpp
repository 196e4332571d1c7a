#include "engine/importers/tables/date_text.h"

#include "engine/base/number_text.h"

#include <chrono>

namespace isoloss {

namespace {

// Takes digits, exactly so many, off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return number;
}

bool take_char(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
    text.remove_prefix(1);
    return true;
}

// "", "Z", "+02:00", "-0530": seconds east of UTC.
std::optional<int> zone_seconds(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return 0;
    const int sign = text.front() == '-' ? -1 : 1;
    if (!take_char(text, "+-")) return std::nullopt;
    const auto hours = take_digits(text, 2);
    take_char(text, ":");
    const auto minutes = text.empty() ? std::optional(0) : take_digits(text, 2);
    if (!hours || !minutes || !text.empty() || *hours > 14 || *minutes > 59) return std::nullopt;
    return sign * (*hours * 3600 + *minutes * 60);
}

} // namespace

std::optional<double> date_seconds(std::string_view text) {
    const auto year = take_digits(text, 4);
    if (!year || !take_char(text, "-/")) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take_char(text, "-/")) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    double seconds = 86400.0 * static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
    if (text.empty()) return seconds;
    if (!take_char(text, "Tt ")) return std::nullopt;
    const auto hour = take_digits(text, 2);
    if (!hour || !take_char(text, ":")) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    seconds += *hour * 3600.0 + *minute * 60.0;
    if (take_char(text, ":")) {
        const auto second = take_digits(text, 2);
        if (!second || *second > 60) return std::nullopt;
        seconds += *second;
        if (!text.empty() && (text.front() == '.' || text.front() == ',')) {
            std::size_t digits = 1;
            while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
                ++digits;
            const auto share = parse_double("0." + std::string(text.substr(1, digits - 1)));
            if (!share) return std::nullopt;
            seconds += *share;
            text.remove_prefix(digits);
        }
    }
    while (take_char(text, " ")) {
    }
    const auto zone = zone_seconds(text);
    if (!zone) return std::nullopt;
    return seconds - *zone;
}

} // namespace isoloss
