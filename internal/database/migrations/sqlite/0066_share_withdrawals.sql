-- A withdrawal may hand a party of a shop its share, in cash (package finance).
-- A CHECK cannot be changed in SQLite, so the table is built again. Running this twice
-- does no harm: it cannot be in one transaction with its version row.
-- +goose NO TRANSACTION
-- +goose Up
PRAGMA foreign_keys = OFF;
BEGIN;
DROP TABLE IF EXISTS withdrawals_new;
CREATE TABLE withdrawals_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    bank_account_id BIGINT REFERENCES bank_accounts (id),
    amount BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'checked', 'refused', 'cancelled', 'paying', 'paid', 'failed', 'reversed')),
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    needs_check BOOLEAN NOT NULL, -- an institution: a second person of its own agrees first
    requested_by BIGINT NOT NULL REFERENCES users (id),
    requested_at TIMESTAMP NOT NULL,
    checked_by BIGINT NOT NULL DEFAULT 0,
    checked_at TIMESTAMP,
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    reason TEXT NOT NULL DEFAULT '',
    payout_id BIGINT NOT NULL DEFAULT 0, -- payouts.id, written with it in one transaction; the audit compares both
    failure_code TEXT NOT NULL DEFAULT '',
    finished_at TIMESTAMP,
    handled_by BIGINT NOT NULL DEFAULT 0,
    handled_at TIMESTAMP,
    handled_note TEXT NOT NULL DEFAULT '',
    way TEXT NOT NULL DEFAULT 'bank' CHECK (way IN ('bank', 'cash')),
    party_id BIGINT REFERENCES share_parties (id), -- whose share; NULL: the shop's own money
    UNIQUE (shop_id, form_key),
    -- four eyes: nobody decides about their own request or check
    CHECK (checked_by <> requested_by),
    CHECK (decided_by <> requested_by),
    CHECK (decided_by = 0 OR decided_by <> checked_by),
    CHECK (state NOT IN ('paying', 'paid', 'failed', 'reversed') OR (decided_by > 0 AND (NOT needs_check OR checked_by > 0))),
    CHECK ((way = 'cash') = (bank_account_id IS NULL)),
    CHECK (way <> 'cash' OR payout_id = 0),
    -- a share is paid out to its last rupiah, so that a code can be closed
    CHECK (amount >= 10000 OR (party_id IS NOT NULL AND amount > 0)),
    CHECK (party_id IS NULL OR way = 'cash')
);
INSERT INTO withdrawals_new (id, shop_id, bank_account_id, amount, state, form_key, needs_check, requested_by, requested_at, checked_by, checked_at, decided_by, decided_at, reason, payout_id, failure_code, finished_at, handled_by, handled_at, handled_note, way)
SELECT id, shop_id, bank_account_id, amount, state, form_key, needs_check, requested_by, requested_at, checked_by, checked_at, decided_by, decided_at, reason, payout_id, failure_code, finished_at, handled_by, handled_at, handled_note, way FROM withdrawals;
DROP TABLE withdrawals;
ALTER TABLE withdrawals_new RENAME TO withdrawals;
-- one request at a time, of the shop and of each party, so that nobody asks twice for the same money
CREATE UNIQUE INDEX withdrawals_open ON withdrawals (shop_id) WHERE state IN ('requested', 'checked') AND party_id IS NULL;
CREATE UNIQUE INDEX withdrawals_open_party ON withdrawals (party_id) WHERE state IN ('requested', 'checked');
CREATE INDEX withdrawals_party ON withdrawals (party_id, id);
CREATE INDEX withdrawals_state ON withdrawals (state, id);
CREATE INDEX withdrawals_shop ON withdrawals (shop_id, id);
COMMIT;
PRAGMA foreign_keys = ON;

-- +goose Down
DROP INDEX withdrawals_party;
DROP INDEX withdrawals_open_party;
