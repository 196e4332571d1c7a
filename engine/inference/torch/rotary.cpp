#include "engine/inference/torch/rotary.h"

#include "engine/inference/torch/inference_kernels.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace isoloss::torch_module {

namespace {

/// Periods that fit often into the original length stay, long ones are stretched, between them a ramp.
double llama3_frequency(double frequency, const RotaryScaling& scaling) {
    const double turns = static_cast<double>(scaling.original_positions) * frequency / (2 * std::numbers::pi);
    if (turns < scaling.low_frequency_factor) return frequency / scaling.factor;
    if (turns > scaling.high_frequency_factor) return frequency;
    const double ramp =
        (turns - scaling.low_frequency_factor) / (scaling.high_frequency_factor - scaling.low_frequency_factor);
    return (1 - ramp) * frequency / scaling.factor + ramp * frequency;
}

/// YaRN (Peng et al. 2023): the same idea with a ramp over the number of the pair.
class YarnRamp {
public:
    YarnRamp(const RotaryScaling& scaling, double width, double base) : scaling_(scaling) {
        const double positions = static_cast<double>(scaling.original_positions);
        const auto pair_with = [&](double turns) {
            return width * std::log(positions / (turns * 2 * std::numbers::pi)) / (2 * std::log(base));
        };
        first_ = pair_with(scaling.fast_turns);
        last_ = pair_with(scaling.slow_turns);
        if (scaling.whole_pairs) {
            first_ = std::floor(first_);
            last_ = std::ceil(last_);
        }
        first_ = std::max(first_, 0.0);
        last_ = std::min(last_, width - 1);
        if (first_ == last_) last_ += .001;
    }

    double operator()(double frequency, std::int64_t pair) const {
        const double ramp = std::clamp((static_cast<double>(pair) - first_) / (last_ - first_), 0.0, 1.0);
        return ramp * frequency / scaling_.factor + (1 - ramp) * frequency;
    }

private:
    const RotaryScaling& scaling_;
    double first_ = 0;
    double last_ = 0;
};

} // namespace

at::Tensor rotary_frequencies(const Architecture& architecture) {
    using Kind = RotaryScaling::Kind;
    const std::int64_t width = architecture.rotary_width == 0 ? architecture.head_width : architecture.rotary_width;
    const RotaryScaling& scaling = architecture.rotary_scaling;
    const YarnRamp yarn(scaling, static_cast<double>(width), architecture.rotary_base);
    at::Tensor frequencies = at::empty({width / 2}, at::kDouble);
    auto values = frequencies.accessor<double, 1>();
    for (std::int64_t i = 0; i < width / 2; ++i) {
        const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(width);
        const double frequency = std::pow(architecture.rotary_base, -exponent);
        values[i] = frequency;
        if (scaling.kind == Kind::linear) values[i] = frequency / scaling.factor;
        if (scaling.kind == Kind::llama3) values[i] = llama3_frequency(frequency, scaling);
        if (scaling.kind == Kind::yarn) values[i] = yarn(frequency, i);
    }
    return frequencies;
}

Rotation::Rotation(const at::Tensor& positions, const at::Tensor& frequencies, double magnitude, at::ScalarType type) {
    const at::Tensor angles = (positions.to(at::kDouble).unsqueeze(-1) * frequencies).unsqueeze(1);
    cosines = angles.cos().mul_(magnitude).to(type);
    sines = angles.sin().mul_(magnitude).to(type);
}

at::Tensor Rotation::operator()(const at::Tensor& x) const {
    if (has_inference_kernels(x)) return inference_rotated(x, cosines, sines);
    const std::int64_t half = cosines.size(-1), rest = x.size(-1) - 2 * half;
    const at::Tensor first = x.narrow(-1, 0, half), second = x.narrow(-1, half, half);
    const at::Tensor turned = first * cosines - second * sines, turned_too = second * cosines + first * sines;
    if (rest == 0) return at::cat({turned, turned_too}, -1);
    return at::cat({turned, turned_too, x.narrow(-1, 2 * half, rest)}, -1);
}

} // namespace isoloss::torch_module
