#include "engine/importers/tables/mapping_members.h"

#include "engine/base/json.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

std::string words_text(std::span<const std::string_view> words) {
    std::string text;
    for (const std::string_view word : words)
        text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

} // namespace

tl::unexpected<Error> MappingMembers::refuse(std::string place, std::string reason) {
    return fail({ErrorKind::usage, {}, std::move(place), std::move(reason), "See packaging/docs/mappings.md"});
}

Expected<MappingMembers> MappingMembers::of(const rapidjson::Value& value, std::string place) {
    if (!value.IsObject()) return refuse(place.empty() ? "mapping" : place, "must be an object");
    return MappingMembers(value, std::move(place));
}

std::string MappingMembers::place_of(std::string_view member) const {
    return place_.empty() ? std::string(member) : place_ + "." + std::string(member);
}

const rapidjson::Value* MappingMembers::member(std::string_view name) {
    asked_.emplace_back(name);
    return json_member(*object_, name);
}

Expected<std::optional<std::string>> MappingMembers::text(std::string_view name) {
    const auto* value = member(name);
    if (value == nullptr) return std::nullopt;
    if (!value->IsString()) return refuse(place_of(name), "must be a text");
    return std::string(json_view(*value));
}

Expected<std::optional<double>> MappingMembers::number(std::string_view name) {
    const auto* value = member(name);
    if (value == nullptr) return std::nullopt;
    if (!value->IsNumber() || !std::isfinite(value->GetDouble())) return refuse(place_of(name), "must be a number");
    return value->GetDouble();
}

Expected<std::vector<std::string>> MappingMembers::texts(std::string_view name) {
    const auto* value = member(name);
    std::vector<std::string> texts;
    if (value == nullptr) return texts;
    if (!value->IsArray()) return refuse(place_of(name), "must be a list of texts");
    for (const auto& entry : value->GetArray()) {
        if (!entry.IsString())
            return refuse(place_of(name) + "[" + std::to_string(texts.size()) + "]", "must be a text");
        texts.emplace_back(json_view(entry));
    }
    return texts;
}

Expected<std::optional<std::size_t>> MappingMembers::word(std::string_view name,
                                                          std::span<const std::string_view> words) {
    ISOLOSS_TRY(const auto text, this->text(name));
    if (!text) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), *text);
    if (found == words.end())
        return refuse(place_of(name), "must be one of " + words_text(words) + ", not \"" + *text + "\"");
    return static_cast<std::size_t>(found - words.begin());
}

Expected<void> MappingMembers::finish() const {
    for (const auto& [name, value] : object_->GetObject())
        if (std::find(asked_.begin(), asked_.end(), json_view(name)) == asked_.end())
            return refuse(
                place_of(json_view(name)), "is unknown. Members here: " + [&] {
                    std::string text;
                    for (const std::string& known : asked_)
                        text += (text.empty() ? "" : ", ") + known;
                    return text;
                }());
    return {};
}

} // namespace isoloss
