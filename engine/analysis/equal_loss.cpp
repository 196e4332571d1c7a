#include "engine/analysis/equal_loss.h"

#include "engine/analysis/distributions.h"
#include "engine/analysis/loss_trend.h"
#include "engine/analysis/matched_pairs.h"
#include "engine/analysis/resampling.h"
#include "engine/analysis/statistics.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace isoloss {

namespace {

constexpr int runs_for_correlation = 3;
constexpr int runs_for_test = 5;
constexpr int runs_for_interval = 8;
constexpr std::size_t points_for_partial = 4;
constexpr double reliability_to_warn = 0.99;
constexpr double least_unexplained = 1e-6;

using PointsOfRuns = std::map<std::size_t, std::vector<std::size_t>>; // run → its points by step

struct Crossing {
    double m = 0, d = 0;
};

PointsOfRuns usable_points(const std::vector<LossScorePoint>& points) {
    PointsOfRuns runs;
    for (std::size_t i = 0; i < points.size(); ++i) {
        auto& of_run = runs[points[i].run];
        if (std::isfinite(points[i].loss) && std::isfinite(points[i].score)) of_run.push_back(i);
    }
    for (auto& [run, indices] : runs)
        std::stable_sort(indices.begin(), indices.end(),
                         [&](std::size_t a, std::size_t b) { return points[a].step < points[b].step; });
    return runs;
}

// Where the run last meets the loss, with M and the score interpolated between the two points around it.
std::optional<Crossing> last_crossing(const std::vector<LossScorePoint>& points, const std::vector<std::size_t>& of_run,
                                      double loss, const std::vector<double>* m) {
    std::vector<std::size_t> usable;
    for (const std::size_t i : of_run)
        if (m == nullptr || std::isfinite((*m)[i])) usable.push_back(i);
    const auto m_of = [&](std::size_t i) { return m == nullptr ? 0.0 : (*m)[i]; };
    for (std::size_t k = usable.size(); k-- > 0;) {
        const LossScorePoint& after = points[usable[k]];
        if (after.loss == loss) return Crossing{m_of(usable[k]), after.score};
        if (k == 0) break;
        const LossScorePoint& before = points[usable[k - 1]];
        if ((before.loss < loss) == (after.loss < loss) || before.loss == loss) continue;
        const double share = (loss - before.loss) / (after.loss - before.loss);
        return Crossing{std::lerp(m_of(usable[k - 1]), m_of(usable[k]), share),
                        std::lerp(before.score, after.score, share)};
    }
    return std::nullopt;
}

template <typename Indices>
std::optional<double> reliability_of_loss(const std::vector<LossScorePoint>& points, const Indices& indices) {
    std::vector<double> losses, squared_errors;
    for (const std::size_t i : indices)
        if (points[i].loss_error && std::isfinite(*points[i].loss_error)) {
            losses.push_back(points[i].loss);
            squared_errors.push_back(*points[i].loss_error * *points[i].loss_error);
        }
    const auto variance = sample_variance(losses);
    if (!variance || *variance <= 0) return std::nullopt;
    return 1 - *mean(squared_errors) / *variance;
}

double spread(const std::vector<double>& scores) {
    const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
    return *high - *low;
}

std::string p_text(double p) {
    return p < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", p);
}

// Compares by strength; what has a correlation over runs comes before what is only descriptive.
bool stronger(const EqualLossCorrelation& a, const EqualLossCorrelation& b) {
    const auto strength = [](const std::optional<double>& r) { return r ? std::abs(*r) : -1.0; };
    if (strength(a.correlation) != strength(b.correlation)) return strength(a.correlation) > strength(b.correlation);
    if (strength(a.partial) != strength(b.partial)) return strength(a.partial) > strength(b.partial);
    return a.key < b.key;
}

class Analysis {
public:
    Analysis(const std::vector<LossScorePoint>& points, const std::vector<QuantityOfPoints>& quantities, double loss,
             double half_width, std::uint64_t seed)
        : points_(points), quantities_(quantities), seed_(seed), runs_(usable_points(points)) {
        report_.loss = loss;
        report_.half_width = half_width;
    }

