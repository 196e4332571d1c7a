#include <cstdlib>

// Stands for libcuda.so.1 where there is no NVIDIA driver. FAKE_CUDA_DEVICES: how many GPUs it shows; below 0 the error
// that cuInit answers.

namespace {

int wanted() {
    const char* text = std::getenv("FAKE_CUDA_DEVICES");
    return text != nullptr ? std::atoi(text) : 0;
}

} // namespace

extern "C" {

int cuInit(unsigned flags);
int cuDeviceGetCount(int* count);
int cuDriverGetVersion(int* version);

int cuInit(unsigned /*flags*/) {
    return wanted() < 0 ? -wanted() : 0;
}

int cuDeviceGetCount(int* count) {
    *count = wanted();
    return 0;
}

int cuDriverGetVersion(int* version) {
    *version = 12'040;
    return 0;
}
}
