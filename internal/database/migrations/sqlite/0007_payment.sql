-- +goose Up

-- One row per attempt to collect an amount: one reference, one invoice. A second
-- invoice of the same reference that was paid too gets a row of its own (surplus).
CREATE TABLE payments (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    purpose_kind       TEXT      NOT NULL CHECK (purpose_kind <> ''),
    purpose_id         BIGINT    NOT NULL, -- a row of the package that registered the kind
    reference          TEXT      NOT NULL CHECK (reference <> ''),
    amount             BIGINT    NOT NULL CHECK (amount > 0),
    state              TEXT      NOT NULL CHECK (state IN ('created', 'unknown', 'open', 'paid', 'settled', 'expired', 'cancelled', 'failed')),
    payer_name         TEXT      NOT NULL,
    email              TEXT      NOT NULL,
    description        TEXT      NOT NULL,
    return_url         TEXT      NOT NULL,
    expires_at         TIMESTAMP NOT NULL,
    gateway_id         TEXT      NOT NULL,
    invoice_url        TEXT      NOT NULL,
    paid_amount        BIGINT    NOT NULL CHECK (paid_amount >= 0),
    paid_at            TIMESTAMP,
    method             TEXT      NOT NULL,
    channel            TEXT      NOT NULL,
    gateway_payment_id TEXT      NOT NULL,
    late               BOOLEAN   NOT NULL,
    surplus            BOOLEAN   NOT NULL,
    refunded           BIGINT    NOT NULL CHECK (refunded >= 0),
    fee                BIGINT CHECK (fee >= 0), -- what the gateway kept; NULL until it says
    problem            TEXT      NOT NULL CHECK (problem IN ('', 'amount', 'currency', 'identity')),
    cancel_requested   BOOLEAN   NOT NULL,
    failure_code       TEXT      NOT NULL,
    doubt_at           TIMESTAMP, -- when the making of the invoice last ended unknown
    tries              BIGINT    NOT NULL CHECK (tries >= 0),
    checks             BIGINT    NOT NULL CHECK (checks >= 0),
    next_check_at      TIMESTAMP,
    lease_until        TIMESTAMP,
    lease_token        TEXT      NOT NULL,
    created_at         TIMESTAMP NOT NULL,
    updated_at         TIMESTAMP NOT NULL,
    CHECK (refunded <= paid_amount),
    CHECK (state NOT IN ('paid', 'settled') OR (paid_amount > 0 AND gateway_id <> '')),
    CHECK (state <> 'open' OR gateway_id <> '')
);
CREATE UNIQUE INDEX payments_reference ON payments (reference) WHERE NOT surplus;
CREATE UNIQUE INDEX payments_gateway_id ON payments (gateway_id) WHERE gateway_id <> '';
-- One attempt at a time for one purpose.
CREATE UNIQUE INDEX payments_live ON payments (purpose_kind, purpose_id) WHERE state IN ('created', 'unknown', 'open');
CREATE INDEX payments_purpose ON payments (purpose_kind, purpose_id);
CREATE INDEX payments_next_check ON payments (next_check_at);

-- Each effect on another package happens once: the row is inserted in the
-- transaction that calls the settler.
CREATE TABLE payment_effects (
    object     TEXT      NOT NULL CHECK (object IN ('payment', 'refund', 'payout')),
    object_id  BIGINT    NOT NULL,
    effect     TEXT      NOT NULL CHECK (effect <> ''),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (object, object_id, effect)
);

-- What the gateway told us, raw and before anything is believed.
CREATE TABLE callbacks (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    source             TEXT      NOT NULL,
    reference          TEXT      NOT NULL,
    gateway_id         TEXT      NOT NULL,
    status             TEXT      NOT NULL,
    gateway_payment_id TEXT      NOT NULL,
    body               BLOB      NOT NULL,
    state              TEXT      NOT NULL CHECK (state IN ('new', 'done', 'unmatched', 'held', 'unreadable')),
    note               TEXT      NOT NULL,
    times              BIGINT    NOT NULL CHECK (times > 0),
    created_at         TIMESTAMP NOT NULL,
    last_at            TIMESTAMP NOT NULL,
    handled_at         TIMESTAMP,
    UNIQUE (source, gateway_id, reference, status, gateway_payment_id)
);
CREATE INDEX callbacks_state ON callbacks (state);

