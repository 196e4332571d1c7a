#pragma once

#include "engine/inference/backend.h"

#include <filesystem>
#include <vector>

namespace isoloss {

/// Opens libisoloss_torch.so and makes its backend; meant for the engine thread at its first job. The module stays open
/// for the life of the process. Errors say where it was looked for and how to install what is missing.
BackendFactory torch_backend_factory();

/// Where the module is looked for: beside the program, then ../lib/isoloss, then the ISOLOSS_TORCH_MODULE variable wins
/// over both.
std::vector<std::filesystem::path> torch_module_places();

} // namespace isoloss
