#pragma once

#include "engine/inference/backend.h"

#include <memory>
#include <string_view>

// The border between the program and an inference module (libisoloss_torch.so, libisoloss_torch_cuda.so). C++ objects
// cross it, so both sides must come from the same sources and compiler; the ABI text below says which.

#define ISOLOSS_MODULE_TEXT_IMPL(value) #value
#define ISOLOSS_MODULE_TEXT(value) ISOLOSS_MODULE_TEXT_IMPL(value)

namespace isoloss {

/// Raise the number when a type that crosses the border changes (Backend, Model, Error, TensorSource, …).
inline constexpr const char* module_abi =
    "isoloss module 5, compiler " __VERSION__ ", C++11 strings " ISOLOSS_MODULE_TEXT(_GLIBCXX_USE_CXX11_ABI);

/// The only symbol of a module.
inline constexpr const char* create_backend_symbol = "isoloss_create_backend";

/// Returns a backend that the caller deletes, or nullptr. `abi` is the caller's module_abi: where it differs from the
/// module's, nothing else is touched; otherwise nullptr comes with *error filled. Never throws.
using CreateBackendFunction = Backend* (*)(const char* abi, Error* error) noexcept;

/// Calls the entry of the module that was opened from `file` (for messages).
inline Expected<std::unique_ptr<Backend>> create_backend(CreateBackendFunction entry, std::string_view file) {
    Error error{ErrorKind::unsupported,
                std::string(file),
                {},
                "The inference module belongs to another build of Isoloss",
                "Install the module and the program from the same build"};
    if (Backend* backend = entry(module_abi, &error)) return std::unique_ptr<Backend>(backend);
    if (error.file.empty()) error.file = file;
    return fail(std::move(error));
}

} // namespace isoloss