CREATE TABLE payouts (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    purpose_kind    TEXT      NOT NULL CHECK (purpose_kind <> ''),
    purpose_id      BIGINT    NOT NULL, -- a row of the package that registered the kind
    amount          BIGINT    NOT NULL CHECK (amount > 0),
    channel_code    TEXT      NOT NULL,
    account_number  TEXT      NOT NULL,
    holder_name     TEXT      NOT NULL,
    description     TEXT      NOT NULL,
    payout_key      TEXT      NOT NULL UNIQUE,
    idempotency_key TEXT      NOT NULL UNIQUE,
    reference       TEXT      NOT NULL UNIQUE,
    state           TEXT      NOT NULL CHECK (state IN ('created', 'unknown', 'accepted', 'succeeded', 'failed', 'reversed')),
    gateway_id      TEXT      NOT NULL,
    failure_code    TEXT      NOT NULL,
    problem         TEXT      NOT NULL,
    fee             BIGINT CHECK (fee >= 0), -- what the gateway took; NULL until it says
    tries           BIGINT    NOT NULL CHECK (tries >= 0),
    checks          BIGINT    NOT NULL CHECK (checks >= 0),
    next_check_at   TIMESTAMP,
    lease_until     TIMESTAMP,
    lease_token     TEXT      NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    completed_at    TIMESTAMP,
    CHECK (state NOT IN ('accepted', 'succeeded', 'reversed') OR gateway_id <> '')
);
CREATE UNIQUE INDEX payouts_gateway_id ON payouts (gateway_id) WHERE gateway_id <> '';
CREATE INDEX payouts_purpose ON payouts (purpose_kind, purpose_id);
CREATE INDEX payouts_next_check ON payouts (next_check_at);

CREATE TABLE refunds (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id    BIGINT    NOT NULL REFERENCES payments (id),
    purpose_kind  TEXT      NOT NULL CHECK (purpose_kind <> ''),
    purpose_id    BIGINT    NOT NULL, -- a row of the package that registered the kind
    amount        BIGINT    NOT NULL CHECK (amount > 0),
    reason        TEXT      NOT NULL,
    refund_key    TEXT      NOT NULL UNIQUE,
    reference     TEXT      NOT NULL UNIQUE,
    state         TEXT      NOT NULL CHECK (state IN ('requested', 'unknown', 'accepted', 'awaiting_account', 'paying', 'succeeded')),
    token_hash    TEXT      UNIQUE,
    gateway_id    TEXT      NOT NULL,
    payout_id     BIGINT    REFERENCES payouts (id),
    failure_code  TEXT      NOT NULL,
    attempt       BIGINT    NOT NULL CHECK (attempt > 0),
    tries         BIGINT    NOT NULL CHECK (tries >= 0),
    checks        BIGINT    NOT NULL CHECK (checks >= 0),
    next_check_at TIMESTAMP,
    lease_until   TIMESTAMP,
    lease_token   TEXT      NOT NULL,
    holder_hint   TEXT      NOT NULL,
    created_at    TIMESTAMP NOT NULL,
    updated_at    TIMESTAMP NOT NULL,
    completed_at  TIMESTAMP,
    CHECK (state <> 'awaiting_account' OR token_hash IS NOT NULL),
    CHECK (state <> 'paying' OR payout_id IS NOT NULL)
);
CREATE UNIQUE INDEX refunds_gateway_id ON refunds (gateway_id) WHERE gateway_id <> '';
CREATE INDEX refunds_payment ON refunds (payment_id);
CREATE INDEX refunds_purpose ON refunds (purpose_kind, purpose_id);
CREATE INDEX refunds_next_check ON refunds (next_check_at);

-- +goose Down
DROP TABLE refunds;
DROP TABLE payouts;
DROP TABLE callbacks;
DROP TABLE payment_effects;
DROP TABLE payments;
