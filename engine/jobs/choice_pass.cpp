#include "engine/inference/choice_metrics.h"

#include "engine/base/hash.h"
#include "engine/datasets/task_data.h"
#include "engine/jobs/continuation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace isoloss {

namespace {

/// Where the score of a choice is found: scoring item and continuation in it.
struct Place {
    std::size_t item = 0, continuation = 0;
};

/// An item as the model sees it: choices after the same context share its forward pass.
struct PlannedItem {
    std::vector<ScoringItem> scoring;
    std::vector<Place> places;    ///< of the choices
    std::int64_t tokens = 0;      ///< of the continuations
    std::int64_t work_tokens = 0; ///< and of the contexts
};

struct ItemScore {
    std::vector<double> log_likelihoods;
    std::int64_t tokens = 0;
};

using Lengths = std::vector<std::int64_t>;

Lengths lengths_of(const ChoiceItem& item, std::int64_t (*length)(std::string_view)) {
    Lengths lengths;
    for (const std::string& choice : item.choices)
        lengths.push_back(length(choice));
    return lengths;
}

class ChoicePass {
public:
    explicit ChoicePass(const PassInput& input) : input_(input) {}

    /// acc, acc_norm, acc_bytes and the soft scores.
    Expected<PassResult> run();
    /// acc_mutual_info.
    Expected<PassResult> run_mutual_information();

private:
    using Picker = std::function<std::optional<std::size_t>(std::size_t item)>;
    using Score = std::function<double(const ChoiceItem& item, std::span<const double> log_likelihoods)>;

    Expected<void> begin();
    Expected<PlannedItem> plan(const ChoiceItem& item);
    Expected<std::vector<ItemScore>> score(std::span<const ChoiceItem> items);
    Expected<PassUnits::Numbers> score_unit(std::span<const PlannedItem> planned, std::span<const std::size_t> items,
                                            std::size_t done);
    OutcomeRecord outcome_of(std::size_t item) const;
    /// Share of items whose chosen answer is the right one.
    MetricResult picked(const Picker& pick) const;
    /// Mean of a score of the items that have a right answer. With `is_outcome` it is what pairs of checkpoints are
    /// compared by, else whether the likeliest answer is right.
    MetricResult averaged(const Score& score, bool is_outcome) const;
    PassResult finish(PassResult pass) const;

