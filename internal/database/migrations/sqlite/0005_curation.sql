-- The curation desk: rounds of review, their notes, and who is reading what
-- (package curation).
-- +goose Up
CREATE TABLE review_rounds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id BIGINT NOT NULL REFERENCES submissions (id),
    revision_id BIGINT NOT NULL REFERENCES revisions (id),
    number BIGINT NOT NULL CHECK (number > 0),
    form_key TEXT NOT NULL CHECK (form_key <> ''), -- of the maker's form, so that a second send finds the first
    outcome TEXT NOT NULL CHECK (outcome IN ('waiting', 'approved', 'returned', 'refused', 'withdrawn')),
    reason TEXT NOT NULL DEFAULT '',            -- of a refusal
    plea TEXT NOT NULL DEFAULT '',              -- the maker's words of an appeal
    appeal BOOLEAN NOT NULL DEFAULT FALSE,      -- the maker asked another curator to look again
    opened_by BIGINT NOT NULL,                  -- users.id; 0 for the system, so no foreign key
    opened_at TIMESTAMP NOT NULL,
    curator_id BIGINT NOT NULL DEFAULT 0,       -- users.id of who decided; 0 while waiting
    decided_at TIMESTAMP,
    UNIQUE (submission_id, number),
    UNIQUE (submission_id, form_key),
    CHECK ((outcome = 'waiting') = (decided_at IS NULL))
);
-- one round at a time
CREATE UNIQUE INDEX review_rounds_waiting ON review_rounds (submission_id) WHERE outcome = 'waiting';

CREATE TABLE review_notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    round_id BIGINT NOT NULL REFERENCES review_rounds (id),
    aspect TEXT NOT NULL CHECK (aspect IN ('photo', 'packaging', 'label', 'name', 'price', 'capacity', 'legal')),
    body TEXT NOT NULL CHECK (body <> ''),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX review_notes_round ON review_notes (round_id);

CREATE TABLE review_claims (
    submission_id BIGINT PRIMARY KEY REFERENCES submissions (id),
    curator_id BIGINT NOT NULL,                 -- users.id
    claimed_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL               -- the lease returns by itself: after this nobody holds it
);
CREATE INDEX review_claims_curator ON review_claims (curator_id);

-- +goose StatementBegin
CREATE TRIGGER review_rounds_closed BEFORE UPDATE ON review_rounds WHEN OLD.outcome <> 'waiting'
BEGIN SELECT RAISE(ABORT, 'a decided round never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_rounds_no_delete BEFORE DELETE ON review_rounds
BEGIN SELECT RAISE(ABORT, 'review_rounds is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_notes_no_update BEFORE UPDATE ON review_notes
BEGIN SELECT RAISE(ABORT, 'review_notes is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_notes_no_delete BEFORE DELETE ON review_notes
BEGIN SELECT RAISE(ABORT, 'review_notes is append-only'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE review_claims;
DROP TABLE review_notes;
DROP TABLE review_rounds;
