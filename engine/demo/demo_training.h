#pragma once

#include "engine/demo/demo_plan.h"
#include "engine/inference/backend.h"

#include <filesystem>
#include <functional>

namespace isoloss {

/// Trains one run and leaves its event file and checkpoint folders in `folder`, which must not exist; it is there only
/// when everything in it is. What a stopped training had written lies in `scratch` and is thrown away by the next.
/// `held_out` is what val/loss is measured on, one mask a sentence. `stepped` is called after every step. One thread of
/// its own; several runs may train at the same time with scratch folders of their own.
Expected<void> train_demo_run(Backend& backend, const DemoPlan& plan, const DemoRun& run,
                              const std::vector<LabelledSentence>& held_out, const std::filesystem::path& folder,
                              const std::filesystem::path& scratch, const std::function<void()>& stepped,
                              const CancellationToken& token);

} // namespace isoloss
