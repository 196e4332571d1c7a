#include "engine/inference/choice_metrics.h"

#include "engine/base/hash.h"
#include "engine/datasets/task_data.h"
#include "engine/jobs/measurement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace isoloss {

namespace {

using Tokens = std::vector<std::int32_t>;

/// One choice, cut to what fits into the model: the context loses tokens at its start.
struct PlannedChoice {
    Tokens context, continuation;
};

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

class ChoicePass {
public:
    explicit ChoicePass(const PassInput& input) : input_(input) {}

    Expected<PassResult> run();

private:
    Expected<PlannedChoice> plan(const ChoiceItem& item, std::size_t choice);
    Expected<PlannedItem> plan(const ChoiceItem& item);
    Expected<void> score();
    Expected<PassUnits::Numbers> score(std::span<const std::size_t> items, std::size_t done);
    MetricResult result(std::span<const ChoiceItem> items, bool normalised) const;

    const PassInput& input_;
    std::optional<std::int32_t> bos_;
    std::int64_t longest_ = 0;
    std::int64_t shortened_ = 0; ///< contexts that lost tokens
    std::vector<PlannedItem> planned_;
    std::vector<ItemScore> scores_;
};

Expected<PassResult> ChoicePass::run() {
    ISOLOSS_TRY_VOID(
        expect_prediction(input_.checkpoint, PredictionKind::next_token, "mlm_loss or linear_probe_accuracy"));
    ISOLOSS_TRY(const ChoiceData data, read_choice_data(input_.dataset));
    ISOLOSS_TRY(bos_, first_token(input_.checkpoint, input_.parameters));
    longest_ = window_length(input_.checkpoint, input_.parameters);
    std::span<const ChoiceItem> items = data.items;
    if (input_.parameters.limit)
        items = items.first(std::min(items.size(), static_cast<std::size_t>(*input_.parameters.limit)));
    for (const ChoiceItem& item : items) {
        if (input_.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        ISOLOSS_TRY(PlannedItem planned, plan(item));
        planned_.push_back(std::move(planned));
    }
    ISOLOSS_TRY_VOID(score());

    PassResult pass;
    pass.metrics["acc"] = result(items, false);
    pass.metrics["acc_norm"] = result(items, true);
    pass.provenance.add("window", longest_);
    pass.provenance.add("bos", std::string_view(bos_ ? "in front of the context" : "none"));
    pass.provenance.add("items", static_cast<std::int64_t>(items.size()));
    pass.provenance.add("shortened_contexts", shortened_);
    pass.provenance.add("standard_error", std::string_view("sqrt(p(1-p)/(n-1))"));
    return pass;
}

// As the evaluation harness does: context and continuation are encoded as one text, after spaces at the end of the
// context have moved to the continuation, and the tokens behind those of the context alone are scored.
Expected<PlannedChoice> ChoicePass::plan(const ChoiceItem& item, std::size_t choice) {
    std::string context = item.contexts.at(choice);
    std::string continuation = item.continuations.at(choice);
    const std::size_t kept = context.find_last_not_of(" \t\n\r\f\v") + 1;
    continuation.insert(0, context, kept, std::string::npos);
    context.resize(kept);

    const auto in_words = [&](Error error) {
        error.file = input_.dataset.path;
        error.place = "item " + item.key;
        return error;
    };
    auto whole = encode_for(input_.checkpoint, context + continuation);
    if (!whole) return fail(in_words(std::move(whole).error()));
    auto alone = encode_for(input_.checkpoint, context);
    if (!alone) return fail(in_words(std::move(alone).error()));
    const auto border = std::min(alone->ids.size(), whole->ids.size());
    PlannedChoice planned;
    if (bos_) planned.context.push_back(*bos_);
    planned.context.insert(planned.context.end(), whole->ids.begin(),
                           whole->ids.begin() + static_cast<std::ptrdiff_t>(border));
    planned.continuation.assign(whole->ids.begin() + static_cast<std::ptrdiff_t>(border), whole->ids.end());
    if (planned.context.empty()) {
        // Something must stand before the first scored token.
        const auto substitute = input_.checkpoint.tokenizer->bos() ? input_.checkpoint.tokenizer->bos()
                                                                   : input_.checkpoint.tokenizer->eos();
        if (!substitute)
            return fail(in_words({ErrorKind::unsupported,
                                  {},
                                  {},
                                  "the context is empty and the tokenizer has no token to begin with",
                                  {}}));
        planned.context.push_back(*substitute);
    }
    if (planned.continuation.empty())
        return fail(in_words({ErrorKind::damaged, {}, {}, "an answer has no token", "Give every choice a text"}));

    const std::int64_t room = longest_ - static_cast<std::int64_t>(planned.continuation.size());
    if (room < 1)
        return fail(in_words({ErrorKind::limit,
                              {},
                              {},
                              "an answer has " + std::to_string(planned.continuation.size()) +
                                  " tokens, and the model takes " + std::to_string(longest_) + " with its context",
                              {}}));
    const std::int64_t surplus = static_cast<std::int64_t>(planned.context.size()) - room;
    if (surplus > 0) {
        planned.context.erase(planned.context.begin(), planned.context.begin() + surplus);
        ++shortened_;
    }
    return planned;
}

Expected<PlannedItem> ChoicePass::plan(const ChoiceItem& item) {
    PlannedItem planned;
    for (std::size_t number = 0; number < item.continuations.size(); ++number) {
        ISOLOSS_TRY(PlannedChoice choice, plan(item, number));
        const bool shares = number > 0 && planned.scoring.back().context == choice.context;
        if (!shares) {
            planned.work_tokens += static_cast<std::int64_t>(choice.context.size());
            planned.scoring.push_back({std::move(choice.context), {}});
        }
        planned.places.push_back({planned.scoring.size() - 1, planned.scoring.back().continuations.size()});
        planned.tokens += static_cast<std::int64_t>(choice.continuation.size());
        planned.scoring.back().continuations.push_back(std::move(choice.continuation));
    }
    planned.work_tokens += planned.tokens;
    return planned;
}

// Items of one length go through the model together, so that little is padding.
Expected<void> ChoicePass::score() {
    std::vector<std::size_t> order(planned_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return planned_[i].work_tokens; });
    std::vector<std::int64_t> lengths;
    for (const std::size_t item : order)
        lengths.push_back(planned_[item].work_tokens);
    scores_.resize(planned_.size());
    std::size_t begin = 0;
    std::int64_t unit = 0;
    for (const std::size_t end : unit_ends(lengths, input_.units.unit_tokens())) {
        const auto items = std::span(order).subspan(begin, end - begin);
        std::size_t choices = 0;
        for (const std::size_t item : items)
            choices += planned_[item].places.size();
        ISOLOSS_TRY(const auto numbers, input_.units.numbers(unit++, choices, [&] { return score(items, begin); }));
        auto number = numbers.begin();
        for (const std::size_t item : items) {
            const auto last = number + static_cast<std::ptrdiff_t>(planned_[item].places.size());
            scores_[item] = {{number, last}, planned_[item].tokens};
            number = last;
        }
        begin = end;
        input_.progress(end, planned_.size(), "items");
    }
    return {};
}

// Σ ln p of every choice of every item.
Expected<PassUnits::Numbers> ChoicePass::score(std::span<const std::size_t> items, std::size_t done) {
    std::vector<ScoringItem> scoring;
    for (const std::size_t item : items)
        scoring.insert(scoring.end(), planned_[item].scoring.begin(), planned_[item].scoring.end());
    const auto step = [&](std::uint64_t) { input_.progress(done, planned_.size(), "items"); };
    ISOLOSS_TRY(const auto scores, input_.checkpoint.model->score(scoring, input_.token, step));
    PassUnits::Numbers numbers;
    std::size_t first = 0;
    for (const std::size_t item : items) {
        for (const Place place : planned_[item].places) {
            const auto& log_probs = scores.at(first + place.item).at(place.continuation).log_probs;
            numbers.push_back(std::accumulate(log_probs.begin(), log_probs.end(), 0.0));
        }
        first += planned_[item].scoring.size();
    }
    return numbers;
}

MetricResult ChoicePass::result(std::span<const ChoiceItem> items, bool normalised) const {
    MetricResult result;
    std::int64_t correct = 0, without_gold = 0, not_a_number = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const ChoiceItem& item = items[i];
        const std::vector<double>& log_likelihoods = scores_[i].log_likelihoods;
        std::vector<std::int64_t> characters;
        for (const std::string& choice : item.choices)
            characters.push_back(choice_characters(choice));
        const auto chosen =
            normalised ? pick_choice_normalised(log_likelihoods, characters) : pick_choice(log_likelihoods);

        OutcomeRecord& outcome = result.outcomes.emplace_back();
        outcome.item.task = input_.dataset.name;
        outcome.item.key = item.key;
        std::string content = item.query;
        for (const std::string& choice : item.choices)
            content += '\0' + choice;
        outcome.item.doc_hash = content_hash(content);
        outcome.item.text = item.query;
        outcome.item.choices = item.choices;
        outcome.item.gold = item.gold;
        outcome.log_likelihoods = log_likelihoods;
        outcome.tokens = scores_[i].tokens;
        if (chosen) outcome.chosen = static_cast<int>(*chosen);
        if (!item.gold) {
            ++without_gold;
        } else if (!chosen) {
            ++not_a_number;
        } else {
            outcome.correct = outcome.chosen == item.gold ? 1.0 : 0.0;
            correct += outcome.chosen == item.gold ? 1 : 0;
        }
    }
    result.n = static_cast<std::int64_t>(items.size()) - without_gold - not_a_number;
    result.n_skipped = without_gold + not_a_number;
    if (not_a_number > 0) {
        result.estimate.value = std::numeric_limits<double>::quiet_NaN();
        result.reason = std::to_string(not_a_number) + " of " + std::to_string(items.size()) +
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

} // namespace

Expected<PassResult> choice_pass(const PassInput& input) {
    return ChoicePass(input).run();
}

} // namespace isoloss
