#include "app/commands/command.h"
#include "app/cuda_driver.h"
#include "app/exit_code.h"
#include "app/terminal_progress.h"
#include "app/torch_loader.h"
#include "app/version.h"
#include "engine/base/file.h"
#include "engine/base/json.h"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>
#include <spdlog/version.h>
#include <thread>
#ifdef ISOLOSS_GUI
#include <QtGlobal>
#endif

namespace isoloss {

namespace {

/// One line of the report. `remedy` is the command that mends it; empty when all is well.
struct Finding {
    std::string topic;
    std::string text;
    std::string remedy;
};

// Below this the reference BLAS is in use: OpenBLAS does ten times as much on one core (HOUSE.md measurements).
constexpr double slow_matrix_product = 15.0;

void inspect_program(std::vector<Finding>& findings) {
    findings.push_back({"isoloss", version, {}});
    findings.push_back({"compiler", __VERSION__, {}});
    findings.push_back({"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH), {}});
#ifdef ISOLOSS_GUI
    findings.push_back({"qt", qVersion(), {}});
#else
    findings.push_back({"qt", "built without the window and without figure export", {}});
#endif
    findings.push_back({"processors", fmt::format("{}", std::thread::hardware_concurrency()), {}});
}

/// What would put the GPUs to use that the driver shows and the module does not.
std::string idle_gpu_remedy(const TorchChoice& choice, const CudaDriver& driver, const BackendInfo& info) {
    if (driver.devices == 0 || info.devices.size() > 1) return {}; // the CPU is always the first
    if (choice.module == TorchModule::cuda)
        return "LibTorch sees no GPU: bring the NVIDIA driver up to date, or build with a LibTorch for an older CUDA";
    return choice.remedy;
}

void inspect_inference(std::vector<Finding>& findings) {
    const CudaDriver driver = ask_cuda_driver();
    findings.push_back({"gpu", driver.words, {}});
    const auto torch = open_torch();
    if (!torch) {
        findings.push_back({"inference", torch.error().text(), torch.error().remedy});
        return;
    }
    const auto& [backend, choice] = *torch;
    const BackendInfo info = backend->info();
    findings.push_back({"inference", info.library, {}});
    findings.push_back({"module", path_text(choice.file) + ": " + choice.reason, {}});
    findings.push_back(
        {"devices", fmt::format("{}", fmt::join(info.devices, ", ")), idle_gpu_remedy(choice, driver, info)});
    findings.push_back({"threads", fmt::format("{}", info.threads), {}});
    const auto speed = backend->matrix_product_speed();
    if (!speed) {
        findings.push_back({"matrix product", speed.error().text(), speed.error().remedy});
    } else {
        const bool slow = *speed < slow_matrix_product;
        findings.push_back({"matrix product", fmt::format("{:.0f} GFLOP/s (1,024 × 1,024, float32, CPU)", *speed),
                            slow ? "apt-get install libopenblas0-openmp" : ""});
    }
}

Expected<void> inspect_project(const std::string& path, const CommandContext& context, std::vector<Finding>& findings) {
    ISOLOSS_TRY(const auto project, open_for_reading(path));
    ISOLOSS_TRY(const auto reader, project->reader());
    TerminalProgress progress(context.quiet);
    ISOLOSS_TRY(const auto faults, reader->check_integrity([&](double share) {
        progress.show({static_cast<std::uint64_t>(share * 1000), 1000, "‰ of the project checked", {}, 0, -1});
    }));
    for (const auto& fault : faults)
        findings.push_back({"project", fault, "Copy the project file before you go on; import the sources again"});
    if (faults.empty()) findings.push_back({"project", path + ": no fault found", {}});
    return {};
}

int doctor(const std::string& project, const CommandContext& context) {
    std::vector<Finding> findings;
    inspect_program(findings);
    inspect_inference(findings);
    if (!project.empty())
        if (const auto inspected = inspect_project(project, context, findings); !inspected)
            return report_error(inspected.error(), context);

    bool well = true;
    std::string json = "[";
    for (const Finding& finding : findings) {
        well = well && finding.remedy.empty();
        json += fmt::format("{}{{\"topic\":{},\"text\":{},\"remedy\":{}}}", json.size() > 1 ? "," : "",
                            json_quote(finding.topic), json_quote(finding.text), json_quote(finding.remedy));
        if (context.json) continue;
        fmt::print("{:<15} {}\n", finding.topic, finding.text);
        if (!finding.remedy.empty()) fmt::print("{:<15} → {}\n", "", finding.remedy);
    }
    if (context.json) fmt::print("{}]\n", json);
    return well ? exit_status::done : exit_status::partly_failed;
}

} // namespace

void add_doctor_command(CLI::App& app, CommandContext& context) {
    auto* command = app.add_subcommand("doctor", "Say what this machine has and what is missing; check a project");
    command->footer(
        "The line module says which inference module computes and why: the one for CUDA where it is built and the\n"
        "NVIDIA driver shows a GPU, else the one for the CPU. ISOLOSS_TORCH_MODULE=FILE names another.");
    auto project = std::make_shared<std::string>();
    command->add_option("project", *project, "Project file whose integrity is checked");
    command->add_flag("--json", context.json, "Print a list of findings as JSON");
    command->callback([&context, project] { context.run = [&context, project] { return doctor(*project, context); }; });
}

} // namespace isoloss
