// How fast event files are parsed and imported. Anchors, measured in the same run and by turns:
//  - parsing, against a pass that checks both checksums of every frame and skips what is in them;
//  - importing, from the path to the closed project, against one prepared INSERT per point, which gets its points from
//    memory; once with even wall times and once with times that jitter by up to a millisecond, in whole microseconds.
// Memory and the longest log are those of another process that imports. The last line imports 10⁶ tags, a mistake that
// some loggers make.
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/importers/event_points.h"
#include "engine/importers/events/event_file.h"
#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/benchmarks/measuring.h"
#include "tests/benchmarks/row_table.h"
#include "tests/support/event_file_writer.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <vector>

using namespace isoloss;
using namespace isoloss::bench;
using namespace isoloss::support;

namespace fs = std::filesystem;

namespace {

constexpr int runs = 4;
constexpr int steps = 25'000; // of each run
constexpr int tags = 20;
constexpr std::int64_t all_points = std::int64_t{runs} * steps * tags;
constexpr int many_tags = 1'000'000;
constexpr int repetitions = 5;

enum class Clock { even, jittered };

/// The points of one kind of files, in the order in which they are logged.
std::vector<RowTable::Point> make_points(Clock clock) {
    std::mt19937_64 random(7);
    std::uniform_int_distribution<int> microseconds(0, 1000);
    std::normal_distribution<double> noise(0, 0.02);
    std::vector<RowTable::Point> points;
    points.reserve(all_points);
    for (int run = 0; run < runs; ++run)
        for (int step = 0; step < steps; ++step)
            for (int tag = 0; tag < tags; ++tag) {
                const double late = clock == Clock::jittered ? 1e-6 * microseconds(random) : 1e-4 * tag;
                const double value = 2 + 4.0 / std::sqrt(1.0 + step) + 0.1 * tag + noise(random);
                points.push_back({run * tags + tag, step, 1.7e9 + 0.31 * step + late,
                                  static_cast<double>(static_cast<float>(value))});
            }
    return points;
}

std::string tag_name(int tag) {
    return "train/metric_" + std::to_string(tag);
}

void write_events(const fs::path& folder, const std::vector<RowTable::Point>& points) {
    constexpr std::size_t points_of_run = std::size_t{steps} * tags;
    for (std::size_t run = 0; run < runs; ++run) {
        std::string bytes = version_frame();
        for (std::size_t i = run * points_of_run; i < (run + 1) * points_of_run; ++i)
            bytes += scalar_frame(tag_name(static_cast<int>(points[i].series) % tags), points[i].step,
                                  static_cast<float>(points[i].value), points[i].wall_time);
        put_file(folder / ("run-" + std::to_string(run)) / "events.out.tfevents.1", bytes);
    }
}

std::vector<fs::path> event_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files.push_back(entry.path());
    return files;
}

