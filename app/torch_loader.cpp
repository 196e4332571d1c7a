#include "app/torch_loader.h"

#include "engine/base/file.h"
#include "engine/inference/module_entry.h"

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <link.h>
#include <mutex>
#include <spdlog/spdlog.h>
#include <string_view>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr const char* cpu_module_name = "libisoloss_torch.so";
constexpr const char* cuda_module_name = "libisoloss_torch_cuda.so";

std::array<fs::path, 2> module_folders() {
    std::error_code ignored;
    const auto program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    return {program, program / "../lib/isoloss"};
}

fs::path find_module(const char* name) {
    std::error_code ignored;
    for (const auto& folder : module_folders())
        if (fs::exists(folder / name, ignored)) return folder / name;
    return {};
}

bool is_open(const fs::path& file) {
    if (file.empty()) return false;
    void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    if (handle != nullptr) ::dlclose(handle); // only counts down: the first opening keeps it
    return handle != nullptr;
}

TorchSituation look_around() {
    TorchSituation situation;
    if (const char* named = std::getenv("ISOLOSS_TORCH_MODULE"); named != nullptr) situation.named = named;
    situation.cuda = find_module(cuda_module_name);
    situation.cpu = find_module(cpu_module_name);
    for (const auto& file : {situation.named, situation.cuda, situation.cpu})
        if (situation.opened.empty() && is_open(file)) situation.opened = file;
    if (situation.opened.empty() && situation.named.empty()) situation.driver = ask_cuda_driver();
    return situation;
}

Error not_there(const TorchSituation& situation) {
    std::string places = path_text(situation.named);
    if (places.empty())
        for (const auto& folder : module_folders())
            places += (places.empty() ? "" : ", ") + path_text(folder / cpu_module_name);
    return {ErrorKind::not_found,
            places,
            {},
            "the inference module is not there",
            situation.named.empty() ? "apt-get install libtorch-dev libopenblas0-openmp, then configure and build again"
                                    : "Correct ISOLOSS_TORCH_MODULE, or unset it"};
}

/// A handle, or the words of the dynamic linker.
tl::expected<void*, std::string> open_file(const fs::path& file) {
    // Never closed: LibTorch does not survive being unloaded.
    if (void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
    const char* reason = ::dlerror();
    return tl::unexpected<std::string>(reason != nullptr ? reason : "unknown");
}

Error cannot_open(const TorchChoice& choice, const std::string& reason) {
    return {ErrorKind::unsupported,
            path_text(choice.file),
            {},
            "the inference module cannot be opened: " + reason,
            choice.module == TorchModule::cpu
                ? "apt-get install libtorch1.13 libopenblas0-openmp, or give the LibTorch it was built with"
                : "Give the LibTorch it was built with, and the CUDA libraries that this one needs"};
}

/// Opening that failed takes back what it had loaded, unless a library asks to stay.
bool has_libtorch() {
    const auto is_libtorch = [](dl_phdr_info* library, std::size_t, void*) {
        const std::string_view file = library->dlpi_name;
        const std::string_view name = file.substr(file.rfind('/') + 1);
        return static_cast<int>(name.starts_with("libtorch") || name.starts_with("libc10"));
    };
    return ::dl_iterate_phdr(is_libtorch, nullptr) != 0;
}

Expected<std::unique_ptr<Backend>> start(void* module, const fs::path& file) {
    const auto entry = reinterpret_cast<CreateBackendFunction>(::dlsym(module, create_backend_symbol));
    if (entry == nullptr)
        return fail({ErrorKind::foreign,
                     path_text(file),
                     {},
                     "is no inference module of Isoloss",
                     "Remove it, or correct ISOLOSS_TORCH_MODULE"});
    return create_backend(entry, path_text(file));
}

void log_choice(const TorchChoice& choice, const TorchSituation& situation) {
    if (!situation.cuda_refusal.empty())
        spdlog::warn("Inference module {}: {}. {}", path_text(choice.file), choice.reason, choice.remedy);
    else if (choice.module != TorchModule::opened)
        spdlog::info("Inference module {}: {}", path_text(choice.file), choice.reason);
}

} // namespace

Expected<OpenedTorch> open_torch() {
    // Several engine threads may come at once; the first decides for the process.
    static std::mutex deciding;
    const std::lock_guard lock(deciding);
    TorchSituation situation = look_around();
    while (const auto choice = choose_torch_module(situation)) {
        std::error_code ignored;
        if (!fs::exists(choice->file, ignored)) break;
        const auto module = open_file(choice->file);
        if (module) {
            log_choice(*choice, situation);
            ISOLOSS_TRY(auto backend, start(*module, choice->file));
            return OpenedTorch{std::move(backend), *choice};
        }
        if (choice->module != TorchModule::cuda || situation.cpu.empty() || has_libtorch())
            return fail(cannot_open(*choice, module.error()));
        situation.cuda_refusal = module.error();
    }
    return fail(not_there(situation));
}

BackendFactory torch_backend_factory() {
    return []() -> Expected<std::unique_ptr<Backend>> {
        ISOLOSS_TRY(auto opened, open_torch());
        return std::move(opened.backend);
    };
}

} // namespace isoloss
