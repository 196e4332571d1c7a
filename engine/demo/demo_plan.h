#pragma once

#include "engine/demo/demo_language.h"
#include "engine/demo/demo_model.h"
#include "engine/inference/training.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isoloss {

enum class DemoSize {
    quick, ///< a minute on two cores
    full,  ///< five minutes on two cores, three seeds of each arm
};

/// One way of training.
struct DemoArm {
    std::string name;      ///< of the run's folder, before the seed: "adamw-w32"
    std::string algorithm; ///< the field that the plane is coloured by: "AdamW"
    DemoModelShape shape;
    OptimiserOptions optimiser;
    double adversary = 0; ///< strength
    int checkpoints = 0;  ///< of checkpoint_step(0), (1), …; the last one ends the training
};

struct DemoRun {
    std::size_t language = 0; ///< index in DemoPlan::languages
    DemoArm arm;
    std::uint64_t seed = 0; ///< 1, 2, 3 within the arm

    std::string name() const { return arm.name + "-s" + std::to_string(seed); }

    std::int64_t steps() const;
};

struct DemoPlan {
    DemoSize size = DemoSize::quick;
    std::uint64_t seed = 0;
    std::vector<DemoLanguage> languages;
    std::vector<DemoRun> runs; ///< the longest first

    std::int64_t steps() const; ///< of all runs
};

/// Sentences of a training batch.
constexpr std::int64_t demo_batch = 128;
/// Penalty of the adversary's ridge regression on standardised features: about the best for half a batch.
constexpr double demo_adversary_penalty = 20;

/// Steps of saved checkpoints grow by a half each time: 150, 225, 338, …
std::int64_t checkpoint_step(int index);

Expected<DemoPlan> demo_plan(DemoSize size, std::uint64_t seed);

} // namespace isoloss
