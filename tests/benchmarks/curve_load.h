#pragma once

#include "engine/store/project.h"
#include "tests/benchmarks/measuring.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace isoloss::bench {

/// Training curves of one metric: so many runs with so many points each.
struct CurveLoad {
    int curves = 0;
    int points_each = 0;
};

inline constexpr const char* load_metric = "train/loss";

/// A loss that falls over the whole run, with noise that has a peak now and then. The same for every benchmark.
inline std::vector<float> load_values(const CurveLoad& load, int curve) {
    std::vector<float> values(static_cast<std::size_t>(load.points_each));
    std::uint64_t state = 0x9e3779b97f4a7c15U * static_cast<std::uint64_t>(curve + 1);
    const float scale = 200.0F / static_cast<float>(load.points_each);
    const float floor = 2.5F + 2.0F * static_cast<float>(curve) / static_cast<float>(load.curves);
    for (std::size_t i = 0; i < values.size(); ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const float even = static_cast<float>(state >> 40) / 16777216.0F; // [0, 1)
        const float noise = 0.3F * (even - 0.5F) + (even > 0.9999F ? 1.0F : 0.0F);
        values[i] = floor + 5.0F / std::sqrt(1.0F + scale * static_cast<float>(i)) + noise;
    }
    return values;
}

/// A project of the load: steps from 0, one run a curve.
inline void write_load(const std::filesystem::path& path, const CurveLoad& load) {
    constexpr std::size_t points_per_call = 1'000'000;
    const auto project = require(Project::create(path));
    for (int curve = 0; curve < load.curves; ++curve) {
        const std::vector<float> values = load_values(load, curve);
        for (std::size_t begin = 0; begin < values.size(); begin += points_per_call) {
            const std::size_t end = std::min(values.size(), begin + points_per_call);
            PointColumns points;
            for (std::size_t i = begin; i < end; ++i) {
                points.steps.push_back(static_cast<std::int64_t>(i));
                points.wall_times.push_back(1.7e9 + 0.25 * static_cast<double>(i));
            }
            points.values = std::vector<float>(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                               values.begin() + static_cast<std::ptrdiff_t>(end));
            require(project->writer().run(
                [&](WriteSession& session) -> Expected<void> {
                    const std::string name = "run-" + std::to_string(curve);
                    ISOLOSS_TRY(const RunId run, session.ensure_run({"bench", name}, name));
                    ISOLOSS_TRY(const SeriesId series, session.ensure_series(run, load_metric));
                    return session.append_points(series, 1, points);
                },
                Durability::bulk));
        }
    }
}

} // namespace isoloss::bench
