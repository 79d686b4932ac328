-- Who looked again at halal certificate and label after the composition of live
-- goods changed (package curation).
-- +goose Up
CREATE TABLE recipe_checks (
    revision_id BIGINT PRIMARY KEY REFERENCES revisions (id), -- with the new composition
    outcome TEXT NOT NULL CHECK (outcome IN ('fits', 'same')),  -- same: the recipe did not change
    reason TEXT NOT NULL DEFAULT '',
    checked_by BIGINT NOT NULL,                                 -- users.id
    checked_at TIMESTAMPTZ NOT NULL,
    CHECK (outcome <> 'same' OR reason <> '')
);

-- +goose Down
DROP TABLE recipe_checks;
