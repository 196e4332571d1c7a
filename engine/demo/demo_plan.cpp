#include "engine/demo/demo_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {

namespace {

OptimiserOptions adamw(double learning_rate = 5e-3) {
    return {.kind = OptimiserKind::adamw, .learning_rate = learning_rate, .warmup = 50};
}

DemoArm arm(std::string name, std::string algorithm, std::int64_t width, OptimiserOptions optimiser, int checkpoints,
            double adversary = 0) {
    DemoArm made{std::move(name), std::move(algorithm), {}, optimiser, adversary, checkpoints};
    made.shape.width = width;
    made.shape.mlp_width = 2 * width;
    // The last third of the training cools down.
    made.optimiser.cooldown = checkpoint_step(checkpoints - 1) / 3;
    return made;
}

std::vector<DemoArm> arms_of(DemoSize size, const DemoLanguage& language) {
    const OptimiserOptions sgd{.kind = OptimiserKind::sgd, .learning_rate = .1, .momentum = .9, .warmup = 200};
    const bool is_grammar = language.key == "grammar";
    // As strong as leaves the runs time to come down to the loss of the others.
    const double adversary = is_grammar ? .07 : .03;
    if (size == DemoSize::quick) {
        constexpr int saved = 5;
        if (!is_grammar) return {};
        return {arm("adamw-w32", "AdamW", 32, adamw(), saved),
                arm("adversary-w32", "AdamW against a probe", 32, adamw(), saved, adversary),
                arm("sgd-w32", "SGD", 32, sgd, saved)};
    }
    const int saved = is_grammar ? 7 : 6;
    std::vector<DemoArm> arms{arm("adamw-w32", "AdamW", 32, adamw(), saved),
                              arm("adversary-w32", "AdamW against a probe", 32, adamw(), saved, adversary),
                              arm("sgd-w32", "SGD", 32, sgd, saved), arm("adamw-w16", "AdamW", 16, adamw(), saved)};
    if (is_grammar) {
        arms.push_back(arm("adamw-w64", "AdamW", 64, adamw(3e-3), saved));
        arms.push_back(arm("long-w32", "AdamW, past convergence", 32, adamw(), saved + 2));
    }
    return arms;
}

} // namespace

std::int64_t checkpoint_step(int index) {
    return std::llround(150 * std::pow(1.5, index));
}

std::int64_t DemoRun::steps() const {
    return checkpoint_step(arm.checkpoints - 1);
}

std::int64_t DemoPlan::steps() const {
    return std::accumulate(runs.begin(), runs.end(), std::int64_t{0},
                           [](std::int64_t sum, const DemoRun& run) { return sum + run.steps(); });
}

Expected<DemoPlan> demo_plan(DemoSize size, std::uint64_t seed) {
    DemoPlan plan{size, seed, {}, {}};
    ISOLOSS_TRY(DemoLanguage grammar, demo_grammar());
    plan.languages.push_back(std::move(grammar));
    if (size == DemoSize::full) {
        ISOLOSS_TRY(DemoLanguage markov, demo_hidden_markov());
        plan.languages.push_back(std::move(markov));
    }
    const std::uint64_t seeds = size == DemoSize::full ? 3 : 2;
    for (std::size_t language = 0; language < plan.languages.size(); ++language)
        for (const DemoArm& each : arms_of(size, plan.languages[language]))
            for (std::uint64_t run = 1; run <= seeds; ++run)
                plan.runs.push_back({language, each, run});
    std::ranges::stable_sort(plan.runs, std::ranges::greater{},
                             [](const DemoRun& run) { return run.steps() * run.arm.shape.width; });
    return plan;
}

} // namespace isoloss
