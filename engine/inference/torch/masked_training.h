#pragma once

#include "engine/inference/training.h"

namespace isoloss::torch_module {

/// Contract of Backend::train. Throws what LibTorch throws.
Expected<void> train_masked(const TrainingTask& task, TrainingObserver& observer, const CancellationToken& token);

} // namespace isoloss::torch_module
