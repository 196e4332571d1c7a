#pragma once

#include "engine/store/records.h"

#include <optional>
#include <utility>
#include <vector>

namespace isoloss {

/// One item as two checkpoints answered it.
using OutcomePair = std::pair<OutcomeRecord, OutcomeRecord>;

/// The items that both have, in the order of b. Two items are the same when task and document hash agree (a document
/// that occurs several times pairs by key first, then in order); where one of them has no hash, when task and key
/// agree. Different hashes never pair: the document changed. Filters of a harness have quantities of their own, so a
/// document occurs once in a value whatever filter its key names.
std::vector<OutcomePair> pair_outcomes(std::vector<OutcomeRecord> a, std::vector<OutcomeRecord> b);

/// A difference b − a over pairs.
struct PairedDifference {
    double difference = 0;
    std::optional<double> standard_error; ///< none for a single pair
};

/// Mean of the differences of `correct` over pairs where both have it; nothing when none has.
std::optional<PairedDifference> paired_score_difference(const std::vector<OutcomePair>& pairs);

/// Difference of the negative log likelihood per token over texts with the same number of tokens in both. The error is
/// that of a ratio of sums: √(n/(n−1)·Σ(eᵢ)²)/Σtᵢ with eᵢ = dᵢ − tᵢ·Σd/Σt. Nothing when a text has several likelihoods
/// or another number of tokens.
std::optional<PairedDifference> paired_loss_difference(const std::vector<OutcomePair>& pairs);

/// What the outcomes give by themselves: the mean of `correct`; the negative log likelihood per token.
std::optional<double> score_of(const std::vector<OutcomeRecord>& outcomes);
std::optional<double> loss_of(const std::vector<OutcomeRecord>& outcomes);

} // namespace isoloss
