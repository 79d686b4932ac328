-- A sample in the hand: what a curator asked for beside a submission, and every
-- step it took (package curation).
-- +goose Up
CREATE TABLE samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id BIGINT NOT NULL REFERENCES submissions (id),
    round_id BIGINT NOT NULL,                   -- review_rounds.id in which it was asked for
    product_id BIGINT NOT NULL REFERENCES products (id),
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    what TEXT NOT NULL CHECK (what <> ''),      -- in plain words for the maker
    pieces BIGINT NOT NULL CHECK (pieces BETWEEN 1 AND 100),
    place TEXT NOT NULL CHECK (place <> ''),    -- the counter it is brought to
    due_day TEXT NOT NULL,                      -- YYYY-MM-DD
    state TEXT NOT NULL CHECK (state IN ('asked', 'on_its_way', 'received', 'weighed', 'tried', 'returned', 'used_up', 'cancelled', 'missing')),
    grams BIGINT NOT NULL DEFAULT 0 CHECK (grams >= 0),   -- as weighed; 0: not yet
    stated BIGINT NOT NULL DEFAULT 0 CHECK (stated >= 0), -- what the label said when it was weighed, in grams; 0: nothing to compare with
    asked_by BIGINT NOT NULL,                   -- users.id
    asked_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    UNIQUE (submission_id, form_key),
    CHECK ((ended_at IS NOT NULL) = (state IN ('returned', 'used_up', 'cancelled', 'missing')))
);
-- one under way at a time
CREATE UNIQUE INDEX samples_open ON samples (submission_id) WHERE ended_at IS NULL;
CREATE INDEX samples_list ON samples (ended_at, id);
CREATE INDEX samples_shop ON samples (shop_id, ended_at);

CREATE TABLE sample_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample_id BIGINT NOT NULL REFERENCES samples (id),
    move TEXT NOT NULL,
    from_state TEXT NOT NULL,                   -- '' when it was asked for
    to_state TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    grams BIGINT NOT NULL DEFAULT 0 CHECK (grams >= 0),
    picture_id BIGINT NOT NULL DEFAULT 0,       -- pictures.id; 0 for none
    actor_id BIGINT NOT NULL,                   -- users.id
    at TIMESTAMP NOT NULL
);
CREATE INDEX sample_events_sample ON sample_events (sample_id, id);

-- +goose StatementBegin
-- words are emptied when a person is forgotten, nothing else changes
CREATE TRIGGER sample_events_no_update BEFORE UPDATE ON sample_events WHEN NEW.note <> '' OR NEW.sample_id <> OLD.sample_id OR NEW.move <> OLD.move OR NEW.from_state <> OLD.from_state OR NEW.to_state <> OLD.to_state
    OR NEW.grams <> OLD.grams OR NEW.picture_id <> OLD.picture_id OR NEW.actor_id <> OLD.actor_id OR NEW.at <> OLD.at
BEGIN SELECT RAISE(ABORT, 'sample_events is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_events_no_delete BEFORE DELETE ON sample_events
BEGIN SELECT RAISE(ABORT, 'sample_events is append-only'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE sample_events;
DROP TABLE samples;
