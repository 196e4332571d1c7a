#include "engine/inference/torch/inference_kernels.h"

#include "engine/inference/torch/row_kernels.h"

#include <ATen/Parallel.h>
#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <limits>
#include <vector>
#ifdef ISOLOSS_ONEDNN
#include <dnnl.h>
#endif

namespace isoloss::torch_module {

namespace {

/// A matrix inside a larger one: rows begin `stride` numbers apart.
struct Matrix {
    const float* data;
    std::int64_t stride;
};

#ifdef ISOLOSS_ONEDNN
constexpr bool built_with_products = true;

enum class Transposed : char { no = 'N', yes = 'T' };

/// out [rows, columns] = keep·out + factor·a·b, a [rows, inner], b [inner, columns] or transposed.
void multiply(float* out, std::int64_t out_stride, Matrix a, Matrix b, Transposed b_transposed, std::int64_t rows,
              std::int64_t columns, std::int64_t inner, float factor, float keep) {
    const auto status = dnnl_sgemm('N', static_cast<char>(b_transposed), rows, columns, inner, factor, a.data, a.stride,
                                   b.data, b.stride, keep, out, out_stride);
    TORCH_CHECK(status != dnnl_out_of_memory, "oneDNN cannot allocate memory");
    TORCH_CHECK(status == dnnl_success, "oneDNN's matrix product failed with status ", static_cast<int>(status));
}
#else
constexpr bool built_with_products = false;

enum class Transposed : char { no, yes };

void multiply(float*, std::int64_t, Matrix, Matrix, Transposed, std::int64_t, std::int64_t, std::int64_t, float,
              float) {
    TORCH_CHECK(false, "This build has no oneDNN");
}
#endif

constexpr std::int64_t parallel_numbers = 16384; ///< a thread's share of an operation per number, at least

/// The keys that a query sees lie in [begin, end); some in between may be blocked.
struct SeenRange {
    std::int64_t begin = 0, end = 0;
    const bool* blocked = nullptr; ///< of all keys, null where none in the range is
};

std::vector<SeenRange> seen_ranges(const at::Tensor& blocked, std::int64_t keys) {
    std::vector<SeenRange> ranges;
    const std::int64_t batch = blocked.size(0), length = blocked.size(1);
    ranges.reserve(static_cast<std::size_t>(batch * length));
    for (std::int64_t b = 0; b < batch; ++b)
        for (std::int64_t i = 0; i < length; ++i) {
            const bool* row = blocked.data_ptr<bool>() + b * blocked.stride(0) + i * blocked.stride(1);
            SeenRange range;
            range.begin = std::find(row, row + keys, false) - row;
            range.end = keys;
            while (range.end > range.begin && row[range.end - 1])
                --range.end;
            if (std::find(row + range.begin, row + range.end, true) != row + range.end) range.blocked = row;
            ranges.push_back(range);
        }
    return ranges;
}

/// Attention of one forward pass, head by head.
struct HeadAttention {
    const at::Tensor& queries;
    const at::Tensor& keys;
    const at::Tensor& values;
    at::Tensor& out; ///< [batch, length, heads, width]
    const std::vector<SeenRange>& ranges;
    bool ranges_shared; ///< one set for the whole batch
    float scale;

    /// Queries [first, first + count) of a head. `scores` holds count · keys numbers.
    void operator()(std::int64_t b, std::int64_t head, std::int64_t first, std::int64_t count, float* scores) const {
        const std::int64_t width = queries.size(3), all = keys.size(2);
        const std::int64_t group = head / (queries.size(1) / keys.size(1));
        const auto* seen = ranges.data() + (ranges_shared ? 0 : b * queries.size(2)) + first;
        std::int64_t begin = all, end = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            begin = std::min(begin, seen[i].begin);
            end = std::max(end, seen[i].end);
        }
        if (begin >= end) begin = 0, end = all; // nothing is seen: not a number, as a softmax over nothing
        const std::int64_t columns = end - begin;
        const auto matrix = [](const at::Tensor& x, std::int64_t row, std::int64_t h, std::int64_t from) {
            const float* data = x.data_ptr<float>() + row * x.stride(0) + h * x.stride(1) + from * x.stride(2);
            return Matrix{data, x.stride(2)};
        };
        multiply(scores, columns, matrix(queries, b, head, first), matrix(keys, b, group, begin), Transposed::yes,
                 count, columns, width, scale, 0);
        for (std::int64_t i = 0; i < count; ++i) {
            float* row = scores + i * columns;
            const std::int64_t from = seen[i].begin - begin, to = seen[i].end - begin;
            std::fill(row, row + std::clamp<std::int64_t>(from, 0, columns), 0.0F);
            if (to > from)
                row_softmax(row + from, to - from,
                            seen[i].blocked == nullptr ? nullptr : seen[i].blocked + seen[i].begin);
            else
                std::fill(row, row + columns, std::numeric_limits<float>::quiet_NaN());
            if (to > from) std::fill(row + to, row + columns, 0.0F);
        }
        float* mixed = out.data_ptr<float>() + b * out.stride(0) + first * out.stride(1) + head * out.stride(2);
        multiply(mixed, out.stride(1), {scores, columns}, matrix(values, b, group, begin), Transposed::no, count, width,
                 columns, 1, 0);
    }
};

at::Tensor rows_of(const at::Tensor& x) {
    return x.stride(3) == 1 && x.stride(2) >= x.size(3) ? x : x.contiguous();
}

} // namespace

