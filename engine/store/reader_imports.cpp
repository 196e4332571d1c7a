#include "engine/store/connection.h"
#include "engine/store/reader.h"
#include "engine/store/record_rows.h"
#include "engine/store/transaction.h"

namespace isoloss {

Expected<std::vector<ImportRecord>> Reader::imports() {
    ISOLOSS_TRY(auto transaction, Transaction::begin(*connection_, Transaction::Kind::read));
    ISOLOSS_TRY(auto contents, import_contents(*connection_));
    std::vector<ImportRecord> imports;
    {
        ISOLOSS_TRY(auto rows, connection_->statement("SELECT id, paths, started_at, finished_at, report, undone_at, "
                                                      "undoable FROM import ORDER BY id"));
        for (;;) {
            ISOLOSS_TRY(const bool row, rows.step());
            if (!row) break;
            const ImportId id(rows.integer(0));
            imports.push_back({id, texts_from_json(rows.text(1)), rows.real(2), rows.optional_real(3), rows.text(4),
                               rows.optional_real(5), rows.boolean(6), contents[id]});
        }
    }
    ISOLOSS_TRY_VOID(transaction.commit());
    return imports;
}

Expected<ImportUndoPlan> Reader::plan_undo(ImportId import) {
    ISOLOSS_TRY(auto transaction, Transaction::begin(*connection_, Transaction::Kind::read));
    ISOLOSS_TRY(auto plan, plan_import_undo(*connection_, import));
    ISOLOSS_TRY_VOID(transaction.commit());
    return plan;
}

Expected<std::vector<SourceRecord>> Reader::sources_of(ImportId import) {
    std::vector<SourceRecord> sources;
    {
        ISOLOSS_TRY(auto rows, connection_->statement(std::string("SELECT ") + source_columns +
                                                      " FROM source WHERE import_id = ?1 ORDER BY path"));
        rows.bind_all(import.value);
        for (;;) {
            ISOLOSS_TRY(const bool row, rows.step());
            if (!row) break;
            sources.push_back(source_row(rows));
        }
    }
    // Checkpoint folders are no sources with an offset; what is known of them is where they lie.
    ISOLOSS_TRY(auto rows,
                connection_->statement("SELECT path, format FROM checkpoint c WHERE path <> '' AND (import_id = ?1 OR "
                                       "EXISTS (SELECT 1 FROM undo_checkpoint u WHERE u.checkpoint_id = c.id "
                                       "AND u.field = 'path' AND u.import_id = ?1)) ORDER BY path"));
    rows.bind_all(import.value);
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return sources;
        SourceRecord& folder = sources.emplace_back();
        folder.path = rows.text(0);
        folder.format = rows.text(1);
    }
}

} // namespace isoloss
