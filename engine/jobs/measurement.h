#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"
#include "engine/inference/estimate.h"
#include "engine/inference/metric_catalogue.h"
#include "engine/jobs/checkpoint_loader.h"
#include "engine/jobs/measure_parameters.h"
#include "engine/jobs/pass_units.h"
#include "engine/jobs/provenance.h"
#include "engine/store/records.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// One number that a pass found, in the words of a ValueRecord.
struct MetricResult {
    Estimate estimate;
    std::int64_t n = 0;
    std::int64_t n_skipped = 0;
    std::string reason; ///< why it is partial or undefined, or what is odd about it
    std::vector<OutcomeRecord> outcomes;
};

/// All metrics that one pass over the data answers, by their key.
struct PassResult {
    std::map<std::string, MetricResult, std::less<>> metrics;
    Provenance provenance; ///< what the pass did: window, stride, rule for the first token, …
};

/// Says in all results that broken lines of the data were left out, with the first of them.
void note_problems(PassResult& pass, const DatasetProblems& problems);

/// Units done and in all, called between batches.
using PassProgress = std::function<void(std::uint64_t done, std::uint64_t total, const char* unit)>;

/// What a pass works on and with.
struct PassInput {
    LoadedCheckpoint& checkpoint;
    const DatasetRecord& dataset;
    const MeasureParameters& parameters;
    const CancellationToken& token;
    const PassProgress& progress;
    PassUnits& units;
};

/// loss, perplexity, bits_per_byte, bits_per_char.
Expected<PassResult> text_pass(const PassInput& input);
/// mlm_loss.
Expected<PassResult> masked_loss_pass(const PassInput& input);
/// acc, acc_norm, acc_bytes, brier, task_bits_per_byte, correct_prob, margin.
Expected<PassResult> choice_pass(const PassInput& input);
/// acc_mutual_info.
Expected<PassResult> mutual_information_pass(const PassInput& input);
/// last_word_accuracy.
Expected<PassResult> last_word_pass(const PassInput& input);
/// min_k_prob, min_k_plus_plus, zlib_ratio, each also as .auc, .tpr_at_5_fpr, .fpr_at_95_tpr.
Expected<PassResult> membership_pass(const PassInput& input);
/// lowercase_ratio, in the same ways.
Expected<PassResult> membership_lowercase_pass(const PassInput& input);
/// fisher_trace, fisher_trace_no_embeddings.
Expected<PassResult> fisher_pass(const PassInput& input);
/// hessian_trace.
Expected<PassResult> hessian_pass(const PassInput& input);
/// hessian_top_eigenvalue.
Expected<PassResult> eigenvalue_pass(const PassInput& input);
/// sam_sharpness.
Expected<PassResult> sharpness_pass(const PassInput& input);
/// linear_probe_accuracy.
Expected<PassResult> probe_pass(const PassInput& input);
/// The pass that answers a metric.
Expected<PassResult> run_metric_pass(MetricPass pass, const PassInput& input);

/// Fails with unsupported when the model predicts something else; `instead` is the metric that it can be measured with.
Expected<void> expect_prediction(const LoadedCheckpoint& checkpoint, PredictionKind kind, std::string_view instead);

/// The token in front of a text: the parameters' rule, else the tokenizer's. Fails when there must be one and the
/// tokenizer has none.
Expected<std::optional<std::int32_t>> first_token(const LoadedCheckpoint& checkpoint,
                                                  const MeasureParameters& parameters);
/// Tokens of one forward pass: the parameters' window, at most the model's longest sequence.
std::int64_t window_length(const LoadedCheckpoint& checkpoint, const MeasureParameters& parameters);
/// Encodes and checks that every id is in the model's vocabulary.
Expected<TokenizedText> encode_for(const LoadedCheckpoint& checkpoint, std::string_view text);

} // namespace isoloss
