#pragma once

#include "app/cuda_driver.h"

#include <filesystem>
#include <optional>
#include <string>

namespace isoloss {

/// What is known before a module is opened. Paths are empty where there is no such file.
struct TorchSituation {
    std::filesystem::path opened; ///< in this process already
    std::filesystem::path named;  ///< by ISOLOSS_TORCH_MODULE
    std::filesystem::path cuda, cpu;
    CudaDriver driver;
    std::string cuda_refusal; ///< why the CUDA module could not be opened; empty: it was not tried
};

enum class TorchModule { opened, named, cuda, cpu };

struct TorchChoice {
    std::filesystem::path file;
    TorchModule module = TorchModule::cpu;
    std::string reason; ///< goes on after the file's name: "for the CPU: no NVIDIA driver"
    std::string remedy; ///< what would put a GPU to use that lies idle; empty: there is none
};

/// Which inference module to open. Two LibTorch never share a process, so one that is open stays; else the one that is
/// named; else that for CUDA where the driver shows a GPU; else that for the CPU. Nothing: none is there that could be
/// opened.
std::optional<TorchChoice> choose_torch_module(const TorchSituation& situation);

} // namespace isoloss
