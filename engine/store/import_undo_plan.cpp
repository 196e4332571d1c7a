#include "engine/store/connection.h"
#include "engine/store/import_undo.h"

#include <algorithm>
#include <array>
#include <set>

namespace isoloss {

namespace {

// Each answers imports that build on import ?1 (and sometimes that one itself), by what they kept of rows which it had
// made or changed as well, and by what they added to its rows.
constexpr std::string_view builds_on =
    "SELECT l.import_id FROM undo_run l JOIN undo_run n USING (run_id, field) WHERE n.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_run l JOIN run r ON r.id = l.run_id WHERE r.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_identity l JOIN undo_identity n USING (kind, key) WHERE n.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_identity l JOIN run r ON r.id = l.old_run_id WHERE r.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_identity l JOIN run_identity i USING (kind, key) "
    "JOIN run r ON r.id = i.run_id WHERE r.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_attempt l JOIN undo_attempt n USING (run_id, attempt) WHERE n.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_attempt l JOIN attempt a USING (run_id, attempt) WHERE a.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_series l JOIN undo_series n USING (series_id) WHERE n.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_series l JOIN series s ON s.id = l.series_id WHERE s.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_checkpoint l JOIN undo_checkpoint n USING (checkpoint_id, field) "
    "WHERE n.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_checkpoint l JOIN checkpoint c ON c.id = l.checkpoint_id "
    "WHERE c.import_id = ?1 "
    "UNION SELECT l.import_id FROM undo_value l JOIN undo_value n USING (value_id) WHERE n.import_id = ?1 "
    "UNION SELECT import_id FROM undo_value WHERE made_by = ?1 "
    "UNION SELECT import_id FROM undo_source WHERE made_by = ?1 "
    "UNION SELECT s.import_id FROM series s JOIN run r ON r.id = s.run_id WHERE r.import_id = ?1 "
    "UNION SELECT c.import_id FROM checkpoint c JOIN run r ON r.id = c.run_id WHERE r.import_id = ?1 "
    "UNION SELECT c.import_id FROM checkpoint c JOIN attempt a USING (run_id, attempt) WHERE a.import_id = ?1 "
    "UNION SELECT v.import_id FROM value v JOIN checkpoint c ON c.id = v.checkpoint_id WHERE c.import_id = ?1";

// A later import that went on with the series knows how many points there were before it.
constexpr std::string_view points_of_imports =
    "WITH points (import_id, points) AS ("
    "SELECT s.import_id, coalesce((SELECT u.points FROM undo_series u WHERE u.series_id = s.id "
    "ORDER BY u.import_id LIMIT 1), s.points) FROM series s WHERE s.import_id IS NOT NULL "
    "UNION ALL SELECT n.import_id, coalesce((SELECT u.points FROM undo_series u WHERE u.series_id = n.series_id "
    "AND u.import_id > n.import_id ORDER BY u.import_id LIMIT 1), s.points) - n.points "
    "FROM undo_series n JOIN series s ON s.id = n.series_id) "
    "SELECT import_id, sum(points) FROM points GROUP BY import_id";

Expected<void> count(Connection& connection, std::string_view sql, std::int64_t ImportContent::*number,
                     std::map<ImportId, ImportContent>& contents) {
    ISOLOSS_TRY(auto rows, connection.statement(sql));
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return {};
        contents[ImportId(rows.integer(0))].*number = rows.integer(1);
    }
}

Expected<void> add_later(Connection& connection, ImportId import, std::set<ImportId>& later) {
    ISOLOSS_TRY(auto rows, connection.statement(builds_on));
    rows.bind_all(import.value);
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return {};
        if (rows.integer(0) > import.value) later.insert(ImportId(rows.integer(0)));
    }
}

Error refusal(ErrorKind kind, ImportId import, std::string_view what, std::string remedy) {
    std::string reason = "import " + std::to_string(import.value) + " ";
    reason += what;
    return {kind, {}, {}, std::move(reason), std::move(remedy)};
}

Expected<void> check_undoable(Connection& connection, ImportId import) {
    ISOLOSS_TRY(auto rows, connection.statement("SELECT undoable, undone_at IS NOT NULL FROM import WHERE id = ?1"));
    rows.bind_all(import.value);
    ISOLOSS_TRY(const bool row, rows.step());
    if (!row) return fail(refusal(ErrorKind::not_found, import, "is not in this project", "See the list of imports"));
    if (rows.boolean(1)) return fail(refusal(ErrorKind::usage, import, "has been undone already", {}));
    if (!rows.boolean(0))
        return fail(refusal(ErrorKind::unsupported, import,
                            "was made by an earlier Isoloss, which did not keep what undoing needs",
                            "Move its runs to the trash instead"));
    return {};
}

