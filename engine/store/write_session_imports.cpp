#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/write_session_cache.h"

namespace isoloss {

Expected<ViewId> WriteSession::put_view(const ViewRecord& view) {
    changes_.views = true;
    ISOLOSS_TRY_VOID(connection_.execute(
        "INSERT INTO view (name, page, body, updated_at) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (name) DO UPDATE SET page = excluded.page, body = excluded.body, updated_at = excluded.updated_at",
        view.name, view.page, view.body, view.updated_at > 0 ? view.updated_at : utc_now()));
    ISOLOSS_TRY(const auto id, connection_.find_integer("SELECT id FROM view WHERE name = ?1", view.name));
    return ViewId(id.value_or(0));
}

Expected<void> WriteSession::remove_view(ViewId view) {
    changes_.views = true;
    ISOLOSS_TRY_VOID(
        connection_.execute("DELETE FROM property WHERE name = ?1 AND value = (SELECT name FROM view WHERE id = ?2)",
                            start_view_property, view.value));
    return connection_.execute("DELETE FROM view WHERE id = ?1", view.value);
}

Expected<void> WriteSession::put_mapping(const MappingRecord& mapping) {
    return connection_.execute("INSERT INTO mapping (name, body) VALUES (?1, ?2) "
                               "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                               mapping.name, mapping.body);
}

Expected<void> WriteSession::remove_mapping(std::string_view name) {
    return connection_.execute("DELETE FROM mapping WHERE name = ?1", name);
}

Expected<void> WriteSession::set_start_view(std::string_view name) {
    changes_.views = true;
    if (name.empty()) return connection_.execute("DELETE FROM property WHERE name = ?1", start_view_property);
    ISOLOSS_TRY(const auto known, connection_.find_integer("SELECT id FROM view WHERE name = ?1", name));
    if (!known)
        return fail(ErrorKind::not_found, "there is no view \"" + std::string(name) + "\" to open the project with",
                    "Save the view first");
    return connection_.execute("INSERT INTO property (name, value) VALUES (?1, ?2) "
                               "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                               start_view_property, name);
}

Expected<std::optional<SourceRecord>> WriteSession::find_source(std::string_view path) {
    ISOLOSS_TRY(auto rows,
                connection_.statement(std::string("SELECT ") + source_columns + " FROM source WHERE path = ?1"));
    rows.bind_all(path);
    ISOLOSS_TRY(const bool row, rows.step());
    if (!row) return std::nullopt;
    return source_row(rows);
}

Expected<void> WriteSession::put_source(const SourceRecord& source) {
    ISOLOSS_TRY_VOID(cache_->journal.note_source(source.path));
    return connection_.execute(
        "INSERT INTO source (path, format, device, inode, size, modified, head_hash, head_size, offset, state, run_id, "
        "import_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (path) DO UPDATE SET "
        "format = excluded.format, device = excluded.device, inode = excluded.inode, size = excluded.size, "
        "modified = excluded.modified, head_hash = excluded.head_hash, head_size = excluded.head_size, "
        "offset = excluded.offset, state = excluded.state, run_id = excluded.run_id, import_id = excluded.import_id",
        source.path, source.format, source.device, source.inode, source.size, source.modified, source.head_hash,
        source.head_size, source.offset, source.state, source.run ? std::optional(source.run->value) : std::nullopt,
        cache_->import);
}

Expected<ImportId> WriteSession::begin_import(const std::vector<std::string>& paths) {
    ISOLOSS_TRY_VOID(connection_.execute("INSERT INTO import (paths, started_at, undoable) VALUES (?1, ?2, 1)",
                                         texts_to_json(paths), utc_now()));
    const ImportId import(connection_.last_insert_id());
    continue_import(import);
    return import;
}

void WriteSession::continue_import(ImportId import) {
    cache_->import = import.value;
    cache_->appender.set_import(import.value);
    cache_->journal.set_import(import.value);
}

Expected<void> WriteSession::add_watched_folder(std::string_view path) {
    return connection_.execute("INSERT INTO watched (path, added_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING", path,
                               utc_now());
}

Expected<void> WriteSession::remove_watched_folder(std::string_view path) {
    return connection_.execute("DELETE FROM watched WHERE path = ?1", path);
}

Expected<void> WriteSession::finish_import(ImportId import, std::string_view report) {
    return connection_.execute("UPDATE import SET finished_at = ?2, report = ?3 WHERE id = ?1", import.value, utc_now(),
                               report);
}

Expected<ImportUndone> WriteSession::undo_import(ImportId import, UndoRule rule) {
    ISOLOSS_TRY_VOID(cache_->appender.flush());
    ISOLOSS_TRY(const ImportUndoPlan plan, plan_import_undo(connection_, import));
    const std::string objection = undo_objection(plan);
    if (rule == UndoRule::only_what_files_hold && !objection.empty())
        return fail(ErrorKind::usage, "import " + std::to_string(import.value) + " is not undone: " + objection,
                    plan.imports.size() > 1 ? "Undo the later ones first, or all together" : "Agree to it to go on");
    ImportUndone undone{plan.imports, plan.removes, plan.measured_values, plan.jobs, {}};
    for (const ImportId each : plan.imports)
        ISOLOSS_TRY_VOID(take_back_import(connection_, cache_->appender, each, undone.damaged));
    changes_.everything = changes_.runs = changes_.checkpoints = changes_.quantities = changes_.values = changes_.jobs =
        true;
    return undone;
}

} // namespace isoloss
