// The Runs dock on 10,000 runs × 200 fields, held against the pivot of an entity-attribute-value table in the same
// SQLite library, in process: no shell to start, no text to print. Both answer the same runs in the same order.
#include "engine/base/number_text.h"
#include "engine/store/project.h"
#include "tests/benchmarks/measuring.h"
#include "ui/docks/runs_view.h"
#include "ui/models/run_arrangement.h"
#include "ui/models/runs_model.h"

#include <QApplication>
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <sqlite3.h>
#include <string>
#include <vector>

using namespace isoloss;
using namespace isoloss::bench;

namespace {

constexpr int run_count = 10'000, groups = 20;
constexpr int config_parts = 6, fields_of_part = 10, series_count = 40, quantity_count = 20; // 60 + 40 × 3 + 20 = 200
constexpr int repeats = 15;

struct Field {
    std::string name;
    double value;
};

std::string config_field(int part, int field) {
    return "part_" + std::to_string(part) + ".field_" + std::to_string(field);
}

std::string series_name(int number) {
    return "part_" + std::to_string(number % 4) + "/metric_" + std::to_string(number);
}

std::string quantity_key(int number) {
    return "task_" + std::to_string(number) + "/acc";
}

std::string group_of(int run) {
    return "group " + std::to_string(run % groups);
}

/// The fields of a run, the same for the project and its anchor.
std::vector<Field> fields_of(int run) {
    std::mt19937_64 random(static_cast<std::uint64_t>(run));
    std::uniform_real_distribution<float> number(0, 1);
    std::vector<Field> fields;
    for (int part = 0; part < config_parts; ++part)
        for (int field = 0; field < fields_of_part; ++field)
            fields.push_back({config_field(part, field), static_cast<double>(number(random))});
    for (int series = 0; series < series_count; ++series) {
        std::array<float, 3> points{number(random), number(random), number(random)};
        for (const char* function : {"last", "min", "max"}) {
            const float value = *function == 'l'     ? points[2]
                                : function[1] == 'i' ? *std::ranges::min_element(points)
                                                     : *std::ranges::max_element(points);
            fields.push_back({std::string(function) + "(" + series_name(series) + ")", static_cast<double>(value)});
        }
    }
    for (int quantity = 0; quantity < quantity_count; ++quantity)
        fields.push_back({quantity_key(quantity), static_cast<double>(number(random))});
    return fields;
}

Expected<void> write_run(WriteSession& session, int run, const std::vector<QuantityId>& quantities) {
    const std::vector<Field> fields = fields_of(run);
    ISOLOSS_TRY(const RunId id, session.ensure_run({"bench", std::to_string(run)}, "run-" + std::to_string(run)));
    ISOLOSS_TRY_VOID(session.set_run_group(id, group_of(run)));
    std::string config;
    auto field = fields.begin();
    for (int part = 0; part < config_parts; ++part) {
        config += (part == 0 ? "{" : ", ") + ("\"part_" + std::to_string(part) + "\": {");
        for (int i = 0; i < fields_of_part; ++i, ++field)
            config += (i == 0 ? "" : ", ") + ("\"field_" + std::to_string(i) + "\": ") + number_text(field->value);
        config += "}";
    }
    ISOLOSS_TRY_VOID(session.merge_run_config(id, config + "}"));
    for (int series = 0; series < series_count; ++series, field += 3) {
        ISOLOSS_TRY(const SeriesId of_run, session.ensure_series(id, series_name(series)));
        PointColumns points;
        points.steps = {0, 100, 200};
        points.wall_times = {1, 2, 3};
        points.values = std::vector{field[1].value, field[2].value, field[0].value}; // min, max, last
        ISOLOSS_TRY_VOID(session.append_points(of_run, 1, points));
    }
    ISOLOSS_TRY(const CheckpointId checkpoint, session.ensure_checkpoint(id, 1, 200));
    for (const QuantityId quantity : quantities) {
        ValueRecord value;
        value.checkpoint = checkpoint;
        value.quantity = quantity;
        value.value = (field++)->value;
        if (const auto put = session.put_value(value); !put) return fail(put.error());
    }
    return {};
}

Expected<void> write_runs(WriteSession& session) {
    std::vector<QuantityId> quantities;
    for (int i = 0; i < quantity_count; ++i) {
        QuantityRecord record;
        record.key = quantity_key(i);
        record.metric = "acc";
        ISOLOSS_TRY(quantities.emplace_back(), session.ensure_quantity(record));
    }
    for (int run = 0; run < run_count; ++run)
        ISOLOSS_TRY_VOID(write_run(session, run, quantities));
    return {};
}

/// runs(id, name, team) and fields(run, name, value) with an index that covers the pivot.
class Anchor {
public:
    explicit Anchor(const std::filesystem::path& path) {
        check(sqlite3_open(path.c_str(), &handle_));
        run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN;"
            "CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT, team TEXT);"
            "CREATE TABLE fields (run INTEGER, name TEXT, value REAL);");
        const auto put_run = prepare("INSERT INTO runs VALUES (?1, ?2, ?3)");
        const auto put_field = prepare("INSERT INTO fields VALUES (?1, ?2, ?3)");
        for (int i = 0; i < run_count; ++i) {
            const std::string name = "run-" + std::to_string(i), team = group_of(i);
            sqlite3_bind_int(put_run.get(), 1, i + 1);
            sqlite3_bind_text(put_run.get(), 2, name.c_str(), -1, SQLITE_TRANSIENT);
            sqlite3_bind_text(put_run.get(), 3, team.c_str(), -1, SQLITE_TRANSIENT);
            step(put_run.get());
            for (const Field& field : fields_of(i)) {
                sqlite3_bind_int(put_field.get(), 1, i + 1);
                sqlite3_bind_text(put_field.get(), 2, field.name.c_str(), -1, SQLITE_TRANSIENT);
                sqlite3_bind_double(put_field.get(), 3, field.value);
                step(put_field.get());
            }
        }
        run("CREATE INDEX fields_by_name ON fields (name, run, value); COMMIT; ANALYZE;");
    }

