#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds the states that a Hugging Face trainer writes (trainer_state.json): one run for each trainer's folder, with
/// its checkpoint-N folders, of which each repeats the history so far.
std::unique_ptr<SourceFinder> trainer_finder();

} // namespace isoloss
