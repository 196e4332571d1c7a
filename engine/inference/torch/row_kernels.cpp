#include "engine/inference/torch/row_kernels.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define ISOLOSS_EVERY_INSTRUCTION_SET [[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]]
#else
#define ISOLOSS_EVERY_INSTRUCTION_SET
#endif

namespace isoloss::torch_module {

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
/// Sums and maxima run in so many lanes, which is also the order in which they are put together on every machine.
constexpr std::int64_t lanes = 32;

/// eˣ as 2ⁿ·eʳ with |r| ≤ ln 2 / 2 and the Taylor-like polynomial of Cephes' expf. Without branches, so that loops over
/// it become vector instructions.
[[gnu::always_inline]] inline float fast_exp(float x) {
    constexpr float to_integer = 0x1.8p23F; // added to a small number, leaves its nearest integer in the last bits
    const float shifted = x * 1.44269504F + to_integer;
    const float n = shifted - to_integer;
    const float r = (x - n * 0.693359375F) - n * -2.12194440e-4F; // ln 2 in two parts
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * (r * r) + r + 1;
    const std::uint32_t exponent =
        std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(to_integer) + 127;
    const float scaled = p * std::bit_cast<float>(exponent << 23);
    return x < -87.3F ? 0 : x > 88.3F ? infinity : scaled;
}

} // namespace

ISOLOSS_EVERY_INSTRUCTION_SET
float row_maximum(const float* row, std::int64_t count) {
    float largest[lanes];
    std::fill(std::begin(largest), std::end(largest), -infinity);
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (std::int64_t lane = 0; lane < lanes; ++lane)
            largest[lane] = row[i + lane] > largest[lane] ? row[i + lane] : largest[lane];
    for (; i < count; ++i)
        largest[0] = row[i] > largest[0] ? row[i] : largest[0];
    return *std::max_element(std::begin(largest), std::end(largest));
}

ISOLOSS_EVERY_INSTRUCTION_SET
double row_exp_sum(const float* row, std::int64_t count, float shift) {
    float sums[lanes] = {};
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (std::int64_t lane = 0; lane < lanes; ++lane)
            sums[lane] += fast_exp(row[i + lane] - shift);
    for (; i < count; ++i)
        sums[0] += fast_exp(row[i] - shift);
    double sum = 0;
    for (const float part : sums)
        sum += static_cast<double>(part);
    return sum;
}

ISOLOSS_EVERY_INSTRUCTION_SET
bool row_finite(const float* row, std::int64_t count) {
    constexpr std::uint32_t exponent = 0x7F800000;
    std::uint32_t wrong = 0;
    for (std::int64_t i = 0; i < count; ++i)
        wrong |= (std::bit_cast<std::uint32_t>(row[i]) & exponent) == exponent ? 1U : 0U;
    return wrong == 0;
}

ISOLOSS_EVERY_INSTRUCTION_SET
void row_softmax(float* row, std::int64_t count, const bool* blocked) {
    if (blocked != nullptr)
        for (std::int64_t i = 0; i < count; ++i)
            row[i] = blocked[i] ? -infinity : row[i];
    const float shift = row_maximum(row, count);
    float sums[lanes] = {};
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            row[i + lane] = fast_exp(row[i + lane] - shift);
            sums[lane] += row[i + lane];
        }
    float sum = 0;
    for (; i < count; ++i) {
        row[i] = fast_exp(row[i] - shift);
        sum += row[i];
    }
    for (const float part : sums)
        sum += part;
    const float factor = 1 / sum;
    for (i = 0; i < count; ++i)
        row[i] *= factor;
}

ISOLOSS_EVERY_INSTRUCTION_SET
void row_gelu_tanh(float* row, std::int64_t count) {
    // ½·(1 + tanh u) = 1 / (1 + exp(−2u)), u = √(2/π)·(x + 0.044715·x³).
    constexpr float linear = 1.5957691216F, cubic = 0.0713548162726F; // 2·√(2/π), and that times 0.044715
    for (std::int64_t i = 0; i < count; ++i) {
        const float x = row[i];
        row[i] = x / (1 + fast_exp(-x * (linear + cubic * (x * x))));
    }
}

ISOLOSS_EVERY_INSTRUCTION_SET
void rotate_rows(float* first, float* second, const float* cosines, const float* sines, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float a = first[i], b = second[i];
        first[i] = a * cosines[i] - b * sines[i];
        second[i] = b * cosines[i] + a * sines[i];
    }
}

} // namespace isoloss::torch_module
