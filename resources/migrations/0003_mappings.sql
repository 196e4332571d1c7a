-- minimum version: 1
-- What a person has said about tables and the names of runs, so that later imports go by it.

CREATE TABLE mapping (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