    EqualLossReport run() {
        find_band();
        find_crossings();
        judge_reliability();
        rank_residuals();
        for (const auto& quantity : quantities_)
            report_.quantities.push_back(correlate(quantity));
        report_.quantities_tried = static_cast<int>(quantities_.size());
        correct_for_tries();
        for (std::size_t i = 0; i < report_.quantities.size(); ++i)
            report_.quantities[i].reading = reading(report_.quantities[i], chances_[i]);
        std::stable_sort(report_.quantities.begin(), report_.quantities.end(), stronger);
        return std::move(report_);
    }

private:
    void find_band() {
        for (const auto& [run, indices] : runs_)
            for (const std::size_t i : indices)
                if (std::abs(points_[i].loss - report_.loss) <= report_.half_width) report_.inside.push_back(i);
        std::sort(report_.inside.begin(), report_.inside.end(), [&](std::size_t a, std::size_t b) {
            return points_[a].score != points_[b].score ? points_[a].score > points_[b].score : a < b;
        });
    }

    void find_crossings() {
        std::vector<double> scores;
        for (const auto& [run, indices] : runs_) {
            if (const auto crossing = last_crossing(points_, indices, report_.loss, nullptr))
                scores.push_back(crossing->d);
            else
                report_.runs_not_crossing.push_back(run);
        }
        report_.runs_crossing = static_cast<int>(scores.size());
        if (scores.size() < 2) {
            scores.clear();
            for (const std::size_t i : report_.inside)
                scores.push_back(points_[i].score);
        }
        if (scores.size() >= 2) report_.score_spread = spread(scores);
    }

    void judge_reliability() {
        std::vector<std::size_t> all;
        for (const auto& [run, indices] : runs_)
            all.insert(all.end(), indices.begin(), indices.end());
        report_.reliability = reliability_of_loss(points_, all);
        report_.band_reliability = reliability_of_loss(points_, report_.inside);
        if (!report_.reliability || *report_.reliability >= reliability_to_warn) return;
        const bool refused = *report_.reliability < least_reliability;
        report_.warning =
            fmt::format("The loss is measured with a reliability of {:.3f}{}: its error alone can make a quantity look "
                        "related to the score. Measure the loss on more tokens, or on the same items for every "
                        "checkpoint.",
                        *report_.reliability, refused ? ", too low for a correlation" : "");
    }

    EqualLossCorrelation correlate(const QuantityOfPoints& quantity) {
        EqualLossCorrelation result;
        result.key = quantity.key;
        chances_.push_back(std::nullopt);
        if (quantity.values.size() != points_.size()) return result;

        std::vector<double> m, d;
        for (const auto& [run, indices] : runs_)
            if (const auto crossing = last_crossing(points_, indices, report_.loss, &quantity.values)) {
                m.push_back(crossing->m);
                d.push_back(crossing->d);
            }
        result.runs = static_cast<int>(m.size());
        if (!refused(report_.reliability)) correlate_over_runs(result, m, d);
        correlate_in_band(result, quantity.values);
        if (refused(report_.reliability)) return result;
        match_pairs(result, quantity.values);
        correlate_residuals(result, quantity.values);
        return result;
    }

    const PermutationTest& test_of(std::size_t runs) { return tests_.try_emplace(runs, runs, seed_).first->second; }

    // The pooled fit of score on loss: what each run has beyond it.
    void rank_residuals() {
        report_.one_checkpoint_per_run = !runs_.empty();
        std::vector<double> losses, scores;
        for (const auto& [run, indices] : runs_) {
            report_.one_checkpoint_per_run = report_.one_checkpoint_per_run && indices.size() <= 1;
            for (const std::size_t i : indices) {
                losses.push_back(points_[i].loss);
                scores.push_back(points_[i].score);
            }
        }
        const auto residuals = monotone_residuals(losses, scores);
        auto next = residuals.begin();
        for (const auto& [run, indices] : runs_) {
            if (indices.empty()) continue;
            const auto end = next + static_cast<std::ptrdiff_t>(indices.size());
            report_.residuals.push_back({run, static_cast<int>(indices.size()), *mean(std::span(next, end))});
            next = end;
        }
        std::stable_sort(report_.residuals.begin(), report_.residuals.end(),
                         [](const RunResidual& a, const RunResidual& b) { return a.score > b.score; });
    }

    void match_pairs(EqualLossCorrelation& result, const std::vector<double>& values) {
        const MatchedPairs pairs(points_, values, report_.half_width);
        result.pairs_same = pairs.same();
        result.pairs_opposite = pairs.opposite();
        if (pairs.runs() >= runs_for_test && pairs.same() + pairs.opposite() > 0)
            result.pairs_p = pairs.p(test_of(pairs.runs()));
    }

