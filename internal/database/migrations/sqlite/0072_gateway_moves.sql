-- Money the operator itself moves in and out of the gateway's account, so that the daily
-- match knows its lines; and channels the account refused (package payment).
-- A CHECK cannot be changed in SQLite, so the table is built again. Running this twice
-- does no harm: it cannot be in one transaction with its version row.
-- +goose NO TRANSACTION
-- +goose Up
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE IF NOT EXISTS gateway_moves (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    move_key TEXT NOT NULL UNIQUE CHECK (move_key <> ''), -- of the caller: one key, one move
    money_in BOOLEAN NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    happened_at TIMESTAMP NOT NULL
);
CREATE TABLE IF NOT EXISTS channel_refusals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    codes TEXT NOT NULL CHECK (codes <> ''), -- what was asked for and refused
    offered TEXT NOT NULL,                   -- what the invoice offers instead; empty: there was none
    times BIGINT NOT NULL CHECK (times > 0),
    first_at TIMESTAMP NOT NULL,
    last_at TIMESTAMP NOT NULL,
    handled_at TIMESTAMP -- NULL: finance has to look
);
CREATE UNIQUE INDEX IF NOT EXISTS channel_refusals_open ON channel_refusals (codes) WHERE handled_at IS NULL;
DROP TABLE IF EXISTS gateway_matches_new;
CREATE TABLE gateway_matches_new (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id TEXT NOT NULL,
    kind           TEXT NOT NULL, -- PAYMENT, DISBURSEMENT, REFUND …, as the gateway words it
    status         TEXT NOT NULL,
    money_in       BOOLEAN NOT NULL,
    product_id     TEXT NOT NULL,
    reference      TEXT NOT NULL,
    channel        TEXT NOT NULL,
    amount         BIGINT NOT NULL CHECK (amount >= 0),
    cost           BIGINT CHECK (cost >= 0), -- fee and taxes beside the amount; NULL until the gateway says
    vat            BIGINT NOT NULL CHECK (vat >= 0),
    settled        BOOLEAN NOT NULL,
    object         TEXT NOT NULL CHECK (object IN ('', 'payment', 'payout', 'refund', 'move')),
    object_id      BIGINT NOT NULL,
    difference     TEXT NOT NULL CHECK (difference IN ('', 'missing_ours', 'missing_theirs', 'amount', 'fee')),
    apart          BIGINT NOT NULL, -- what moved at the gateway less what we booked
    accounted      BIGINT NOT NULL DEFAULT 0, -- of it, explained or booked by a person
    booked         BIGINT NOT NULL DEFAULT 0, -- of it, booked
    steps          BIGINT NOT NULL DEFAULT 0 CHECK (steps >= 0),
    resolution     TEXT NOT NULL DEFAULT '' CHECK (resolution IN ('', 'booked', 'linked', 'explained')),
    reason         TEXT NOT NULL DEFAULT '',
    resolved_by    BIGINT NOT NULL DEFAULT 0,
    resolved_at    TIMESTAMP,
    happened_at    TIMESTAMP NOT NULL,
    created_at     TIMESTAMP NOT NULL,
    updated_at     TIMESTAMP NOT NULL,
    CHECK (transaction_id <> '' OR object <> ''),
    CHECK ((object = '') = (object_id = 0)),
    CHECK ((resolution = '') = (resolved_at IS NULL)),
    CHECK (resolution = '' OR (resolved_by > 0 AND reason <> ''))
);
INSERT INTO gateway_matches_new (id, transaction_id, kind, status, money_in, product_id, reference, channel, amount, cost, vat, settled, object, object_id, difference, apart, accounted, booked, steps, resolution, reason, resolved_by, resolved_at, happened_at, created_at, updated_at)
SELECT id, transaction_id, kind, status, money_in, product_id, reference, channel, amount, cost, vat, settled, object, object_id, difference, apart, accounted, booked, steps, resolution, reason, resolved_by, resolved_at, happened_at, created_at, updated_at FROM gateway_matches;
DROP TABLE gateway_matches;
ALTER TABLE gateway_matches_new RENAME TO gateway_matches;
CREATE UNIQUE INDEX gateway_matches_line ON gateway_matches (transaction_id) WHERE transaction_id <> '';
CREATE UNIQUE INDEX gateway_matches_object ON gateway_matches (object, object_id) WHERE object <> '' AND transaction_id <> '';
CREATE UNIQUE INDEX gateway_matches_missing ON gateway_matches (object, object_id) WHERE transaction_id = '';
CREATE INDEX gateway_matches_open ON gateway_matches (difference, id);
CREATE INDEX gateway_matches_happened ON gateway_matches (happened_at, id);
COMMIT;
PRAGMA foreign_keys = ON;

-- +goose Down
DROP TABLE channel_refusals;
DROP TABLE gateway_moves;
