#include "engine/inference/estimate.h"
#include "engine/jobs/prediction_rows.h"

#include <algorithm>

namespace isoloss {

namespace {

/// Rows of one backward pass, and how many passes there should be at least for a standard error on small data.
struct BatchPlan {
    std::size_t most_rows, wanted_batches;
};

// A row of a next-token model predicts all of its positions, one of a masked-token model a single one.
constexpr BatchPlan next_token_plan{8, 8};
constexpr BatchPlan masked_token_plan{64, 16};

/// Mean of the batches, weighted by their positions.
Estimate weighted_mean(std::span<const FisherBatch> batches, double FisherBatch::*estimate) {
    std::vector<double> sums, weights;
    for (const FisherBatch& batch : batches) {
        weights.push_back(static_cast<double>(batch.positions));
        sums.push_back(weights.back() * batch.*estimate);
    }
    return clustered_ratio(sums, weights);
}

} // namespace

Expected<PassResult> fisher_pass(const PassInput& input) {
    const bool masks = input.checkpoint.architecture.prediction() == PredictionKind::masked_token;
    // Rows of masked tokens are as many as the tokens: only so many at once.
    ISOLOSS_TRY(const PredictionRows data,
                read_prediction_rows(input, masks ? std::optional(curvature_tokens) : std::nullopt));
    const BatchPlan& plan = masks ? masked_token_plan : next_token_plan;
    FisherOptions options;
    options.seed = input.parameters.seed;
    options.batch_rows =
        static_cast<int>(std::clamp<std::size_t>(data.rows.size() / plan.wanted_batches, 1, plan.most_rows));
    std::vector<FisherBatch> batches;
    if (!data.rows.empty()) {
        const auto step = [&](std::uint64_t done) { input.progress(done, data.rows.size(), "rows"); };
        ISOLOSS_TRY(batches, input.checkpoint.model->fisher_trace(data.rows, options, input.token, step));
    }
    MetricResult shared;
    for (const FisherBatch& batch : batches)
        shared.n += batch.positions;
    if (batches.empty()) shared.reason = "the data has no token to predict";

    PassResult pass;
    const auto put = [&](const char* key, double FisherBatch::*estimate) {
        pass.metrics[key] = shared;
        pass.metrics[key].estimate = weighted_mean(batches, estimate);
    };
    put("fisher_trace", &FisherBatch::all_parameters);
    put("fisher_trace_no_embeddings", &FisherBatch::without_embeddings);
    pass.provenance.add(data.provenance);
    pass.provenance.add("batches", static_cast<std::int64_t>(batches.size()));
    pass.provenance.add("batch_rows", static_cast<std::int64_t>(options.batch_rows));
    pass.provenance.add("standard_error", std::string_view("over batches, weighted by positions"));
    return pass;
}

} // namespace isoloss
