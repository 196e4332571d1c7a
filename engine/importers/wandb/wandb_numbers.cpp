#include "engine/importers/wandb/wandb_numbers.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <charconv>
#include <cmath>
#include <iterator>
#include <vector>

namespace isoloss {

namespace {

constexpr JsonLimits object_limits{4u << 20, static_cast<int>(WandbItems::most_parts)};
constexpr std::string_view histogram_type = "\"histogram\"";

std::string_view trimmed(std::string_view json) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = json.find_first_not_of(space);
    if (begin == json.npos) return {};
    return json.substr(begin, json.find_last_not_of(space) - begin + 1);
}

void append_part(std::string& name, std::string_view part) {
    if (!name.empty()) name += '.';
    name += part;
}

std::optional<double> special_number(std::string_view text) {
    if (text == "NaN") return std::nan("");
    if (text == "Infinity") return HUGE_VAL;
    if (text == "-Infinity") return -HUGE_VAL;
    return std::nullopt;
}

bool is_number_text(std::string_view json) {
    const char c = json.front();
    return (c >= '0' && c <= '9') || (c == '-' && json.size() > 1 && json[1] >= '0' && json[1] <= '9');
}

// An integer that lies between two doubles.
bool is_inexact(std::string_view json, double value) {
    constexpr double exact_below = 9007199254740992.0; // 2^53
    if (std::abs(value) < exact_below || !std::isfinite(value) || json.find_first_of(".eE") != json.npos) return false;
    char digits[320];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value, std::chars_format::fixed, 0).ptr;
    return json != std::string_view(digits, static_cast<std::size_t>(end - digits));
}

// Writers put the type first, so most objects need not be parsed.
bool begins_with_type(std::string_view object) {
    return trimmed(object.substr(1)).starts_with("\"_type\"");
}

} // namespace

std::optional<std::string_view> wandb_item(const WandbItems& items, std::string_view name) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        const WandbItem item = items[i];
        if (item.path.size() == 1 && item.path.front() == name) return trimmed(item.json);
    }
    return std::nullopt;
}

void WandbNumbers::read(const WandbItems& items, WandbValueSink& sink) {
    const bool has_media = find_media(items);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const WandbItem item = items[i];
        if (item.path.front().starts_with('_')) continue;
        if (item.path.size() > WandbItems::most_parts) {
            ++counts.broken;
        } else if (item.path.size() == 1) {
            read_value(item.path.front(), item.json, sink);
        } else if (!has_media || !is_media(item)) {
            std::string name;
            for (const std::string_view part : item.path)
                append_part(name, part);
            read_value(name, item.json, sink);
        }
    }
}

void WandbNumbers::read(std::string_view name, std::string_view json, WandbValueSink& sink) {
    if (!name.starts_with('_')) read_value(name, json, sink);
}

// The parts of a medium come as items of their own: ["sample", "_type"], ["sample", "path"], …
bool WandbNumbers::find_media(const WandbItems& items) {
    media_.clear();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const WandbItem item = items[i];
        if (item.path.size() < 2 || item.path.size() > WandbItems::most_parts || item.path.back() != "_type") continue;
        name_.clear();
        for (const std::string_view part : item.path.first(item.path.size() - 1))
            append_part(name_, part);
        if (!media_.insert(name_).second) continue;
        ++(trimmed(item.json) == histogram_type ? counts.histograms : counts.media);
    }
    return !media_.empty();
}

bool WandbNumbers::is_media(const WandbItem& item) {
    name_.clear();
    for (const std::string_view part : item.path.first(item.path.size() - 1)) {
        append_part(name_, part);
        if (media_.contains(name_)) return true;
    }
    return false;
}

std::optional<double> WandbNumbers::number(std::string_view json) {
    if (json.empty()) return std::nullopt;
    if (is_number_text(json)) return parse_double(json);
    return special_number(json);
}

void WandbNumbers::read_value(std::string_view name, std::string_view json, WandbValueSink& sink) {
    json = trimmed(json);
    if (json.empty()) {
        ++counts.broken;
        return;
    }
    if (const auto value = number(json)) {
        if (is_inexact(json, *value)) ++counts.inexact;
        if (std::isinf(*value) && is_number_text(json)) ++counts.overflowed;
        return sink.number(name, *value);
    }
    const bool quoted = json.size() >= 2 && json.front() == '"' && json.back() == '"';
    if (const auto value = quoted ? special_number(json.substr(1, json.size() - 2)) : std::nullopt)
        return sink.number(name, *value);
    if (quoted) {
        ++counts.texts;
        sink.text(name, json);
    } else if (json == "true" || json == "false") {
        ++counts.flags;
        sink.number(name, json == "true" ? 1 : 0);
    } else if (json.front() == '{') {
        read_object(name, json, sink);
    } else if (json.front() == '[') {
        ++counts.lists;
    } else if (json != "null") {
        ++counts.broken;
    }
}

// A loop instead of recursion: nesting is the sender's choice, the stack is ours.
void WandbNumbers::read_object(std::string_view name, std::string_view json, WandbValueSink& sink) {
    if (begins_with_type(json)) {
        const auto type = json.substr(json.find(':') + 1);
        ++(trimmed(type).starts_with(histogram_type) ? counts.histograms : counts.media);
        return;
    }
    const auto document = parse_json(json, {}, object_limits);
    if (!document) {
        ++counts.broken;
        return;
    }

    struct Open {
        std::string name;
        const rapidjson::Value* object;
    };

    std::vector<Open> open{{std::string(name), &*document}};
    while (!open.empty()) {
        const Open at = std::move(open.back());
        open.pop_back();
        if (const auto* type = json_member(*at.object, "_type")) {
            ++(json_text(*type) == histogram_type ? counts.histograms : counts.media);
            continue;
        }
        for (const auto& member : at.object->GetObject()) {
            std::string inner = at.name;
            append_part(inner, json_view(member.name));
            if (member.value.IsObject())
                open.push_back({std::move(inner), &member.value});
            else
                take_member(inner, member.value, sink);
        }
    }
}

void WandbNumbers::take_member(std::string_view name, const rapidjson::Value& value, WandbValueSink& sink) {
    if (value.IsNumber() && !value.IsInt64() && !value.IsUint64())
        sink.number(name, value.GetDouble());
    else
        read_value(name, json_text(value), sink);
}

} // namespace isoloss
