// How fast an event file of about 100 MB is imported, against one prepared INSERT per point in the same run. The goal
// is ten times as many points per second.
#include "engine/base/file.h"
#include "engine/importers/event_file.h"
#include "engine/importers/event_points.h"
#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/support/event_file_writer.h"

#include <QTemporaryDir>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <sqlite3.h>

using namespace isoloss;
using namespace isoloss::support;

namespace fs = std::filesystem;

namespace {

constexpr int steps = 100'000;
constexpr int tags = 20;

double seconds_of(const auto& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
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

double parse_only(const fs::path& path) {
    return seconds_of([&] {
        const auto file = InputFile::open(path);
        EventFileReader reader(*file, 0);
        EventDecoder decoder;
        EventPoints points;
        while (reader.read_block(decoder, points).value_or(false))
            if (points.full()) static_cast<void>(points.take());
    });
}

} // namespace

int main() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const fs::path events = root / "run" / "events.out.tfevents.1";
    write_events(events);
    const double megabytes = static_cast<double>(fs::file_size(events)) / 1e6;
    const double points = static_cast<double>(steps) * tags;
    const double rows = seconds_of([&] { insert_row_by_row(root / "rows.sqlite"); });
    const double parsing = parse_only(events);
    auto project = Project::create(root / "p.isoloss");
    if (!project) {
        std::fprintf(stderr, "%s\n", project.error().text().c_str());
        return 1;
    }
    std::int64_t imported = 0;
    const double importing = seconds_of([&] {
        const auto report = import_paths(**project, {root / "run"});
        if (report) imported = report->points;
    });
    if (imported != static_cast<std::int64_t>(points)) {
        std::fprintf(stderr, "imported %lld points instead of %.0f\n", static_cast<long long>(imported), points);
        return 1;
    }
    std::printf("event file: %.0f MB, %.0f points, %d series\n", megabytes, points, tags);
    std::printf("parse only:         %6.2f M points/s\n", points / parsing / 1e6);
    std::printf("one row per point:  %6.2f M points/s\n", points / rows / 1e6);
    std::printf("import:             %6.2f M points/s\n", points / importing / 1e6);
    std::printf("ratio: %.1f (goal 10)\n", rows / importing);
    return 0;
}
