#include "engine/inference/torch/attention.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <cmath>
#include <limits>
#include <numbers>

namespace isoloss::torch_module {

at::Tensor split_heads(const at::Tensor& x, std::int64_t heads) {
    return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

at::Tensor attend(const ForwardInput& input, std::size_t layer, const at::Tensor& queries, const at::Tensor& keys,
                  const at::Tensor& values, double scale) {
    if (input.kept != nullptr) {
        input.kept->keys.push_back(keys);
        input.kept->values.push_back(values);
    }
    const at::Tensor all_keys = input.past != nullptr ? at::cat({input.past->keys[layer], keys}, 2) : keys;
    const at::Tensor all_values = input.past != nullptr ? at::cat({input.past->values[layer], values}, 2) : values;

    const std::int64_t batch = queries.size(0), heads = queries.size(1), length = queries.size(2);
    const std::int64_t width = queries.size(3), groups = keys.size(1), seen = all_keys.size(2);
    // The heads of a group stand under each other, so that keys and values are never repeated.
    const at::Tensor grouped = (queries * scale).reshape({batch, groups, heads / groups * length, width});
    at::Tensor scores = at::matmul(grouped, all_keys.transpose(2, 3));
    scores = scores.view({batch, groups, heads / groups, length, seen});
    if (input.blocked.defined()) scores.masked_fill_(input.blocked, -std::numeric_limits<double>::infinity());
    const at::Tensor shares =
        scores.scalar_type() == at::kDouble ? at::softmax(scores, -1) : at::softmax(scores, -1, at::kFloat);
    const at::Tensor mixed =
        at::matmul(shares.to(values.scalar_type()).view({batch, groups, heads / groups * length, seen}), all_values);
    return mixed.view({batch, heads, length, width}).transpose(1, 2).reshape({batch, length, heads * width});
}

at::Tensor rotary_frequencies(const Architecture& architecture) {
    const std::int64_t half = architecture.head_width / 2;
    const RotaryScaling& scaling = architecture.rotary_scaling;
    at::Tensor frequencies = at::empty({half}, at::kDouble);
    auto values = frequencies.accessor<double, 1>();
    for (std::int64_t i = 0; i < half; ++i) {
        const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(architecture.head_width);
        double frequency = std::pow(architecture.rotary_base, -exponent);
        if (scaling.kind == RotaryScaling::Kind::linear) frequency /= scaling.factor;
        if (scaling.kind == RotaryScaling::Kind::llama3) {
            // Periods that fit often into the original length stay, long ones are stretched, between them a ramp.
            const double turns = static_cast<double>(scaling.original_positions) * frequency / (2 * std::numbers::pi);
            if (turns < scaling.low_frequency_factor) {
                frequency /= scaling.factor;
            } else if (turns <= scaling.high_frequency_factor) {
                const double ramp = (turns - scaling.low_frequency_factor) /
                                    (scaling.high_frequency_factor - scaling.low_frequency_factor);
                frequency = (1 - ramp) * frequency / scaling.factor + ramp * frequency;
            }
        }
        values[i] = frequency;
    }
    return frequencies;
}

Rotation::Rotation(const at::Tensor& positions, const at::Tensor& frequencies, at::ScalarType type) {
    const at::Tensor angles = (positions.to(at::kDouble).unsqueeze(-1) * frequencies).unsqueeze(1);
    cosines = angles.cos().to(type);
    sines = angles.sin().to(type);
}

at::Tensor Rotation::operator()(const at::Tensor& x) const {
    const std::int64_t half = x.size(-1) / 2;
    const at::Tensor first = x.narrow(-1, 0, half), second = x.narrow(-1, half, half);
    return at::cat({first * cosines - second * sines, second * cosines + first * sines}, -1);
}

} // namespace isoloss::torch_module
