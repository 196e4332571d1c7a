#include "engine/inference/torch/compute_type.h"

#include <ATen/Context.h>

namespace isoloss::torch_module {

at::ScalarType scalar_type(ComputeType type) {
    switch (type) {
    case ComputeType::bfloat16:
        return at::kBFloat16;
    case ComputeType::float16:
        return at::kHalf;
    case ComputeType::float32:
    case ComputeType::tf32:
        break;
    }
    return at::kFloat;
}

Expected<void> check_compute_type(ComputeType type, const at::Device& device) {
    if (type != ComputeType::tf32 || device.is_cuda()) return {};
    return fail(ErrorKind::unsupported,
                "TF32 is a number type of NVIDIA GPUs; there is none on the device " + device.str(),
                "Use float32, which the CPU computes in full");
}

PrecisionScope::PrecisionScope(ComputeType type)
    : products_before_(at::globalContext().allowTF32CuBLAS()),
      convolutions_before_(at::globalContext().allowTF32CuDNN()) {
    at::globalContext().setAllowTF32CuBLAS(type == ComputeType::tf32);
    at::globalContext().setAllowTF32CuDNN(type == ComputeType::tf32);
}

PrecisionScope::~PrecisionScope() {
    at::globalContext().setAllowTF32CuBLAS(products_before_);
    at::globalContext().setAllowTF32CuDNN(convolutions_before_);
}

} // namespace isoloss::torch_module
