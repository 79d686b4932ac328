-- Withdrawals handed over in cash, against a receipt that was signed and photographed
-- (package finance).
-- A NOT NULL cannot be taken away in SQLite, so the table is built again. Running this
-- twice does no harm: it cannot be in one transaction with its version row.
-- +goose NO TRANSACTION
-- +goose Up
PRAGMA foreign_keys = OFF;
BEGIN;
DROP TABLE IF EXISTS cash_counts;
DROP TABLE IF EXISTS cash_receipts;
CREATE TABLE withdrawals_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    bank_account_id BIGINT REFERENCES bank_accounts (id),
    amount BIGINT NOT NULL CHECK (amount >= 10000),
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
    UNIQUE (shop_id, form_key),
    -- four eyes: nobody decides about their own request or check
    CHECK (checked_by <> requested_by),
    CHECK (decided_by <> requested_by),
    CHECK (decided_by = 0 OR decided_by <> checked_by),
    CHECK (state NOT IN ('paying', 'paid', 'failed', 'reversed') OR (decided_by > 0 AND (NOT needs_check OR checked_by > 0))),
    CHECK ((way = 'cash') = (bank_account_id IS NULL)),
    CHECK (way <> 'cash' OR payout_id = 0)
);
INSERT INTO withdrawals_new (id, shop_id, bank_account_id, amount, state, form_key, needs_check, requested_by, requested_at, checked_by, checked_at, decided_by, decided_at, reason, payout_id, failure_code, finished_at, handled_by, handled_at, handled_note)
SELECT id, shop_id, bank_account_id, amount, state, form_key, needs_check, requested_by, requested_at, checked_by, checked_at, decided_by, decided_at, reason, payout_id, failure_code, finished_at, handled_by, handled_at, handled_note FROM withdrawals;
DROP TABLE withdrawals;
ALTER TABLE withdrawals_new RENAME TO withdrawals;
-- one request at a time, so that nobody asks twice for the same money
CREATE UNIQUE INDEX withdrawals_open ON withdrawals (shop_id) WHERE state IN ('requested', 'checked');
CREATE INDEX withdrawals_state ON withdrawals (state, id);
CREATE INDEX withdrawals_shop ON withdrawals (shop_id, id);

CREATE TABLE cash_receipts (
    withdrawal_id BIGINT PRIMARY KEY REFERENCES withdrawals (id),
    picture_id    BIGINT NOT NULL REFERENCES pictures (id), -- of the receipt the maker signed
    handed_by     BIGINT NOT NULL REFERENCES users (id),
    handed_at     TIMESTAMP NOT NULL
);

-- What somebody found in the box when they counted it, and what the books said.
CREATE TABLE cash_counts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    form_key   TEXT NOT NULL UNIQUE CHECK (form_key <> ''),
    counted    BIGINT NOT NULL CHECK (counted >= 0),
    expected   BIGINT NOT NULL,
    reason     TEXT NOT NULL,
    counted_by BIGINT NOT NULL REFERENCES users (id),
    counted_at TIMESTAMP NOT NULL,
    CHECK (counted = expected OR reason <> '')
);
COMMIT;
PRAGMA foreign_keys = ON;

-- +goose Down
DROP TABLE cash_counts;
DROP TABLE cash_receipts;
