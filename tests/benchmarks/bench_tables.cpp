// How fast a CSV of 10^6 rows and four columns gets into a project, against the sqlite3 shell's .import of the same
// file into a table; the goal is four times as fast. And how fast JSON lines of a logger do, against Python's
// json.loads line by line into lists; the goal is three times. Imports are measured from the path of the file to the
// committed project, and to the closed one (whose log is then copied into the file). Medians of three runs of each, by
// turns.
#include "engine/importers/import.h"
#include "engine/store/project.h"

#include <QProcess>
#include <QTemporaryDir>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <utility>
#include <vector>

using namespace isoloss;

namespace fs = std::filesystem;

namespace {

constexpr int rows = 1'000'000;
constexpr int repetitions = 3;

/// Seconds on the clock, and processor time of all threads and children: what the work costs, however busy the machine
/// is.
struct Cost {
    double seconds = 0;
    double processor = 0;
};

double processor_seconds() {
    double seconds = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        for (const timeval& time : {usage.ru_utime, usage.ru_stime})
            seconds += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    }
    return seconds;
}

Cost cost_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    const double processor_begin = processor_seconds();
    work();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
            processor_seconds() - processor_begin};
}

double median(std::vector<Cost> costs, double Cost::*member) {
    std::ranges::sort(costs, {}, member);
    return costs[costs.size() / 2].*member;
}

void write_tables(const fs::path& csv, const fs::path& lines) {
    std::FILE* table = std::fopen(csv.c_str(), "w");
    std::FILE* log = std::fopen(lines.c_str(), "w");
    std::fputs("step,loss,lr,grad_norm\n", table);
    for (int step = 0; step < rows; ++step) {
        const double loss = 4.0 / std::sqrt(1.0 + step) + 0.01 * std::sin(step);
        const double rate = 3e-4 * (1 - step / 1e6), norm = 1 + 0.5 * std::cos(0.1 * step);
        std::fprintf(table, "%d,%.9f,%.6e,%.6f\n", step, loss, rate, norm);
        std::fprintf(log, "{\"step\": %d, \"loss\": %.9f, \"lr\": %.6e, \"grad_norm\": %.6f}\n", step, loss, rate,
                     norm);
    }
    std::fclose(table);
    std::fclose(log);
}

bool run(const char* program, const QStringList& arguments) {
    QProcess process;
    process.start(program, arguments);
    return process.waitForFinished(-1) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
}

// Both anchors are whole programs; what their start costs is measured by itself and taken off.
void compare(const char* what, const char* anchor, const std::function<bool()>& start,
             const std::function<bool()>& by_anchor, const fs::path& file, const fs::path& root) {
    std::vector<Cost> starts, theirs, committed, closed;
    for (int i = 0; i < repetitions; ++i) {
        bool done = true;
        starts.push_back(cost_of([&] { done = start() && done; }));
        theirs.push_back(cost_of([&] { done = by_anchor() && done; }));
        std::int64_t points = 0;
        const fs::path path = root / (file.filename().string() + std::to_string(i) + ".isoloss");
        std::unique_ptr<Project> project;
        Cost cost = cost_of([&] {
            auto created = Project::create(path);
            const auto report = created ? import_paths(**created, {file}) : fail(created.error());
            points = report ? report->points : 0;
            if (created) project = std::move(*created);
        });
        committed.push_back(cost);
        const Cost closing = cost_of([&] { project.reset(); });
        cost.seconds += closing.seconds;
        cost.processor += closing.processor;
        closed.push_back(cost);
        fs::remove(path);
        if (!done || points != std::int64_t{3} * rows) {
            std::fprintf(stderr, "%s: %s, %lld points\n", what, done ? "not all imported" : "the anchor failed",
                         static_cast<long long>(points));
            std::exit(1);
        }
    }
    const double anchor_seconds = median(theirs, &Cost::seconds) - median(starts, &Cost::seconds);
    const double anchor_processor = median(theirs, &Cost::processor) - median(starts, &Cost::processor);
    std::printf("%s: %s %.2f s, %.2f s of processor time\n", what, anchor, anchor_seconds, anchor_processor);
    for (const auto& [state, costs] : {std::pair{"committed", committed}, {"closed", closed}})
        std::printf("    %-9s %5.2f s, %5.2f s of processor time: %.2f times as fast, %.2f times by processor time\n",
                    state, median(costs, &Cost::seconds), median(costs, &Cost::processor),
                    anchor_seconds / median(costs, &Cost::seconds), anchor_processor / median(costs, &Cost::processor));
}

} // namespace

int main() {
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    const fs::path csv = root / "log.csv", lines = root / "log.jsonl";
    write_tables(csv, lines);
    const QString database = folder.filePath("anchor.sqlite"), table = QString::fromStdString(csv.string());
    const auto shell = [&] {
        fs::remove(database.toStdString());
        return run("sqlite3", {database, "CREATE TABLE log (step INTEGER, loss REAL, lr REAL, grad_norm REAL)",
                               ".import --csv --skip 1 " + table + " log"});
    };
    const auto python = [&] {
        return run("python3", {"-c",
                               "import json, sys\nsteps, loss, lr, norm = [], [], [], []\n"
                               "for line in open(sys.argv[1]):\n"
                               "    row = json.loads(line)\n"
                               "    steps.append(row['step']); loss.append(row['loss'])\n"
                               "    lr.append(row['lr']); norm.append(row['grad_norm'])\n",
                               QString::fromStdString(lines.string())});
    };
    compare(
        "CSV", "sqlite3 .import",
        [] {
            return run("sqlite3", {":memory:", "SELECT 1"});
        },
        shell, csv, root);
    compare(
        "JSON lines", "json.loads",
        [] {
            return run("python3", {"-c", "import json"});
        },
        python, lines, root);
    return 0;
}
