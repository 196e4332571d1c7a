#include "engine/analysis/outcome_pairs.h"

#include "engine/analysis/statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace isoloss {

namespace {

using Name = std::tuple<std::string, std::string, std::string>;
using NameOf = std::optional<Name> (*)(const ItemRecord& item);

std::optional<Name> by_hash_and_key(const ItemRecord& item) {
    if (item.doc_hash.empty()) return std::nullopt;
    return Name(item.task, item.doc_hash, item.key);
}

std::optional<Name> by_hash(const ItemRecord& item) {
    if (item.doc_hash.empty()) return std::nullopt;
    return Name(item.task, item.doc_hash, "");
}

std::optional<Name> by_key(const ItemRecord& item) {
    return Name(item.task, "", item.key);
}

constexpr std::size_t no_partner = static_cast<std::size_t>(-1);

// Finds partners for what has none yet, equal names in order.
void match(const std::vector<OutcomeRecord>& a, const std::vector<OutcomeRecord>& b, NameOf name_of,
           std::vector<bool>& taken, std::vector<std::size_t>& partner_of_b) {
    std::map<Name, std::vector<std::size_t>> waiting; // the last one is next
    for (std::size_t i = a.size(); i-- > 0;)
        if (!taken[i])
            if (auto name = name_of(a[i].item)) waiting[std::move(*name)].push_back(i);
    for (std::size_t i = 0; i < b.size(); ++i) {
        if (partner_of_b[i] != no_partner) continue;
        const auto name = name_of(b[i].item);
        const auto found = name ? waiting.find(*name) : waiting.end();
        if (found == waiting.end() || found->second.empty()) continue;
        const std::size_t partner = found->second.back();
        const bool changed = !a[partner].item.doc_hash.empty() && !b[i].item.doc_hash.empty() &&
                             a[partner].item.doc_hash != b[i].item.doc_hash;
        if (changed) continue;
        found->second.pop_back();
        taken[partner] = true;
        partner_of_b[i] = partner;
    }
}

struct TextScore {
    double loss = 0;
    double tokens = 0;
};

std::optional<TextScore> text_score(const OutcomeRecord& outcome) {
    if (outcome.log_likelihoods.size() != 1 || !outcome.tokens) return std::nullopt;
    return TextScore{-outcome.log_likelihoods.front(), static_cast<double>(*outcome.tokens)};
}

} // namespace

std::vector<OutcomePair> pair_outcomes(std::vector<OutcomeRecord> a, std::vector<OutcomeRecord> b) {
    std::vector<bool> taken(a.size(), false);
    std::vector<std::size_t> partner_of_b(b.size(), no_partner);
    for (const NameOf name_of : {by_hash_and_key, by_hash, by_key})
        match(a, b, name_of, taken, partner_of_b);
    std::vector<OutcomePair> pairs;
    for (std::size_t i = 0; i < b.size(); ++i)
        if (partner_of_b[i] != no_partner) pairs.emplace_back(std::move(a[partner_of_b[i]]), std::move(b[i]));
    return pairs;
}

std::optional<PairedDifference> paired_score_difference(const std::vector<OutcomePair>& pairs) {
    std::vector<double> differences;
    for (const auto& [a, b] : pairs)
        if (a.correct && b.correct) differences.push_back(*b.correct - *a.correct);
    if (differences.empty()) return std::nullopt;
    PairedDifference result{*mean(differences), std::nullopt};
    if (const auto variance = sample_variance(differences))
        result.standard_error = std::sqrt(*variance / static_cast<double>(differences.size()));
    return result;
}

std::optional<PairedDifference> paired_loss_difference(const std::vector<OutcomePair>& pairs) {
    std::vector<TextScore> differences;
    double losses = 0, tokens = 0;
    for (const auto& [a, b] : pairs) {
        const auto of_a = text_score(a), of_b = text_score(b);
        if (!of_a || !of_b || of_a->tokens != of_b->tokens) return std::nullopt;
        differences.push_back({of_b->loss - of_a->loss, of_a->tokens});
        losses += differences.back().loss;
        tokens += of_a->tokens;
    }
    if (tokens <= 0) return std::nullopt;
    PairedDifference result{losses / tokens, std::nullopt};
    if (differences.size() < 2) return result;
    double squares = 0;
    for (const TextScore& one : differences)
        squares += std::pow(one.loss - one.tokens * result.difference, 2);
    const auto n = static_cast<double>(differences.size());
    result.standard_error = std::sqrt(n / (n - 1) * squares) / tokens;
    return result;
}

std::optional<double> score_of(const std::vector<OutcomeRecord>& outcomes) {
    std::vector<double> scores;
    for (const OutcomeRecord& outcome : outcomes)
        if (outcome.correct) scores.push_back(*outcome.correct);
    return mean(scores);
}

std::optional<double> loss_of(const std::vector<OutcomeRecord>& outcomes) {
    double losses = 0, tokens = 0;
    for (const OutcomeRecord& outcome : outcomes) {
        const auto score = text_score(outcome);
        if (!score) return std::nullopt;
        losses += score->loss;
        tokens += score->tokens;
    }
    return tokens > 0 ? std::optional(losses / tokens) : std::nullopt;
}

} // namespace isoloss
