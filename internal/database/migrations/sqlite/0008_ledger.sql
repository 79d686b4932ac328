-- +goose Up
-- The journal: what moved, once and for ever. The triggers below refuse every
-- change; a mistake is corrected by a new entry.
CREATE TABLE journal_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),
    kind TEXT NOT NULL CHECK (kind <> ''),
    ref_kind TEXT NOT NULL DEFAULT '',
    ref_id BIGINT NOT NULL DEFAULT 0,
    memo TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL
);

CREATE INDEX journal_entries_ref ON journal_entries (ref_kind, ref_id);

CREATE TABLE journal_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entry_id BIGINT NOT NULL REFERENCES journal_entries (id),
    kind TEXT NOT NULL CHECK (kind IN ('gateway', 'held', 'shop_payable', 'refund_due', 'payout_transit', 'suspense', 'subsidy')),
    owner BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0)
);

CREATE INDEX journal_lines_entry ON journal_lines (entry_id);
CREATE INDEX journal_lines_account ON journal_lines (kind, owner, id);

-- One row per account that owes money, so that a conditional UPDATE decides who
-- may still take from it. Amounts are what is owed: never below zero.
CREATE TABLE balances (
    kind TEXT NOT NULL CHECK (kind IN ('held', 'shop_payable', 'refund_due', 'payout_transit', 'suspense')),
    owner BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (kind, owner)
);

-- +goose StatementBegin
CREATE TRIGGER journal_entries_no_update BEFORE UPDATE ON journal_entries
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER journal_entries_no_delete BEFORE DELETE ON journal_entries
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER journal_lines_no_update BEFORE UPDATE ON journal_lines
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER journal_lines_no_delete BEFORE DELETE ON journal_lines
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE balances;
DROP TABLE journal_lines;
DROP TABLE journal_entries;