    struct Columns {
        std::vector<std::size_t> points;
        std::vector<double> loss, m, d;
    };

    // All points with M, or those in the band.
    Columns columns(const std::vector<double>& values, bool in_band) const {
        Columns result;
        for (const auto& [run, indices] : runs_)
            for (const std::size_t i : indices) {
                if (!std::isfinite(values[i])) continue;
                if (in_band && std::abs(points_[i].loss - report_.loss) > report_.half_width) continue;
                result.points.push_back(i);
                result.loss.push_back(points_[i].loss);
                result.m.push_back(values[i]);
                result.d.push_back(points_[i].score);
            }
        return result;
    }

    void correlate_residuals(EqualLossCorrelation& result, const std::vector<double>& values) {
        const Columns all = columns(values, false);
        const auto rest_m = monotone_residuals(all.loss, all.m), rest_d = monotone_residuals(all.loss, all.d);
        std::map<std::size_t, std::pair<std::vector<double>, std::vector<double>>> of_runs;
        std::vector<double> band_m, band_d;
        for (std::size_t i = 0; i < all.points.size(); ++i) {
            auto& [m, d] = of_runs[points_[all.points[i]].run];
            m.push_back(rest_m[i]);
            d.push_back(rest_d[i]);
            if (std::abs(all.loss[i] - report_.loss) > report_.half_width) continue;
            band_m.push_back(rest_m[i]);
            band_d.push_back(rest_d[i]);
        }
        if (band_m.size() >= points_for_partial && !refused(report_.band_reliability))
            result.detrended = pearson(band_m, band_d);
        std::vector<double> mean_m, mean_d;
        for (const auto& [run, of_run] : of_runs) {
            mean_m.push_back(*mean(of_run.first));
            mean_d.push_back(*mean(of_run.second));
        }
        if (mean_m.size() >= runs_for_correlation) result.residual_correlation = pearson(mean_m, mean_d);
        if (report_.one_checkpoint_per_run) correlate_across_runs(result, values);
    }

    // One point per run: the points are independent, so their residuals may change places.
    void correlate_across_runs(EqualLossCorrelation& result, const std::vector<double>& values) {
        Columns of = columns(values, true);
        if (of.points.size() < runs_for_test) of = columns(values, false);
        result.checkpoints = static_cast<int>(of.points.size());
        const auto partial = partial_correlation(of.m, of.d, of.loss);
        result.partial = partial ? std::optional(partial->partial) : std::nullopt;
        result.delta_r2 = partial ? std::optional(gain(*partial)) : std::nullopt;
        if (!partial || of.points.size() < runs_for_test) return;
        if (const auto tested =
                test_of(of.points.size()).test(linear_residuals(of.loss, of.m), linear_residuals(of.loss, of.d)))
            result.across_runs_p = tested->p;
    }

    // The partial correlation takes the same share of what loss leaves of D as M adds to the regression.
    static double gain(const PartialCorrelation& partial) {
        return partial.partial * partial.partial * (1 - partial.r_dl * partial.r_dl);
    }

    void correlate_over_runs(EqualLossCorrelation& result, const std::vector<double>& m, const std::vector<double>& d) {
        if (result.runs < runs_for_correlation) return;
        result.correlation = pearson(m, d);
        result.rank_correlation = spearman(m, d);
        if (result.runs < runs_for_test || !result.correlation) return;
        const PermutationTest& test = test_of(m.size());
        if (const auto tested = test.test(m, d)) {
            result.permutation_p = tested->p;
            chances_.back() = tested->chance;
        }
        result.interval_wide = result.runs < runs_for_interval;
        const auto interval =
            result.interval_wide ? permutation_interval(m, d, test) : bootstrap_correlation(m, d, seed_);
        if (interval) {
            result.interval_low = interval->low;
            result.interval_high = interval->high;
        }
    }

    void correlate_in_band(EqualLossCorrelation& result, const std::vector<double>& values) {
        std::vector<double> m, d, losses;
        for (const std::size_t i : report_.inside)
            if (std::isfinite(values[i])) {
                m.push_back(values[i]);
                d.push_back(points_[i].score);
                losses.push_back(points_[i].loss);
            }
        result.checkpoints = static_cast<int>(m.size());
        if (refused(report_.band_reliability)) return;
        if (const auto partial = partial_correlation(m, d, losses)) {
            result.partial = partial->partial;
            result.delta_r2 = gain(*partial);
        }
    }

