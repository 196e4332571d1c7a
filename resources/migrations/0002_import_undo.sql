-- minimum version: 1
-- So that a whole import can be undone: which import made a row, and what it changed in rows that were there before
-- it. The undo tables hold each such row as it was when the import first changed it.

ALTER TABLE import ADD COLUMN undoable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN undone_at REAL;
ALTER TABLE run ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN import_id INTEGER REFERENCES import (id) ON DELETE SET NULL;
ALTER TABLE quantity ADD COLUMN import_id INTEGER REFERENCES import (id) ON DELETE SET NULL;
ALTER TABLE item ADD COLUMN import_id INTEGER REFERENCES import (id) ON DELETE SET NULL;

CREATE TABLE undo_run (
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    old ANY,
    PRIMARY KEY (run_id, field, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_identity (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    old_run_id INTEGER REFERENCES run (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, key, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_attempt (
    run_id INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    first_step INTEGER,
    started_at REAL,
    PRIMARY KEY (run_id, attempt, import_id),
    FOREIGN KEY (run_id, attempt) REFERENCES attempt (run_id, attempt) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_series (
    series_id INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    is_float32 INTEGER NOT NULL,
    points INTEGER NOT NULL,
    nonfinite INTEGER NOT NULL,
    first_step INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    last REAL,
    min REAL,
    max REAL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (series_id, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_tail (
    series_id INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    ordinal INTEGER,
    count INTEGER,
    PRIMARY KEY (series_id, attempt, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_checkpoint (
    checkpoint_id INTEGER NOT NULL REFERENCES checkpoint (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    old ANY,
    PRIMARY KEY (checkpoint_id, field, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_value (
    value_id INTEGER NOT NULL REFERENCES value (id) ON DELETE CASCADE,
    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    made_by INTEGER,
    value REAL,
    standard_error REAL,
    n INTEGER,
    n_skipped INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    provenance TEXT NOT NULL,
    recorded_at REAL NOT NULL,
    PRIMARY KEY (value_id, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_outcome (
    value_id INTEGER NOT NULL,
    import_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    correct REAL,
    chosen INTEGER,
    log_likelihoods BLOB NOT NULL,
    tokens INTEGER,
    PRIMARY KEY (value_id, import_id, item_id),
    FOREIGN KEY (value_id, import_id) REFERENCES undo_value (value_id, import_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_source (
    source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    made_by INTEGER,
    format TEXT NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified REAL NOT NULL,
    head_hash TEXT NOT NULL,
    head_size INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    state TEXT NOT NULL,
    run_id INTEGER,
    PRIMARY KEY (source_id, import_id)
) STRICT, WITHOUT ROWID;
