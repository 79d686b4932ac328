-- Who changed which part of a draft last, for two people at one product (package catalog).
-- +goose Up
CREATE TABLE draft_edits (
    submission_id BIGINT NOT NULL REFERENCES submissions (id),
    part TEXT NOT NULL CHECK (part IN ('title', 'category', 'price', 'amount', 'details')), -- one screen of the form
    changed_by BIGINT NOT NULL,                 -- users.id
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (submission_id, part)
);

-- +goose Down
DROP TABLE draft_edits;
