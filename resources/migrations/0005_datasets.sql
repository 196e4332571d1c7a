-- minimum version: 1

ALTER TABLE dataset ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

-- Taken off the list; kept for the values and jobs that refer to it, and for undo.
ALTER TABLE dataset ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
