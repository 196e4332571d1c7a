// How fast one series of 10⁶ points is read out of a large project, against the same from a table of one row per point
// that was filled in the order of its key, so that its pages are full and in order. Medians, by turns, another series
// each time. The argument is the number of series: 100 by default, that is 10⁸ points, which takes some minutes and
// 5 GB in TMPDIR.
#include "engine/store/project.h"
#include "tests/benchmarks/measuring.h"
#include "tests/benchmarks/row_table.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace isoloss;
using namespace isoloss::bench;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t points_of_series = 1'000'000;
constexpr int repetitions = 9;

/// A noisy curve whose wall times jitter by up to a millisecond.
PointColumns noisy_points(std::uint64_t series) {
    std::mt19937_64 random(series);
    std::uniform_int_distribution<int> microseconds(0, 1000);
    std::normal_distribution<float> noise(0, 0.02f);
    PointColumns points;
    std::vector<float> values;
    for (std::size_t i = 0; i < points_of_series; ++i) {
        const auto step = static_cast<std::int64_t>(i);
        points.steps.push_back(step);
        points.wall_times.push_back(1.7e9 + 0.25 * static_cast<double>(step) + 1e-6 * microseconds(random));
        values.push_back(2 + 4 / std::sqrt(1 + static_cast<float>(step)) + noise(random));
    }
    points.values = std::move(values);
    return points;
}

Expected<SeriesId> series_of(WriteSession& session, std::size_t number) {
    ISOLOSS_TRY(const auto run, session.ensure_run({"bench", "run"}, "run"));
    return session.ensure_series(run, "series/" + std::to_string(number));
}

/// The same points in both; answers the seconds that the Writer took.
double fill(Project& project, RowTable& rows, std::vector<SeriesId>& series) {
    double seconds = 0;
    for (std::size_t number = 0; number < series.size(); ++number) {
        const PointColumns points = noisy_points(number);
        seconds += seconds_of([&] {
            require(project.writer().run(
                [&](WriteSession& session) -> Expected<void> {
                    ISOLOSS_TRY(series[number], series_of(session, number));
                    return session.append_points(series[number], 1, points);
                },
                Durability::bulk));
        });
        for (std::size_t i = 0; i < points.size(); ++i)
            rows.insert({static_cast<std::int64_t>(number), points.steps[i], points.wall_times[i], points.value(i)});
    }
    rows.commit();
    return seconds;
}

void check(const PointColumns& points, const RowTable::Columns& rows) {
    bool same = points.size() == points_of_series && points.steps == rows.steps && points.wall_times == rows.wall_times;
    for (std::size_t i = 0; same && i < points.size(); ++i)
        same = points.value(i) == rows.values[i];
    if (!same) give_up("the series that was read is another one");
}

} // namespace

int main(int count, char** arguments) {
    const auto number_of_series = static_cast<std::size_t>(count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 100);
    if (number_of_series == 0) give_up("usage: bench_store [NUMBER OF SERIES]");
    const TemporaryFolder folder;
    const fs::path project_path = folder.path() / "bench.isoloss", rows_path = folder.path() / "rows.sqlite";
    std::vector<SeriesId> series(number_of_series);
    const double all = static_cast<double>(number_of_series * points_of_series);
    double write_seconds = 0;
    {
        const auto project = require(Project::create(project_path));
        RowTable rows(rows_path, RowTable::Filling::unsafe);
        write_seconds = fill(*project, rows, series);
    }
    const auto project = require(Project::open(project_path));
    const auto reader = require(project->reader());
    RowTable rows(rows_path);
    std::vector<double> reading, reading_rows, coarse, fine;
    for (std::size_t i = 0; i < repetitions; ++i) {
        const std::size_t number = (7 * i + 3) % number_of_series;
        RowTable::Columns columns;
        reading_rows.push_back(seconds_of([&] { columns = rows.read(static_cast<std::int64_t>(number)); }));
        std::vector<PointsOfAttempt> points;
        reading.push_back(seconds_of([&] { points = require(reader->points(series[number])); }));
        check(points.front().points, columns);
        coarse.push_back(seconds_of([&] { require(reader->buckets(series[number], 4)); }));
        fine.push_back(seconds_of([&] { require(reader->buckets(series[number], 1)); }));
    }
    std::printf("%zu series of 10^6 points, medians of %d\n\n", number_of_series, repetitions);
    print_header("one series");
    print_goal("read, points", figure(points_of_series / median(reading) / 1e6, 1, " M/s"),
               figure(points_of_series / median(reading_rows) / 1e6, 1, " M/s"), median(reading_rows) / median(reading),
               Goal::at_least, 10);
    std::printf("%-36s %13.2f ms\n", "its level 4", 1e3 * median(coarse));
    std::printf("%-36s %13.2f ms\n", "its level 1, from the points", 1e3 * median(fine));
    std::printf("%-36s %12.2f M/s\n", "written by the Writer, points", all / write_seconds / 1e6);
    std::printf("%-36s %14.2f B %14.2f B\n", "bytes per point", static_cast<double>(fs::file_size(project_path)) / all,
                static_cast<double>(fs::file_size(rows_path)) / all);
    return 0;
}
