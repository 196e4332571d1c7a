#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds the text logs of Megatron-LM and of trainers with the same lines; each file is a run.
std::unique_ptr<SourceFinder> megatron_finder();

} // namespace isoloss
