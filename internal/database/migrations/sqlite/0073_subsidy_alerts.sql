-- The account for fees: each time it became low, and why a proposal to fill it was refused
-- (package finance).
-- +goose Up
CREATE TABLE subsidy_alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    low BIGINT NOT NULL,            -- the setting at that moment, in rupiah
    left_then BIGINT NOT NULL,      -- below zero the operator owes it
    crossed_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,             -- NULL: still low
    open_mark BIGINT NOT NULL DEFAULT 1 CHECK (open_mark = 1)
);
-- one open alert at a time, so that each crossing is told once
CREATE UNIQUE INDEX subsidy_alerts_open ON subsidy_alerts (open_mark) WHERE ended_at IS NULL;
ALTER TABLE subsidy_top_ups ADD COLUMN note TEXT NOT NULL DEFAULT ''; -- why it was refused

-- +goose Down
ALTER TABLE subsidy_top_ups DROP COLUMN note;
DROP TABLE subsidy_alerts;
