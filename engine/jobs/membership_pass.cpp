#include "engine/inference/membership_metrics.h"

#include "engine/base/hash.h"
#include "engine/datasets/lower_case.h"
#include "engine/datasets/text_data.h"
#include "engine/jobs/prediction_rows.h"
#include "engine/jobs/scored_documents.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <zlib.h>

namespace isoloss {

namespace {

/// What the scores of one text are made of.
struct TextScores {
    std::vector<double> log_probs, standardised;
};

class MembershipPass {
public:
    explicit MembershipPass(const PassInput& input) : input_(input) {}

    /// min_k_prob, min_k_plus_plus, zlib_ratio, and what they tell apart.
    Expected<PassResult> run();
    /// lowercase_ratio.
    Expected<PassResult> run_lowercase();

private:
    using Score = std::function<std::optional<double>(std::size_t text)>;

    Expected<void> begin();
    /// A text with no token to predict has no scores.
    Expected<std::vector<TextScores>> score(const std::vector<std::string>& texts);
    Expected<PassUnits::Numbers> score_unit(std::span<const PredictionRow> rows, std::uint64_t done,
                                            std::uint64_t total);
    void add_score(PassResult& pass, const std::string& key, const Score& score) const;
    PassResult finish(PassResult pass) const;

    const PassInput& input_;
    RowOptions options_;
    MembershipData data_;
    std::vector<TextScores> scores_;
    std::int64_t shortened_ = 0, passes_ = 1, pass_ = 0;
    std::int64_t unit_ = 0; ///< the next one
};

Expected<void> MembershipPass::begin() {
    ISOLOSS_TRY_VOID(expect_prediction(input_.checkpoint, PredictionKind::next_token, "mlm_loss"));
    ISOLOSS_TRY(options_, row_options(input_.checkpoint, input_.parameters));
    ISOLOSS_TRY(data_, read_membership_data(input_.dataset));
    const auto limit =
        static_cast<std::size_t>(input_.parameters.limit.value_or(static_cast<std::int64_t>(data_.texts.size())));
    if (limit < data_.texts.size()) {
        data_.texts.resize(limit);
        data_.is_member.resize(limit);
    }
    ISOLOSS_TRY(scores_, score(data_.texts));
    return {};
}

Expected<std::vector<TextScores>> MembershipPass::score(const std::vector<std::string>& texts) {
    std::vector<PredictionRow> rows;
    std::vector<std::size_t> owners;
    std::vector<std::int64_t> lengths;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (input_.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        ISOLOSS_TRY(const TokenizedText tokens, encode_for(input_.checkpoint, texts[i]));
        const auto windows = cut_to_windows(tokens.ids, options_);
        if (windows.empty()) continue;
        if (windows.size() > 1) ++shortened_;
        rows.push_back(next_token_row(windows.front()));
        owners.push_back(i);
        lengths.push_back(static_cast<std::int64_t>(rows.back().tokens.size()));
    }
    std::vector<TextScores> scores(texts.size());
    const std::uint64_t before = static_cast<std::uint64_t>(pass_) * rows.size(),
                        total = static_cast<std::uint64_t>(passes_) * rows.size();
    std::size_t begin = 0;
    for (const std::size_t end : unit_ends(lengths, input_.units.unit_tokens())) {
        const auto part = std::span(rows).subspan(begin, end - begin);
        std::size_t positions = 0;
        for (const PredictionRow& row : part)
            positions += row.targets.size();
        const auto compute = [&] { return score_unit(part, before + begin, total); };
        ISOLOSS_TRY(const auto numbers, input_.units.numbers(unit_++, 2 * positions, compute));
        auto number = numbers.begin();
        for (std::size_t row = begin; row < end; ++row)
            for (std::size_t i = 0; i < rows[row].targets.size(); ++i) {
                scores[owners[row]].log_probs.push_back(*number++);
                scores[owners[row]].standardised.push_back(*number++);
            }
        begin = end;
        input_.progress(before + end, total, "texts");
    }
    ++pass_;
    return scores;
}

// ln p and its standardised form of every position.
Expected<PassUnits::Numbers> MembershipPass::score_unit(std::span<const PredictionRow> rows, std::uint64_t done,
                                                        std::uint64_t total) {
    const auto step = [&](std::uint64_t more) { input_.progress(done + more, total, "texts"); };
    ISOLOSS_TRY(const auto found, input_.checkpoint.model->score_distributions(rows, input_.token, step));
    PassUnits::Numbers numbers;
    for (const auto& of_row : found)
        for (const TokenDistribution& one : of_row) {
            numbers.push_back(one.log_prob);
            numbers.push_back(standardised_log_prob(one.log_prob, one.mean, one.variance));
        }
    return numbers;
}

Expected<PassResult> MembershipPass::run() {
    ISOLOSS_TRY_VOID(begin());
    PassResult pass;
    add_score(pass, "min_k_prob", [&](std::size_t i) { return lowest_mean(scores_[i].log_probs); });
    add_score(pass, "min_k_plus_plus", [&](std::size_t i) { return lowest_mean(scores_[i].standardised); });
    add_score(pass, "zlib_ratio", [&](std::size_t i) { return zlib_ratio(scores_[i].log_probs, data_.texts[i]); });
    pass.provenance.add("lowest_share", lowest_share);
    pass.provenance.add("zlib", std::string_view(zlibVersion()));
    return finish(std::move(pass));
}

Expected<PassResult> MembershipPass::run_lowercase() {
    passes_ = 2;
    ISOLOSS_TRY_VOID(begin());
    std::vector<std::string> lower;
    for (const std::string& text : data_.texts)
        lower.push_back(lower_case(text));
    ISOLOSS_TRY(const auto lower_scores, score(lower));
    PassResult pass;
    add_score(pass, "lowercase_ratio",
              [&](std::size_t i) { return lowercase_ratio(scores_[i].log_probs, lower_scores[i].log_probs); });
    return finish(std::move(pass));
}

void MembershipPass::add_score(PassResult& pass, const std::string& key, const Score& score) const {
    MetricResult mean;
    std::vector<double> all, members, others;
    for (std::size_t i = 0; i < data_.texts.size(); ++i) {
        const auto value = score(i);
        if (!value) continue;
        all.push_back(*value);
        (data_.is_member[i] ? members : others).push_back(*value);
        OutcomeRecord& outcome = mean.outcomes.emplace_back();
        outcome.item.task = input_.dataset.name;
        outcome.item.key = "text " + std::to_string(i + 1);
        outcome.item.doc_hash = content_hash(data_.texts[i]);
        outcome.item.text = text_excerpt(data_.texts[i]);
        outcome.item.choices = {"not a member", "member"};
        outcome.item.gold = data_.is_member[i] ? 1 : 0;
        outcome.log_likelihoods = {*value};
        outcome.tokens = static_cast<std::int64_t>(scores_[i].log_probs.size());
    }
    mean.estimate = sample_mean(all);
    mean.n = static_cast<std::int64_t>(all.size());
    mean.n_skipped = static_cast<std::int64_t>(data_.texts.size() - all.size());
    if (all.empty())
        mean.reason = "no text has a token to score";
    else if (mean.n_skipped > 0)
        mean.reason = std::to_string(mean.n_skipped) + " texts have no token to score";

    MetricResult of_groups = mean;
    of_groups.outcomes.clear();
    of_groups.estimate = {};
    const auto separated = separation(members, others);
    if (!separated)
        of_groups.reason = members.empty()  ? "no text is a member"
                           : others.empty() ? "every text is a member"
                                            : "a score is not a number";
    const auto put = [&](const char* measure, const Estimate& estimate) {
        pass.metrics[key + measure] = of_groups;
        if (separated) pass.metrics[key + measure].estimate = estimate;
    };
    const Separation found = separated.value_or(Separation{});
    put(".auc", found.auc);
    put(".tpr_at_5_fpr", {found.tpr_at_5_fpr, std::nullopt});
    put(".fpr_at_95_tpr", {found.fpr_at_95_tpr, std::nullopt});
    pass.metrics[key] = std::move(mean);
}

PassResult MembershipPass::finish(PassResult pass) const {
    const auto members = static_cast<std::int64_t>(std::ranges::count(data_.is_member, true));
    pass.provenance.add("window", options_.window);
    pass.provenance.add("bos", std::string_view(options_.bos ? "in front of every text" : "none"));
    pass.provenance.add("members", members);
    pass.provenance.add("non_members", static_cast<std::int64_t>(data_.is_member.size()) - members);
    pass.provenance.add("shortened_texts", shortened_);
    pass.provenance.add("standard_error", std::string_view("of means sd/sqrt(n), of areas DeLong's"));
    note_problems(pass, data_.problems);
    return pass;
}

} // namespace

Expected<PassResult> membership_pass(const PassInput& input) {
    return MembershipPass(input).run();
}

Expected<PassResult> membership_lowercase_pass(const PassInput& input) {
    return MembershipPass(input).run_lowercase();
}

} // namespace isoloss
