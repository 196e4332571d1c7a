#include "engine/base/date_text.h"

#include "engine/base/number_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <string>

namespace isoloss {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Whether the text begins in this form, in which d is a digit.
bool has_form(std::string_view text, std::string_view form) {
    return text.size() >= form.size() && std::equal(form.begin(), form.end(), text.begin(), [](char wanted, char c) {
               return wanted == 'd' ? is_digit(c) : c == wanted;
           });
}

int number(std::string_view digits) {
    return static_cast<int>(*parse_int(digits));
}

// "", "Z", "+02:00", "-0530": seconds east of UTC.
std::optional<int> zone_of(std::string_view text) {
    if (text.empty() || text == "Z") return 0;
    if (text.front() != '+' && text.front() != '-') return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    std::string digits(text.substr(1));
    std::erase(digits, ':');
    if (digits.size() != 4 || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
    return sign *
           (number(std::string_view(digits).substr(0, 2)) * 3600 + number(std::string_view(digits).substr(2)) * 60);
}

} // namespace

std::optional<double> parse_date(std::string_view text) {
    if (!has_form(text, "dddd-dd-dd") || text.size() < 19 || (text[10] != ' ' && text[10] != 'T') ||
        !has_form(text.substr(11), "dd:dd:dd"))
        return std::nullopt;
    const std::chrono::year_month_day day{std::chrono::year(number(text.substr(0, 4))),
                                          std::chrono::month(static_cast<unsigned>(number(text.substr(5, 2)))),
                                          std::chrono::day(static_cast<unsigned>(number(text.substr(8, 2))))};
    const int hour = number(text.substr(11, 2)), minute = number(text.substr(14, 2)),
              second = number(text.substr(17, 2));
    if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    text.remove_prefix(19);
    double fraction = 0;
    if (text.starts_with('.')) {
        const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
        const auto parsed = parse_double("0" + std::string(text.substr(0, end)));
        if (!parsed) return std::nullopt;
        fraction = *parsed;
        text.remove_prefix(end);
    }
    const auto zone = zone_of(text);
    if (!zone) return std::nullopt;
    const auto days = static_cast<double>(std::chrono::sys_days(day).time_since_epoch().count());
    return days * 86400 + hour * 3600 + minute * 60 + second - *zone + fraction;
}

std::string date_text(double utc_seconds) {
    constexpr double most = 253402300799; // the end of the year 9999
    if (!(utc_seconds >= 0 && utc_seconds <= most)) return {};
    const auto second = static_cast<std::time_t>(utc_seconds);
    std::tm fields{};
    if (::gmtime_r(&second, &fields) == nullptr) return {};
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &fields)};
}

} // namespace isoloss
