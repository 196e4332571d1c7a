#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/store/connection.h"
#include "engine/store/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// Keeps what an import changes in rows that are there before it, as they were (tables undo_…), in the transaction of
/// the change. Each note is called before its change. The first old state of a row counts; a row that the import made
/// itself needs none. A change outside of any import is a later word that an undo must not take back: then the note
/// lets go what was kept of that row. The Writer's thread.
class ImportJournal {
public:
    explicit ImportJournal(Connection& connection) : connection_(connection) {}

    void set_import(std::int64_t import) { import_ = import; }

    /// A column of the run's row is about to become `value`.
    template <typename Value>
    Expected<void> note_run(RunId run, std::string_view column, const Value& value) {
        return note_field("run", column, column, run.value, value);
    }

    /// The tags of a run are about to become those of this JSON array, which is sorted.
    Expected<void> note_tags(RunId run, std::string_view tags);

    template <typename Value>
    Expected<void> note_checkpoint(CheckpointId checkpoint, std::string_view column, const Value& value) {
        return note_field("checkpoint", column, column, checkpoint.value, value);
    }

    Expected<void> note_identity(const RunIdentity& identity, RunId run);
    /// Points are about to be appended; before the first of them in this transaction.
    Expected<void> note_append(SeriesId series, int attempt);
    /// The value or its outcomes are about to be replaced.
    Expected<void> note_value(std::int64_t value);
    Expected<void> note_source(std::string_view path);

private:
    /// `column` is an expression over the row.
    template <typename Value>
    Expected<void> note_field(std::string_view table, std::string_view field, std::string_view column, std::int64_t id,
                              const Value& value) {
        if (import_) return connection_.execute(keep_statement(table, field, column), *import_, id, value);
        return connection_.execute(let_go_statement(table, field, column), id, value);
    }

    static std::string keep_statement(std::string_view table, std::string_view field, std::string_view column);
    static std::string let_go_statement(std::string_view table, std::string_view field, std::string_view column);

    Connection& connection_;
    std::optional<std::int64_t> import_;
};

} // namespace isoloss
