#include "app/torch_loader.h"

#include "engine/base/file.h"
#include "engine/inference/module_entry.h"

#include <cstdlib>
#include <dlfcn.h>

namespace isoloss {

namespace {

constexpr const char* module_name = "libisoloss_torch.so";

Expected<std::unique_ptr<Backend>> open_module(const std::filesystem::path& file) {
    // Never closed: LibTorch does not survive being unloaded.
    void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* reason = ::dlerror();
        return fail({ErrorKind::unsupported,
                     path_text(file),
                     {},
                     std::string("the inference module cannot be opened: ") + (reason != nullptr ? reason : "unknown"),
                     "apt-get install libtorch1.13 libopenblas0-openmp, or give the LibTorch it was built with"});
    }
    const auto entry = reinterpret_cast<CreateBackendFunction>(::dlsym(handle, create_backend_symbol));
    if (entry == nullptr)
        return fail({ErrorKind::foreign,
                     path_text(file),
                     {},
                     "is no inference module of Isoloss",
                     "Remove it, or correct ISOLOSS_TORCH_MODULE"});
    return create_backend(entry, path_text(file));
}

} // namespace

std::vector<std::filesystem::path> torch_module_places() {
    if (const char* chosen = std::getenv("ISOLOSS_TORCH_MODULE"); chosen != nullptr && *chosen != '\0') return {chosen};
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    return {program / module_name, program / "../lib/isoloss" / module_name};
}

BackendFactory torch_backend_factory() {
    return []() -> Expected<std::unique_ptr<Backend>> {
        std::string places;
        for (const auto& place : torch_module_places()) {
            std::error_code ignored;
            if (std::filesystem::exists(place, ignored)) return open_module(place);
            places += (places.empty() ? "" : ", ") + path_text(place);
        }
        return fail({ErrorKind::not_found,
                     places,
                     {},
                     "the inference module is not there",
                     "apt-get install libtorch-dev libopenblas0-openmp, then configure and build again"});
    };
}

} // namespace isoloss
