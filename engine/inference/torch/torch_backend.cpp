#include "engine/inference/torch/torch_backend.h"

#include "engine/base/machine.h"
#include "engine/inference/script_archive.h"
#include "engine/inference/torch/compute_type.h"
#include "engine/inference/torch/exceptions.h"
#include "engine/inference/torch/masked_training.h"
#include "engine/inference/torch/script_model.h"
#include "engine/inference/torch/torch_model.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <algorithm>
#include <chrono>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <torch/cuda.h>
#include <torch/version.h>

namespace isoloss::torch_module {

namespace {

std::vector<std::string> available_devices() {
    std::vector<std::string> devices{"cpu"};
    for (std::size_t i = 0; i < static_cast<std::size_t>(torch::cuda::device_count()); ++i)
        devices.push_back("cuda:" + std::to_string(i));
    return devices;
}

/// "auto" is the first CUDA device, else the CPU.
Expected<at::Device> chosen_device(std::string_view wish) {
    const auto devices = available_devices();
    if (wish == "auto") return at::Device(devices.size() > 1 ? devices[1] : devices[0]);
    const std::string name = wish == "cuda" ? "cuda:0" : std::string(wish);
    if (std::ranges::find(devices, name) != devices.end()) return at::Device(name);
    std::string there;
    for (const std::string& device : devices)
        there += (there.empty() ? "" : ", ") + device;
    return fail(ErrorKind::not_found, "There is no device \"" + name + "\" here", "Choose one of: auto, " + there);
}

Expected<void> check_trust(const ScriptArchive& archive, const std::filesystem::path& path,
                           const LoadOptions& options) {
    if (std::ranges::find(options.trusted, archive.hash) != options.trusted.end()) return {};
    return fail({ErrorKind::untrusted,
                 path.string(),
                 {},
                 "is a TorchScript module, a program that would run; nobody has said that it is trusted (SHA-256 " +
                     archive.hash + ")",
                 "If you trust its source, measure it with --trust " + archive.hash});
}

/// Tensors of a batch come and go with every operation. Handing their memory back to the system and getting it again,
/// page by page, costs small models a fifth of their time.
void keep_freed_memory() {
#ifdef __GLIBC__
    constexpr int largest_from_heap = 32 << 20, kept = 128 << 20; // the first is the most that malloc takes
    mallopt(M_MMAP_THRESHOLD, largest_from_heap);
    mallopt(M_TRIM_THRESHOLD, kept);
#endif
}

class TorchBackend final : public Backend {
public:
    BackendInfo info() const override {
        return {"LibTorch " TORCH_VERSION, available_devices(), at::get_num_threads()};
    }

    void set_threads(int threads) override { at::set_num_threads(threads > 0 ? threads : physical_cores()); }

    Expected<std::unique_ptr<Model>> load(const Architecture& architecture, const TensorSource& tensors,
                                          const LoadOptions& options) override {
        return without_exceptions("Loading the model", [&]() -> Expected<std::unique_ptr<Model>> {
            ISOLOSS_TRY(const at::Device device, chosen_device(options.device));
            ISOLOSS_TRY_VOID(check_compute_type(options.type, device));
            return load_model(architecture, tensors, device, options.type);
        });
    }

    Expected<std::unique_ptr<Model>> load_script(const Architecture& architecture, const std::filesystem::path& path,
                                                 const LoadOptions& options) override {
        return without_exceptions("Loading the module", [&]() -> Expected<std::unique_ptr<Model>> {
            ISOLOSS_TRY(const at::Device device, chosen_device(options.device));
            ISOLOSS_TRY_VOID(check_compute_type(options.type, device));
            ISOLOSS_TRY(ScriptArchive archive, read_script_archive(path));
            ISOLOSS_TRY_VOID(check_trust(archive, path, options));
            return load_script_model(architecture, std::move(archive), path.string(), device, options.type);
        });
    }

    Expected<void> train(const TrainingTask& task, TrainingObserver& observer,
                         const CancellationToken& token) override {
        return without_exceptions("Training", [&] { return train_masked(task, observer, token); });
    }

    Expected<double> matrix_product_speed() override {
        return without_exceptions("Measuring the matrix product", []() -> Expected<double> {
            using Clock = std::chrono::steady_clock;
            const at::NoGradGuard no_graph;
            constexpr std::int64_t size = 1024;
            const at::Tensor a = at::ones({size, size}), b = at::ones({size, size});
            at::Tensor product = at::mm(a, b); // the first one starts the threads
            double best = 1e9;
            const auto start = Clock::now();
            for (int round = 0; round < 20 && Clock::now() - start < std::chrono::seconds(1); ++round) {
                const auto before = Clock::now();
                product = at::mm(a, b);
                best = std::min(best, std::chrono::duration<double>(Clock::now() - before).count());
            }
            return 2.0 * size * size * size / best * 1e-9;
        });
    }
};

} // namespace

Expected<std::unique_ptr<Backend>> create_torch_backend() noexcept {
    return without_exceptions("Starting LibTorch", []() -> Expected<std::unique_ptr<Backend>> {
        keep_freed_memory();
        at::set_num_threads(physical_cores());
        return std::make_unique<TorchBackend>();
    });
}

} // namespace isoloss::torch_module
