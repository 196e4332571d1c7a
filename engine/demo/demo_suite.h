#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/base/progress.h"
#include "engine/demo/demo_plan.h"
#include "engine/inference/backend.h"

#include <filesystem>
#include <vector>

namespace isoloss {

class Project;

/// The files of a suite in its folder.
struct DemoFolder {
    std::filesystem::path root;

    std::filesystem::path project() const { return root / "demo.isoloss"; }

    std::filesystem::path runs() const { return root / "runs"; }

    std::filesystem::path run(const DemoPlan& plan, const DemoRun& run) const;
    std::filesystem::path held_out(const DemoLanguage& language) const;
    std::filesystem::path labelled(const DemoLanguage& language) const;
};

/// The sentences of a suite that no run is trained on: for losses, and with their labels for probes.
std::vector<LabelledSentence> held_out_of(const DemoPlan& plan, const DemoLanguage& language);
std::vector<LabelledSentence> labelled_of(const DemoPlan& plan, const DemoLanguage& language);

/// Makes what is missing of the suite's files: languages, held-out and labelled sentences, then the runs, as many at a
/// time as there are cores. Runs that are there are left alone, so a suite that was stopped goes on; the same seed
/// gives the same files. Refuses a folder that holds another suite (seed or size) or something else. Progress counts
/// steps.
Expected<void> make_demo_files(const DemoFolder& folder, const DemoPlan& plan, const BackendFactory& backend,
                               const ProgressFunction& progress, const CancellationToken& token);

/// Imports the runs as any user would and queues mlm_loss, fisher_trace, hessian_trace and linear_probe_accuracy on
/// their checkpoints; what is there already is not measured again. Refuses (usage) a suite that was moved after it was
/// imported. Returns the jobs that wait.
Expected<std::vector<JobId>> import_demo(Project& project, const DemoFolder& folder, const DemoPlan& plan,
                                         const CancellationToken& token);

} // namespace isoloss
