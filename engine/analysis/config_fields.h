#pragma once

#include "engine/base/error.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isoloss {

/// A config field: a number or a text (booleans are "true" and "false", lists their JSON).
using ConfigValue = std::variant<double, std::string>;
using ConfigFields = std::map<std::string, ConfigValue, std::less<>>;

/// Calls with each field of a nested config as `optimizer.lr`, in the order of the text; of fields of one name the last
/// counts. Null and empty objects are left out, and so is a text that is no JSON object.
void visit_config(std::string_view json, const std::function<void(std::string_view field, ConfigValue value)>& visit);

/// The same as a map.
ConfigFields flatten_config(std::string_view json);

std::string config_text(const ConfigValue& value);
/// The number, also of a text that is one.
std::optional<double> config_number(const ConfigValue& value);

/// The field that a name stands for: itself, or the only field whose last parts it is (`lr` finds `optimizer.lr`).
/// Nothing when there is none; an error that lists them when there are several.
Expected<std::optional<std::string>> find_config_field(const std::vector<std::string>& fields, std::string_view name);

} // namespace isoloss
