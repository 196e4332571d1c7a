#include "engine/inference/torch/curvature.h"

#include "engine/inference/torch/fisher.h"
#include "engine/inference/torch/side_by_side.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <torch/csrc/autograd/autograd.h>

namespace isoloss::torch_module {

namespace {

constexpr double tiny = 1e-12;
/// Probe vectors that are held at the same time share one gradient graph.
constexpr std::int64_t probe_elements = 64ll << 20;

tl::unexpected<Error> cancelled() {
    return fail(ErrorKind::cancelled, "Measuring the curvature was cancelled");
}

std::int64_t elements(const ParameterVector& vector) {
    std::int64_t count = 0;
    for (const at::Tensor& tensor : vector)
        count += tensor.numel();
    return count;
}

/// Σ a·b in double; undefined tensors are zero.
double dot(const ParameterVector& a, const ParameterVector& b) {
    const at::NoGradGuard no_graph;
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].defined() && b[i].defined())
            sum +=
                a[i].detach().reshape(-1).to(at::kDouble).dot(b[i].detach().reshape(-1).to(at::kDouble)).item<double>();
    return sum;
}

double norm(const ParameterVector& vector) {
    return std::sqrt(dot(vector, vector));
}

void scale(ParameterVector& vector, double factor) {
    const at::NoGradGuard no_graph;
    for (at::Tensor& tensor : vector)
        tensor.mul_(factor);
}

HessianProducts products_of(const LossSurface& surface, std::size_t part) {
    return {torch::autograd::grad({surface.part(part)}, surface.parameters(), {}, true, true, true),
            surface.parameters()};
}

void add(ParameterVector& sum, const ParameterVector& terms, double factor) {
    const at::NoGradGuard no_graph;
    for (std::size_t i = 0; i < sum.size(); ++i)
        if (terms[i].defined()) sum[i].add_(terms[i].detach(), factor);
}

ParameterVector zeros(const ParameterVector& like) {
    ParameterVector vector;
    for (const at::Tensor& tensor : like)
        vector.push_back(at::zeros_like(tensor.detach()));
    return vector;
}

/// Σ of the parts' vectors, divided by the surface's count: added in the order of the parts, however many are computed
/// at the same time.
template <typename PartVector>
Expected<ParameterVector> mean_over_parts(const LossSurface& surface, const CancellationToken& token,
                                          const PartVector& vector_of) {
    ParameterVector sum = zeros(surface.parameters());
    const auto together = static_cast<std::size_t>(std::max(1, surface.side_by_side()));
    for (std::size_t first = 0; first < surface.parts(); first += together) {
        std::vector<ParameterVector> vectors(std::min(together, surface.parts() - first));
        const auto compute = [&](std::size_t i) -> Expected<void> {
            if (token.cancelled()) return cancelled();
            vectors[i] = vector_of(first + i);
            return {};
        };
        ISOLOSS_TRY_VOID(for_each_part(vectors.size(), surface.side_by_side(), compute));
        for (const ParameterVector& vector : vectors)
            add(sum, vector, 1 / surface.count());
    }
    return sum;
}

Expected<ParameterVector> mean_gradient(const LossSurface& surface, const CancellationToken& token) {
    return mean_over_parts(surface, token, [&](std::size_t part) -> ParameterVector {
        return torch::autograd::grad({surface.part(part)}, surface.parameters(), {}, false, false, true);
    });
}

/// Moves the parameters while it lives and puts the very bits back.
class Displacement {
public:
    Displacement(const ParameterVector& parameters, const ParameterVector& direction, double length)
        : parameters_(parameters) {
        const at::NoGradGuard no_graph;
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            before_.push_back(parameters_[i].detach().clone());
            parameters_[i].add_(direction[i], length);
        }
    }

    ~Displacement() {
        const at::NoGradGuard no_graph;
        for (std::size_t i = 0; i < parameters_.size(); ++i)
            parameters_[i].copy_(before_[i]);
    }

    Displacement(const Displacement&) = delete;
    Displacement& operator=(const Displacement&) = delete;

private:
    const ParameterVector& parameters_;
    ParameterVector before_;
};

} // namespace

HessianProducts::HessianProducts(const ParameterVector& gradient, ParameterVector parameters)
    : parameters_(std::move(parameters)) {
    for (std::size_t i = 0; i < gradient.size(); ++i)
        // A loss that is linear in a parameter has a gradient without a graph there, and no curvature.
        if (gradient[i].defined() && gradient[i].requires_grad()) {
            outputs_.push_back(gradient[i]);
            indices_.push_back(i);
        }
}

ParameterVector HessianProducts::operator()(const ParameterVector& v, bool keep) const {
    if (outputs_.empty()) return ParameterVector(parameters_.size());
    ParameterVector directions;
    for (const std::size_t i : indices_)
        directions.push_back(v[i]);
    return torch::autograd::grad(outputs_, parameters_, directions, keep, false, true);
}

ParameterVector random_signs(const ParameterVector& like, std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    ParameterVector signs;
    for (const at::Tensor& tensor : like) {
        const at::Tensor values = at::empty({tensor.numel()}, at::kFloat);
        auto* out = values.data_ptr<float>();
        std::uint64_t bits = 0;
        for (std::int64_t i = 0; i < tensor.numel(); ++i) {
            if (i % 64 == 0) bits = engine();
            out[i] = bits & 1 ? 1.0f : -1.0f;
            bits >>= 1;
        }
        signs.push_back(values.view(tensor.sizes()).to(tensor.device(), tensor.scalar_type()));
    }
    return signs;
}