    ~Anchor() { sqlite3_close(handle_); }

    Anchor(const Anchor&) = delete;
    Anchor& operator=(const Anchor&) = delete;

    /// Every cell of the columns of the runs that pass, in order; answers the runs' names.
    std::vector<std::string> pivot(const std::vector<std::string>& columns, const std::string& having,
                                   const std::string& order, bool named_only) {
        std::string sql = "SELECT r.name, r.team", names;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const std::string name = "'" + columns[i] + "'";
            sql += ", MAX(CASE WHEN f.name = " + name + " THEN f.value END) AS c" + std::to_string(i);
            names += (i == 0 ? "" : ", ") + name;
        }
        sql += " FROM runs r JOIN fields f ON f.run = r.id ";
        if (named_only) sql += "WHERE f.name IN (" + names + ") ";
        sql += "GROUP BY r.id HAVING " + having + " ORDER BY " + order;
        const auto rows = prepare(sql.c_str());
        std::vector<std::string> runs;
        double sum = 0;
        while (step(rows.get())) {
            runs.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(rows.get(), 0)));
            for (int column = 2; column < sqlite3_column_count(rows.get()); ++column)
                sum += sqlite3_column_double(rows.get(), column);
        }
        if (!(sum == sum)) give_up("the anchor has no numbers");
        return runs;
    }

private:
    using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

    void check(int code) {
        if (code != SQLITE_OK) give_up(sqlite3_errmsg(handle_));
    }

    void run(const char* sql) { check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)); }

    Statement prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr));
        return {statement, sqlite3_finalize};
    }

    /// True at a row; a statement that is done is reset.
    bool step(sqlite3_stmt* statement) {
        const int code = sqlite3_step(statement);
        if (code == SQLITE_ROW) return true;
        if (code != SQLITE_DONE) give_up(sqlite3_errmsg(handle_));
        sqlite3_reset(statement);
        return false;
    }

    sqlite3* handle_ = nullptr;
};

std::vector<std::string> names_of(const ArrangedRuns& runs) {
    std::vector<std::string> names;
    for (const RunRecord& run : runs.table.runs)
        names.push_back(run.name);
    return names;
}

