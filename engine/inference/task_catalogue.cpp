#include "engine/inference/task_catalogue.h"

#include <array>
#include <string_view>

namespace isoloss {

namespace {

constexpr std::array tasks{
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
    MetricInfo{.key = "acc_bytes",
               .name = "Accuracy, byte-normalised",
               .unit = "",
               .direction = MetricDirection::up,
               .input = MetricInput::multiple_choice,
               .pass = MetricPass::choice_scores,
               .cost = "F",
               .provenance = "C",
               .version = "1",
               .explanation = "As the length-normalised accuracy, but divided by the UTF-8 bytes of the answer instead "
                              "of its characters. The two differ only where answers are not plain ASCII."},
    MetricInfo{.key = "acc_mutual_info",
               .name = "Accuracy by mutual information",
               .unit = "",
               .direction = MetricDirection::up,
               .input = MetricInput::multiple_choice,
               .pass = MetricPass::choice_mutual_information,
               .cost = "2F",
               .provenance = "C",
               .version = "1",
               .explanation = "As accuracy, but from each answer's log-probability its log-probability without the "
                              "question is taken off: what counts is how much the question raises it. Without the "
                              "question stands what the file gives for that (the OLMo evaluation: its prefix), else "
                              "only the beginning-of-sequence token. Twice the work of accuracy."},
    MetricInfo{.key = "brier",
               .name = "Brier score",
               .unit = "",
               .direction = MetricDirection::down,
               .input = MetricInput::multiple_choice,
               .pass = MetricPass::choice_scores,
               .cost = "F",
               .provenance = "C",
               .version = "1",
               .explanation = "Squared error of the probabilities that the model gives to the answers, the softmax of "
                              "their log-probabilities, summed over the answers and averaged over the items. It sees "
                              "confidence that accuracy does not: 0 is perfect, 2 is certain and wrong, guessing among "
                              "four answers is 0.75. Long answers are at the same disadvantage as in accuracy."},
    MetricInfo{.key = "task_bits_per_byte",
               .name = "Bits per byte of the answer",
               .unit = "bits/byte",
               .direction = MetricDirection::down,
               .input = MetricInput::multiple_choice,
               .pass = MetricPass::choice_scores,
               .cost = "F",
               .provenance = "own",
               .version = "1",
               .explanation = "Surprise of the right answer after the question in bits, divided by its UTF-8 bytes "
                              "without the leading space, averaged over the items. It moves smoothly while accuracy "
                              "still stands at chance, and needs no other answers."},
    MetricInfo{.key = "correct_prob",
               .name = "Probability of the right answer",
               .unit = "",
               .direction = MetricDirection::up,
               .input = MetricInput::multiple_choice,
               .pass = MetricPass::choice_scores,
               .cost = "F",
               .provenance = "own",
               .version = "1",
               .explanation =
                   "The softmax of the answers' log-probabilities at the right one, averaged over the items. A soft "
                   "accuracy that rises before the hard one does; not the probability of the text itself."},
    MetricInfo{.key = "margin",
               .name = "Margin",
               .unit = "nats",
               .direction = MetricDirection::up,
               .input = MetricInput::multiple_choice,
               .pass = MetricPass::choice_scores,
               .cost = "F",
               .provenance = "own",
               .version = "1",
               .explanation = "Log-probability of the right answer less that of the best other one, averaged over the "
                              "items. Above 0 the item is right. A few items with long answers can dominate the mean."},
    MetricInfo{.key = "last_word_accuracy",
               .name = "Last-word accuracy",
               .unit = "",
               .direction = MetricDirection::up,
               .input = MetricInput::last_word,
               .pass = MetricPass::last_word,
               .cost = "F",
               .provenance = "C",
               .version = "1",
               .explanation = "Share of texts whose last word the model continues with when it always takes the most "
                              "likely token: every token of the word must be the most likely one (LAMBADA). A "
                              "tokenizer that cuts words finer needs more tokens to be right."},
};

constexpr MetricInfo min_k_prob{
    .key = "min_k_prob",
    .name = "Min-K% Prob",
    .unit = "nats/token",
    .direction = MetricDirection::descriptive,
    .input = MetricInput::membership,
    .pass = MetricPass::membership,
    .cost = "F",
    .provenance = "C",
    .version = "1",
    .explanation = "Mean log-probability of the least likely fifth of the tokens of each text, averaged over the "
                   "texts. Seen texts have fewer surprising tokens. Topics and dates that differ between the two "
                   "groups are found as well as membership is: compare with a model that cannot have seen either."};

constexpr MetricInfo min_k_plus_plus{
    .key = "min_k_plus_plus",
    .name = "Min-K%++",
    .unit = "",
    .direction = MetricDirection::descriptive,
    .input = MetricInput::membership,
    .pass = MetricPass::membership,
    .cost = "F",
    .provenance = "C",
    .version = "1",
    .explanation = "As Min-K% Prob, but each token's log-probability is first standardised by mean and "
                   "standard deviation of the log-probability over the vocabulary at its place, so that "
                   "places where every token is unlikely do not count as surprise."};

constexpr MetricInfo zlib_ratio{
    .key = "zlib_ratio",
    .name = "Log-probability by zlib length",
    .unit = "nats/byte",
    .direction = MetricDirection::descriptive,
    .input = MetricInput::membership,
    .pass = MetricPass::membership,
    .cost = "F",
    .provenance = "C",
    .version = "1",
    .explanation = "Mean log-probability of the tokens of each text divided by the length of the text in "
                   "zlib's compression (level 6), averaged over the texts: surprise against how rich the "
                   "text is. Higher, that is closer to 0, is more likely seen, as in the released code."};

constexpr MetricInfo lowercase_ratio{
    .key = "lowercase_ratio",
    .name = "Loss in small letters by loss",
    .unit = "",
    .direction = MetricDirection::descriptive,
    .input = MetricInput::membership,
    .pass = MetricPass::membership_lowercase,
    .cost = "2F",
    .provenance = "C",
    .version = "1",
    .explanation = "Loss of the text in small letters divided by the loss of the text as it is, averaged over the "
                   "texts. Seen texts lose most by the change. Twice the work; meaningless for a tokenizer that lowers "
                   "letters itself. Higher is more likely seen, as in the released code."};

/// How well a score of membership separates: found in the same pass, a number without a unit.
constexpr MetricInfo separation(MetricInfo score, std::string_view key, std::string_view name,
                                std::string_view explanation) {
    score.key = key;
    score.name = name;
    score.unit = "";
    score.explanation = explanation;
    return score;
}

constexpr MetricInfo auc_of(const MetricInfo& score, std::string_view key, std::string_view name) {
    return separation(score, key, name,
                      "Area under the ROC curve of this score: how often a text that was in the training data "
                      "scores higher than one that was not, ties half. 0.5 is chance. The standard error is "
                      "DeLong's.");
}

constexpr MetricInfo true_positives_of(const MetricInfo& score, std::string_view key, std::string_view name) {
    return separation(score, key, name,
                      "Highest share of the texts of the training data that this score finds while at most 5 % "
                      "of the others are taken for it. With few non-members it moves in steps: read it with "
                      "their number.");
}

constexpr MetricInfo false_positives_of(const MetricInfo& score, std::string_view key, std::string_view name) {
    return separation(score, key, name,
                      "Lowest share of the texts outside of the training data that are taken for it where 95 % "
                      "of those inside are found. Lower separates better. With few members it moves in steps.");
}

constexpr std::array membership{
    min_k_prob,
    auc_of(min_k_prob, "min_k_prob.auc", "Min-K% Prob: AUC"),
    true_positives_of(min_k_prob, "min_k_prob.tpr_at_5_fpr", "Min-K% Prob: true positives at 5 % false ones"),
    false_positives_of(min_k_prob, "min_k_prob.fpr_at_95_tpr", "Min-K% Prob: false positives at 95 % true ones"),
    min_k_plus_plus,
    auc_of(min_k_plus_plus, "min_k_plus_plus.auc", "Min-K%++: AUC"),
    true_positives_of(min_k_plus_plus, "min_k_plus_plus.tpr_at_5_fpr", "Min-K%++: true positives at 5 % false ones"),
    false_positives_of(min_k_plus_plus, "min_k_plus_plus.fpr_at_95_tpr", "Min-K%++: false positives at 95 % true ones"),
    zlib_ratio,
    auc_of(zlib_ratio, "zlib_ratio.auc", "Log-probability by zlib length: AUC"),
    true_positives_of(zlib_ratio, "zlib_ratio.tpr_at_5_fpr",
                      "Log-probability by zlib length: true positives at 5 % false ones"),
    false_positives_of(zlib_ratio, "zlib_ratio.fpr_at_95_tpr",
                       "Log-probability by zlib length: false positives at 95 % true ones"),
    lowercase_ratio,
    auc_of(lowercase_ratio, "lowercase_ratio.auc", "Loss in small letters by loss: AUC"),
    true_positives_of(lowercase_ratio, "lowercase_ratio.tpr_at_5_fpr",
                      "Loss in small letters by loss: true positives at 5 % false ones"),
    false_positives_of(lowercase_ratio, "lowercase_ratio.fpr_at_95_tpr",
                       "Loss in small letters by loss: false positives at 95 % true ones"),
};

} // namespace

std::span<const MetricInfo> task_metrics() {
    return tasks;
}

std::span<const MetricInfo> membership_metrics() {
    return membership;
}

} // namespace isoloss
