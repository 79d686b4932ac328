-- +goose Up
CREATE TABLE carts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL UNIQUE,
    version    BIGINT NOT NULL DEFAULT 1, -- grows with every change; placing claims one version
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX carts_by_updated ON carts (updated_at);

CREATE TABLE cart_lines (
    cart_id    BIGINT NOT NULL REFERENCES carts(id),
    product_id BIGINT NOT NULL REFERENCES products(id),
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    seen_price BIGINT NOT NULL CHECK (seen_price > 0), -- what the buyer was shown
    added_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (cart_id, product_id)
);

CREATE TABLE purchases (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash    TEXT NOT NULL UNIQUE,
    form_key      TEXT NOT NULL UNIQUE,
    -- Carts are swept after a while, so no foreign key. One purchase per version
    -- of a cart: two tabs cannot buy the same cart twice.
    cart_id       BIGINT NOT NULL,
    cart_version  BIGINT NOT NULL,
    total         BIGINT NOT NULL CHECK (total > 0),
    buyer_user_id BIGINT NOT NULL DEFAULT 0,
    buyer_name    TEXT NOT NULL,
    buyer_phone   TEXT NOT NULL,
    buyer_email   TEXT NOT NULL DEFAULT '',
    created_at    TIMESTAMP NOT NULL,
    pay_until     TIMESTAMP NOT NULL,
    UNIQUE (cart_id, cart_version)
);

-- Money that came in and belongs to no order: a task for finance until resolved.
CREATE TABLE suspense_items (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id  BIGINT NOT NULL UNIQUE REFERENCES payments(id),
    purchase_id BIGINT NOT NULL REFERENCES purchases(id),
    amount      BIGINT NOT NULL CHECK (amount > 0),
    reason      TEXT NOT NULL CHECK (reason IN ('amount','late','not_payable')),
    state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','proposed','returning','returned')),
    opened_at   TIMESTAMP NOT NULL,
    decided_by  BIGINT NOT NULL DEFAULT 0,
    decided_at  TIMESTAMP,
    -- four eyes above the threshold: who proposes never confirms
    proposed_by BIGINT NOT NULL DEFAULT 0,
    proposed_at TIMESTAMP,
    CHECK (decided_by = 0 OR decided_by <> proposed_by),
    CHECK (state <> 'proposed' OR proposed_by > 0)
);
CREATE INDEX suspense_items_by_state ON suspense_items (state, id);

-- +goose Down
DROP TABLE suspense_items;
DROP TABLE purchases;
DROP TABLE cart_lines;
DROP TABLE carts;
