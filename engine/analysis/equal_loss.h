#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// One checkpoint as the analysis sees it. A point whose loss or score is not finite is left out.
struct LossScorePoint {
    std::size_t run = 0; ///< index of the run, 0 …
    double step = 0;
    double loss = 0;
    std::optional<double> loss_error; ///< standard error; of losses on the same texts that of paired_loss_errors
    double score = 0;
};

/// Another quantity M over the same points; NaN where a point has none.
struct QuantityOfPoints {
    std::string key;
    std::vector<double> values;
};

/// ANALYSES.md A for one quantity at a band of equal loss.
struct EqualLossCorrelation {
    std::string key;
    /// Over runs: M and D interpolated where each run crosses L* (its last crossing; never extrapolated; points without
    /// M are passed over). Correlations need 3 runs, test and interval 5; the interval is that of exact permutation up
    /// to 7 runs, of the bootstrap over runs above.
    int runs = 0;
    std::optional<double> correlation; ///< of the interpolated M and D
    std::optional<double> rank_correlation;
    std::optional<double> permutation_p; ///< two-sided, over runs: exact up to 8 runs, else 10,000 orders
    std::optional<double> holm_p;        ///< corrected for quantities_tried
    std::optional<double> interval_low, interval_high;
    bool interval_wide = false; ///< of 5 to 7 runs, by exact permutation
    /// Over the checkpoints in the band, after the loss trend is taken out; descriptive only.
    int checkpoints = 0;
    std::optional<double> partial;   ///< partial correlation of M and D given loss
    std::optional<double> delta_r2;  ///< R² of D ~ L + M minus R² of D ~ L, there
    std::optional<double> detrended; ///< correlation there after a monotone fit of each on loss over all points
    /// Checkpoints of different runs with |ΔL| ≤ half_width: how often higher M goes with higher or with lower D, and
    /// the sign test over runs (5 with pairs are needed).
    int pairs_same = 0, pairs_opposite = 0;
    std::optional<double> pairs_p;
    /// Correlation over runs of the mean residuals of M and of D from the pooled monotone fits; 3 runs are needed.
    std::optional<double> residual_correlation;
    /// Where no run has two checkpoints: the permutation test over runs of the residuals behind `partial`, which is
    /// then over the band, or over all checkpoints when the band has fewer than 5.
    std::optional<double> across_runs_p;
    std::string reading; ///< plain words, or why there is no number: "too few runs"
};

/// How far a run's scores lie above what its losses let expect.
struct RunResidual {
    std::size_t run = 0;
    int checkpoints = 0;
    double score = 0; ///< mean residual of D from the pooled monotone fit of score on loss
};

/// Of losses that a correlation is shown for: below it their error could pass for an effect.
inline constexpr double least_reliability = .9;

struct EqualLossReport {
    double loss = 0, half_width = 0;
    std::vector<std::size_t> inside;    ///< points in the band, by score, best first
    std::optional<double> score_spread; ///< largest minus smallest score of the crossings, else of the band
    int runs_crossing = 0;
    std::vector<std::size_t> runs_not_crossing;
    /// 1 − mean SE² / variance of loss over all points with a standard error. Below 0.99 there is a warning, below 0.9
    /// no correlation: error in the loss would pass for an effect of M.
    std::optional<double> reliability;
    /// The same over the points in the band; below least_reliability there is no partial correlation among them.
    std::optional<double> band_reliability;
    std::string warning;                          ///< about reliability
    std::vector<EqualLossCorrelation> quantities; ///< strongest first
    std::vector<RunResidual> residuals;           ///< largest first
    bool one_checkpoint_per_run = false;          ///< no run can cross a loss: see across_runs_p
    int quantities_tried = 0;
};

/// The band |loss − L*| ≤ half_width and what goes with the score there. Deterministic for a seed. Any thread.
EqualLossReport at_equal_loss(const std::vector<LossScorePoint>& points,
                              const std::vector<QuantityOfPoints>& quantities, double loss, double half_width,
                              std::uint64_t seed = 0);

/// (r_MD − r_ML·r_DL) / √((1 − r_ML²)(1 − r_DL²)) with t and p of n − 3 degrees of freedom.
struct PartialCorrelation {
    double r_md = 0, r_ml = 0, r_dl = 0, partial = 0, t = 0, p = 0;
};

/// Nothing below 4 rows, when a column does not vary, and when loss explains all of M or of D (1 − r² below 1e-6).
std::optional<PartialCorrelation> partial_correlation(const std::vector<double>& m, const std::vector<double>& d,
                                                      const std::vector<double>& loss);

} // namespace isoloss
