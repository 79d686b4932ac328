-- +goose Up
-- Operations on the whole installation: backup, restore, audit, import,
-- migration, change of keys. Counts and notes hold no personal data.
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL CHECK (kind <> ''),
    slot        TEXT NOT NULL DEFAULT '', -- what happens once: a day; '' = as often as asked
    started_at  TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    outcome     TEXT NOT NULL CHECK (outcome IN ('running', 'ok', 'findings', 'failed')),
    counts      TEXT NOT NULL DEFAULT '{}', -- JSON object: name to whole number
    note        TEXT NOT NULL DEFAULT '',
    report      TEXT NOT NULL DEFAULT '', -- lines for the admin page, such as an audit's findings
    version     TEXT NOT NULL,
    instance    TEXT NOT NULL,
    CHECK ((outcome = 'running') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX runs_slot ON runs (kind, slot) WHERE slot <> '';
CREATE INDEX runs_kind ON runs (kind, id);

-- Processes that serve this database, each telling now and then that it lives.
CREATE TABLE instances (
    name         TEXT PRIMARY KEY CHECK (name <> ''),
    version      TEXT NOT NULL,
    started_at   TIMESTAMP NOT NULL,
    seen_at      TIMESTAMP NOT NULL,
    worked_at    TIMESTAMP, -- when its job runner last finished the job that proves it works
    draining     BOOLEAN NOT NULL,
    skew_micros  BIGINT NOT NULL -- its own clock minus the database's
);

-- +goose Down
DROP TABLE instances;
DROP TABLE runs;
