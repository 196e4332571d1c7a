#pragma once

#include "engine/inference/backend.h"

#include <memory>

namespace isoloss::torch_module {

/// Sets the calling thread's LibTorch threads to the cores of the machine. Free of LibTorch types.
Expected<std::unique_ptr<Backend>> create_torch_backend() noexcept;

} // namespace isoloss::torch_module