double median_ms(const auto& work) {
    std::vector<double> times;
    for (int i = 0; i < repeats; ++i)
        times.push_back(1e3 * seconds_of(work));
    return median(times);
}

} // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    const QApplication application(argc, argv);
    const TemporaryFolder folder;
    const auto project = require(Project::create(folder.path() / "runs.isoloss"));
    require(project->writer().run(write_runs));
    const auto reader = require(project->reader());
    Anchor anchor(folder.path() / "anchor.sqlite");

    RunArrangement shown;
    shown.columns = {"last(" + series_name(3) + ")", quantity_key(1), "config." + config_field(1, 4),
                     "min(" + series_name(25) + ")"};
    shown.sortKey = shown.columns[0];
    RunArrangement filtered = shown;
    filtered.filter = config_field(0, 3) + " < 0.5 and group != \"group 3\" and min(" + series_name(12) +
                      ") < 0.3 and has(" + quantity_key(3) + ")";
    const std::vector<std::string> anchor_columns{shown.columns[0], shown.columns[1],   config_field(1, 4),
                                                  shown.columns[3], config_field(0, 3), "min(" + series_name(12) + ")",
                                                  quantity_key(3)};
    const std::string having = "c4 < 0.5 AND r.team != 'group 3' AND c5 < 0.3 AND c6 IS NOT NULL";

    const auto first_rows = [&](const RunArrangement& arrangement) {
        const auto fields = require(RunFields::load(*reader, TrashRule::with_trash));
        return require(arrangeRuns(*reader, *fields, arrangement));
    };
    const auto fields = require(RunFields::load(*reader, TrashRule::with_trash));
    const auto arranged = [&](const RunArrangement& arrangement) {
        return require(arrangeRuns(*reader, *fields, arrangement));
    };

    const auto ours = names_of(arranged(filtered));
    for (const bool named_only : {true, false})
        if (ours.empty() || ours != anchor.pivot(anchor_columns, having, "c0", named_only))
            give_up("the runs differ from those of the anchor");

    std::vector<double> mine, pivots;
    for (int i = 0; i < repeats; ++i) { // by turns, so that both meet the same load
        mine.push_back(1e3 * seconds_of([&] { arranged(filtered); }));
        pivots.push_back(1e3 * seconds_of([&] { anchor.pivot(anchor_columns, having, "c0", true); }));
    }
    const double whole_pivot = 1e3 * seconds_of([&] { anchor.pivot(anchor_columns, having, "c0", false); });

    std::printf("%d runs x 200 fields, %zu of them pass the filter\n", run_count, ours.size());
    print_header("runs");
    const auto ms = [](double time) { return figure(time, 2, " ms"); };
    const double filter_ms = median(mine), pivot_ms = median(pivots);
    print_goal("filter and sort, pivot of 7 fields", ms(filter_ms), ms(pivot_ms), pivot_ms / filter_ms, Goal::at_least,
               20);
    print_goal("the same, pivot of all fields", ms(filter_ms), ms(whole_pivot), whole_pivot / filter_ms, Goal::at_least,
               20);
    RunArrangement by_name = shown;
    by_name.sortKey = "name";
    for (const auto& [what, arrangement] : {std::pair("sort all by a number", shown), {"sort all by name", by_name}}) {
        const double time = median_ms([&, &sorted = arrangement] { arranged(sorted); });
        print_goal(what, ms(time), "", time, Goal::at_most, 50);
    }
    RunArrangement opening;
    opening.columns = {"checkpoints", shown.columns[0]};
    const double opening_ms = median_ms([&] { first_rows(opening); });
    print_goal("first rows, as a project opens", ms(opening_ms), "", opening_ms, Goal::at_most, 100);
    RunsModel model;
    RunsView view(model);
    view.resize(420, 900);
    view.show();
    const std::array orders{std::make_shared<const ArrangedRuns>(arranged(shown)),
                            std::make_shared<const ArrangedRuns>(arranged(by_name))};
    std::vector<double> stalls;
    for (std::size_t i = 0; i < repeats; ++i)
        stalls.push_back(1e3 * seconds_of([&] {
                             model.setRuns(orders[i % orders.size()]);
                             view.layOutColumns();
                             view.grab();
                         }));
    print_goal("window thread, all rows anew", ms(median(stalls)), "", median(stalls), Goal::at_most, 50);
    const double parsed = median_ms([&] { first_rows(filtered); });
    std::printf("%-36s %16s\n", "first rows, filter over configs", ms(parsed).c_str());
    const double names = 1e3 * seconds_of([&] { require(fields->choices(*reader)); });
    std::printf("%-36s %16s\n", "names for completion", ms(names).c_str());
    return 0;
}
