#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"

#include <ATen/core/Tensor.h>

namespace isoloss::torch_module {

/// What weights and states are stored in.
at::ScalarType scalar_type(ComputeType type);

/// Fails when the device does not compute in the type, whatever the kernels.
Expected<void> check_compute_type(ComputeType type, const at::Device& device);

/// On a GPU: matrix products of float32 are computed in TF32 while it lives, where the type is tf32, and in full
/// otherwise. LibTorch's setting is one for the whole process, so computations that need the other one wait until this
/// one is done.
class PrecisionScope {
public:
    PrecisionScope(ComputeType type, const at::Device& device);
    ~PrecisionScope();
    PrecisionScope(const PrecisionScope&) = delete;
    PrecisionScope& operator=(const PrecisionScope&) = delete;

private:
    bool on_gpu_ = false;
};

} // namespace isoloss::torch_module
