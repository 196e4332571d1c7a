#include "engine/analysis/config_fields.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <algorithm>

namespace isoloss {

namespace {

using Visit = std::function<void(std::string_view, ConfigValue)>;

// `path` is the field's name and as it was when this returns.
void visit_value(const rapidjson::Value& value, std::string& path, const Visit& visit) {
    if (value.IsObject()) {
        const std::size_t length = path.size();
        for (const auto& member : value.GetObject()) {
            if (length > 0) path += '.';
            path += json_view(member.name);
            visit_value(member.value, path, visit);
            path.resize(length);
        }
    } else if (value.IsNumber()) {
        visit(path, value.GetDouble());
    } else if (value.IsString()) {
        visit(path, std::string(json_view(value)));
    } else if (value.IsBool()) {
        visit(path, std::string(value.GetBool() ? "true" : "false"));
    } else if (value.IsArray()) {
        visit(path, json_text(value));
    }
}

} // namespace

void visit_config(std::string_view json, const Visit& visit) {
    const auto document = parse_json(json, "config");
    if (!document || !document->IsObject()) return;
    std::string path;
    visit_value(*document, path, visit);
}

ConfigFields flatten_config(std::string_view json) {
    ConfigFields fields;
    visit_config(json, [&](std::string_view field, ConfigValue value) {
        fields.insert_or_assign(std::string(field), std::move(value));
    });
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
