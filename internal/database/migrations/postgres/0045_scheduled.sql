-- The day on which an approved change goes live (package catalog), and why a round
-- began that the maker did not open (package curation).
-- +goose Up
ALTER TABLE submissions ADD COLUMN wish_day TEXT NOT NULL DEFAULT ''; -- the maker's, like 2026-12-01 in the shop's zone; '' is at once
ALTER TABLE submissions ADD COLUMN live_at TIMESTAMPTZ; -- of what is scheduled, and of what went live since there are schedules
CREATE INDEX submissions_live_at ON submissions (live_at);
ALTER TABLE review_rounds ADD COLUMN cause TEXT NOT NULL DEFAULT ''
    CHECK (cause IN ('', 'recalled', 'rule', 'suspended')); -- '': the maker sent it
ALTER TABLE review_rounds ADD COLUMN cause_words TEXT NOT NULL DEFAULT ''; -- the curator's, or the rule's

-- +goose Down
ALTER TABLE review_rounds DROP COLUMN cause_words;
ALTER TABLE review_rounds DROP COLUMN cause;
DROP INDEX submissions_live_at;
ALTER TABLE submissions DROP COLUMN live_at;
ALTER TABLE submissions DROP COLUMN wish_day;
