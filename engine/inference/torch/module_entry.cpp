#include "engine/inference/module_entry.h"

#include "engine/inference/torch/torch_backend.h"

#include <string_view>

extern "C" __attribute__((visibility("default"))) isoloss::Backend*
isoloss_create_backend(const char* abi, isoloss::Error* error) noexcept;

isoloss::Backend* isoloss_create_backend(const char* abi, isoloss::Error* error) noexcept {
    if (std::string_view(abi) != isoloss::module_abi) return nullptr;
    auto backend = isoloss::torch_module::create_torch_backend();
    if (!backend) {
        *error = std::move(backend).error();
        return nullptr;
    }
    return backend->release();
}
