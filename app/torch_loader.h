#pragma once

#include "app/torch_choice.h"
#include "engine/inference/backend.h"

#include <memory>

namespace isoloss {

struct OpenedTorch {
    std::unique_ptr<Backend> backend;
    TorchChoice choice;
};

/// Opens the inference module that choose_torch_module names and makes its backend. Modules are looked for beside the
/// program, then in ../lib/isoloss; ISOLOSS_TORCH_MODULE names another. Where the one for CUDA cannot be opened, the
/// one for the CPU stands in, and the log says why. The module stays open for the life of the process. Any thread.
/// Errors say where it was looked for and how to install what is missing.
Expected<OpenedTorch> open_torch();

/// open_torch for the engine threads, meant for their first job.
BackendFactory torch_backend_factory();

} // namespace isoloss
