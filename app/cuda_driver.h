#pragma once

#include <string>

namespace isoloss {

/// What NVIDIA's driver shows this process.
struct CudaDriver {
    int devices = 0;
    std::string words; ///< "2 GPUs, driver for CUDA 12.4", or why there is none
};

/// Asks libcuda.so.1, which belongs to the driver and is opened here, never linked. CUDA_VISIBLE_DEVICES counts. The
/// first call may take some tenths of a second.
CudaDriver ask_cuda_driver();

} // namespace isoloss
