#pragma once

#include "engine/inference/architecture.h"

#include <ATen/core/Tensor.h>

namespace isoloss::torch_module {

/// Angular frequencies of rotary embeddings, [rotary_width / 2] in float64, scaled as the architecture says.
at::Tensor rotary_frequencies(const Architecture& architecture);

/// Rotation of one forward pass; cosines and sines [batch or 1, 1, length, rotary_width / 2].
struct Rotation {
    at::Tensor cosines;
    at::Tensor sines;

    /// Cosines and sines are multiplied by `magnitude`.
    Rotation(const at::Tensor& positions, const at::Tensor& frequencies, double magnitude, at::ScalarType type);
    /// Rotates the pairs (x[i], x[i + rotary_width / 2]) of [batch, heads, length, head_width]; values behind the
    /// rotated ones stay.
    at::Tensor operator()(const at::Tensor& x) const;
};

} // namespace isoloss::torch_module
