#pragma once

#include "engine/base/json.h"

#include <string_view>

namespace isoloss {

/// Parses one YAML document (1.1 as PyYAML reads it, and 1.2) into JSON values: scalars as yaml_scalar() says, quoted
/// ones strings, aliases copies of what they name, merge keys (<<) merged, keys the text that was written. A tag of
/// another language (!!python/object:…) is passed over: what it marks stays plain data, and nothing is ever made from
/// it. Of a key that is written twice the last value counts. Refused: more than limits.bytes or 16 MiB, deeper than
/// limits.depth, aliases that blow up to more than 64 MiB, several documents. The error carries "line L, column C";
/// `file` is only used for messages. Any thread.
Expected<rapidjson::Document> parse_yaml(std::string_view text, std::string_view file, JsonLimits limits = {});

/// Reads and parses a file.
Expected<rapidjson::Document> read_yaml_file(const std::filesystem::path& path, JsonLimits limits = {});

} // namespace isoloss