    void correct_for_tries() {
        std::vector<double> p_values;
        for (const auto& quantity : report_.quantities)
            if (quantity.permutation_p) p_values.push_back(*quantity.permutation_p);
        const auto corrected = holm(p_values, quantities_.size());
        auto next = corrected.begin();
        for (auto& quantity : report_.quantities)
            if (quantity.permutation_p) quantity.holm_p = *next++;
    }

    std::string reading(const EqualLossCorrelation& of, std::optional<double> chance) const {
        const std::string place = fmt::format("loss {:.4g}", report_.loss);
        if (refused(report_.reliability)) return "no correlation: the error of the measured loss is too large";
        if (report_.one_checkpoint_per_run && of.runs < runs_for_correlation) return across_runs_reading(of);
        if (of.runs < runs_for_correlation)
            return fmt::format("too few runs: {} with this quantity cross {}, {} are needed for a test", of.runs, place,
                               runs_for_test);
        if (!of.correlation) return fmt::format("undefined: it or the score is the same in all {} runs", of.runs);
        const std::string direction = *of.correlation >= 0 ? "higher" : "lower";
        const std::string relation = fmt::format("over {} runs at {}, higher values go with {} scores (r = {:+.2f})",
                                                 of.runs, place, direction, *of.correlation);
        if (!of.permutation_p)
            return fmt::format("too few runs for a test: {}; {} runs are needed", relation, runs_for_test);
        const std::string corrected = quantities_.size() > 1 ? fmt::format("; {} after correction for {} quantities",
                                                                           p_text(*of.holm_p), quantities_.size())
                                                             : std::string();
        if (of.runs < runs_for_interval)
            return fmt::format("{}, {}{}; few runs: chance alone reaches |r| = {:.2f} in one of twenty orders",
                               relation, p_text(*of.permutation_p), corrected, chance.value_or(1));
        const std::string verdict = *of.holm_p < 0.05 ? "" : "no clear relation: ";
        return verdict + relation + ", " + p_text(*of.permutation_p) + corrected;
    }

    static std::string across_runs_reading(const EqualLossCorrelation& of) {
        const std::string begin = "each run has one checkpoint: ";
        if (!of.partial) return begin + "too few checkpoints, or loss leaves nothing to relate";
        const std::string p = of.across_runs_p ? ", " + p_text(*of.across_runs_p) : ", too few runs for a test";
        return begin + fmt::format("across-run partial correlation r = {:+.2f} over {} runs{}, descriptive only",
                                   *of.partial, of.checkpoints, p);
    }

    static bool refused(const std::optional<double>& reliability) {
        return reliability && *reliability < least_reliability;
    }

    const std::vector<LossScorePoint>& points_;
    const std::vector<QuantityOfPoints>& quantities_;
    std::uint64_t seed_;
    PointsOfRuns runs_;
    std::map<std::size_t, PermutationTest> tests_; // by number of runs
    std::vector<std::optional<double>> chances_;
    EqualLossReport report_;
};

} // namespace

EqualLossReport at_equal_loss(const std::vector<LossScorePoint>& points,
                              const std::vector<QuantityOfPoints>& quantities, double loss, double half_width,
                              std::uint64_t seed) {
    return Analysis(points, quantities, loss, half_width, seed).run();
}

std::optional<PartialCorrelation> partial_correlation(const std::vector<double>& m, const std::vector<double>& d,
                                                      const std::vector<double>& loss) {
    if (m.size() < 4) return std::nullopt;
    const auto r_md = pearson(m, d), r_ml = pearson(m, loss), r_dl = pearson(d, loss);
    if (!r_md || !r_ml || !r_dl) return std::nullopt;
    const double rest_m = 1 - *r_ml * *r_ml, rest_d = 1 - *r_dl * *r_dl;
    if (rest_m < least_unexplained || rest_d < least_unexplained) return std::nullopt;

    PartialCorrelation result{*r_md, *r_ml, *r_dl};
    result.partial = std::clamp((*r_md - *r_ml * *r_dl) / std::sqrt(rest_m * rest_d), -1.0, 1.0);
    const double degrees = static_cast<double>(m.size()) - 3;
    const double rest = 1 - result.partial * result.partial;
    result.t = rest > 0 ? result.partial * std::sqrt(degrees / rest) : std::copysign(HUGE_VAL, result.partial);
    result.p = student_t_two_sided(result.t, degrees);
    return result;
}

} // namespace isoloss
