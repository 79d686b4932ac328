-- +goose Up
-- A maker's portrait and story on the shop's page: shown only while the person's
-- consents hold (account.consents), whatever stands here.
ALTER TABLE shops ADD COLUMN shown_user_id BIGINT NOT NULL DEFAULT 0; -- users.id of the person shown; 0 for nobody, so no foreign key
ALTER TABLE shops ADD COLUMN portrait_id BIGINT NOT NULL DEFAULT 0;   -- pictures.id; 0 for none
ALTER TABLE shops ADD COLUMN story TEXT NOT NULL DEFAULT '';
CREATE INDEX shops_shown ON shops (shown_user_id);

-- Who was shown a hidden number of whom, and why (package account). Kept apart
-- from the trail because the reason is free text that erasure must be able to
-- empty.
CREATE TABLE reveals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    actor_id BIGINT NOT NULL REFERENCES users (id),
    subject_id BIGINT NOT NULL REFERENCES users (id),
    what TEXT NOT NULL CHECK (what IN ('nik', 'bank_account')),
    reason TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CHECK (actor_id <> subject_id)
);
CREATE INDEX reveals_subject ON reveals (subject_id, id);

-- Requests to be forgotten (package program): asked by the person, checked by
-- one, done by another.
CREATE TABLE erasures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    state TEXT NOT NULL CHECK (state IN ('asked', 'checked', 'done', 'withdrawn')),
    asked_by BIGINT NOT NULL REFERENCES users (id), -- the person, or the officer they told
    asked_at TIMESTAMP NOT NULL,
    checked_by BIGINT NOT NULL DEFAULT 0,
    checked_at TIMESTAMP,
    done_by BIGINT NOT NULL DEFAULT 0,
    done_at TIMESTAMP,
    CHECK (done_by = 0 OR done_by <> checked_by),
    CHECK (checked_by <> user_id AND done_by <> user_id),
    CHECK (state <> 'done' OR (checked_by > 0 AND done_by > 0))
);
CREATE UNIQUE INDEX erasures_open ON erasures (user_id) WHERE state IN ('asked', 'checked');
CREATE INDEX erasures_state ON erasures (state, id);

-- +goose Down
DROP TABLE erasures;
DROP TABLE reveals;
DROP INDEX shops_shown;
ALTER TABLE shops DROP COLUMN story;
ALTER TABLE shops DROP COLUMN portrait_id;
ALTER TABLE shops DROP COLUMN shown_user_id;
