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

constexpr std::size_t batches_of_unit = 4;
// What a unit keeps of each of its batches.
constexpr std::size_t numbers_of_batch = 3;

/// The estimates of one unit: of batches from `first_row` on.
Expected<PassUnits::Numbers> unit_of_batches(const PassInput& input, std::span<const PredictionRow> rows,
                                             std::size_t first_row, std::size_t row_count, FisherOptions options) {
    options.first_batch = first_row / static_cast<std::size_t>(options.batch_rows);
    const auto step = [&](std::uint64_t done) { input.progress(first_row + done, rows.size(), "rows"); };
    ISOLOSS_TRY(const auto batches,
                input.checkpoint.model->fisher_trace(rows.subspan(first_row, row_count), options, input.token, step));
    PassUnits::Numbers numbers;
    for (const FisherBatch& batch : batches)
        numbers.insert(numbers.end(),
                       {static_cast<double>(batch.positions), batch.all_parameters, batch.without_embeddings});
    return numbers;
}

Expected<std::vector<FisherBatch>> all_batches(const PassInput& input, std::span<const PredictionRow> rows,
                                               const FisherOptions& options) {
    const auto batch_rows = static_cast<std::size_t>(options.batch_rows);
    const std::size_t most =
        batch_rows * batches_of_unit * static_cast<std::size_t>(input.checkpoint.model->batches_at_once());
    std::vector<FisherBatch> batches;
    // Units are known by their first batch, so that they may be of other sizes next time.
    for (std::size_t begin = 0; begin < rows.size(); begin += most) {
        const std::size_t count = std::min(most, rows.size() - begin);
        const std::size_t size = numbers_of_batch * ((count + batch_rows - 1) / batch_rows);
        ISOLOSS_TRY(const auto numbers, input.units.numbers(static_cast<std::int64_t>(begin / batch_rows), size, [&] {
            return unit_of_batches(input, rows, begin, count, options);
        }));
        for (std::size_t i = 0; i < numbers.size(); i += numbers_of_batch)
            batches.push_back({static_cast<std::int64_t>(numbers[i]), numbers[i + 1], numbers[i + 2]});
        input.progress(begin + count, rows.size(), "rows");
    }
    return batches;
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
    ISOLOSS_TRY(const std::vector<FisherBatch> batches, all_batches(input, data.rows, options));
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
