#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds scaling studies: files of models (hyperparameters and losses) and of their evaluations (scores of tasks). A
/// model is a run with one checkpoint, its last; evaluations join it by uuid, by the model's name, or by their file's
/// name. One source for the whole study, also when only a folder or a file of it was named.
std::unique_ptr<SourceFinder> study_finder();

} // namespace isoloss
