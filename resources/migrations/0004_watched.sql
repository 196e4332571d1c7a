-- minimum version: 1

CREATE TABLE watched (
    path TEXT PRIMARY KEY NOT NULL,
    added_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE run ADD COLUMN status_note TEXT NOT NULL DEFAULT '';

CREATE INDEX source_run ON source (run_id);
