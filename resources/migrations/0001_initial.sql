-- minimum version: 1
-- Names of states and kinds are text without a CHECK list, so that a later version may add one.

CREATE TABLE property (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE import (
    id INTEGER PRIMARY KEY,
    paths TEXT NOT NULL,
    started_at REAL NOT NULL,
    finished_at REAL,
    report TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    group_name TEXT NOT NULL DEFAULT '',
    config TEXT NOT NULL DEFAULT '{}',
    notes TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'unknown',
    started_at REAL,
    color INTEGER NOT NULL,
    visible INTEGER NOT NULL DEFAULT 1,
    pinned INTEGER NOT NULL DEFAULT 0,
    archived INTEGER NOT NULL DEFAULT 0,
    trashed INTEGER NOT NULL DEFAULT 0,
    import_id INTEGER REFERENCES import (id) ON DELETE SET NULL
) STRICT;

CREATE TABLE run_tag (
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (run_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_identity (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_identity_run ON run_identity (run_id);

CREATE TABLE attempt (
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    first_step INTEGER,
    started_at REAL,
    import_id INTEGER REFERENCES import (id) ON DELETE SET NULL,
    PRIMARY KEY (run_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    is_float32 INTEGER NOT NULL DEFAULT 1,
    points INTEGER NOT NULL DEFAULT 0,
    nonfinite INTEGER NOT NULL DEFAULT 0,
    first_step INTEGER NOT NULL DEFAULT 0,
    last_step INTEGER NOT NULL DEFAULT 0,
    last REAL,
    min REAL,
    max REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    UNIQUE (run_id, name)
) STRICT;

CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    series_id INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_step INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    first_wall_time REAL,
    last_wall_time REAL,
    min REAL,
    max REAL,
    first REAL,
    last REAL,
    nonfinite INTEGER NOT NULL,
    bad INTEGER NOT NULL DEFAULT 0,
    payload BLOB NOT NULL,
    UNIQUE (series_id, attempt, ordinal)
) STRICT;

CREATE TABLE chunk_pyramid (
    chunk_id INTEGER PRIMARY KEY REFERENCES chunk (id) ON DELETE CASCADE,
    levels BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL DEFAULT 1,
    step INTEGER,
    tokens REAL,
    tokens_source TEXT NOT NULL DEFAULT '',
    flops REAL,
    flops_source TEXT NOT NULL DEFAULT '',
    path TEXT NOT NULL DEFAULT '',
    format TEXT NOT NULL DEFAULT '',
    content_hash TEXT NOT NULL DEFAULT '',
    parameter_count INTEGER,
    architecture TEXT NOT NULL DEFAULT '',
    import_id INTEGER REFERENCES import (id) ON DELETE SET NULL,
    UNIQUE (run_id, attempt, step)
) STRICT;

CREATE UNIQUE INDEX checkpoint_final ON checkpoint (run_id, attempt) WHERE step IS NULL;

CREATE TABLE quantity (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    metric TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',
    filter TEXT NOT NULL DEFAULT '',
    shots INTEGER,
    version TEXT NOT NULL DEFAULT '',
    unit TEXT NOT NULL DEFAULT '',
    direction TEXT NOT NULL DEFAULT 'descriptive'
) STRICT;

CREATE TABLE value (
    id INTEGER PRIMARY KEY,
    checkpoint_id INTEGER NOT NULL REFERENCES checkpoint (id) ON DELETE CASCADE,
    quantity_id INTEGER NOT NULL REFERENCES quantity (id) ON DELETE CASCADE,
    variant TEXT NOT NULL DEFAULT '',
    value REAL,
    standard_error REAL,
    n INTEGER,
    n_skipped INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'ok',
    reason TEXT NOT NULL DEFAULT '',
    provenance TEXT NOT NULL DEFAULT '{}',
    recorded_at REAL NOT NULL,
    import_id INTEGER REFERENCES import (id) ON DELETE SET NULL,
    UNIQUE (checkpoint_id, quantity_id, variant)
) STRICT;

CREATE INDEX value_quantity ON value (quantity_id);

CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    task TEXT NOT NULL,
    key TEXT NOT NULL,
    doc_hash TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    choices TEXT NOT NULL DEFAULT '[]',
    gold INTEGER,
    UNIQUE (task, key, doc_hash)
) STRICT;

CREATE TABLE outcome (
    value_id INTEGER NOT NULL REFERENCES value (id) ON DELETE CASCADE,
    item_id INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    correct REAL,
    chosen INTEGER,
    log_likelihoods BLOB NOT NULL,
    tokens INTEGER,
    PRIMARY KEY (value_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL DEFAULT '',
    hash TEXT NOT NULL DEFAULT '',
    bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name, hash)
) STRICT;

CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    checkpoint_id INTEGER NOT NULL REFERENCES checkpoint (id) ON DELETE CASCADE,
    metric TEXT NOT NULL,
    dataset_id INTEGER REFERENCES dataset (id) ON DELETE SET NULL,
    data_hash TEXT NOT NULL DEFAULT '',
    parameters TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL DEFAULT 'queued',
    done REAL NOT NULL DEFAULT 0,
    total REAL NOT NULL DEFAULT 0,
    unit TEXT NOT NULL DEFAULT '',
    device TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    UNIQUE (checkpoint_id, metric, data_hash, parameters)
) STRICT;

CREATE INDEX job_state ON job (state, id);

CREATE TABLE view (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    page TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '{}',
    updated_at REAL NOT NULL
) STRICT;

CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    format TEXT NOT NULL DEFAULT '',
    device INTEGER NOT NULL DEFAULT 0,
    inode INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0,
    modified REAL NOT NULL DEFAULT 0,
    head_hash TEXT NOT NULL DEFAULT '',
    head_size INTEGER NOT NULL DEFAULT 0,
    offset INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT '{}',
    run_id INTEGER REFERENCES run (id) ON DELETE SET NULL,
    import_id INTEGER REFERENCES import (id) ON DELETE SET NULL
) STRICT;
