#pragma once

#include "engine/analysis/equal_loss.h"
#include "engine/base/error.h"
#include "engine/demo/demo_plan.h"
#include "engine/inference/estimate.h"

#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Project;
class Reader;

/// Means over the last checkpoints of an arm's runs, errors over the runs.
struct DemoArmResult {
    std::string arm, algorithm;
    int runs = 0;
    Estimate loss, probe, fisher, hessian;
    Estimate above_floor; ///< loss minus that of the language's knower on the same masked tokens
};

/// Two checkpoints of different arms with the same loss on the same masked positions; b − a.
struct DemoPair {
    std::string a, b; ///< "adamw-w32-s1 @ 759"
    Estimate loss_difference, probe_difference, fisher_difference;
};

/// What goes with the probe accuracy at the lowest loss that all of some runs reach.
struct DemoAtEqualLoss {
    std::string runs; ///< which, for a person
    EqualLossReport report;
};

/// What the measured suite shows in one language.
struct DemoLanguageResult {
    std::string key, title;
    double floor = 0;        ///< masked-token floor of the language, nats
    Estimate held_out_floor; ///< what its knower loses on the held-out sentences
    double best_probe = 0;   ///< what the language's knower would reach on the labelled sentences
    std::vector<DemoArmResult> arms;
    /// Traces compare only within one architecture, so the runs of one width come first: the plane shows these. Then
    /// the same without those that were trained against the probe, then all runs. Empty before anything is measured.
    std::vector<DemoAtEqualLoss> at_equal_loss;
    /// The lowest logged validation loss that all runs of one width reach: where the band lies until losses are
    /// measured.
    std::optional<double> logged_loss;
    std::vector<DemoPair> pairs; ///< |ΔL| within the band's half width, the largest probe difference first
};

/// The width whose runs are compared first.
constexpr std::int64_t demo_width = 32;

/// Half width of the band of equal loss, nats.
constexpr double demo_band = .01;

/// Reads the measured values of the suite's runs (all runs of the project that carry the language's title); before they
/// are measured, what is known of the languages. Whichever
/// sign the correlations have, they are what was measured.
Expected<std::vector<DemoLanguageResult>> demo_results(Reader& reader, const DemoPlan& plan);

/// Saves for every language the plane of probe accuracy against loss with the floor and the band, and opens the project
/// with the first of them.
Expected<void> save_demo_views(Project& project, const DemoPlan& plan, const std::vector<DemoLanguageResult>& results);

} // namespace isoloss
