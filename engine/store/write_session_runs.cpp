#include "engine/base/json.h"
#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/write_session_cache.h"

namespace isoloss {

namespace {

using JsonAllocator = rapidjson::Document::AllocatorType;

void merge(rapidjson::Value& target, const rapidjson::Value& source, JsonAllocator& allocator) {
    for (const auto& member : source.GetObject()) {
        const auto found = target.FindMember(member.name);
        if (found == target.MemberEnd()) {
            target.AddMember(rapidjson::Value(member.name, allocator), rapidjson::Value(member.value, allocator),
                             allocator);
        } else if (found->value.IsObject() && member.value.IsObject()) {
            merge(found->value, member.value, allocator);
        } else {
            found->value.CopyFrom(member.value, allocator);
        }
    }
}

Error no_such_run(RunId run) {
    return {ErrorKind::not_found, {}, {}, "there is no run " + std::to_string(run.value), {}};
}

} // namespace

Expected<std::optional<RunId>> WriteSession::find_run(const RunIdentity& identity) {
    ISOLOSS_TRY(const auto found,
                connection_.find_integer("SELECT run_id FROM run_identity WHERE kind = ?1 AND key = ?2", identity.kind,
                                         identity.key));
    if (!found) return std::nullopt;
    return RunId(*found);
}

Expected<std::optional<RunId>> WriteSession::find_run_by_name(std::string_view name) {
    ISOLOSS_TRY(const auto found,
                connection_.find_integer("SELECT iif(count(*) = 1, min(id), NULL) FROM run WHERE name = ?1", name));
    if (!found) return std::nullopt;
    return RunId(*found);
}

Expected<RunId> WriteSession::ensure_run(const RunIdentity& identity, std::string_view name) {
    ISOLOSS_TRY(const auto found, find_run(identity));
    if (found) return *found;
    ISOLOSS_TRY_VOID(connection_.execute("INSERT INTO run (name, color, import_id) "
                                         "SELECT ?1, coalesce(max(color) + 1, 0), ?2 FROM run",
                                         name, cache_->import));
    const RunId run(connection_.last_insert_id());
    ISOLOSS_TRY_VOID(add_identity(run, identity));
    return run;
}

Expected<void> WriteSession::add_identity(RunId run, const RunIdentity& identity) {
    changes_.runs = true;
    ISOLOSS_TRY_VOID(cache_->journal.note_identity(identity, run));
    return connection_.execute("INSERT INTO run_identity (kind, key, run_id) VALUES (?1, ?2, ?3) "
                               "ON CONFLICT (kind, key) DO UPDATE SET run_id = excluded.run_id",
                               identity.kind, identity.key, run.value);
}

Expected<void> WriteSession::set_run(std::string_view column, RunId run, auto value) {
    ISOLOSS_TRY_VOID(cache_->journal.note_run(run, column, value));
    ISOLOSS_TRY_VOID(
        connection_.execute("UPDATE run SET " + std::string(column) + " = ?2 WHERE id = ?1", run.value, value));
    if (connection_.changed_rows() == 0) return fail(no_such_run(run));
    changes_.runs = true;
    return {};
}

// Undoing the import that made the run would take along what no file brings back.
Expected<void> WriteSession::note_edit(RunId run) {
    if (cache_->import) return {};
    return connection_.execute("UPDATE run SET edited = 1 WHERE id = ?1", run.value);
}

Expected<void> WriteSession::rename_run(RunId run, std::string_view name) {
    ISOLOSS_TRY_VOID(note_edit(run));
    return set_run("name", run, name);
}

Expected<void> WriteSession::set_run_group(RunId run, std::string_view group) {
    ISOLOSS_TRY_VOID(note_edit(run));
    return set_run("group_name", run, group);
}

Expected<void> WriteSession::set_run_notes(RunId run, std::string_view notes) {
    ISOLOSS_TRY_VOID(note_edit(run));
    return set_run("notes", run, notes);
}

Expected<void> WriteSession::set_run_status(RunId run, RunStatus status, std::string_view note) {
    {
        ISOLOSS_TRY(auto rows, connection_.statement("SELECT status, status_note FROM run WHERE id = ?1"));
        rows.bind_all(run.value);
        ISOLOSS_TRY(const bool row, rows.step());
        if (row && rows.text(0) == run_status_name(status) && rows.text(1) == note) return {};
    }
    ISOLOSS_TRY_VOID(set_run("status", run, run_status_name(status)));
    return set_run("status_note", run, note);
}

// A live run says its start with everything that it logs, so nothing is told when it is known.
Expected<void> WriteSession::set_run_started(RunId run, double utc_seconds) {
    {
        ISOLOSS_TRY(auto rows, connection_.statement("SELECT started_at FROM run WHERE id = ?1"));
        rows.bind_all(run.value);
        ISOLOSS_TRY(const bool row, rows.step());
        if (row && rows.real(0) <= utc_seconds) return {};
    }
    return set_run("started_at", run, utc_seconds);
}

Expected<void> WriteSession::set_run_visible(RunId run, bool visible) {
    return set_run("visible", run, visible);
}

Expected<void> WriteSession::set_run_pinned(RunId run, bool pinned) {
    return set_run("pinned", run, pinned);
}

Expected<void> WriteSession::set_run_color(RunId run, int color) {
    if (color < 0) return fail(ErrorKind::usage, "a colour is an index into the palette, 0 or more");
    return set_run("color", run, static_cast<std::int64_t>(color));
}

Expected<void> WriteSession::set_run_archived(RunId run, bool archived) {
    return set_run("archived", run, archived);
}

Expected<void> WriteSession::set_run_trashed(RunId run, bool trashed) {
    return set_run("trashed", run, trashed);
}

Expected<void> WriteSession::set_run_tags(RunId run, const std::vector<std::string>& tags) {
    const std::set<std::string> all(tags.begin(), tags.end());
    ISOLOSS_TRY_VOID(cache_->journal.note_tags(run, texts_to_json({all.begin(), all.end()})));
    ISOLOSS_TRY_VOID(note_edit(run));
    ISOLOSS_TRY_VOID(connection_.execute("DELETE FROM run_tag WHERE run_id = ?1", run.value));
    for (const std::string& tag : all)
        ISOLOSS_TRY_VOID(connection_.execute("INSERT INTO run_tag (run_id, tag) VALUES (?1, ?2)", run.value, tag));
    changes_.runs = true;
    return {};
}

Expected<void> WriteSession::add_run_tags(RunId run, const std::vector<std::string>& tags) {
    std::vector<std::string> all = tags;
    {
        ISOLOSS_TRY(auto rows, connection_.statement("SELECT tag FROM run_tag WHERE run_id = ?1"));
        rows.bind_all(run.value);
        for (;;) {
            ISOLOSS_TRY(const bool row, rows.step());
            if (!row) break;
            all.push_back(rows.text(0));
        }
    }
    return set_run_tags(run, all);
}

Expected<void> WriteSession::merge_run_config(RunId run, std::string_view config_object) {
    ISOLOSS_TRY(const auto added, parse_json(config_object, "config"));
    if (!added.IsObject()) return fail({ErrorKind::damaged, "config", {}, "the config is no JSON object", {}});
    std::string before;
    {
        ISOLOSS_TRY(auto rows, connection_.statement("SELECT config FROM run WHERE id = ?1"));
        rows.bind_all(run.value);
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return fail(no_such_run(run));
        before = rows.text(0);
    }
    ISOLOSS_TRY(auto config, parse_json(before, "config"));
    if (!config.IsObject()) config.SetObject();
    merge(config, added, config.GetAllocator());
    const std::string after = json_text(config);
    if (after == before) return {};
    return set_run("config", run, std::string_view(after));
}

Expected<void> WriteSession::note_attempt(RunId run, int attempt) {
    if (!cache_->attempts.emplace(run, attempt).second) return {};
    return connection_.execute("INSERT INTO attempt (run_id, attempt, import_id) VALUES (?1, ?2, ?3) "
                               "ON CONFLICT DO NOTHING",
                               run.value, attempt, cache_->import);
}

} // namespace isoloss
