#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"

#include <ATen/core/Tensor.h>

namespace isoloss::torch_module {

/// What weights and states are stored in.
at::ScalarType scalar_type(ComputeType type);

/// Fails when the device does not compute in the type, whatever the kernels.
Expected<void> check_compute_type(ComputeType type, const at::Device& device);

/// Matrix products of float32 in TF32 while it lives, where the type is tf32; in full float32 otherwise. LibTorch's
/// setting is one for the whole process: models of both types do not compute at the same time.
class PrecisionScope {
public:
    explicit PrecisionScope(ComputeType type);
    ~PrecisionScope();
    PrecisionScope(const PrecisionScope&) = delete;
    PrecisionScope& operator=(const PrecisionScope&) = delete;

private:
    bool products_before_ = false, convolutions_before_ = false;
};

} // namespace isoloss::torch_module