template <typename T>
T load(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

/// The anchor of parsing: reads in the same blocks, checks both checksums of every frame and looks at nothing else.
std::int64_t check_frames(const fs::path& path) {
    const InputFile file = require(InputFile::open(path));
    std::vector<std::byte> block(256u << 10);
    std::int64_t frames = 0;
    for (std::uint64_t offset = 0;;) {
        const std::size_t available = require(file.read_some(offset, block));
        std::size_t at = 0;
        while (available - at >= 12) {
            const std::byte* frame = block.data() + at;
            const auto length = load<std::uint64_t>(frame);
            if (masked_crc32c({frame, 8}) != load<std::uint32_t>(frame + 8)) give_up("a length is damaged");
            if (length + 16 > available - at) break;
            if (masked_crc32c({frame + 12, length}) != load<std::uint32_t>(frame + 12 + length))
                give_up("a record is damaged");
            at += length + 16;
            ++frames;
        }
        if (at == 0) return frames;
        offset += at;
    }
}

std::int64_t parse(const fs::path& path) {
    const InputFile file = require(InputFile::open(path));
    EventFileReader reader(file, 0);
    EventDecoder decoder;
    EventPoints points;
    std::int64_t parsed = 0;
    while (require(reader.read_block(decoder, points))) {
        parsed += static_cast<std::int64_t>(points.waiting());
        static_cast<void>(points.take());
    }
    return parsed;
}

void insert_row_by_row(const fs::path& path, const std::vector<RowTable::Point>& points) {
    RowTable table(path);
    for (const RowTable::Point& point : points)
        table.insert(point);
    table.commit();
}

/// Imports into a new project and closes it; answers how many points it has got.
std::int64_t import_events(const fs::path& folder, const fs::path& path) {
    const auto project = require(Project::create(path));
    return require(import_paths(*project, {folder})).points;
}

struct Footprint {
    double seconds = 0;
    std::uint64_t memory = 0; ///< bytes, the most that was resident
    std::uint64_t log = 0;    ///< bytes of the project's -wal, the most that was seen
};

fs::path memory_file(const fs::path& project) {
    return project.string() + ".memory";
}

/// In the process that is watched. The kernel's own figure of a child starts with what its parent has, this one not.
int import_and_tell_memory(const fs::path& folder, const fs::path& path) {
    import_events(folder, path);
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            std::ofstream(memory_file(path)) << 1024 * std::strtoull(line.c_str() + 6, nullptr, 10);
    return 0;
}

/// Runs this program again to import, and watches it.
Footprint import_in_another_process(const fs::path& folder, const fs::path& path) {
    std::string self = "/proc/self/exe", events = folder.string(), project = path.string();
    char* arguments[] = {self.data(), events.data(), project.data(), nullptr};
    const fs::path log = path.string() + "-wal";
    Footprint footprint;
    pid_t child = 0;
    footprint.seconds = seconds_of([&] {
        if (::posix_spawn(&child, self.c_str(), nullptr, nullptr, arguments, environ) != 0)
            give_up("the import cannot be started");
        int status = 0;
        while (::waitpid(child, &status, WNOHANG) == 0) {
            std::error_code none;
            const auto size = fs::file_size(log, none);
            if (!none) footprint.log = std::max<std::uint64_t>(footprint.log, size);
            std::this_thread::sleep_for(std::chrono::microseconds(500));
        }
        if (status != 0) give_up("the import in another process failed");
    });
    std::ifstream(memory_file(path)) >> footprint.memory;
    return footprint;
}

void print_footprint(const char* what, const Footprint& footprint) {
    const auto line = [&](const char* name, std::uint64_t bytes, double bound) {
        const double megabytes = static_cast<double>(bytes) / (1 << 20);
        std::printf("%-36s %13.1f MB %25s   <= %-5g %s\n", (std::string(what) + ": " + name).c_str(), megabytes, "",
                    bound, megabytes <= bound ? "reached" : "MISSED");
    };
    line("peak memory", footprint.memory, 256);
    line("longest log", footprint.log, 64);
}

void measure_parsing(const std::vector<fs::path>& files) {
    std::vector<double> checking, parsing;
    double bytes = 0;
    for (const fs::path& file : files)
        bytes += static_cast<double>(fs::file_size(file));
    for (int i = 0; i < repetitions; ++i) {
        std::int64_t parsed = 0, frames = 0;
        checking.push_back(seconds_of([&] {
            for (const fs::path& file : files)
                frames += check_frames(file);
        }));
        parsing.push_back(seconds_of([&] {
            for (const fs::path& file : files)
                parsed += parse(file);
        }));
        if (parsed != all_points || frames != all_points + runs) give_up("points are missing");
    }
    const auto speed = [&](const std::vector<double>& seconds) {
        return figure(bytes / median(seconds) / 1e6, 0, " MB/s");
    };
    print_goal("parse and check, time", speed(parsing), speed(checking), median(parsing) / median(checking),
               Goal::at_most, 8);
}

void measure_import(const char* what, const fs::path& folder, const std::vector<RowTable::Point>& points) {
    std::vector<double> inserting, importing;
    double row_bytes = 0, project_bytes = 0;
    for (int i = 0; i < repetitions; ++i) {
        const fs::path rows = folder / "rows.sqlite", project = folder / "project.isoloss";
        fs::remove(rows);
        fs::remove(project);
        inserting.push_back(seconds_of([&] { insert_row_by_row(rows, points); }));
        std::int64_t imported = 0;
        importing.push_back(seconds_of([&] { imported = import_events(folder / "events", project); }));
        if (imported != all_points) give_up("points are missing");
        row_bytes = static_cast<double>(fs::file_size(rows));
        project_bytes = static_cast<double>(fs::file_size(project));
    }
    const auto count = static_cast<double>(all_points);
    const auto speed = [&](const std::vector<double>& seconds) {
        return figure(count / median(seconds) / 1e6, 2, " M/s");
    };
    print_goal((std::string(what) + ", points").c_str(), speed(importing), speed(inserting),
               median(inserting) / median(importing), Goal::at_least, 20);
    print_goal((std::string(what) + ", bytes/point").c_str(), figure(project_bytes / count, 2, " B"),
               figure(row_bytes / count, 2, " B"), project_bytes / row_bytes, Goal::at_most, 0.2);
}

void write_many_tags(const fs::path& path) {
    std::string bytes = version_frame();
    for (int tag = 0; tag < many_tags; ++tag)
        bytes += scalar_frame("layer_" + std::to_string(tag) + "/norm", 0, 1.0f, 1.7e9 + tag);
    put_file(path, bytes);
}

int measure() {
    const TemporaryFolder root;
    const fs::path even = root.path() / "even", jittered = root.path() / "jittered", many = root.path() / "many";
    const auto even_points = make_points(Clock::even);
    write_events(even / "events", even_points);
    {
        double bytes = 0;
        for (const fs::path& file : event_files(even))
            bytes += static_cast<double>(fs::file_size(file));
        std::printf("%lld points of %d series in %.0f MB of event files, medians of %d\n\n",
                    static_cast<long long>(all_points), runs * tags, bytes / 1e6, repetitions);
    }
    print_header("event files");
    measure_parsing(event_files(even));
    measure_import("import, even times", even, even_points);
    {
        const auto points = make_points(Clock::jittered);
        write_events(jittered / "events", points);
        measure_import("import, jittered times", jittered, points);
    }
    print_footprint("import", import_in_another_process(jittered / "events", jittered / "watched.isoloss"));
    write_many_tags(many / "events" / "run" / "events.out.tfevents.1");
    const Footprint footprint = import_in_another_process(many / "events", many / "watched.isoloss");
    print_footprint("10^6 tags", footprint);
    std::printf("%-36s %13.2f s\n", "10^6 tags: time", footprint.seconds);
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    if (count == 3) return import_and_tell_memory(arguments[1], arguments[2]);
    return measure();
}
