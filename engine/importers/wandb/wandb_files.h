#pragma once

#include "engine/importers/source.h"
#include "engine/importers/wandb/wandb_content.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace isoloss {

/// Whether W&B itself has written this entry of a run's folder `files`; nothing of it is a source of its own.
bool is_wandb_own_file(std::string_view name);

/// Takes what the files beside a log say and the log does not: `files/config.yaml` when it has no config, and
/// `files/wandb-summary.json` when it has no summary. Answers the records of those that were read; a file that has not
/// changed since the last import is left alone. Fails as SourceContext::known() does.
Expected<std::vector<SourceRecord>> read_wandb_files(SourceContext& context, const std::filesystem::path& run_folder,
                                                     WandbContent& content);

} // namespace isoloss
