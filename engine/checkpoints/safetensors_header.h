#pragma once

#include "engine/base/error.h"
#include "engine/inference/tensor_source.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Caps of the safetensors reader. The first is the format's own; the others keep a hostile header from costing more
/// than a second or some tens of megabytes.
struct SafetensorsLimits {
    static constexpr std::uint64_t header_bytes = 100'000'000;
    static constexpr std::size_t entries = 250'000; ///< tensors in one file, names in one shard index
    static constexpr std::size_t metadata_bytes = 10'000'000;
    static constexpr std::size_t dimensions = 64;
};

/// An element type of the format.
struct SafetensorsType {
    std::string_view name;
    TensorType type = TensorType::unknown;
    std::uint64_t bytes = 0; ///< of one element
};

/// Nothing for TensorType::unknown.
const SafetensorsType* find_safetensors_type(TensorType type);

/// One tensor of a header; `begin` counts from the end of the header.
struct SafetensorsEntry {
    TensorInfo info;
    std::uint64_t begin = 0;
};

/// The checked header of one file: names are unique, the tensors tile the data without hole, overlap or tail, and every
/// known type agrees with its shape. Entries are in the order of their data.
struct SafetensorsHeader {
    std::vector<SafetensorsEntry> entries;
    std::map<std::string, std::string> metadata;
};

/// Parses and checks the JSON part of a safetensors file; `data_bytes` is what follows it in the file. Errors name
/// `file` and the tensor or the byte of the header. Types that this version does not know are listed as
/// TensorType::unknown.
Expected<SafetensorsHeader> parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                                     std::string_view file);

} // namespace isoloss
