-- minimum version: 1
-- The order that a person gave to the queue, pauses, and what passes that were interrupted have found so far.

ALTER TABLE job ADD COLUMN place INTEGER;
ALTER TABLE job ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN seconds REAL;

CREATE TABLE partial_pass (
    id INTEGER PRIMARY KEY,
    checkpoint_id INTEGER NOT NULL REFERENCES checkpoint (id) ON DELETE CASCADE,
    pass TEXT NOT NULL,
    data_hash TEXT NOT NULL,
    parameters TEXT NOT NULL,
    conditions TEXT NOT NULL,
    batch_tokens INTEGER NOT NULL,
    unit_tokens INTEGER NOT NULL,
    seconds REAL NOT NULL DEFAULT 0,
    UNIQUE (checkpoint_id, pass, data_hash, parameters)
) STRICT;

CREATE TABLE partial_unit (
    pass_id INTEGER NOT NULL REFERENCES partial_pass (id) ON DELETE CASCADE,
    unit INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    numbers BLOB NOT NULL,
    PRIMARY KEY (pass_id, unit)
) STRICT, WITHOUT ROWID;
