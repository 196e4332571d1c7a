#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"

#include <cstdint>
#include <span>
#include <vector>

namespace isoloss::torch_module {

// What a model is asked to compute, checked before anything is: ids inside the vocabulary, nothing longer than the
// model, nothing empty. ErrorKind::usage with what to change.

/// A causal model.
Expected<void> check_continues_text(const Architecture& architecture);
Expected<void> check_sequence(std::span<const std::int32_t> tokens, const Architecture& architecture);
Expected<void> check_item(const ScoringItem& item, const Architecture& architecture);
Expected<void> check_rows(std::span<const PredictionRow> rows, const Architecture& architecture);

/// Layers that rise from `first` at least to Architecture::layers at most.
Expected<void> check_layers(std::span<const std::int64_t> layers, std::int64_t first, const Architecture& architecture);

/// Sequences for a model of texts, pictures for a model of pictures.
Expected<void> check_inputs(const ModelInputs& inputs, const Architecture& architecture);

} // namespace isoloss::torch_module
