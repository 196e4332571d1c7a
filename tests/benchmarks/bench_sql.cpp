#include "engine/store/project.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

using namespace isoloss;

// What points(run, metric) costs in SQL: times of statements over two curves of a million points each, as ratios to the
// time in which the program itself decodes one of them. Medians of alternating repetitions.
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t point_count = 1'000'000;
constexpr std::size_t repetitions = 9;

template <typename T>
T require(Expected<T> expected) {
    if (!expected) {
        std::fprintf(stderr, "%s\n", expected.error().text().c_str());
        std::exit(1);
    }
    return std::move(*expected);
}

Expected<void> fill(WriteSession& session) {
    ISOLOSS_TRY(const auto run, session.ensure_run({"bench", "run"}, "run"));
    for (const char* name : {"train/loss", "train/grad_norm"}) {
        ISOLOSS_TRY(const auto series, session.ensure_series(run, name));
        PointColumns points;
        std::vector<float> values;
        for (std::int64_t step = 0; step < point_count; ++step) {
            points.steps.push_back(step);
            points.wall_times.push_back(1.7e9 + 0.25 * static_cast<double>(step));
            values.push_back(static_cast<float>(2.0 + 0.1 * std::sin(static_cast<double>(step) * 12.9898)));
        }
        points.values = std::move(values);
        ISOLOSS_TRY_VOID(session.append_points(series, 1, points));
    }
    return {};
}

struct Statement {
    const char* what;
    std::string sql;
    std::array<double, repetitions> seconds{};
};

template <typename Work>
double seconds_of(Work work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::array<double, repetitions> seconds) {
    std::nth_element(seconds.begin(), seconds.begin() + repetitions / 2, seconds.end());
    return seconds[repetitions / 2];
}

} // namespace

int main() {
    std::string folder = (std::filesystem::temp_directory_path() / "isoloss-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) return 1;
    {
        const auto project = require(Project::create(folder + "/bench.isoloss"));
        if (const auto filled = project->writer().run(fill); !filled) {
            std::fprintf(stderr, "%s\n", filled.error().text().c_str());
            return 1;
        }
        const auto reader = require(project->reader());
        const auto series = require(reader->series()).at(0).id;
        const std::string from = " FROM points('run', 'train/loss') ";
        std::array statements{
            Statement{"all points", "SELECT sum(value)" + from},
            Statement{"one step in a thousand", "SELECT sum(value)" + from + "WHERE step BETWEEN 500000 AND 500999"},
            Statement{"ORDER BY step", "SELECT sum(value) FROM (SELECT value" + from + "ORDER BY step)"},
            Statement{"ORDER BY +step, sorted by SQLite",
                      "SELECT sum(value) FROM (SELECT value" + from + "ORDER BY +step LIMIT 1000000)"},
            Statement{"two curves joined by step", "SELECT sum(a.value - b.value) FROM points('run', 'train/loss') a "
                                                   "JOIN points('run', 'train/grad_norm') b USING (step)"},
        };
        std::array<double, repetitions> decoding{};
        for (std::size_t i = 0; i < repetitions; ++i) {
            decoding[i] = seconds_of([&] { require(reader->points(series)); });
            for (auto& statement : statements)
                statement.seconds[i] = seconds_of([&] { require(reader->sql(statement.sql)); });
        }
        const double anchor = median(decoding);
        std::printf("decoding a curve of 1,000,000 points: %.1f ms\n", 1e3 * anchor);
        for (const auto& statement : statements)
            std::printf("%-34s %7.1f ms  %6.2f x\n", statement.what, 1e3 * median(statement.seconds),
                        median(statement.seconds) / anchor);
    }
    std::filesystem::remove_all(folder);
}
