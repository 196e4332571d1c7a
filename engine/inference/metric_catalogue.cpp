#include "engine/inference/metric_catalogue.h"

#include "engine/inference/task_catalogue.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

constexpr std::array model_metrics{
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
    MetricInfo{.key = "mlm_loss",
               .name = "Masked-token loss",
               .unit = "nats/token",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::masked_loss,
               .cost = "T × F",
               .provenance = "own",
               .version = "1",
               .explanation =
                   "For masked-token models (BERT): every token is masked once, alone, and predicted from all others "
                   "around it; the surprise is averaged over all tokens of the data set (pseudo-likelihood; its "
                   "exponential is the pseudo-perplexity). A window of T tokens takes T forward passes. It is not the "
                   "loss of training, which masks many tokens at once, and not comparable with the loss of a "
                   "next-token model, which sees only what stands before. Compare it only between models with the "
                   "same tokenizer on the same data and window."},
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
    MetricInfo{.key = "hessian_trace",
               .name = "Hessian trace",
               .unit = "",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::hessian,
               .cost = "F + 2B per probe",
               .provenance = "C",
               .version = "1",
               .explanation =
                   "Curvature of the loss on this data: the sum of all eigenvalues of its Hessian with respect to the "
                   "weights, estimated with random sign vectors (Hutchinson). Lower is flatter. The standard error is "
                   "that over the probes on these tokens: take more probes when it is too wide, and do not stop where "
                   "the number looks good. Negative eigenvalues cancel positive ones, so a small trace can hide sharp "
                   "directions: see the top eigenvalue. Not comparable between architectures or parametrisations. "
                   "Uses the first 16,384 tokens unless a limit is given. Shared weights count once."},
    MetricInfo{.key = "hessian_top_eigenvalue",
               .name = "Top Hessian eigenvalue",
               .unit = "",
               .direction = MetricDirection::down,
               .input = MetricInput::text,
               .pass = MetricPass::eigenvalue,
               .cost = "F + 2B per iteration",
               .provenance = "C",
               .version = "1",
               .explanation =
                   "Curvature of the loss in its sharpest direction, by power iteration with the Hessian. Lower is "
                   "flatter. The iteration converges to the eigenvalue of largest magnitude, which may be negative: "
                   "its sign is reported. It ends when the value changes by less than a thousandth, after 100 "
                   "iterations at the latest; two eigenvalues of nearly one magnitude need more than that, and the "
                   "value is then marked as partial. It depends on the parametrisation and on the data. Uses the first "
                   "16,384 tokens unless a limit is given."},
    MetricInfo{
        .key = "sam_sharpness",
        .name = "Sharpness (SAM)",
        .unit = "nats/token",
        .direction = MetricDirection::down,
        .input = MetricInput::text,
        .pass = MetricPass::sharpness,
        .cost = "2F + B",
        .provenance = "C",
        .version = "1",
        .explanation =
            "How much the loss rises when the weights take a step of length 0.05 uphill. Lower is flatter. "
            "Uphill is the direction of the gradient; close to a minimum the gradient vanishes and its direction "
            "is noise, so that ascent along the top eigenvector of the Hessian says more there: it can be "
            "chosen. The step has the same length for all models, so weights of another scale are not "
            "comparable. Uses the first 16,384 tokens unless a limit is given."},
    MetricInfo{.key = "linear_probe_accuracy",
               .name = "Linear probe accuracy",
               .unit = "",
               .direction = MetricDirection::up,
               .input = MetricInput::labelled_text,
               .pass = MetricPass::probe,
               .cost = "F",
               .provenance = "own",
               .version = "1",
               .explanation =
                   "What a linear classifier reads from the frozen states of the model: ridge regression to the "
                   "labels of a labelled text file, right answers on rows that it was not fitted to, over all labels "
                   "of the file. Every row is tested once, in one of five folds. The penalty is chosen on validation "
                   "rows, the scaling comes "
                   "from the training rows. Where all texts have one length the states of all tokens are the features, "
                   "else their mean: the two are not comparable. Compare with the share of the most frequent class, "
                   "which is stored beside it; a probe can also learn what the model does not use."},
};

std::vector<MetricInfo> whole_catalogue() {
    std::vector<MetricInfo> all(model_metrics.begin(), model_metrics.end());
    for (const auto part : {task_metrics(), membership_metrics()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace

std::span<const MetricInfo> metric_catalogue() {
    static const std::vector<MetricInfo> catalogue = whole_catalogue();
    return catalogue;
}

const MetricInfo* find_metric(std::string_view key) {
    const auto catalogue = metric_catalogue();
    const auto found = std::ranges::find(catalogue, key, &MetricInfo::key);
    return found == catalogue.end() ? nullptr : &*found;
}

std::vector<std::string_view> metrics_of_pass(MetricPass pass) {
    std::vector<std::string_view> keys;
    for (const MetricInfo& metric : metric_catalogue())
        if (metric.pass == pass) keys.push_back(metric.key);
    return keys;
}

} // namespace isoloss
