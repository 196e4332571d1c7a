#include "engine/base/hash.h"
#include "engine/datasets/task_data.h"
#include "engine/inference/choice_metrics.h"
#include "engine/jobs/continuation.h"
#include "engine/jobs/scored_documents.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace isoloss {

namespace {

// What a unit keeps of each item: Σ ln p, and whether every token was the most likely one.
constexpr std::size_t numbers_of_item = 2;

Expected<PassUnits::Numbers> score_unit(const PassInput& input, std::span<const ScoringItem> items, std::size_t done,
                                        std::size_t count) {
    const auto step = [&](std::uint64_t) { input.progress(done, count, "items"); };
    ISOLOSS_TRY(const auto scores, input.checkpoint.model->score(items, input.token, step));
    PassUnits::Numbers numbers;
    for (const ItemScores& of_item : scores) {
        const ContinuationScore& score = of_item.at(0);
        numbers.push_back(std::accumulate(score.log_probs.begin(), score.log_probs.end(), 0.0));
        numbers.push_back(score.greedy ? 1 : 0);
    }
    return numbers;
}

} // namespace

Expected<PassResult> last_word_pass(const PassInput& input) {
    ISOLOSS_TRY_VOID(expect_prediction(input.checkpoint, PredictionKind::next_token, "mlm_loss"));
    ISOLOSS_TRY(const LastWordData data, read_last_word_data(input.dataset));
    ISOLOSS_TRY(const ContinuationOptions options, continuation_options(input.checkpoint, input.parameters));
    const auto count = std::min(data.items.size(), static_cast<std::size_t>(input.parameters.limit.value_or(
                                                       static_cast<std::int64_t>(data.items.size()))));
    const std::span<const LastWordItem> items = std::span(data.items).first(count);

    std::vector<ScoringItem> scoring;
    std::vector<std::int64_t> lengths;
    std::int64_t shortened = 0;
    for (const LastWordItem& item : items) {
        if (input.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        auto planned = plan_continuation(input.checkpoint, options, item.context, item.word);
        if (!planned) {
            Error error = std::move(planned).error();
            error.file = input.dataset.path;
            error.place = "item " + item.key;
            return fail(std::move(error));
        }
        shortened += planned->is_shortened ? 1 : 0;
        lengths.push_back(static_cast<std::int64_t>(planned->context.size() + planned->continuation.size()));
        scoring.push_back({std::move(planned->context), {std::move(planned->continuation)}});
    }
    MetricResult result;
    std::int64_t correct = 0, not_a_number = 0, unit = 0;
    std::size_t begin = 0;
    for (const std::size_t end : unit_ends(lengths, input.units.unit_tokens())) {
        const auto part = std::span(scoring).subspan(begin, end - begin);
        ISOLOSS_TRY(const auto numbers, input.units.numbers(unit++, numbers_of_item * part.size(),
                                                            [&] { return score_unit(input, part, begin, count); }));
        for (std::size_t i = begin; i < end; ++i) {
            const double sum = numbers[numbers_of_item * (i - begin)];
            const bool is_greedy = numbers[numbers_of_item * (i - begin) + 1] > 0;
            OutcomeRecord& outcome = result.outcomes.emplace_back();
            outcome.item.task = input.dataset.name;
            outcome.item.key = items[i].key;
            outcome.item.doc_hash = content_hash(items[i].context + items[i].word);
            outcome.item.text = text_excerpt(items[i].context);
            outcome.item.choices = {items[i].word.substr(1)};
            outcome.item.gold = 0;
            outcome.log_likelihoods = {sum};
            outcome.tokens = static_cast<std::int64_t>(scoring[i].continuations.at(0).size());
            if (std::isnan(sum)) {
                ++not_a_number;
                continue;
            }
            outcome.correct = is_greedy ? 1.0 : 0.0;
            correct += is_greedy ? 1 : 0;
        }
        begin = end;
        input.progress(end, count, "items");
    }
    result.n = static_cast<std::int64_t>(count) - not_a_number;
    result.n_skipped = not_a_number;
    result.estimate = share_correct(correct, result.n);
    if (not_a_number > 0) {
        result.estimate = {std::numeric_limits<double>::quiet_NaN(), std::nullopt};
        result.reason = std::to_string(not_a_number) + " of " + std::to_string(count) +
                        " items got log-likelihoods that are not a number";
    }
    PassResult pass;
    pass.metrics["last_word_accuracy"] = std::move(result);
    pass.provenance.add("window", options.longest);
    pass.provenance.add("bos", std::string_view(options.bos ? "in front of the context" : "none"));
    pass.provenance.add("items", static_cast<std::int64_t>(count));
    pass.provenance.add("shortened_contexts", shortened);
    pass.provenance.add("standard_error", std::string_view("sqrt(p(1-p)/(n-1))"));
    note_problems(pass, data.problems);
    return pass;
}

} // namespace isoloss
