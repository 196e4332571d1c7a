#include "engine/datasets/dataset.h"
#include "engine/jobs/measurement.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

using Tokens = std::vector<std::int32_t>;

constexpr int most_batch_sequences = 8;
constexpr std::size_t wanted_batches = 8; ///< for a standard error on small data

/// Mean of the batches, weighted by their positions, with the standard error of such a ratio:
/// √(B/(B−1) · Σ w_b²(e_b − mean)²) / Σ w_b.
Estimate weighted_mean(std::span<const FisherBatch> batches, double FisherBatch::*estimate) {
    double weights = 0, sum = 0;
    for (const FisherBatch& batch : batches) {
        weights += static_cast<double>(batch.positions);
        sum += static_cast<double>(batch.positions) * batch.*estimate;
    }
    Estimate result;
    if (weights <= 0) return result;
    const double mean = sum / weights;
    result.value = mean;
    if (batches.size() < 2 || !std::isfinite(mean)) return result;
    double squares = 0;
    for (const FisherBatch& batch : batches) {
        const double deviation = static_cast<double>(batch.positions) * (batch.*estimate - mean);
        squares += deviation * deviation;
    }
    const auto count = static_cast<double>(batches.size());
    result.standard_error = std::sqrt(count / (count - 1) * squares) / weights;
    return result;
}

/// The data in sequences of at most `length` tokens; a rest of one token predicts nothing and is left out.
Expected<std::vector<Tokens>> sequences_of(const PassInput& input, std::int64_t length,
                                           std::optional<std::int32_t> bos) {
    ISOLOSS_TRY(const TextData data, read_text_data(input.dataset.path));
    std::vector<Tokens> sequences;
    auto left = static_cast<std::size_t>(input.parameters.limit.value_or(std::numeric_limits<std::int64_t>::max()));
    const auto step = static_cast<std::size_t>(length) - (bos ? 1 : 0);
    for (const std::string& document : data.documents) {
        if (input.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        ISOLOSS_TRY(TokenizedText tokens, encode_for(input.checkpoint, document));
        tokens.ids.resize(std::min(tokens.ids.size(), left));
        left -= tokens.ids.size();
        for (std::size_t begin = 0; begin < tokens.ids.size(); begin += step) {
            Tokens sequence;
            if (bos) sequence.push_back(*bos);
            const auto end = std::min(begin + step, tokens.ids.size());
            sequence.insert(sequence.end(), tokens.ids.begin() + static_cast<std::ptrdiff_t>(begin),
                            tokens.ids.begin() + static_cast<std::ptrdiff_t>(end));
            if (sequence.size() >= 2) sequences.push_back(std::move(sequence));
        }
        if (left == 0) break;
    }
    return sequences;
}

} // namespace

Expected<PassResult> fisher_pass(const PassInput& input) {
    const std::int64_t length = window_length(input.checkpoint, input.parameters);
    ISOLOSS_TRY(const auto bos, first_token(input.checkpoint, input.parameters));
    if (length < 2) return fail(ErrorKind::usage, "a window of less than 2 tokens predicts nothing");
    ISOLOSS_TRY(const auto sequences, sequences_of(input, length, bos));

    FisherOptions options;
    options.seed = input.parameters.seed;
    options.batch_sequences =
        std::clamp(static_cast<int>(std::min<std::size_t>(sequences.size() / wanted_batches, most_batch_sequences)), 1,
                   most_batch_sequences);
    std::vector<FisherBatch> batches;
    if (!sequences.empty()) {
        const auto step = [&](std::uint64_t done) { input.progress(done, sequences.size(), "sequences"); };
        ISOLOSS_TRY(batches, input.checkpoint.model->fisher_trace(sequences, options, input.token, step));
    }
    MetricResult shared;
    for (const FisherBatch& batch : batches)
        shared.n += batch.positions;
    if (batches.empty()) shared.reason = "the data has no two tokens in a row";

    PassResult pass;
    const auto put = [&](const char* key, double FisherBatch::*estimate) {
        pass.metrics[key] = shared;
        pass.metrics[key].estimate = weighted_mean(batches, estimate);
    };
    put("fisher_trace", &FisherBatch::all_parameters);
    put("fisher_trace_no_embeddings", &FisherBatch::without_embeddings);
    pass.provenance.add("window", length);
    pass.provenance.add("stride", length);
    pass.provenance.add("bos", std::string_view(bos ? "in front of every sequence" : "none"));
    pass.provenance.add("sequences", static_cast<std::int64_t>(sequences.size()));
    pass.provenance.add("batches", static_cast<std::int64_t>(batches.size()));
    pass.provenance.add("batch_sequences", static_cast<std::int64_t>(options.batch_sequences));
    pass.provenance.add("standard_error", std::string_view("over batches, weighted by positions"));
    return pass;
}

} // namespace isoloss
