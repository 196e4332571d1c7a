#pragma once

#include "tests/support/project_dump.h"
#include "tests/support/project_fixture.h"

#include <stdexcept>
#include <string>
#include <vector>

/// Imports of a project step by step, without files.
namespace isoloss::test {

inline void write(ProjectFixture& fixture, const Writer::Task& task) {
    if (const auto written = fixture.writer().run(task, Durability::bulk); !written)
        throw std::runtime_error(written.error().text());
}

inline ImportId begin_import(ProjectFixture& fixture) {
    ImportId import;
    write(fixture, [&](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(import, session.begin_import({"/data"}));
        return {};
    });
    return import;
}

/// One import of one transaction.
inline ImportId import_with(ProjectFixture& fixture, const Writer::Task& task) {
    const ImportId import = begin_import(fixture);
    write(fixture, [&](WriteSession& session) -> Expected<void> {
        session.continue_import(import);
        ISOLOSS_TRY_VOID(task(session));
        return session.finish_import(import, "{}");
    });
    return import;
}

inline Expected<ImportUndone> undo(ProjectFixture& fixture, ImportId import,
                                   UndoRule rule = UndoRule::only_what_files_hold) {
    ImportUndone undone;
    const auto written = fixture.writer().run(
        [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(undone, session.undo_import(import, rule));
            return {};
        },
        Durability::bulk);
    if (!written) return fail(written.error());
    return undone;
}

inline QStringList content(const ProjectFixture& fixture, DumpOf what = DumpOf::all_rows) {
    const auto reader = fixture.reader();
    return dump(*reader, what);
}

inline Expected<SeriesId> make_series(WriteSession& session) {
    ISOLOSS_TRY(const auto run, session.ensure_run({"folder", "a"}, "a"));
    return session.ensure_series(run, "loss");
}

inline Writer::Task append(std::vector<float> values, std::int64_t first_step) {
    return [=](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const auto series, make_series(session));
        return session.append_points(series, 1, counted_points(values, first_step));
    };
}

inline Expected<CheckpointId> make_checkpoint(WriteSession& session, std::int64_t step) {
    ISOLOSS_TRY(const auto run, session.ensure_run({"folder", "a"}, "a"));
    return session.ensure_checkpoint(run, 1, step);
}

inline Expected<void> put_score(WriteSession& session, std::int64_t step, double number, bool with_outcomes) {
    ISOLOSS_TRY(const auto checkpoint, make_checkpoint(session, step));
    ISOLOSS_TRY(const auto quantity, session.ensure_quantity(quantity_named("task/acc")));
    ValueRecord value;
    value.checkpoint = checkpoint;
    value.quantity = quantity;
    value.value = number;
    ISOLOSS_TRY(const auto id, session.put_value(value));
    if (!with_outcomes) return {};
    OutcomeRecord first, second;
    first.item.key = "1";
    second.item.key = "2";
    return session.put_outcomes(id, {first, second});
}

} // namespace isoloss::test
