#include "engine/analysis/checkpoint_table.h"
#include "engine/series/series_cache.h"
#include "engine/store/project.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sqlite3.h>
#include <string>
#include <unistd.h>
#include <vector>

using namespace isoloss;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t points_per_call = 1'000'000;
constexpr std::size_t calls = 10;
constexpr int pixel_width = 1600;
constexpr int runs = 51, checkpoints_per_run = 70, quantities = 70; // 3,570 checkpoints

[[noreturn]] void give_up(const std::string& reason) {
    std::fprintf(stderr, "%s\n", reason.c_str());
    std::exit(1);
}

template <typename T>
T require(Expected<T> expected) {
    if (!expected) give_up(expected.error().text());
    return std::move(*expected);
}

void require(const Expected<void>& expected) {
    if (!expected) give_up(expected.error().text());
}

double milliseconds_since(Clock::time_point start) {
    return 1e3 * std::chrono::duration<double>(Clock::now() - start).count();
}

/// The best of several repeats, in milliseconds.
template <typename Work>
double best_of(int repeats, const Work& work) {
    double best = HUGE_VAL;
    for (int i = 0; i < repeats; ++i) {
        const auto start = Clock::now();
        work();
        best = std::min(best, milliseconds_since(start));
    }
    return best;
}

/// The loss, and series that serve as x of it: tokens, which rise, a learning rate, which turns once, and noise.
SeriesId write_series(Project& project) {
    SeriesId series;
    for (std::size_t call = 0; call < calls; ++call) {
        PointColumns points;
        std::vector<float> values, rates, noise;
        std::vector<double> tokens;
        for (std::size_t i = 0; i < points_per_call; ++i) {
            const auto step = static_cast<std::int64_t>(call * points_per_call + i);
            const auto x = static_cast<double>(step);
            points.steps.push_back(step);
            points.wall_times.push_back(1.7e9 + 0.25 * x);
            values.push_back(static_cast<float>(2 + 8 / std::sqrt(1 + 1e-3 * x) + 0.1 * std::sin(x * 12.9898)));
            tokens.push_back(x * 524288 + 1000 * std::sin(x));
            noise.push_back(static_cast<float>(std::remainder(x * 0.618033988749895, 1.0)));
            rates.push_back(static_cast<float>(x < 1e5 ? x * 1e-5 : std::cos((x - 1e5) * 1.5e-7)));
        }
        const std::pair<const char*, PointColumns> beside[]{{"tokens", {points.steps, points.wall_times, tokens}},
                                                            {"lr", {points.steps, points.wall_times, rates}},
                                                            {"noise", {points.steps, points.wall_times, noise}}};
        points.values = std::move(values);
        require(project.writer().run(
            [&](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const auto run, session.ensure_run({"bench", "run"}, "run"));
                for (const auto& [name, columns] : beside) {
                    ISOLOSS_TRY(const auto other, session.ensure_series(run, name));
                    ISOLOSS_TRY_VOID(session.append_points(other, 1, columns));
                }
                ISOLOSS_TRY(series, session.ensure_series(run, "loss"));
                return session.append_points(series, 1, points);
            },
            Durability::bulk));
    }
    return series;
}

std::vector<std::string> write_values(Project& project) {
    std::vector<std::string> keys;
    require(project.writer().run(
        [&](WriteSession& session) -> Expected<void> {
            std::vector<QuantityId> ids;
            for (int i = 0; i < quantities; ++i) {
                QuantityRecord quantity;
                quantity.key = "task_" + std::to_string(i) + "/acc";
                quantity.metric = "acc";
                quantity.subject = "task_" + std::to_string(i);
                keys.push_back(quantity.key);
                ISOLOSS_TRY(ids.emplace_back(), session.ensure_quantity(quantity));
            }
            for (int run = 0; run < runs; ++run) {
                const std::string name = "grid-" + std::to_string(run);
                ISOLOSS_TRY(const RunId run_id, session.ensure_run({"bench", name}, name));
                for (int step = 0; step < checkpoints_per_run; ++step) {
                    ISOLOSS_TRY(const CheckpointId checkpoint, session.ensure_checkpoint(run_id, 1, 1000 * step));
                    for (const QuantityId quantity : ids) {
                        ValueRecord value;
                        value.checkpoint = checkpoint;
                        value.quantity = quantity;
                        value.value = 0.25 + 0.001 * step + 0.0001 * run;
                        value.standard_error = 0.01;
                        value.n = 1000;
                        value.provenance =
                            R"({"file": "results_2024-06-01T00-00-00.json", "place": "results.acc,none"})";
                        if (auto put = session.put_value(value); !put) return fail(put.error());
                    }
                }
            }
            return {};
        },
        Durability::bulk));
    return keys;
}

