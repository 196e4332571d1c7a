#include "engine/base/number_text.h"
#include "engine/inference/estimate.h"
#include "engine/jobs/prediction_rows.h"

#include <algorithm>

namespace isoloss {

namespace {

CurvatureOptions curvature_options(const MeasureParameters& parameters) {
    CurvatureOptions options;
    options.seed = parameters.seed;
    options.probes = parameters.probes;
    options.ascent = parameters.ascent;
    return options;
}

/// A result without its value yet.
MetricResult result_for(const PredictionRows& data) {
    MetricResult result;
    result.n = data.positions;
    if (data.rows.empty()) result.reason = "the data has no token to predict";
    return result;
}

StepFunction progress_of(const PassInput& input, std::uint64_t total, const char* unit) {
    return [&input, total, unit](std::uint64_t done) { input.progress(std::min(done, total), total, unit); };
}

// Probes of a unit share the graph of the gradient.
constexpr int probes_of_unit = 4;

Expected<std::vector<double>> all_products(const PassInput& input, std::span<const PredictionRow> rows,
                                           const CurvatureOptions& options) {
    const int most = probes_of_unit * input.checkpoint.model->batches_at_once();
    const std::uint64_t total = rows.size() * static_cast<std::uint64_t>(options.probes);
    std::vector<double> products;
    // Units are known by their first probe, so that they may be of other sizes next time.
    for (int first = 0; first < options.probes; first += most) {
        CurvatureOptions unit = options;
        unit.first_probe = first;
        unit.probes = std::min(most, options.probes - first);
        const std::uint64_t before = rows.size() * static_cast<std::uint64_t>(first);
        const auto step = [&](std::uint64_t done) { input.progress(before + done, total, "rows"); };
        ISOLOSS_TRY(const auto some, input.units.numbers(first, static_cast<std::size_t>(unit.probes), [&] {
            return input.checkpoint.model->hessian_trace(rows, unit, input.token, step);
        }));
        products.insert(products.end(), some.begin(), some.end());
        input.progress(rows.size() * static_cast<std::uint64_t>(first + unit.probes), total, "rows");
    }
    return products;
}

} // namespace

Expected<PassResult> hessian_pass(const PassInput& input) {
    ISOLOSS_TRY(const PredictionRows data, read_prediction_rows(input, curvature_tokens));
    const CurvatureOptions options = curvature_options(input.parameters);
    PassResult pass;
    MetricResult& result = pass.metrics["hessian_trace"] = result_for(data);
    if (!data.rows.empty()) {
        ISOLOSS_TRY(const auto products, all_products(input, data.rows, options));
        result.estimate = sample_mean(products);
    }
    pass.provenance.add(data.provenance);
    pass.provenance.add("probes", static_cast<std::int64_t>(options.probes));
    pass.provenance.add("standard_error", std::string_view("over probes"));
    return pass;
}

Expected<PassResult> eigenvalue_pass(const PassInput& input) {
    ISOLOSS_TRY(const PredictionRows data, read_prediction_rows(input, curvature_tokens));
    const CurvatureOptions options = curvature_options(input.parameters);
    PassResult pass;
    MetricResult& result = pass.metrics["hessian_top_eigenvalue"] = result_for(data);
    pass.provenance.add(data.provenance);
    pass.provenance.add("tolerance", options.tolerance);
    if (data.rows.empty()) return pass;
    const auto step = progress_of(input, static_cast<std::uint64_t>(options.iterations), "iterations");
    ISOLOSS_TRY(const TopEigenvalue top, input.units.with_smaller_batches<TopEigenvalue>([&] {
        return input.checkpoint.model->hessian_top_eigenvalue(data.rows, options, input.token, step);
    }));
    result.estimate.value = top.value;
    if (!top.converged)
        result.reason = "the power iteration still changed by more than " + number_text(options.tolerance) +
                        " of the value after " + std::to_string(top.iterations) + " iterations";
    pass.provenance.add("iterations", static_cast<std::int64_t>(top.iterations));
    pass.provenance.add("converged", top.converged);
    return pass;
}

Expected<PassResult> sharpness_pass(const PassInput& input) {
    ISOLOSS_TRY(const PredictionRows data, read_prediction_rows(input, curvature_tokens));
    const CurvatureOptions options = curvature_options(input.parameters);
    const bool by_gradient = options.ascent == CurvatureOptions::Ascent::gradient;
    PassResult pass;
    MetricResult& result = pass.metrics["sam_sharpness"] = result_for(data);
    if (!data.rows.empty()) {
        // The gradient and the loss behind the step; or the power iteration, the loss here and to both sides.
        const int passes = by_gradient ? 3 : options.iterations + 3;
        const auto step = progress_of(input, static_cast<std::uint64_t>(passes), "passes");
        ISOLOSS_TRY(result.estimate.value, input.units.with_smaller_batches<double>([&] {
            return input.checkpoint.model->sam_sharpness(data.rows, options, input.token, step);
        }));
    }
    pass.provenance.add(data.provenance);
    pass.provenance.add("radius", options.radius);
    pass.provenance.add("ascent", std::string_view(by_gradient ? "gradient" : "top eigenvector"));
    return pass;
}

} // namespace isoloss
