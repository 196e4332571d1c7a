// How fast an event file of about 100 MB is imported, against one prepared INSERT per point in the same run. The goal
// is ten times as many points per second. The import is measured from the path of the file to the closed project,
// reading and decoding included; the anchor gets its points from memory. Medians of three runs of each, by turns.
#include "engine/base/file.h"
#include "engine/importers/event_file.h"
#include "engine/importers/event_points.h"
#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/support/event_file_writer.h"

#include <QTemporaryDir>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <vector>

using namespace isoloss;
using namespace isoloss::support;

namespace fs = std::filesystem;

namespace {

constexpr int steps = 100'000;
constexpr int tags = 20;

constexpr int repetitions = 3;

/// Seconds on the clock, and processor time of all threads: what the work costs, however busy the machine is.
struct Cost {
    double seconds = 0;
    double processor = 0;
};

Cost cost_of(const auto& work) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t processor_begin = std::clock();
    work();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
            static_cast<double>(std::clock() - processor_begin) / CLOCKS_PER_SEC};
}

double median_seconds(std::vector<Cost> costs) {
    std::ranges::sort(costs, {}, &Cost::seconds);
    return costs[costs.size() / 2].seconds;
}

double median_processor(std::vector<Cost> costs) {
    std::ranges::sort(costs, {}, &Cost::processor);
    return costs[costs.size() / 2].processor;
}

std::string tag_name(int tag) {
    return "train/metric_" + std::to_string(tag);
}

float value_at(int step, int tag) {
    const double at = step;
    return static_cast<float>(4.0 / std::sqrt(1.0 + at) + 0.01 * std::sin(at * (tag + 1)));
}

void write_events(const fs::path& path) {
    std::string bytes = version_frame();
    for (int step = 0; step < steps; ++step) {
        for (int tag = 0; tag < tags; ++tag)
            bytes += scalar_frame(tag_name(tag), step, value_at(step, tag), 1.7e9 + 0.31 * step + 1e-4 * tag);
        if (bytes.size() > (8u << 20)) {
            put_file(path, bytes, true);
            bytes.clear();
        }
    }
    put_file(path, bytes, true);
}

// The anchor: the straightforward store, one row per point, one prepared statement, one transaction.
void insert_row_by_row(const fs::path& path) {
    sqlite3* database = nullptr;
    sqlite3_stmt* insert = nullptr;
    sqlite3_open(path.c_str(), &database);
    sqlite3_exec(
        database,
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE point (series INTEGER, step INTEGER, "
        "wall_time REAL, value REAL); BEGIN",
        nullptr, nullptr, nullptr);
    sqlite3_prepare_v2(database, "INSERT INTO point VALUES (?1, ?2, ?3, ?4)", -1, &insert, nullptr);
    for (int step = 0; step < steps; ++step)
        for (int tag = 0; tag < tags; ++tag) {
            sqlite3_bind_int64(insert, 1, tag);
            sqlite3_bind_int64(insert, 2, step);
            sqlite3_bind_double(insert, 3, 1.7e9 + 0.31 * step + 1e-4 * tag);
            sqlite3_bind_double(insert, 4, static_cast<double>(value_at(step, tag)));
            sqlite3_step(insert);
            sqlite3_reset(insert);
        }
    sqlite3_finalize(insert);
    sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_close(database);
}

void parse_only(const fs::path& path) {
    const auto file = InputFile::open(path);
    EventFileReader reader(*file, 0);
    EventDecoder decoder;
    EventPoints points;
    while (reader.read_block(decoder, points).value_or(false))
        if (points.full()) static_cast<void>(points.take());
}

// Imports into the project and closes it; answers how many points it has got.
std::int64_t import_events(const fs::path& folder, std::unique_ptr<Project> project) {
    const auto report = import_paths(*project, {folder});
    return report ? report->points : 0;
}

} // namespace

int main() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const fs::path events = root / "run" / "events.out.tfevents.1";
    write_events(events);
    const double megabytes = static_cast<double>(fs::file_size(events)) / 1e6;
    const double points = static_cast<double>(steps) * tags;
    std::vector<Cost> rows, parsing, importing;
    for (int i = 0; i < repetitions; ++i) {
        const std::string number = std::to_string(i);
        rows.push_back(cost_of([&] { insert_row_by_row(root / ("rows" + number + ".sqlite")); }));
        parsing.push_back(cost_of([&] { parse_only(events); }));
        auto project = Project::create(root / ("p" + number + ".isoloss"));
        if (!project) {
            std::fprintf(stderr, "%s\n", project.error().text().c_str());
            return 1;
        }
        std::int64_t imported = 0;
        importing.push_back(cost_of([&] { imported = import_events(root / "run", std::move(*project)); }));
        if (imported != static_cast<std::int64_t>(points)) {
            std::fprintf(stderr, "imported %lld points instead of %.0f\n", static_cast<long long>(imported), points);
            return 1;
        }
    }
    const auto print = [&](const char* what, const std::vector<Cost>& costs) {
        std::printf("%-19s %6.2f M points/s (%.2f per second of processor time)\n", what,
                    points / median_seconds(costs) / 1e6, points / median_processor(costs) / 1e6);
    };
    std::printf("event file: %.0f MB, %.0f points, %d series\n", megabytes, points, tags);
    print("parse only:", parsing);
    print("one row per point:", rows);
    print("import:", importing);
    std::printf("ratio: %.1f (goal 10)\n", median_seconds(rows) / median_seconds(importing));
    return 0;
}
