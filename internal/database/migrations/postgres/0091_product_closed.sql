-- One product is closed until a day, beside its shop's days off.
-- +goose Up
ALTER TABLE products ADD COLUMN opens_on TEXT NOT NULL DEFAULT '' CHECK (opens_on = '' OR length(opens_on) = 10); -- "2026-12-24": the day it can be ordered again; over when it has come

-- +goose Down
ALTER TABLE products DROP COLUMN opens_on;
