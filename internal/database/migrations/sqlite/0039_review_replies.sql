-- What makers, companions and curators answer each other about one point of a
-- review (package curation).
-- +goose Up
CREATE TABLE review_replies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    answer_id BIGINT NOT NULL REFERENCES review_answers (id),
    side TEXT NOT NULL CHECK (side IN ('maker', 'companion', 'curator')), -- who speaks; a companion for the maker
    author_id BIGINT NOT NULL,                  -- users.id; 0 for the system, so no foreign key
    body TEXT NOT NULL DEFAULT '',              -- emptied when its writer is forgotten
    mended BOOLEAN NOT NULL DEFAULT FALSE,      -- says that the point is mended
    wants_call BOOLEAN NOT NULL DEFAULT FALSE,  -- asks to be called
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    created_at TIMESTAMP NOT NULL,
    UNIQUE (answer_id, form_key),
    CHECK (side <> 'curator' OR NOT (mended OR wants_call))
);

-- +goose StatementBegin
CREATE TRIGGER review_replies_fixed BEFORE UPDATE ON review_replies WHEN NEW.body <> '' OR NEW.id <> OLD.id OR NEW.answer_id <> OLD.answer_id OR NEW.side <> OLD.side
    OR NEW.author_id <> OLD.author_id OR NEW.mended <> OLD.mended OR NEW.wants_call <> OLD.wants_call
    OR NEW.form_key <> OLD.form_key OR NEW.created_at <> OLD.created_at
BEGIN SELECT RAISE(ABORT, 'a reply never changes, only its words are forgotten'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_replies_no_delete BEFORE DELETE ON review_replies
BEGIN SELECT RAISE(ABORT, 'review_replies is append-only'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE review_replies;
