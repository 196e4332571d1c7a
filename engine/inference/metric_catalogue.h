#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace isoloss {

/// What a metric must be given besides the checkpoint.
enum class MetricInput { text, multiple_choice, labelled_text, last_word, membership };
enum class MetricDirection { up, down, descriptive };

/// Metrics of one pass are computed together from the same forward (or backward) passes.
enum class MetricPass {
    text_loss,
    masked_loss,
    choice_scores,
    choice_mutual_information,
    last_word,
    membership,
    membership_lowercase,
    fisher,
    hessian,
    eigenvalue,
    sharpness,
    probe
};

/// One entry of METRICS.md, known without loading LibTorch.
struct MetricInfo {
    std::string_view key;
    std::string_view name;
    std::string_view unit;
    MetricDirection direction = MetricDirection::descriptive;
    MetricInput input = MetricInput::text;
    MetricPass pass = MetricPass::text_loss;
    std::string_view cost;        ///< "F", "F + B per batch"
    std::string_view provenance;  ///< C, P, 2 or own, as METRICS.md marks it; own where it marks none
    std::string_view version;     ///< raised when a definition changes
    std::string_view explanation; ///< plain words, with pitfalls
};

std::span<const MetricInfo> metric_catalogue();
const MetricInfo* find_metric(std::string_view key);
std::vector<std::string_view> metrics_of_pass(MetricPass pass);

} // namespace isoloss
