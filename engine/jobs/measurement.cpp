#include "engine/jobs/measurement.h"

#include <algorithm>

namespace isoloss {

Expected<PassResult> run_metric_pass(MetricPass pass, const PassInput& input) {
    switch (pass) {
    case MetricPass::text_loss:
        return text_pass(input);
    case MetricPass::masked_loss:
        return masked_loss_pass(input);
    case MetricPass::choice_scores:
        return choice_pass(input);
    case MetricPass::choice_mutual_information:
        return mutual_information_pass(input);
    case MetricPass::last_word:
        return last_word_pass(input);
    case MetricPass::membership:
        return membership_pass(input);
    case MetricPass::membership_lowercase:
        return membership_lowercase_pass(input);
    case MetricPass::fisher:
        return fisher_pass(input);
    case MetricPass::hessian:
        return hessian_pass(input);
    case MetricPass::eigenvalue:
        return eigenvalue_pass(input);
    case MetricPass::sharpness:
        return sharpness_pass(input);
    case MetricPass::probe:
        return probe_pass(input);
    }
    return fail(ErrorKind::internal, "the metric has no pass");
}

void note_problems(PassResult& pass, const DatasetProblems& problems) {
    if (problems.count() == 0) return;
    const Error& first = problems.first().front();
    const std::string reason = std::to_string(problems.count()) +
                               " broken rows of the data were left out, the first at " + first.place + ": " +
                               first.reason;
    for (auto& [key, result] : pass.metrics)
        result.reason += (result.reason.empty() ? "" : "; ") + reason;
    pass.provenance.add("skipped_rows", problems.count());
}

Expected<void> expect_prediction(const LoadedCheckpoint& checkpoint, PredictionKind kind, std::string_view instead) {
    const Architecture& architecture = checkpoint.architecture;
    if (architecture.prediction() == kind) return {};
    return fail(ErrorKind::unsupported,
                "the model (" + architecture.model_type + ") predicts " +
                    (kind == PredictionKind::next_token ? "masked tokens, not the next one"
                                                        : "the next token, not masked ones"),
                "Measure " + std::string(instead));
}

Expected<std::optional<std::int32_t>> first_token(const LoadedCheckpoint& checkpoint,
                                                  const MeasureParameters& parameters) {
    const Tokenizer& tokenizer = *checkpoint.tokenizer;
    const bool wanted = parameters.bos == MeasureParameters::Bos::yes ||
                        (parameters.bos == MeasureParameters::Bos::as_tokenizer && tokenizer.adds_bos());
    if (!wanted) return std::nullopt;
    if (const auto token = tokenizer.bos()) return token;
    if (const auto token = checkpoint.architecture.bos_token) return token;
    return fail(ErrorKind::unsupported, "a beginning-of-sequence token is asked for, but the tokenizer has none",
                "Measure without it (bos = no)");
}

std::int64_t window_length(const LoadedCheckpoint& checkpoint, const MeasureParameters& parameters) {
    const std::int64_t longest = checkpoint.architecture.positions;
    return std::min(parameters.window.value_or(longest), longest);
}

Expected<TokenizedText> encode_for(const LoadedCheckpoint& checkpoint, std::string_view text) {
    ISOLOSS_TRY(TokenizedText tokens, checkpoint.token_cache->encode(*checkpoint.tokenizer, text));
    const std::int64_t vocabulary = checkpoint.architecture.vocabulary;
    const auto outside =
        std::find_if(tokens.ids.begin(), tokens.ids.end(), [&](std::int32_t id) { return id < 0 || id >= vocabulary; });
    if (outside != tokens.ids.end())
        return fail(ErrorKind::damaged,
                    "the tokenizer gives token " + std::to_string(*outside) + ", but the model knows only " +
                        std::to_string(vocabulary) + " tokens",
                    "Check that tokenizer and weights belong together");
    return tokens;
}

} // namespace isoloss
