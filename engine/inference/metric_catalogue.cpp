#include "engine/inference/metric_catalogue.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

constexpr std::array catalogue{
    MetricInfo{.key = "loss",
               .name = "Loss",
               .unit = "nats/token",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::text_loss,
               .cost = "F",
               .provenance = "C, P",
               .version = "1",
               .explanation =
                   "Cross-entropy: how surprised the model is by the next token, averaged over all tokens of the "
                   "data set (a long document weighs more than a short one). Compare it only between models with "
                   "the same tokenizer on the same data; for other tokenizers use bits per byte. It depends on "
                   "the window, its stride and whether a beginning-of-sequence token is put in front, so all "
                   "three are stored with the value. With overlapping windows the repeated context is not "
                   "scored again."},
    MetricInfo{.key = "perplexity",
               .name = "Perplexity",
               .unit = "",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::text_loss,
               .cost = "F",
               .provenance = "C, P",
               .version = "1",
               .explanation =
                   "The exponential of the loss: the number of equally likely tokens that would be as hard to "
                   "guess. It has the pitfalls of the loss (same tokenizer, same data, same window) and "
                   "stretches differences at high loss; plot it on a logarithmic axis."},
    MetricInfo{.key = "bits_per_byte",
               .name = "Bits per byte",
               .unit = "bits/byte",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::text_loss,
               .cost = "F",
               .provenance = "C, P",
               .version = "1",
               .explanation = "Total surprise in bits divided by the UTF-8 bytes of the raw text. Comparable between "
                              "tokenizers on the same text. Where no beginning-of-sequence token is used, the first "
                              "token of a document has no context and is not scored, but its bytes count: long "
                              "documents make this negligible, very short ones do not."},
    MetricInfo{.key = "bits_per_char",
               .name = "Bits per character",
               .unit = "bits/character",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::text_loss,
               .cost = "F",
               .provenance = "C, P",
               .version = "1",
               .explanation = "Total surprise in bits divided by the characters (Unicode code points) of the raw text. "
                              "Equal to bits per byte on plain ASCII; languages with several bytes per character look "
                              "worse in it. Letters with separate combining marks count as several characters."},
    MetricInfo{.key = "acc",
               .name = "Accuracy",
               .unit = "",
               .direction = MetricDirection::up,
               .input = MetricInput::multiple_choice,
               .pass = MetricPass::choice_scores,
               .cost = "F",
               .provenance = "C",
               .version = "1",
               .explanation = "Share of items whose right answer has the highest total log-probability after the "
                              "question; ties go to the first. Longer answers are at a disadvantage because every "
                              "token lowers the sum. Small models stay near chance (one over the number of choices) "
                              "until late: look at the standard error before reading a trend."},
    MetricInfo{.key = "acc_norm",
               .name = "Accuracy, length-normalised",
               .unit = "",
               .direction = MetricDirection::up,
               .input = MetricInput::multiple_choice,
               .pass = MetricPass::choice_scores,
               .cost = "F",
               .provenance = "C",
               .version = "1",
               .explanation = "As accuracy, but each answer's log-probability is first divided by its length in "
                              "characters, without the leading space; ties go to the first. This takes most of the "
                              "advantage from short answers. Not comparable with accuracy of the same task."},
    MetricInfo{.key = "fisher_trace",
               .name = "Fisher trace",
               .unit = "",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::fisher,
               .cost = "F + B per batch",
               .provenance = "2",
               .version = "1",
               .explanation =
                   "Flatness of the loss around the weights: the expected squared length of the gradient of the "
                   "log-probability of labels drawn from the model itself. Lower is flatter. Estimated without "
                   "bias from one backward pass a batch, so it has noise: read it with its standard error. It "
                   "equals the trace of the Hessian only where the model matches the data. Not comparable "
                   "between architectures or parametrisations. Shared weights count once. The definition "
                   "follows second-hand notes on the paper, not its released code."},
    MetricInfo{.key = "fisher_trace_no_embeddings",
               .name = "Fisher trace without embeddings",
               .unit = "",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::fisher,
               .cost = "F + B per batch",
               .provenance = "2",
               .version = "1",
               .explanation =
                   "The Fisher trace over all weights but the token and position embeddings; an output layer that "
                   "shares the token embeddings is left out with them, a separate one is counted. Use it when "
                   "vocabularies differ or rare tokens dominate the full trace. The other pitfalls of the "
                   "Fisher trace hold."},
};

} // namespace

std::span<const MetricInfo> metric_catalogue() {
    return catalogue;
}

const MetricInfo* find_metric(std::string_view key) {
    const auto found = std::ranges::find(catalogue, key, &MetricInfo::key);
    return found == catalogue.end() ? nullptr : &*found;
}

std::vector<std::string_view> metrics_of_pass(MetricPass pass) {
    std::vector<std::string_view> keys;
    for (const MetricInfo& metric : catalogue)
        if (metric.pass == pass) keys.push_back(metric.key);
    return keys;
}

} // namespace isoloss
