#include "app/torch_choice.h"

namespace isoloss {

namespace {

constexpr const char* build_for_cuda =
    "Install PyTorch 2.7 or newer with CUDA, or set ISOLOSS_LIBTORCH to such a LibTorch, and run packaging/run.sh";
constexpr const char* mend_cuda =
    "Install what it lacks, or build again with another ISOLOSS_LIBTORCH (packaging/docs/gpu.md)";

TorchChoice choose_cpu(const TorchSituation& situation) {
    TorchChoice choice{situation.cpu, TorchModule::cpu, {}, {}};
    const bool gpu = situation.driver.devices > 0;
    if (!situation.cuda_refusal.empty()) {
        choice.reason = "for the CPU: the one for CUDA cannot be opened: " + situation.cuda_refusal;
        choice.remedy = mend_cuda;
    } else if (gpu) {
        choice.reason = "for the CPU: none for CUDA was built, though there is " + situation.driver.words;
        choice.remedy = build_for_cuda;
    } else {
        choice.reason = "for the CPU: " + situation.driver.words;
    }
    return choice;
}

} // namespace

std::optional<TorchChoice> choose_torch_module(const TorchSituation& situation) {
    if (!situation.opened.empty())
        return TorchChoice{situation.opened, TorchModule::opened, "open in this process already", {}};
    if (!situation.named.empty())
        return TorchChoice{situation.named, TorchModule::named, "named by ISOLOSS_TORCH_MODULE", {}};
    const bool cuda_opens = !situation.cuda.empty() && situation.cuda_refusal.empty();
    if (cuda_opens && situation.driver.devices > 0)
        return TorchChoice{situation.cuda, TorchModule::cuda, "for CUDA: " + situation.driver.words, {}};
    if (!situation.cpu.empty()) return choose_cpu(situation);
    if (cuda_opens)
        return TorchChoice{situation.cuda,
                           TorchModule::cuda,
                           "the only one that is there, computes on the CPU: " + situation.driver.words,
                           {}};
    return std::nullopt;
}

} // namespace isoloss
