-- +goose Up
-- Personal data (docs/personal-data.md). Sealed values are written by the program
-- alone: SQL has no key. bank_accounts.account_number and payouts.account_number
-- are sealed in place, when the program next starts.
ALTER TABLE users ADD COLUMN nik_sealed TEXT NOT NULL DEFAULT '';  -- identity number, sealed
ALTER TABLE users ADD COLUMN nik_index TEXT NOT NULL DEFAULT '';   -- its keyed hash: one person, one account
CREATE UNIQUE INDEX users_nik ON users (nik_index) WHERE nik_index <> '';

-- The raw body names payers and accounts; body is emptied when it is sealed.
ALTER TABLE callbacks ADD COLUMN body_sealed TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE callbacks DROP COLUMN body_sealed;
DROP INDEX users_nik;
ALTER TABLE users DROP COLUMN nik_index;
ALTER TABLE users DROP COLUMN nik_sealed;