void measure_views(Reader& reader, SeriesId series) {
    std::size_t read = 0;
    const double all_ms = best_of(2, [&] { read = require(reader.points(series)).front().points.size(); });
    SeriesRequest whole;
    whole.series = series;
    whole.pixel_width = pixel_width;
    SeriesRequest zoomed = whole;
    zoomed.x_min = 4.2e6;
    zoomed.x_max = 4.3e6;
    SeriesRequest smoothed = whole;
    smoothed.smoothing = {SmoothingKind::ema, 0.9};

    const auto print = [&](const char* name, double ms) {
        std::printf("%-32s %9.3f ms   ratio %8.1f\n", name, ms, all_ms / ms);
    };
    const auto first_view = [&](const SeriesRequest& request) {
        return best_of(3, [&] {
            SeriesCache fresh;
            require(fresh.view(reader, request));
        });
    };
    SeriesCache cache;
    const auto view = [&](const SeriesRequest& request) { return [&] { require(cache.view(reader, request)); }; };
    std::printf("all %zu points read         %9.3f ms   (anchor)\n", read, all_ms);
    print("view, nothing cached", first_view(whole));
    view(whole)();
    print("view, cached", best_of(20, view(whole)));
    print("zoomed to 1 %, nothing cached", first_view(zoomed));
    view(zoomed)();
    print("zoomed to 1 %, cached", best_of(20, view(zoomed)));
    print("smoothed, nothing cached", best_of(1, view(smoothed)));
    print("smoothed, cached", best_of(20, view(smoothed)));
    for (const Smoothing& smoothing :
         {Smoothing{SmoothingKind::gaussian, 10}, Smoothing{SmoothingKind::running_mean, 101}}) {
        smoothed.smoothing = smoothing;
        print((smoothing_name(smoothing) + ", nothing cached").c_str(), best_of(1, view(smoothed)));
    }
    for (const char* name : {"tokens", "lr", "noise"}) {
        SeriesRequest over = whole;
        over.x = CurveX::series;
        over.x_series = name;
        const std::string title = std::string("over ") + name;
        print((title + ", nothing cached").c_str(), best_of(1, view(over)));
        print((title + ", cached").c_str(), best_of(5, view(over)));
    }
    const auto statistics = [&](const SeriesRequest& request) {
        return [&] {
            SeriesCache fresh;
            require(fresh.statistics(reader, request));
        };
    };
    print("statistics of all", best_of(3, statistics(whole)));
    print("statistics of 1 %", best_of(3, statistics(zoomed)));
}

double bare_scan_ms(const std::filesystem::path& path) {
    sqlite3* database = nullptr;
    sqlite3_stmt* scan = nullptr;
    if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK)
        give_up("the project cannot be opened");
    if (sqlite3_prepare_v2(database, "SELECT checkpoint_id, quantity_id, value, standard_error, n FROM value", -1,
                           &scan, nullptr) != SQLITE_OK)
        give_up(sqlite3_errmsg(database));
    double sum = 0;
    const double ms = best_of(3, [&] {
        while (sqlite3_step(scan) == SQLITE_ROW)
            sum += sqlite3_column_double(scan, 2) + sqlite3_column_double(scan, 3) +
                   static_cast<double>(sqlite3_column_int64(scan, 0) + sqlite3_column_int64(scan, 1) +
                                       sqlite3_column_int64(scan, 4));
        sqlite3_reset(scan);
    });
    sqlite3_finalize(scan);
    sqlite3_close(database);
    if (!(sum > 0)) give_up("the scan found nothing");
    return ms;
}

void measure_table(Reader& reader, const std::filesystem::path& path, const std::vector<std::string>& keys) {
    const double scan_ms = bare_scan_ms(path);
    std::size_t rows = 0;
    const double table_ms =
        best_of(3, [&] { rows = require(load_checkpoint_table(reader, "", keys)).checkpoints.size(); });
    const double one_ms = best_of(3, [&] { require(load_checkpoint_table(reader, "", {keys.front()})); });
    std::printf("bare SQL scan of the values      %9.3f ms   (anchor)\n", scan_ms);
    std::printf("table of %zu × %zu             %9.3f ms   ratio %8.2f\n", rows, keys.size(), table_ms,
                table_ms / scan_ms);
    std::printf("table of %zu × 1              %9.3f ms\n", rows, one_ms);
}

} // namespace

int main() {
    const auto folder = std::filesystem::temp_directory_path() / ("isoloss-bench-series-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    const auto path = folder / "bench.isoloss";
    {
        const auto project = require(Project::create(path));
        const SeriesId series = write_series(*project);
        const auto keys = write_values(*project);
        const auto reader = require(project->reader());
        measure_views(*reader, series);
        measure_table(*reader, path, keys);
    }
    std::filesystem::remove_all(folder);
    return 0;
}