/// "3 jobs", "1 job", nothing for 0.
std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
    if (count == 0) return {};
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

} // namespace

Expected<std::map<ImportId, ImportContent>> import_contents(Connection& connection) {
    std::map<ImportId, ImportContent> contents;
    const auto add = [&](std::string_view sql, std::int64_t ImportContent::*number) {
        return count(connection, sql, number, contents);
    };
    ISOLOSS_TRY_VOID(add("SELECT import_id, count(*) FROM run WHERE import_id IS NOT NULL GROUP BY import_id",
                         &ImportContent::runs));
    ISOLOSS_TRY_VOID(add("SELECT import_id, count(*) FROM series WHERE import_id IS NOT NULL GROUP BY import_id",
                         &ImportContent::series));
    ISOLOSS_TRY_VOID(add(points_of_imports, &ImportContent::points));
    ISOLOSS_TRY_VOID(add("SELECT import_id, count(*) FROM checkpoint WHERE import_id IS NOT NULL GROUP BY import_id",
                         &ImportContent::checkpoints));
    ISOLOSS_TRY_VOID(add("SELECT import_id, count(*) FROM value WHERE import_id IS NOT NULL GROUP BY import_id",
                         &ImportContent::values));
    ISOLOSS_TRY_VOID(add("SELECT v.import_id, count(*) FROM value v JOIN outcome o ON o.value_id = v.id "
                         "WHERE v.import_id IS NOT NULL GROUP BY v.import_id",
                         &ImportContent::items));
    return contents;
}

Expected<ImportUndoPlan> plan_import_undo(Connection& connection, ImportId import) {
    ISOLOSS_TRY_VOID(check_undoable(connection, import));
    std::set<ImportId> imports{import};
    // Later imports have larger numbers, so those that are found are still to be visited.
    for (auto each = imports.begin(); each != imports.end(); ++each)
        ISOLOSS_TRY_VOID(add_later(connection, *each, imports));

    ImportUndoPlan plan;
    plan.imports.assign(imports.rbegin(), imports.rend());
    ISOLOSS_TRY(const auto contents, import_contents(connection));
    for (const ImportId each : plan.imports) {
        if (const auto found = contents.find(each); found != contents.end()) plan.removes += found->second;
        const auto number_of = [&](std::string_view sql) { return connection.find_integer(sql, each.value); };
        ISOLOSS_TRY(const auto values, number_of("SELECT count(*) FROM value v JOIN checkpoint c "
                                                 "ON c.id = v.checkpoint_id JOIN run r ON r.id = c.run_id "
                                                 "WHERE v.import_id IS NULL AND coalesce(c.import_id, r.import_id) = "
                                                 "?1"));
        ISOLOSS_TRY(const auto jobs, number_of("SELECT count(*) FROM job j JOIN checkpoint c "
                                               "ON c.id = j.checkpoint_id JOIN run r ON r.id = c.run_id "
                                               "WHERE coalesce(c.import_id, r.import_id) = ?1"));
        ISOLOSS_TRY(const auto runs, number_of("SELECT count(*) FROM run WHERE edited AND import_id = ?1"));
        plan.measured_values += values.value_or(0);
        plan.jobs += jobs.value_or(0);
        plan.edited_runs += runs.value_or(0);
    }
    return plan;
}

std::string undo_objection(const ImportUndoPlan& plan) {
    std::string text;
    if (plan.imports.size() > 1) {
        text = plan.imports.size() == 2 ? "import " : "imports ";
        for (std::size_t i = 0; i + 1 < plan.imports.size(); ++i)
            text += (i == 0 ? "" : ", ") + std::to_string(plan.imports[i].value);
        text += plan.imports.size() == 2 ? " builds on it" : " build on it";
    }
    std::string lost;
    for (const std::string& part :
         {counted(plan.measured_values, "measured value", "measured values"), counted(plan.jobs, "job", "jobs"),
          counted(plan.edited_runs, "run that was named, grouped, tagged or noted by hand",
                  "runs that were named, grouped, tagged or noted by hand")})
        if (!part.empty()) lost += (lost.empty() ? "" : ", ") + part;
    if (!lost.empty()) text += (text.empty() ? "" : "; ") + ("not to be had from the files again: " + lost);
    return text;
}

} // namespace isoloss
