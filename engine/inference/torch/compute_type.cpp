#include "engine/inference/torch/compute_type.h"

#include <ATen/Context.h>
#include <condition_variable>
#include <mutex>

namespace isoloss::torch_module {

namespace {

/// Lets computations of one setting in together.
class Gate {
public:
    void enter(bool tf32) {
        std::unique_lock lock(mutex_);
        free_.wait(lock, [&] { return inside_ == 0 || tf32_ == tf32; });
        if (inside_++ > 0) return;
        tf32_ = tf32;
        at::globalContext().setAllowTF32CuBLAS(tf32);
        at::globalContext().setAllowTF32CuDNN(tf32);
    }

    void leave() {
        {
            const std::lock_guard lock(mutex_);
            --inside_;
        }
        free_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable free_;
    int inside_ = 0;
    bool tf32_ = false;
};

/// One for the process, as the setting is.
Gate& gate() {
    static Gate only;
    return only;
}

} // namespace

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

PrecisionScope::PrecisionScope(ComputeType type, const at::Device& device) : on_gpu_(device.is_cuda()) {
    if (on_gpu_) gate().enter(type == ComputeType::tf32);
}

PrecisionScope::~PrecisionScope() {
    if (on_gpu_) gate().leave();
}

} // namespace isoloss::torch_module
