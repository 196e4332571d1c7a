#pragma once

#include "engine/importers/source.h"
#include "engine/importers/wandb/wandb_content.h"
#include "engine/importers/wandb/wandb_log.h"

#include <filesystem>

namespace isoloss {

/// Tells what the reading of one log passed over, left out or decided.
void report_wandb_log(SourceContext& context, const std::filesystem::path& path, const WandbLogReader& reader,
                      const WandbContent& content);

} // namespace isoloss
