#pragma once

#include "engine/analysis/equal_loss.h"
#include "engine/analysis/resampling.h"

#include <optional>
#include <vector>

namespace isoloss {

/// Pairs of checkpoints of different runs at equal loss: does M order them as D does?
class MatchedPairs {
public:
    /// Points without a finite loss, score or M are left out; a pair has |ΔL| ≤ most_apart.
    MatchedPairs(const std::vector<LossScorePoint>& points, const std::vector<double>& m, double most_apart);

    int same() const { return same_; }

    int opposite() const { return opposite_; }

    std::size_t runs() const { return runs_; } ///< that have pairs

    /// The two-sided sign test clustered by run: every pair of runs has one vote, the majority of its pairs; the share
    /// of orders of the runs of M whose |sum of votes| reaches that of the data. `orders` is of runs() runs.
    double p(const PermutationTest& orders) const;

private:
    std::size_t runs_ = 0;
    int same_ = 0, opposite_ = 0;
    std::vector<int> votes_m_, votes_d_; ///< runs × runs signs of the difference, row minus column
};

} // namespace isoloss
