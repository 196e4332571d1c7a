#include "app/cuda_driver.h"

#include <cstdlib>
#include <dlfcn.h>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

// The driver's C interface, stable since CUDA 2. Every function answers 0 when it succeeded.
using Initialise = int (*)(unsigned flags);
using AskNumber = int (*)(int* number);
constexpr int success = 0, no_device = 100;

template <typename Function>
Function function_of(void* library, const char* name) {
    return reinterpret_cast<Function>(::dlsym(library, name));
}

std::string no_device_words() {
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    return "the NVIDIA driver shows no GPU" +
           (visible != nullptr ? fmt::format(" (CUDA_VISIBLE_DEVICES is \"{}\")", visible) : std::string());
}

} // namespace

CudaDriver ask_cuda_driver() {
    // Stays open: a driver that was initialised does not survive being unloaded, and LibTorch opens it too.
    void* library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return {0, "no NVIDIA driver (libcuda.so.1 is not there)"};
    const auto initialise = function_of<Initialise>(library, "cuInit");
    const auto count = function_of<AskNumber>(library, "cuDeviceGetCount");
    const auto version = function_of<AskNumber>(library, "cuDriverGetVersion");
    if (initialise == nullptr || count == nullptr || version == nullptr)
        return {0, "libcuda.so.1 is not NVIDIA's driver library"};

    CudaDriver driver;
    int status = initialise(0);
    if (status == success) status = count(&driver.devices);
    if (status == no_device || (status == success && driver.devices <= 0)) return {0, no_device_words()};
    if (status != success) return {0, fmt::format("the NVIDIA driver does not start (CUDA error {})", status)};
    driver.words = driver.devices == 1 ? "1 GPU" : fmt::format("{} GPUs", driver.devices);
    // 12040 is CUDA 12.4.
    if (int number = 0; version(&number) == success)
        driver.words += fmt::format(", driver for CUDA {}.{}", number / 1000, number % 1000 / 10);
    return driver;
}

} // namespace isoloss
