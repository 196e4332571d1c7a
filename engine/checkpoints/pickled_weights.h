#pragma once

#include "engine/base/error.h"

#include <filesystem>

namespace isoloss {

/// Whether the folder has weights in PyTorch's pickled form. They run code when they are opened, so Isoloss only ever
/// looks at their name.
bool has_pickled_weights(const std::filesystem::path& folder);

/// ErrorKind::untrusted with the words on how to convert.
Error pickled_weights_error(const std::filesystem::path& folder);

} // namespace isoloss