Expected<std::vector<double>> hutchinson(const LossSurface& surface, int probes, std::uint64_t seed,
                                         const CancellationToken& token, const StepFunction& step,
                                         std::uint64_t first_probe) {
    std::vector<double> products(static_cast<std::size_t>(probes), 0);
    const int threads = std::max(1, surface.side_by_side());
    // Probes of a group share the graph of each part's gradient.
    const std::int64_t held = probe_elements / std::max<std::int64_t>(1, elements(surface.parameters()));
    const auto together = static_cast<std::size_t>(std::clamp<std::int64_t>(held, 1, (probes + threads - 1) / threads));
    std::mutex mutex;
    std::uint64_t done = 0;
    const auto group = [&](std::size_t number) -> Expected<void> {
        const std::size_t first = number * together, count = std::min(together, products.size() - first);
        std::vector<ParameterVector> signs;
        for (std::size_t i = 0; i < count; ++i)
            signs.push_back(random_signs(surface.parameters(), mixed_seed(seed, first_probe + first + i)));
        for (std::size_t part = 0; part < surface.parts(); ++part) {
            const HessianProducts curvature = products_of(surface, part);
            for (std::size_t i = 0; i < count; ++i) {
                if (token.cancelled()) return cancelled();
                const ParameterVector curved = curvature(signs[i], i + 1 < count);
                products[first + i] += dot(curved, signs[i]) / surface.count();
                const std::lock_guard lock(mutex);
                done += surface.units(part);
                if (step) step(done);
            }
        }
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_part((products.size() + together - 1) / together, threads, group));
    return products;
}

Expected<ParameterVector> hessian_product(const LossSurface& surface, const ParameterVector& v,
                                          const CancellationToken& token) {
    return mean_over_parts(surface, token, [&](std::size_t part) { return products_of(surface, part)(v, false); });
}

Expected<PowerIteration> power_iteration(const LossSurface& surface, ParameterVector start, double tolerance,
                                         int iterations, const CancellationToken& token,
                                         const std::function<void(double)>& each) {
    PowerIteration state{{}, std::move(start)};
    scale(state.vector, 1 / (norm(state.vector) + tiny));
    std::vector<std::optional<HessianProducts>> kept(surface.parts()); ///< a part is one thread's at a time
    const auto product_with_kept = [&](std::size_t part) {
        if (!kept[part]) kept[part] = products_of(surface, part);
        return (*kept[part])(state.vector, true);
    };
    while (state.result.iterations < iterations && !state.result.converged) {
        ISOLOSS_TRY(ParameterVector next, surface.keeps_graphs() ? mean_over_parts(surface, token, product_with_kept)
                                                                 : hessian_product(surface, state.vector, token));
        const double before = state.result.value;
        state.result.value = dot(next, state.vector);
        const bool first = state.result.iterations++ == 0;
        const double length = norm(next);
        // A vector that H maps to nothing, or to something that is not finite, has no next direction.
        state.result.converged =
            length < tiny || (!first && std::abs(state.result.value - before) < tolerance * (std::abs(before) + 1e-6));
        if (each) each(state.result.value);
        if (!std::isfinite(length)) break;
        if (length < tiny) break;
        scale(next, 1 / length);
        state.vector = std::move(next);
    }
    return state;
}

Expected<double> mean_loss(const LossSurface& surface, const CancellationToken& token) {
    std::vector<double> losses(surface.parts());
    const auto compute = [&](std::size_t part) -> Expected<void> {
        if (token.cancelled()) return cancelled();
        const at::NoGradGuard no_graph;
        losses[part] = surface.part(part).item<double>();
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_part(losses.size(), surface.side_by_side(), compute));
    return std::accumulate(losses.begin(), losses.end(), 0.0) / surface.count();
}

Expected<double> sam_sharpness(const LossSurface& surface, const CurvatureOptions& options,
                               const CancellationToken& token, const std::function<void()>& passes) {
    ISOLOSS_TRY(const double here, mean_loss(surface, token));
    passes();
    ParameterVector direction;
    if (options.ascent == CurvatureOptions::Ascent::gradient) {
        ISOLOSS_TRY(direction, mean_gradient(surface, token));
        passes();
    } else {
        const auto each = [&](double) { passes(); };
        ISOLOSS_TRY(PowerIteration top, power_iteration(surface, random_signs(surface.parameters(), options.seed),
                                                        options.tolerance, options.iterations, token, each));
        direction = std::move(top.vector);
    }
    scale(direction, 1 / (norm(direction) + tiny));
    const auto rise = [&](double length) -> Expected<double> {
        const Displacement moved(surface.parameters(), direction, length);
        ISOLOSS_TRY(const double there, mean_loss(surface, token));
        passes();
        return there - here;
    };
    ISOLOSS_TRY(const double ahead, rise(options.radius));
    if (options.ascent == CurvatureOptions::Ascent::gradient) return ahead;
    ISOLOSS_TRY(const double behind, rise(-options.radius));
    return std::max(ahead, behind);
}

} // namespace isoloss::torch_module
