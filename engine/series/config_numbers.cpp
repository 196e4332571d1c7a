#include "engine/series/config_numbers.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace isoloss {

namespace {

bool is_of_evaluation(std::string_view path) {
    constexpr std::array<std::string_view, 4> beginnings{"eval", "val", "test", "dev"};
    while (!path.empty()) {
        const std::size_t end = std::min(path.find_first_of("./"), path.size());
        const std::string part = plain_name(path.substr(0, end));
        for (const std::string_view beginning : beginnings)
            if (part == beginning || part.starts_with(std::string(beginning) + '_') || part == "evaluation" ||
                part == "validation")
                return true;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

std::optional<double> number_of(const rapidjson::Value& value) {
    if (value.IsString()) return parse_double(json_view(value));
    return value.IsNumber() ? json_as_number(value) : std::nullopt;
}

template <typename Take>
void each_number(const rapidjson::Value& object, const std::string& path, std::size_t depth, const Take& take) {
    for (const auto& [name, value] : object.GetObject()) {
        const std::string here = (path.empty() ? "" : path + '.') + std::string(json_view(name));
        if (value.IsObject()) {
            each_number(value, here, depth + 1, take);
        } else if (const auto number = number_of(value)) {
            take(here, depth, *number);
        }
    }
}

} // namespace

std::string plain_name(std::string_view name) {
    const std::size_t before = name.find_last_of("./");
    std::string plain(before == name.npos ? name : name.substr(before + 1));
    for (char& c : plain) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '-' || c == ' ') c = '_';
    }
    return plain;
}

ConfigNumbers::ConfigNumbers(std::string_view config) {
    const auto document = parse_json(config, "config");
    if (!document || !document->IsObject()) return;
    each_number(*document, {}, 0, [&](const std::string& path, std::size_t depth, double number) {
        if (number > 0 && std::isfinite(number) && !is_of_evaluation(path))
            entries_.push_back({plain_name(path), depth, {path, number}});
    });
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.depth < b.depth; });
}

std::optional<ConfigNumber> ConfigNumbers::find(std::span<const std::string_view> names) const {
    for (const std::string_view name : names)
        for (const Entry& entry : entries_)
            if (entry.name == name) return entry.number;
    return std::nullopt;
}

} // namespace isoloss
