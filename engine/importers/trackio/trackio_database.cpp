#include "engine/importers/trackio/trackio_database.h"

#include "engine/base/date_text.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/importers/run_joining.h"

#include <limits>
#include <map>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr JsonLimits row_limits{16u << 20, 50};
constexpr std::string_view system_prefix = "system/";

enum Table : std::size_t { metrics_table, system_table };

// What identifies the run of a row: one of the columns, or project and name.
std::string key_columns(const std::vector<std::string>& columns) {
    if (has_column(columns, "run_id")) return "run_id, '', run_name";
    if (has_column(columns, "project_name")) return "NULL, project_name, run_name";
    return "NULL, '', run_name";
}

class Reader {
public:
    Reader(const ForeignDatabase& database, const fs::path& path, DatabaseRuns& runs, SourceContext& context)
        : database_(database), path_(path), runs_(runs), context_(context) {}

    Expected<void> read(std::int64_t after) {
        ISOLOSS_TRY(const auto metrics, database_.columns("metrics"));
        ISOLOSS_TRY_VOID(read_rows(metrics_table,
                                   "SELECT id, " + key_columns(metrics) +
                                       ", timestamp, metrics, step FROM metrics WHERE id > ? ORDER BY "
                                       "id LIMIT ?",
                                   after));
        ISOLOSS_TRY(const auto system, database_.columns("system_metrics"));
        if (has_column(system, "metrics") && has_column(system, "run_name") && has_column(system, "id"))
            ISOLOSS_TRY_VOID(read_rows(system_table,
                                       "SELECT id, " + key_columns(system) +
                                           ", timestamp, metrics, NULL FROM system_metrics WHERE id > ? "
                                           "ORDER BY id LIMIT ?",
                                       0));
        ISOLOSS_TRY_VOID(read_configs());
        report();
        return {};
    }

private:
    Expected<void> read_rows(Table table, const std::string& sql, std::int64_t after) {
        return runs_.read_pages(database_, sql, after,
                                [&](std::int64_t number, const ForeignRows& row) -> Expected<void> {
                                    ISOLOSS_TRY(DatabaseRuns::Run * run, run_of(row, 1));
                                    add(table, number, row, *run);
                                    return {};
                                });
    }

    // From the three columns of key_columns().
    Expected<DatabaseRuns::Run*> run_of(const ForeignRows& row, int column) {
        const std::string_view id = row.text(column), project = row.text(column + 1), name = row.text(column + 2);
        std::string key(id.empty() ? name : id);
        if (!project.empty()) key = std::string(project) + "/" + key;
        if (auto* known = runs_.find(key)) return known;
        auto subject = std::make_shared<RunSubject>();
        subject->name = valid_utf8(name.empty() ? id : name);
        subject->identities = {id.empty() ? identity::trackio_run(path_text(path_) + "#" + key)
                                          : identity::trackio_run(key)};
        ISOLOSS_TRY(DatabaseRuns::Run * run, runs_.add(key, std::move(subject)));
        groups_[run] = project.empty() ? path_text(path_.stem()) : valid_utf8(project);
        return run;
    }

    void add(Table table, std::int64_t number, const ForeignRows& row, DatabaseRuns::Run& run) {
        const auto document = parse_json(row.text(5), {}, row_limits, &mends_);
        const auto step = table == system_table ? std::optional(run.count_row(table, number)) : row.integer(6);
        if (!document || !document->IsObject() || !step) {
            ++bad_rows_;
            return;
        }
        const double time = parse_date(row.text(4)).value_or(std::numeric_limits<double>::quiet_NaN());
        for (const auto& member : document->GetObject()) {
            std::string_view name = json_view(member.name);
            if (table == system_table) {
                name_ = system_prefix;
                name = name_ += name;
            }
            if (const auto value = json_as_number(member.value))
                run.add(table, number, name, *step, time, *value);
            else if (json_string(member.value, "_type"))
                ++media_;
            else
                ++no_numbers_;
        }
    }

    Expected<void> read_configs() {
        ISOLOSS_TRY(const auto columns, database_.columns("configs"));
        if (has_column(columns, "config") && has_column(columns, "run_name")) {
            ISOLOSS_TRY(auto rows, database_.select("SELECT " + key_columns(columns) + ", config FROM configs"));
            for (;;) {
                ISOLOSS_TRY(const bool row, rows.next());
                if (!row) break;
                ISOLOSS_TRY(DatabaseRuns::Run * run, run_of(rows, 0));
                auto config = parse_json(rows.text(3), {}, row_limits, &mends_);
                if (config && config->IsObject())
                    configs_[run] = std::move(*config);
                else
                    ++bad_rows_;
            }
        }
        for (const auto& [run, group] : groups_)
            run->set_facts(facts_of(run, group));
        return {};
    }

    // "_Group", "_Username" and "_Created" are trackio's own.
    RunFacts facts_of(DatabaseRuns::Run* run, const std::string& group) {
        RunFacts facts;
        facts.group = group;
        const auto found = configs_.find(run);
        if (found == configs_.end()) return facts;
        rapidjson::Document& config = found->second;
        if (const auto own = json_string(config, "_Group"); own && !own->empty()) facts.group = *own;
        if (const auto created = json_string(config, "_Created")) facts.started_at = parse_date(*created);
        for (auto at = config.MemberBegin(); at != config.MemberEnd();)
            at = json_view(at->name).starts_with('_') ? config.EraseMember(at) : at + 1;
        if (!config.ObjectEmpty()) facts.config = json_text(config);
        return facts;
    }

    void report() {
        const std::string path = path_text(path_);
        context_.note_mends(path_, mends_);
        if (bad_rows_ > 0)
            context_.skip(path_, {}, std::to_string(bad_rows_) + " rows whose JSON or step is damaged were left out");
        if (media_ > 0)
            context_.note(path + ": " + std::to_string(media_) + " images, tables and other media were left out");
        if (no_numbers_ > 0)
            context_.note(path + ": " + std::to_string(no_numbers_) + " values that are no numbers were left out");
    }

    const ForeignDatabase& database_;
    const fs::path& path_;
    DatabaseRuns& runs_;
    SourceContext& context_;
    std::map<DatabaseRuns::Run*, std::string> groups_;
    std::map<DatabaseRuns::Run*, rapidjson::Document> configs_;
    std::string name_;
    JsonMends mends_;
    std::int64_t bad_rows_ = 0, media_ = 0, no_numbers_ = 0;
};

class TrackioDatabase final : public TrackerDatabase {
public:
    std::string_view format() const override { return "trackio_database"; }

    std::string title() const override { return "trackio database"; }

    Expected<bool> recognises(const ForeignDatabase& database) const override {
        ISOLOSS_TRY(const auto metrics, database.columns("metrics"));
        for (const char* column : {"id", "timestamp", "run_name", "step", "metrics"})
            if (!has_column(metrics, column)) return false;
        return true;
    }

    std::string_view rows_up_to() const override {
        return "SELECT id, run_name, step, timestamp, metrics FROM metrics WHERE id <= ? ORDER BY id DESC LIMIT 1";
    }

    Expected<void> read(const ForeignDatabase& database, const fs::path& path, std::int64_t after, DatabaseRuns& runs,
                        SourceContext& context) const override {
        return Reader(database, path, runs, context).read(after);
    }
};

} // namespace

std::shared_ptr<const TrackerDatabase> trackio_database() {
    return std::make_shared<TrackioDatabase>();
}

} // namespace isoloss
