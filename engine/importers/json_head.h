#pragma once

#include <string_view>

namespace isoloss {

/// Whether a text that may be cut short begins as a JSON object.
bool begins_as_json_object(std::string_view head);

/// Whether `"name":` occurs in the beginning of a JSON text, outside of strings. The nesting is not looked at: a hint
/// for finders, the reader decides.
bool json_head_names(std::string_view head, std::string_view name);

} // namespace isoloss