    const PassInput& input_;
    ContinuationOptions options_;
    ChoiceData data_;
    std::vector<ItemScore> scores_;
    std::int64_t shortened_ = 0; ///< contexts that lost tokens
    std::int64_t unit_ = 0;      ///< the next one
};

Expected<void> ChoicePass::begin() {
    ISOLOSS_TRY_VOID(
        expect_prediction(input_.checkpoint, PredictionKind::next_token, "mlm_loss or linear_probe_accuracy"));
    ISOLOSS_TRY(data_, read_choice_data(input_.dataset));
    ISOLOSS_TRY(options_, continuation_options(input_.checkpoint, input_.parameters));
    const auto limit =
        static_cast<std::size_t>(input_.parameters.limit.value_or(static_cast<std::int64_t>(data_.items.size())));
    if (limit < data_.items.size()) data_.items.resize(limit);
    ISOLOSS_TRY(scores_, score(data_.items));
    return {};
}

Expected<PassResult> ChoicePass::run() {
    ISOLOSS_TRY_VOID(begin());
    const auto by_length = [&](std::int64_t (*length)(std::string_view)) {
        return picked([&, length](std::size_t i) {
            return pick_choice_normalised(scores_[i].log_likelihoods, lengths_of(data_.items[i], length));
        });
    };
    const auto gold = [](const ChoiceItem& item) { return static_cast<std::size_t>(*item.gold); };
    PassResult pass;
    pass.metrics["acc"] = picked([&](std::size_t i) { return pick_choice(scores_[i].log_likelihoods); });
    pass.metrics["acc_norm"] = by_length(choice_characters);
    pass.metrics["acc_bytes"] = by_length(choice_bytes);
    pass.metrics["brier"] = averaged(
        [&](const ChoiceItem& item, std::span<const double> ll) { return brier_score(ll, gold(item)); }, false);
    pass.metrics["task_bits_per_byte"] = averaged(
        [&](const ChoiceItem& item, std::span<const double> ll) {
            return choice_bits_per_byte(ll[gold(item)], choice_bytes(item.choices[gold(item)]));
        },
        false);
    pass.metrics["correct_prob"] = averaged(
        [&](const ChoiceItem& item, std::span<const double> ll) { return choice_probabilities(ll)[gold(item)]; }, true);
    pass.metrics["margin"] = averaged(
        [&](const ChoiceItem& item, std::span<const double> ll) { return choice_margin(ll, gold(item)); }, false);
    return finish(std::move(pass));
}

Expected<PassResult> ChoicePass::run_mutual_information() {
    ISOLOSS_TRY_VOID(begin());
    std::vector<ChoiceItem> alone = data_.items;
    bool any_context = false;
    for (ChoiceItem& item : alone) {
        for (const std::string& context : item.contexts)
            any_context |= !context.empty();
        item.contexts = item.unconditional_contexts.empty() ? std::vector<std::string>(item.choices.size())
                                                            : item.unconditional_contexts;
    }
    PassResult pass;
    MetricResult& result = pass.metrics["acc_mutual_info"];
    if (!any_context) {
        result.reason = "the answers stand without a question, so that there is nothing to take off";
        return finish(std::move(pass));
    }
    ISOLOSS_TRY(const auto unconditional, score(alone));
    result = picked([&](std::size_t i) {
        return pick_choice_mutual(scores_[i].log_likelihoods, unconditional[i].log_likelihoods);
    });
    return finish(std::move(pass));
}

PassResult ChoicePass::finish(PassResult pass) const {
    pass.provenance.add("window", options_.longest);
    pass.provenance.add("bos", std::string_view(options_.bos ? "in front of the context" : "none"));
    pass.provenance.add("items", static_cast<std::int64_t>(data_.items.size()));
    pass.provenance.add("shortened_contexts", shortened_);
    pass.provenance.add("standard_error", std::string_view("sqrt(p(1-p)/(n-1)), of means sd/sqrt(n)"));
    note_problems(pass, data_.problems);
    return pass;
}

Expected<PlannedItem> ChoicePass::plan(const ChoiceItem& item) {
    PlannedItem planned;
    for (std::size_t number = 0; number < item.continuations.size(); ++number) {
        auto choice =
            plan_continuation(input_.checkpoint, options_, item.contexts.at(number), item.continuations.at(number));
        if (!choice) {
            Error error = std::move(choice).error();
            error.file = input_.dataset.path;
            error.place = "item " + item.key;
            return fail(std::move(error));
        }
        if (choice->is_shortened) ++shortened_;
        const bool shares = number > 0 && planned.scoring.back().context == choice->context;
        if (!shares) {
            planned.work_tokens += static_cast<std::int64_t>(choice->context.size());
            planned.scoring.push_back({std::move(choice->context), {}});
        }
        planned.places.push_back({planned.scoring.size() - 1, planned.scoring.back().continuations.size()});
        planned.tokens += static_cast<std::int64_t>(choice->continuation.size());
        planned.scoring.back().continuations.push_back(std::move(choice->continuation));
    }
    planned.work_tokens += planned.tokens;
    return planned;
}

// Items of one length go through the model together, so that little is padding.
Expected<std::vector<ItemScore>> ChoicePass::score(std::span<const ChoiceItem> items) {
    std::vector<PlannedItem> planned;
    for (const ChoiceItem& item : items) {
        if (input_.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        ISOLOSS_TRY(PlannedItem one, plan(item));
        planned.push_back(std::move(one));
    }
    std::vector<std::size_t> order(planned.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return planned[i].work_tokens; });
    std::vector<std::int64_t> lengths;
    for (const std::size_t item : order)
        lengths.push_back(planned[item].work_tokens);
    std::vector<ItemScore> scores(planned.size());
    std::size_t begin = 0;
    for (const std::size_t end : unit_ends(lengths, input_.units.unit_tokens())) {
        const auto part = std::span(order).subspan(begin, end - begin);
        std::size_t choices = 0;
        for (const std::size_t item : part)
            choices += planned[item].places.size();
        ISOLOSS_TRY(const auto numbers,
                    input_.units.numbers(unit_++, choices, [&] { return score_unit(planned, part, begin); }));
        auto number = numbers.begin();
        for (const std::size_t item : part) {
            const auto last = number + static_cast<std::ptrdiff_t>(planned[item].places.size());
            scores[item] = {{number, last}, planned[item].tokens};
            number = last;
        }
        begin = end;
        input_.progress(end, planned.size(), "items");
    }
    return scores;
}

// Σ ln p of every choice of every item.
Expected<PassUnits::Numbers> ChoicePass::score_unit(std::span<const PlannedItem> planned,
                                                    std::span<const std::size_t> items, std::size_t done) {
    std::vector<ScoringItem> scoring;
    for (const std::size_t item : items)
        scoring.insert(scoring.end(), planned[item].scoring.begin(), planned[item].scoring.end());
    const auto step = [&](std::uint64_t) { input_.progress(done, planned.size(), "items"); };
    ISOLOSS_TRY(const auto scores, input_.checkpoint.model->score(scoring, input_.token, step));
    PassUnits::Numbers numbers;
    std::size_t first = 0;
    for (const std::size_t item : items) {
        for (const Place place : planned[item].places) {
            const auto& log_probs = scores.at(first + place.item).at(place.continuation).log_probs;
            numbers.push_back(std::accumulate(log_probs.begin(), log_probs.end(), 0.0));
        }
        first += planned[item].scoring.size();
    }
    return numbers;
}

OutcomeRecord ChoicePass::outcome_of(std::size_t i) const {
    const ChoiceItem& item = data_.items[i];
    OutcomeRecord outcome;
    outcome.item.task = input_.dataset.name;
    outcome.item.key = item.key;
    std::string content = item.query;
    for (const std::string& choice : item.choices)
        content += '\0' + choice;
    outcome.item.doc_hash = content_hash(content);
    outcome.item.text = item.query;
    outcome.item.choices = item.choices;
    outcome.item.gold = item.gold;
    outcome.log_likelihoods = scores_[i].log_likelihoods;
    outcome.tokens = scores_[i].tokens;
    return outcome;
}

MetricResult ChoicePass::picked(const Picker& pick) const {
    MetricResult result;
    std::int64_t correct = 0, without_gold = 0, not_a_number = 0;
    for (std::size_t i = 0; i < data_.items.size(); ++i) {
        const auto chosen = pick(i);
        OutcomeRecord& outcome = result.outcomes.emplace_back(outcome_of(i));
        if (chosen) outcome.chosen = static_cast<int>(*chosen);
        if (!outcome.item.gold) {
            ++without_gold;
        } else if (!chosen) {
            ++not_a_number;
        } else {
            outcome.correct = outcome.chosen == outcome.item.gold ? 1.0 : 0.0;
            correct += outcome.chosen == outcome.item.gold ? 1 : 0;
        }
    }
    result.n = static_cast<std::int64_t>(data_.items.size()) - without_gold - not_a_number;
    result.n_skipped = without_gold + not_a_number;
    if (not_a_number > 0) {
        result.estimate.value = std::numeric_limits<double>::quiet_NaN();
        result.reason = std::to_string(not_a_number) + " of " + std::to_string(data_.items.size()) +
                        " items got log-likelihoods that are not a number";
        return result;
    }
    result.estimate = share_correct(correct, result.n);
    if (result.n == 0)
        result.reason = "no item has a right answer";
    else if (without_gold > 0)
        result.reason = std::to_string(without_gold) + " items have no right answer";
    return result;
}

MetricResult ChoicePass::averaged(const Score& score, bool is_outcome) const {
    MetricResult result;
    std::vector<double> values;
    for (std::size_t i = 0; i < data_.items.size(); ++i) {
        const ChoiceItem& item = data_.items[i];
        OutcomeRecord& outcome = result.outcomes.emplace_back(outcome_of(i));
        const auto chosen = pick_choice(scores_[i].log_likelihoods);
        if (chosen) outcome.chosen = static_cast<int>(*chosen);
        if (!item.gold) continue;
        values.push_back(score(item, scores_[i].log_likelihoods));
        if (is_outcome)
            outcome.correct = values.back();
        else if (chosen)
            outcome.correct = outcome.chosen == item.gold ? 1.0 : 0.0;
    }
    result.estimate = sample_mean(values);
    result.n = static_cast<std::int64_t>(values.size());
    result.n_skipped = static_cast<std::int64_t>(data_.items.size() - values.size());
    if (values.empty())
        result.reason = "no item has a right answer";
    else if (result.n_skipped > 0)
        result.reason = std::to_string(result.n_skipped) + " items have no right answer";
    return result;
}

} // namespace

Expected<PassResult> choice_pass(const PassInput& input) {
    return ChoicePass(input).run();
}

Expected<PassResult> mutual_information_pass(const PassInput& input) {
    return ChoicePass(input).run_mutual_information();
}

} // namespace isoloss
