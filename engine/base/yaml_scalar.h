#pragma once

#include <rapidjson/document.h>
#include <string_view>

namespace isoloss {

/// What a plain (unquoted) YAML scalar means: null, a boolean, a number, or nothing of these and so its text. YAML 1.1
/// as PyYAML resolves it (yes and no, 0x1F, 0b11, 017, 1_000, 1:30), and the floats of YAML 1.2 that PyYAML leaves as
/// text (1e-3). Timestamps are text. Any thread.
rapidjson::Value yaml_scalar(std::string_view text, rapidjson::Document::AllocatorType& allocator);

/// The text itself as a JSON string; bytes that are no UTF-8 become U+FFFD.
rapidjson::Value yaml_text(std::string_view text, rapidjson::Document::AllocatorType& allocator);

} // namespace isoloss
