#include "engine/store/project.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <sqlite3.h>
#include <string>

using namespace isoloss;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t points_per_call = 1'000'000;
constexpr std::size_t calls = 10;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Processor time of all threads: what the work costs one core, however busy the machine is.
double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

PointColumns noisy_points(std::int64_t first_step) {
    PointColumns points;
    std::vector<float> values;
    for (std::size_t i = 0; i < points_per_call; ++i) {
        const auto step = first_step + static_cast<std::int64_t>(i);
        points.steps.push_back(step);
        points.wall_times.push_back(1.7e9 + 0.25 * static_cast<double>(step) +
                                    1e-3 * std::sin(static_cast<double>(step) * 78.233));
        values.push_back(static_cast<float>(2.0 + 0.1 * std::sin(static_cast<double>(step) * 12.9898)));
    }
    points.values = std::move(values);
    return points;
}

[[noreturn]] void give_up(const std::string& reason) {
    std::fprintf(stderr, "%s\n", reason.c_str());
    std::exit(1);
}

template <typename T>
T require(Expected<T> expected) {
    if (!expected) give_up(expected.error().text());
    return std::move(*expected);
}

/// One prepared INSERT per point in one transaction: points per second.
double insert_rows(const std::filesystem::path& path, const PointColumns& points) {
    sqlite3* database = nullptr;
    sqlite3_stmt* insert = nullptr;
    const auto run = [&](const char* sql) {
        if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) give_up(sqlite3_errmsg(database));
    };
    if (sqlite3_open(path.c_str(), &database) != SQLITE_OK) give_up("the database cannot be opened");
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "CREATE TABLE point (series INTEGER, step INTEGER, wall_time REAL, value REAL)");
    sqlite3_prepare_v2(database, "INSERT INTO point VALUES (1, ?, ?, ?)", -1, &insert, nullptr);
    const auto start = Clock::now();
    run("BEGIN");
    for (std::size_t i = 0; i < points.size(); ++i) {
        sqlite3_bind_int64(insert, 1, points.steps[i]);
        sqlite3_bind_double(insert, 2, points.wall_times[i]);
        sqlite3_bind_double(insert, 3, points.value(i));
        sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    run("COMMIT");
    const double seconds = seconds_since(start);
    sqlite3_finalize(insert);
    sqlite3_close(database);
    return static_cast<double>(points.size()) / seconds;
}

} // namespace

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "isoloss-bench-store";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);

    const double anchor = insert_rows(folder / "rows.db", noisy_points(0));

    SeriesId series;
    double write_seconds = 0, write_cpu_seconds = 0;
    {
        const auto project = require(Project::create(folder / "bench.isoloss"));
        for (std::size_t call = 0; call < calls; ++call) {
            const PointColumns points = noisy_points(static_cast<std::int64_t>(call * points_per_call));
            const auto start = Clock::now();
            const double cpu_start = cpu_seconds();
            const auto written = project->writer().run(
                [&](WriteSession& session) -> Expected<void> {
                    ISOLOSS_TRY(const auto run, session.ensure_run({"bench", "run"}, "run"));
                    ISOLOSS_TRY(series, session.ensure_series(run, "loss"));
                    return session.append_points(series, 1, points);
                },
                Durability::bulk);
            if (!written) give_up(written.error().text());
            write_seconds += seconds_since(start);
            write_cpu_seconds += cpu_seconds() - cpu_start;
        }
    }
    const auto all = static_cast<double>(calls * points_per_call);
    const double written = all / write_seconds;

    const auto project = require(Project::open(folder / "bench.isoloss"));
    const auto reader = require(project->reader());
    double cpu_start = cpu_seconds();
    auto start = Clock::now();
    const auto points = require(reader->points(series));
    const double read = all / seconds_since(start);
    const double read_cpu = all / (cpu_seconds() - cpu_start);
    start = Clock::now();
    const auto buckets = require(reader->buckets(series, 4));
    const double envelope_ms = 1e3 * seconds_since(start);
    start = Clock::now();
    const auto fine_buckets = require(reader->buckets(series, 1));
    const double fine_ms = 1e3 * seconds_since(start);

    std::printf("one INSERT per point   %8.2f M points/s (anchor)\n", anchor / 1e6);
    std::printf("chunks written         %8.2f M points/s   ratio %.1f\n", written / 1e6, written / anchor);
    std::printf("chunks read            %8.2f M points/s   ratio %.1f\n", read / 1e6, read / anchor);
    std::printf("  per core, processor time: written %.2f, read %.2f M points/s\n", all / write_cpu_seconds / 1e6,
                read_cpu / 1e6);
    std::printf("level 4 of 10^7 points %8.2f ms (%zu buckets)\n", envelope_ms, buckets.size());
    std::printf("level 1 of 10^7 points %8.2f ms (%zu buckets)\n", fine_ms, fine_buckets.size());
    std::printf("bytes per point        %8.2f\n",
                static_cast<double>(std::filesystem::file_size(folder / "bench.isoloss")) / all);
    const bool complete = points.size() == 1 && points[0].points.size() == calls * points_per_call;
    std::filesystem::remove_all(folder);
    return complete ? 0 : 1;
}
