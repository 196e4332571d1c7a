#include "engine/importers/mlflow/mlflow_database.h"

#include "engine/base/file.h"
#include "engine/importers/mlflow/mlflow_run.h"

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

// The store has no infinities: it puts the largest doubles in their place.
double unbounded(double value) {
    constexpr double largest = std::numeric_limits<double>::max();
    if (value == largest) return std::numeric_limits<double>::infinity();
    if (value == -largest) return -std::numeric_limits<double>::infinity();
    return value;
}

class Reader {
public:
    Reader(const ForeignDatabase& database, const fs::path& path, DatabaseRuns& runs, SourceContext& context)
        : database_(database), path_(path), runs_(runs), context_(context) {}

    Expected<void> read(std::int64_t after) {
        ISOLOSS_TRY_VOID(read_runs());
        ISOLOSS_TRY_VOID(read_pairs("params", &MlflowRun::params));
        ISOLOSS_TRY_VOID(read_pairs("tags", &MlflowRun::tags));
        for (const auto& [uuid, run] : described_) {
            ISOLOSS_TRY(DatabaseRuns::Run * added, runs_.add(uuid, mlflow_subject(run)));
            added->set_facts(mlflow_facts(run));
        }
        ISOLOSS_TRY_VOID(read_metrics(after));
        report();
        return {};
    }

private:
    Expected<void> read_runs() {
        std::map<std::int64_t, std::string> experiments;
        std::set<std::int64_t> deleted_experiments;
        ISOLOSS_TRY(const auto experiment_columns, database_.columns("experiments"));
        if (has_column(experiment_columns, "name")) {
            const bool has_stage = has_column(experiment_columns, "lifecycle_stage");
            ISOLOSS_TRY(auto rows,
                        database_.select(has_stage ? "SELECT experiment_id, name, lifecycle_stage FROM experiments"
                                                   : "SELECT experiment_id, name, 'active' FROM experiments"));
            for (;;) {
                ISOLOSS_TRY(const bool row, rows.next());
                if (!row) break;
                const std::int64_t id = rows.integer(0).value_or(-1);
                experiments[id] = rows.text(1);
                if (rows.text(2) == "deleted") deleted_experiments.insert(id);
            }
        }
        ISOLOSS_TRY(const auto columns, database_.columns("runs"));
        const auto column = [&](const char* name) {
            return has_column(columns, name) ? std::string(name) : std::string("NULL");
        };
        const std::string sql = "SELECT run_uuid, " + column("name") + ", " + column("status") + ", " +
                                column("start_time") + ", " + column("lifecycle_stage") + ", " +
                                column("experiment_id") + ", " + column("artifact_uri") + " FROM runs ORDER BY rowid";
        ISOLOSS_TRY(auto rows, database_.select(sql));
        for (;;) {
            ISOLOSS_TRY(const bool row, rows.next());
            if (!row) break;
            MlflowRun run;
            run.uuid = rows.text(0);
            const std::int64_t experiment = rows.integer(5).value_or(-1);
            if (rows.text(4) == "deleted" || deleted_experiments.contains(experiment)) {
                deleted_.insert(run.uuid);
                continue;
            }
            run.name = rows.text(1);
            run.status = mlflow_status(rows.text(2));
            run.started = rows.integer(3);
            if (const auto known = experiments.find(experiment); known != experiments.end())
                run.experiment = known->second;
            run.artifacts = mlflow_artifacts(rows.text(6), path_.parent_path());
            std::string uuid = run.uuid;
            described_.emplace(std::move(uuid), std::move(run));
        }
        forget_shared_artifacts();
        return {};
    }

    // A folder that several runs have tells none of them: with it they would be taken for one run.
    void forget_shared_artifacts() {
        std::map<fs::path, int> runs;
        for (const auto& [uuid, run] : described_)
            ++runs[run.artifacts];
        for (auto& [uuid, run] : described_)
            if (runs[run.artifacts] > 1) run.artifacts.clear();
    }

    Expected<void> read_pairs(const char* table, std::map<std::string, std::string> MlflowRun::*pairs) {
        ISOLOSS_TRY(const auto columns, database_.columns(table));
        if (!has_column(columns, "key") || !has_column(columns, "value") || !has_column(columns, "run_uuid")) return {};
        ISOLOSS_TRY(auto rows, database_.select("SELECT run_uuid, key, value FROM " + std::string(table)));
        for (;;) {
            ISOLOSS_TRY(const bool row, rows.next());
            if (!row) return {};
            const auto run = described_.find(rows.text(0));
            if (run != described_.end()) (run->second.*pairs)[std::string(rows.text(1))] = rows.text(2);
        }
    }

