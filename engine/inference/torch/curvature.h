#pragma once

#include "engine/base/cancellation.h"
#include "engine/inference/backend.h"

#include <ATen/core/Tensor.h>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace isoloss::torch_module {

/// One tensor per parameter.
using ParameterVector = std::vector<at::Tensor>;

/// A mean loss over data as a function of parameters, in parts that each fit into memory. The functions below keep the
/// parameters as they were.
class LossSurface {
public:
    virtual ~LossSurface() = default;
    /// Leaves that require gradients.
    virtual const ParameterVector& parameters() const = 0;
    /// What the sum of the parts is divided by.
    virtual double count() const = 0;
    virtual std::size_t parts() const = 0;
    /// Sum of the losses of a part, a scalar; with a graph that can be differentiated twice where gradients are on.
    virtual at::Tensor part(std::size_t index) const = 0;

    /// How many parts may be computed at the same time.
    virtual int side_by_side() const { return 1; }

    /// Whether the graphs of all parts' gradients fit into memory together.
    virtual bool keeps_graphs() const { return parts() == 1; }

    /// Units of a part, for progress.
    virtual std::uint64_t units(std::size_t) const { return 1; }
};

/// Products of the Hessian of a loss with vectors: derivatives of the loss's gradient, whose graph all products share.
class HessianProducts {
public:
    /// `gradient` with its own graph with respect to the parameters; undefined where the loss does not depend on them.
    HessianProducts(const ParameterVector& gradient, ParameterVector parameters);

    /// Hv, undefined where it is zero for sure. `keep` leaves the graph for another product.
    ParameterVector operator()(const ParameterVector& v, bool keep) const;

private:
    ParameterVector parameters_;
    ParameterVector outputs_;          ///< the parts of the gradient that have a graph
    std::vector<std::size_t> indices_; ///< their numbers
};

/// vᵀHv for random sign vectors v, H the Hessian of the mean loss; their mean estimates its trace (METRICS.md
/// `hessian_trace`). Each probe is drawn by the seed and its number, from `first_probe` on. `step` counts units over
/// all probes.
Expected<std::vector<double>> hutchinson(const LossSurface& surface, int probes, std::uint64_t seed,
                                         const CancellationToken& token, const StepFunction& step,
                                         std::uint64_t first_probe = 0);

/// Hv.
Expected<ParameterVector> hessian_product(const LossSurface& surface, const ParameterVector& v,
                                          const CancellationToken& token);

/// The eigenvalue of the Hessian of largest magnitude by power iteration from `start` (METRICS.md
/// `hessian_top_eigenvalue`), and its vector of length 1. The estimate of an iteration is the Rayleigh quotient vᵀHv;
/// it ends when two of them differ by less than the tolerance, relatively. `each` is called with every estimate.
struct PowerIteration {
    TopEigenvalue result;
    ParameterVector vector;
};

Expected<PowerIteration> power_iteration(const LossSurface& surface, ParameterVector start, double tolerance,
                                         int iterations, const CancellationToken& token,
                                         const std::function<void(double)>& each);

/// A random start for it, every sign from the seed.
ParameterVector random_signs(const ParameterVector& like, std::uint64_t seed);

Expected<double> mean_loss(const LossSurface& surface, const CancellationToken& token);

/// L(θ + ρ·d/(‖d‖ + 1e-12)) − L(θ) with d the gradient (METRICS.md `sam_sharpness`), or with the top eigenvector the
/// larger of the two signs' rises. `passes` is called after every pass over the data.
Expected<double> sam_sharpness(const LossSurface& surface, const CurvatureOptions& options,
                               const CancellationToken& token, const std::function<void()>& passes);

} // namespace isoloss::torch_module
