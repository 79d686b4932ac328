-- The daily match of the gateway's statement against our own rows (package payment).
-- +goose Up

-- One reading of the statement, from its first page to its last.
CREATE TABLE gateway_runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    began_at   TIMESTAMP NOT NULL,
    from_at    TIMESTAMP, -- lines changed since then were asked for; NULL is all
    ended_at   TIMESTAMP, -- NULL: under way, or broken off
    pages      BIGINT NOT NULL DEFAULT 0 CHECK (pages >= 0),
    lines      BIGINT NOT NULL DEFAULT 0 CHECK (lines >= 0),
    balance    BIGINT, -- settled money, as the gateway says
    books      BIGINT, -- the journal's account at that moment
    unsettled  BIGINT NOT NULL DEFAULT 0 CHECK (unsettled >= 0), -- of it, paid and not yet settled
    trouble    TEXT NOT NULL DEFAULT '' CHECK (trouble IN ('', 'gateway', 'pages')),
    asked_by   BIGINT NOT NULL DEFAULT 0 -- 0: the daily job
);
CREATE INDEX gateway_runs_ended ON gateway_runs (ended_at);

-- One line of the gateway's statement and which row of ours it is; or a row of ours
-- that the statement lacks (transaction_id is empty then).
CREATE TABLE gateway_matches (
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
    object         TEXT NOT NULL CHECK (object IN ('', 'payment', 'payout', 'refund')),
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
CREATE UNIQUE INDEX gateway_matches_line ON gateway_matches (transaction_id) WHERE transaction_id <> '';
CREATE UNIQUE INDEX gateway_matches_object ON gateway_matches (object, object_id) WHERE object <> '' AND transaction_id <> '';
CREATE UNIQUE INDEX gateway_matches_missing ON gateway_matches (object, object_id) WHERE transaction_id = '';
CREATE INDEX gateway_matches_open ON gateway_matches (difference, id);
CREATE INDEX gateway_matches_happened ON gateway_matches (happened_at, id);

-- +goose Down
DROP TABLE gateway_matches;
DROP TABLE gateway_runs;
