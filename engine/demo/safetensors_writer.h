#pragma once

#include "engine/base/error.h"
#include "engine/inference/tensor_source.h"

#include <filesystem>

namespace isoloss {

/// Writes all tensors as one safetensors file, in the order of their names and in the types they have, through a
/// temporary file. The content is put together in memory: for small models. Refuses a type that the format does not
/// have, a name that occurs twice or is the format's own, and a size that does not follow from the shape.
Expected<void> write_safetensors(const std::filesystem::path& file, const TensorSource& tensors);

} // namespace isoloss