bool has_inference_kernels(const at::Tensor& x) {
    return built_with_products && c10::InferenceMode::is_enabled() && x.scalar_type() == at::kFloat && x.is_cpu();
}

at::Tensor inference_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& sum) {
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = weight.size(0);
    at::Tensor out = at::empty(shape, x.options());
    const at::Tensor flat = x.reshape({-1, x.size(-1)}).contiguous();
    const std::int64_t rows = flat.size(0), columns = weight.size(0);
    if (rows == 0) return out;
    if (sum.defined() && bias.defined())
        at::add_out(out, sum, bias);
    else if (sum.defined())
        out.copy_(sum);
    else if (bias.defined())
        out.copy_(bias.expand(shape));
    const float keep = sum.defined() || bias.defined() ? 1 : 0;
    multiply(out.data_ptr<float>(), columns, {flat.data_ptr<float>(), flat.size(1)},
             {weight.data_ptr<float>(), weight.stride(0)}, Transposed::yes, rows, columns, flat.size(1), 1, keep);
    return out;
}

at::Tensor inference_activated(Activation activation, at::Tensor x) {
    const bool alone = x.use_count() == 1 && x.storage().use_count() == 1 && x.is_contiguous();
    if (!alone) x = x.clone(at::MemoryFormat::Contiguous);
    switch (activation) {
    case Activation::gelu_new: {
        auto* data = x.data_ptr<float>();
        at::parallel_for(0, x.numel(), parallel_numbers,
                         [&](auto begin, auto end) { row_gelu_tanh(data + begin, end - begin); });
        return x;
    }
    case Activation::gelu:
        return at::gelu_(x);
    case Activation::relu:
        return at::relu_(x);
    case Activation::silu:
        return at::silu_(x);
    }
    return x;
}

at::Tensor inference_attention(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values,
                               const at::Tensor& blocked, double scale) {
    const std::int64_t batch = queries.size(0), heads = queries.size(1), length = queries.size(2);
    const std::int64_t width = queries.size(3), seen = keys.size(2);
    at::Tensor out = at::empty({batch, length, heads, width}, queries.options());
    at::Tensor mask;
    std::vector<SeenRange> ranges(static_cast<std::size_t>(length), SeenRange{0, seen, nullptr});
    if (blocked.defined()) {
        // One set of ranges where the whole batch has the same mask.
        const std::int64_t masks = blocked.dim() == 5 ? blocked.size(0) : 1;
        mask = blocked.expand({masks, 1, 1, length, seen}).reshape({masks, length, seen});
        if (mask.stride(2) != 1) mask = mask.contiguous();
        ranges = seen_ranges(mask, seen);
    }
    const at::Tensor rows = rows_of(queries), key_rows = rows_of(keys), value_rows = rows_of(values);
    const HeadAttention attention{
        rows, key_rows, value_rows, out, ranges, !mask.defined() || mask.size(0) == 1, static_cast<float>(scale)};
    constexpr std::int64_t queries_at_once = 64;
    const std::int64_t blocks = (length + queries_at_once - 1) / queries_at_once;
    at::parallel_for(0, batch * heads * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> scores(static_cast<std::size_t>(std::min(length, queries_at_once) * seen));
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t first = i % blocks * queries_at_once;
            attention(i / blocks / heads, i / blocks % heads, first, std::min(queries_at_once, length - first),
                      scores.data());
        }
    });
    return out.view({batch, length, heads * width});
}

at::Tensor inference_rotated(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines) {
    const std::int64_t batch = x.size(0), heads = x.size(1), length = x.size(2), width = x.size(3);
    const std::int64_t half = cosines.size(3), angle_rows = cosines.size(0) == 1 ? 0 : length;
    const at::Tensor from = rows_of(x);
    at::Tensor out = at::empty({batch, length, heads, width}, x.options());
    const auto *data = from.data_ptr<float>(), *c = cosines.data_ptr<float>(), *s = sines.data_ptr<float>();
    auto* rotated = out.data_ptr<float>();
    const std::int64_t tokens_at_once = std::max<std::int64_t>(1, parallel_numbers / (heads * width));
    at::parallel_for(0, batch * length, tokens_at_once, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t token = begin; token < end; ++token) {
            const std::int64_t b = token / length, i = token % length, angle = (b * angle_rows + i) * half;
            for (std::int64_t head = 0; head < heads; ++head) {
                const float* row = data + b * from.stride(0) + head * from.stride(1) + i * from.stride(2);
                float* to = rotated + (token * heads + head) * width;
                std::copy(row, row + width, to);
                rotate_rows(to, to + half, c + angle, s + angle, half);
            }
        }
    });
    return out.transpose(1, 2);
}

} // namespace isoloss::torch_module