    // In the order in which they were logged.
    Expected<void> read_metrics(std::int64_t after) {
        ISOLOSS_TRY(const auto columns, database_.columns("metrics"));
        const std::string begin = std::string("SELECT rowid, run_uuid, key, value, timestamp, ") +
                                  (has_column(columns, "step") ? "step" : "0") + ", " +
                                  (has_column(columns, "is_nan") ? "is_nan" : "0") + " FROM metrics WHERE rowid > ?1 ";
        const std::string end = " ORDER BY rowid LIMIT ?2";
        // Runs that were deleted and came back have rows among those that were read before.
        for (const auto& [uuid, run] : described_)
            if (after > 0 && runs_.find(uuid)->is_new())
                ISOLOSS_TRY_VOID(
                    read_pages(begin + "AND rowid <= ?3 AND run_uuid = ?4" + end, 0, {after, std::string_view(uuid)}));
        return read_pages(begin + end, after);
    }

    Expected<void> read_pages(const std::string& sql, std::int64_t after,
                              const std::vector<ForeignParameter>& others = {}) {
        return runs_.read_pages(
            database_, sql, after,
            [this](std::int64_t number, const ForeignRows& row) -> Expected<void> {
                add(number, row);
                return {};
            },
            others);
    }

    void add(std::int64_t number, const ForeignRows& row) {
        const std::string_view uuid = row.text(1);
        if (last_run_ == nullptr || uuid != last_uuid_) {
            last_run_ = runs_.find(uuid);
            last_uuid_ = uuid;
        }
        if (last_run_ == nullptr) {
            if (!deleted_.contains(last_uuid_)) ++without_run_;
            return;
        }
        const bool is_nan = row.integer(6).value_or(0) != 0;
        const auto value = is_nan ? std::optional(std::numeric_limits<double>::quiet_NaN()) : row.real(3);
        const auto step = row.integer(5);
        if (!value || !step) {
            ++no_numbers_;
            return;
        }
        const auto time = row.integer(4);
        const double seconds = time ? static_cast<double>(*time) / 1000 : std::numeric_limits<double>::quiet_NaN();
        last_run_->add(0, number, row.text(2), *step, seconds, unbounded(*value));
    }

    void report() {
        if (!deleted_.empty())
            context_.note(path_text(path_) + ": " + std::to_string(deleted_.size()) + " deleted runs were left out");
        if (no_numbers_ > 0)
            context_.skip(path_, "table metrics",
                          std::to_string(no_numbers_) + " rows whose value or step is no number were left out");
        if (without_run_ > 0)
            context_.skip(path_, "table metrics",
                          std::to_string(without_run_) + " rows of runs that are not in the table runs were left out");
    }

    const ForeignDatabase& database_;
    const fs::path& path_;
    DatabaseRuns& runs_;
    SourceContext& context_;
    std::map<std::string, MlflowRun, std::less<>> described_; ///< by uuid
    std::set<std::string, std::less<>> deleted_;
    DatabaseRuns::Run* last_run_ = nullptr; ///< rows of a run follow each other
    std::string last_uuid_;
    std::int64_t no_numbers_ = 0, without_run_ = 0;
};

class MlflowDatabase final : public TrackerDatabase {
public:
    std::string_view format() const override { return "mlflow_database"; }

    std::string title() const override { return "MLflow database"; }

    Expected<bool> recognises(const ForeignDatabase& database) const override {
        ISOLOSS_TRY(const auto metrics, database.columns("metrics"));
        if (!has_column(metrics, "run_uuid") || !has_column(metrics, "key") || !has_column(metrics, "value") ||
            !has_column(metrics, "timestamp"))
            return false;
        ISOLOSS_TRY(const auto runs, database.columns("runs"));
        return has_column(runs, "run_uuid");
    }

    std::string_view rows_up_to() const override {
        return "SELECT rowid, run_uuid, key, value, timestamp FROM metrics WHERE rowid <= ? ORDER BY rowid DESC LIMIT "
               "1";
    }

    Expected<void> read(const ForeignDatabase& database, const fs::path& path, std::int64_t after, DatabaseRuns& runs,
                        SourceContext& context) const override {
        return Reader(database, path, runs, context).read(after);
    }
};

} // namespace

std::shared_ptr<const TrackerDatabase> mlflow_database() {
    return std::make_shared<MlflowDatabase>();
}

} // namespace isoloss
