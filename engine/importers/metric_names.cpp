#include "engine/importers/metric_names.h"

#include <algorithm>
#include <array>

namespace isoloss {

Direction direction_of_metric(std::string_view metric) {
    constexpr std::array up{"acc",        "acc_norm",
                            "acc_bytes",  "acc_mutual_info",
                            "acc_all",    "exact_match",
                            "em",         "exact",
                            "f1",         "mcc",
                            "mc1",        "mc2",
                            "bleu",       "multiple_choice_grade",
                            "chrf",       "rouge1",
                            "rouge2",     "rougeL",
                            "rougeLsum",  "pass@1",
                            "likelihood", "prob_correct"};
    constexpr std::array down{"ppl",           "perplexity",      "bits_per_byte", "word_perplexity",
                              "bits_per_char", "byte_perplexity", "ter",           "brier_score",
                              "loss",          "cross_entropy"};
    if (std::find(up.begin(), up.end(), metric) != up.end()) return Direction::up;
    if (std::find(down.begin(), down.end(), metric) != down.end()) return Direction::down;
    return Direction::descriptive;
}

std::string_view unit_of_metric(std::string_view metric) {
    if (metric == "bits_per_byte") return "bits/byte";
    if (metric == "bits_per_char") return "bits/char";
    if (metric == "acc" || metric.starts_with("acc_") || metric == "exact_match" || metric == "em") return "share";
    return {};
}

} // namespace isoloss
