#include "engine/series/band_cache.h"
#include "engine/series/group_band.h"
#include "engine/store/project.h"
#include "tests/benchmarks/measuring.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QStringList>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

// Bands of 100 runs × 100,000 points on a common x. The anchor is numpy on a float64 array in memory, which another
// process times by itself; its values are compared with ours, which are computed in double from stored float32.

using namespace isoloss;
using namespace isoloss::bench;

namespace {

constexpr std::size_t runs = 100, points = 100'000;
constexpr int pixel_width = 1600;
constexpr int repeats = 5;
constexpr double most_difference = 1e-6;

constexpr const char* anchor_script = R"(
import sys, time
import numpy as np
folder, runs = sys.argv[1], int(sys.argv[2])
a = np.fromfile(folder + "/values.f32", dtype=np.float32).reshape(runs, -1).astype(np.float64)
def timed(work):
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - begin)
    return sorted(seconds)[2], result
t, (mean, sd) = timed(lambda: (np.mean(a, axis=0), np.std(a, axis=0, ddof=1)))
np.array([mean, mean - sd, mean + sd]).tofile(folder + "/moments.f64")
print(t)
t, q = timed(lambda: np.percentile(a, [50, 25, 75], axis=0))
q.tofile(folder + "/quantiles.f64")
print(t)
)";

// Writes the project and, for numpy, the same values one run after the other.
std::vector<SeriesId> write_runs(Project& project, const std::filesystem::path& folder) {
    std::vector<SeriesId> series;
    std::ofstream file(folder / "values.f32", std::ios::binary);
    std::mt19937_64 random(7);
    std::normal_distribution<double> noise(0, 0.05);
    for (std::size_t run = 0; run < runs; ++run) {
        PointColumns columns;
        std::vector<float> values;
        for (std::size_t i = 0; i < points; ++i) {
            columns.steps.push_back(static_cast<std::int64_t>(i));
            columns.wall_times.push_back(1.7e9 + 0.25 * static_cast<double>(i));
            values.push_back(static_cast<float>(2 + 8 / std::sqrt(1 + 0.01 * static_cast<double>(i)) + noise(random)));
        }
        file.write(reinterpret_cast<const char*>(values.data()),
                   static_cast<std::streamsize>(values.size() * sizeof(float)));
        columns.values = std::move(values);
        require(project.writer().run(
            [&](WriteSession& session) -> Expected<void> {
                const std::string name = "run-" + std::to_string(run);
                ISOLOSS_TRY(const RunId id, session.ensure_run({"bench", name}, name));
                ISOLOSS_TRY(series.emplace_back(), session.ensure_series(id, "loss"));
                return session.append_points(series.back(), 1, columns);
            },
            Durability::bulk));
    }
    if (!file.flush()) give_up("the values for numpy could not be written");
    return series;
}

struct Anchor {
    double moments = 0, quantiles = 0; ///< seconds
};

std::optional<Anchor> time_numpy(const std::filesystem::path& folder) {
    for (const QString& python : {QStandardPaths::findExecutable("python3"), QStringLiteral("/usr/bin/python3")}) {
        QProcess probe;
        probe.start(python, {"-c", "import numpy"});
        if (!probe.waitForFinished(-1) || probe.exitStatus() != QProcess::NormalExit || probe.exitCode() != 0) continue;
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(python, {"-c", anchor_script, QString::fromStdString(folder.string()), QString::number(runs)});
        if (!process.waitForFinished(-1) || process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
            give_up("numpy's part failed");
        std::istringstream output(process.readAllStandardOutput().toStdString());
        Anchor anchor;
        if (!(output >> anchor.moments >> anchor.quantiles)) give_up("numpy's part answered no times");
        return anchor;
    }
    return std::nullopt;
}

BandRequest request_for(const std::vector<SeriesId>& series, BandCentre centre, BandSpread spread) {
    BandRequest request;
    request.series = series;
    request.pixel_width = pixel_width;
    request.centre = centre;
    request.spread = spread;
    return request;
}

double median_seconds(const auto& work) {
    std::vector<double> seconds;
    for (int i = 0; i < repeats; ++i)
        seconds.push_back(seconds_of(work));
    return median(seconds);
}

void print_times(Reader& reader, const char* name, const BandRequest& request, double anchor) {
    const double cold = median_seconds([&] { require(group_band(reader, request)); });
    BandCache cache;
    require(cache.band(reader, request));
    const double warm = median_seconds([&] { require(cache.band(reader, request)); });
    print_goal(name, figure(1e3 * warm, 1, " ms"), figure(1e3 * anchor, 1, " ms"), anchor / warm, Goal::at_least, 2);
    std::printf("    the first time, which reads and decodes all points: %.1f ms, ratio %.2f\n", 1e3 * cold,
                anchor / cold);
}

// The largest relative difference between a band at every x and numpy's centre, low and high.
double difference(Reader& reader, BandRequest request, const std::filesystem::path& file) {
    request.pixel_width = 2 * static_cast<int>(points); // no two x in one column
    const auto view = require(group_band(reader, request));
    std::vector<double> expected(3 * points);
    std::ifstream(file, std::ios::binary)
        .read(reinterpret_cast<char*>(expected.data()), static_cast<std::streamsize>(expected.size() * sizeof(double)));
    if (view->stretches.size() != 1 || view->stretches.front().size() != points) give_up("the band is not complete");
    const BandStretch& band = view->stretches.front();
    double most = 0;
    for (const auto& [column, offset] : {std::pair(&band.centre_first, std::size_t{0}), std::pair(&band.low, points),
                                         std::pair(&band.high, 2 * points)})
        for (std::size_t i = 0; i < points; ++i)
            most = std::max(most, std::abs((*column)[i] / expected[offset + i] - 1));
    return most;
}

} // namespace

int main() {
    const TemporaryFolder folder;
    const auto project = require(Project::create(folder.path() / "bench.isoloss"));
    const auto series = write_runs(*project, folder.path());
    const auto anchor = time_numpy(folder.path());
    if (!anchor) {
        std::printf("there is no python3 with numpy: nothing to compare with\n");
        return 0;
    }
    const auto reader = require(project->reader());
    const BandRequest moments = request_for(series, BandCentre::mean, BandSpread::standard_deviation);
    const BandRequest quantiles = request_for(series, BandCentre::median, BandSpread::percentiles);
    print_header("100 runs × 100,000 points, kept");
    print_times(*reader, "mean ± sd", moments, anchor->moments);
    print_times(*reader, "median, 25–75 %", quantiles, anchor->quantiles);
    bool right = true;
    for (const auto& [name, request, file] : {std::tuple("mean ± sd", &moments, "moments.f64"),
                                              std::tuple("median, 25–75 %", &quantiles, "quantiles.f64")}) {
        const double most = difference(*reader, *request, folder.path() / file);
        std::printf("%s: differs from numpy by at most %.2g of the value\n", name, most);
        right = right && most < most_difference;
    }
    if (!right) give_up("the values are not numpy's");
    return 0;
}
