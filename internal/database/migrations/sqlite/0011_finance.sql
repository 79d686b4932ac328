-- +goose Up
-- Where a shop's money goes. Never changed but for its state: a new account is a
-- new row, so that every withdrawal keeps the account it was meant for.
CREATE TABLE bank_accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    channel_code TEXT NOT NULL CHECK (channel_code <> ''),
    account_number TEXT NOT NULL CHECK (account_number <> ''), -- private
    holder_name TEXT NOT NULL CHECK (holder_name <> ''),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'active', 'refused', 'replaced')),
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    proposed_by BIGINT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (shop_id, form_key),
    -- four eyes: who proposes an account never confirms it
    CHECK (decided_by <> proposed_by),
    CHECK (state <> 'active' OR decided_by > 0)
);
CREATE UNIQUE INDEX bank_accounts_active ON bank_accounts (shop_id) WHERE state = 'active';
CREATE UNIQUE INDEX bank_accounts_proposed ON bank_accounts (shop_id) WHERE state = 'proposed';

CREATE TABLE withdrawals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    bank_account_id BIGINT NOT NULL REFERENCES bank_accounts (id),
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
    UNIQUE (shop_id, form_key),
    -- four eyes: nobody decides about their own request or check
    CHECK (checked_by <> requested_by),
    CHECK (decided_by <> requested_by),
    CHECK (decided_by = 0 OR decided_by <> checked_by),
    CHECK (state NOT IN ('paying', 'paid', 'failed', 'reversed') OR (decided_by > 0 AND (NOT needs_check OR checked_by > 0)))
);
-- one request at a time, so that nobody asks twice for the same money
CREATE UNIQUE INDEX withdrawals_open ON withdrawals (shop_id) WHERE state IN ('requested', 'checked');
CREATE INDEX withdrawals_state ON withdrawals (state, id);
CREATE INDEX withdrawals_shop ON withdrawals (shop_id, id);

-- Money at the gateway that nothing of ours asked for: a task until somebody
-- finds out whose it is. payment_id is payments.id; the audit compares both.
CREATE TABLE unmatched_payments (
    payment_id BIGINT NOT NULL PRIMARY KEY,
    amount BIGINT NOT NULL CHECK (amount > 0),
    created_at TIMESTAMP NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'proposed', 'returning', 'returned')),
    proposed_by BIGINT NOT NULL DEFAULT 0,
    proposed_at TIMESTAMP,
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    -- four eyes above the threshold: who proposes never confirms
    CHECK (decided_by = 0 OR decided_by <> proposed_by),
    CHECK (state <> 'proposed' OR proposed_by > 0),
    CHECK (state IN ('open', 'proposed') OR decided_by > 0)
);

-- +goose Down
DROP TABLE unmatched_payments;
DROP TABLE withdrawals;
DROP TABLE bank_accounts;
