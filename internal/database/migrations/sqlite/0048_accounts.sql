-- The accounts of the whole business (package ledger): what a shop owes us, what its
-- members are due, commission, the cash box, differences with the gateway, and what
-- shops took themselves.
-- A CHECK cannot be changed in SQLite, so two tables are built again. Running this
-- twice does no harm: it cannot be in one transaction with its version row.
-- +goose NO TRANSACTION
-- +goose Up
PRAGMA foreign_keys = OFF;
BEGIN;
DROP TRIGGER journal_lines_no_update;
DROP TRIGGER journal_lines_no_delete;
CREATE TABLE journal_lines_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entry_id BIGINT NOT NULL REFERENCES journal_entries (id),
    kind TEXT NOT NULL CHECK (kind IN ('gateway', 'held', 'shop_payable', 'refund_due', 'payout_transit', 'suspense', 'subsidy',
        'shop_owes', 'share_due', 'commission', 'cash_box', 'difference', 'shop_cash', 'shop_sales')),
    owner BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0)
);
INSERT INTO journal_lines_new (id, entry_id, kind, owner, amount) SELECT id, entry_id, kind, owner, amount FROM journal_lines;
DELETE FROM sqlite_sequence WHERE name = 'journal_lines_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'journal_lines_new', seq FROM sqlite_sequence WHERE name = 'journal_lines';
DROP TABLE journal_lines;
ALTER TABLE journal_lines_new RENAME TO journal_lines;
CREATE INDEX journal_lines_entry ON journal_lines (entry_id);
CREATE INDEX journal_lines_account ON journal_lines (kind, owner, id);
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

CREATE TABLE balances_new (
    kind TEXT NOT NULL CHECK (kind IN ('held', 'shop_payable', 'refund_due', 'payout_transit', 'suspense', 'shop_owes', 'share_due')),
    owner BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (kind, owner)
);
INSERT INTO balances_new (kind, owner, amount) SELECT kind, owner, amount FROM balances;
DROP TABLE balances;
ALTER TABLE balances_new RENAME TO balances;
COMMIT;
PRAGMA foreign_keys = ON;

-- +goose Down
SELECT 'the wider checks stay: older rows keep them';
