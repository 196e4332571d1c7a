#include "engine/analysis/config_fields.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <algorithm>

namespace isoloss {

namespace {

void flatten(const rapidjson::Value& value, const std::string& key, ConfigFields& fields) {
    if (value.IsObject()) {
        for (const auto& member : value.GetObject()) {
            const std::string name(json_view(member.name));
            flatten(member.value, key.empty() ? name : key + '.' + name, fields);
        }
    } else if (value.IsNumber()) {
        fields.insert_or_assign(key, value.GetDouble());
    } else if (value.IsString()) {
        fields.insert_or_assign(key, std::string(json_view(value)));
    } else if (value.IsBool()) {
        fields.insert_or_assign(key, std::string(value.GetBool() ? "true" : "false"));
    } else if (value.IsArray()) {
        fields.insert_or_assign(key, json_text(value));
    }
}

} // namespace

ConfigFields flatten_config(std::string_view json) {
    ConfigFields fields;
    if (const auto document = parse_json(json, "config"); document && document->IsObject())
        flatten(*document, {}, fields);
    return fields;
}

std::string config_text(const ConfigValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
    return std::get<std::string>(value);
}

std::optional<double> config_number(const ConfigValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return *number;
    return parse_double(std::get<std::string>(value));
}

Expected<std::optional<std::string>> find_config_field(const std::vector<std::string>& fields, std::string_view name) {
    if (std::find(fields.begin(), fields.end(), name) != fields.end()) return std::string(name);
    const std::string ending = '.' + std::string(name);
    std::vector<std::string> found;
    std::copy_if(fields.begin(), fields.end(), std::back_inserter(found),
                 [&](const std::string& field) { return field.ends_with(ending); });
    if (found.empty()) return std::nullopt;
    if (found.size() == 1) return found.front();
    std::string all;
    for (const std::string& field : found)
        all += (all.empty() ? "" : ", ") + field;
    return fail(ErrorKind::usage, "“" + std::string(name) + "” could be several config fields: " + all,
                "Write the whole name of one of them");
}

} // namespace isoloss
