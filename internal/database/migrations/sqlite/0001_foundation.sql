-- +goose Up
-- Who did what, for whom. Append-only; written by internal/trail alone.
CREATE TABLE trail (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at TIMESTAMP NOT NULL,
    actor_id   BIGINT NOT NULL, -- users.id; 0 = the system
    subject_id BIGINT NOT NULL, -- users.id acted for; 0 = oneself
    verb       TEXT NOT NULL,
    object     TEXT NOT NULL,
    object_id  BIGINT NOT NULL,
    note       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX trail_object ON trail (object, object_id);
CREATE INDEX trail_actor ON trail (actor_id);

-- Keys of public pages changed by a transaction; every instance polls it.
CREATE TABLE invalidations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    page_key   TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX invalidations_created ON invalidations (created_at);

-- Counters of throttled actions, shared by all instances.
CREATE TABLE rate_counters (
    name         TEXT NOT NULL,
    window_start TIMESTAMP NOT NULL,
    hits         BIGINT NOT NULL,
    PRIMARY KEY (name, window_start)
);

-- +goose StatementBegin
CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail
BEGIN SELECT RAISE(ABORT, 'trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail
BEGIN SELECT RAISE(ABORT, 'trail is append-only'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE rate_counters;
DROP TABLE invalidations;
DROP TABLE trail;
