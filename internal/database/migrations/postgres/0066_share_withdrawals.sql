-- A withdrawal may hand a party of a shop its share, in cash (package finance).
-- +goose Up
ALTER TABLE withdrawals ADD COLUMN party_id BIGINT REFERENCES share_parties (id); -- whose share; NULL: the shop's own money
ALTER TABLE withdrawals DROP CONSTRAINT withdrawals_amount_check;
-- a share is paid out to its last rupiah, so that a code can be closed
ALTER TABLE withdrawals ADD CHECK (amount >= 10000 OR (party_id IS NOT NULL AND amount > 0));
ALTER TABLE withdrawals ADD CHECK (party_id IS NULL OR way = 'cash');
DROP INDEX withdrawals_open;
-- one request at a time, of the shop and of each party, so that nobody asks twice for the same money
CREATE UNIQUE INDEX withdrawals_open ON withdrawals (shop_id) WHERE state IN ('requested', 'checked') AND party_id IS NULL;
CREATE UNIQUE INDEX withdrawals_open_party ON withdrawals (party_id) WHERE state IN ('requested', 'checked');
CREATE INDEX withdrawals_party ON withdrawals (party_id, id);

-- +goose Down
DROP INDEX withdrawals_party;
DROP INDEX withdrawals_open_party;
