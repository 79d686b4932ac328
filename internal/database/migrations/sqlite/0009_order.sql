-- +goose Up
CREATE TABLE orders (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    number               TEXT NOT NULL UNIQUE,
    token_hash           TEXT NOT NULL UNIQUE,
    pickup_hash          TEXT NOT NULL UNIQUE,
    -- purchases come with migration 0010, so no foreign key
    purchase_id          BIGINT NOT NULL,
    shop_id              BIGINT NOT NULL REFERENCES shops(id),
    shop_name            TEXT NOT NULL, -- as the buyer saw it
    regency_code         TEXT NOT NULL, -- of the shop: its territory and its clock
    state                TEXT NOT NULL CHECK (state IN ('awaiting_payment','to_do','making','ready','dispatched','delivered','completed','lapsed','cancelled')),
    version              BIGINT NOT NULL DEFAULT 1,
    buyer_user_id        BIGINT NOT NULL DEFAULT 0,
    buyer_name           TEXT NOT NULL,
    buyer_phone          TEXT NOT NULL,
    buyer_email          TEXT NOT NULL DEFAULT '',
    note                 TEXT NOT NULL DEFAULT '',
    delivery_method      TEXT NOT NULL CHECK (delivery_method IN ('pickup','own','courier')),
    delivery_fee         BIGINT NOT NULL CHECK (delivery_fee >= 0),
    delivery_zone        TEXT NOT NULL DEFAULT '',
    delivery_days_min    BIGINT NOT NULL DEFAULT 0,
    delivery_days_max    BIGINT NOT NULL DEFAULT 0,
    goods                BIGINT NOT NULL CHECK (goods > 0),
    total                BIGINT NOT NULL CHECK (total > 0),
    refunded             BIGINT NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    tracking_number      TEXT NOT NULL DEFAULT '',
    courier              TEXT NOT NULL DEFAULT '',
    pickup_tries         BIGINT NOT NULL DEFAULT 0,
    pickup_blocked_until TIMESTAMP,
    payment_id           BIGINT NOT NULL DEFAULT 0,
    created_at           TIMESTAMP NOT NULL,
    paid_at              TIMESTAMP,
    settled_at           TIMESTAMP,
    ready_by             TIMESTAMP,
    seen_at              TIMESTAMP,
    dispatched_at        TIMESTAMP,
    delivered_at         TIMESTAMP,
    completed_at         TIMESTAMP,
    delivery_released_at TIMESTAMP,
    goods_released_at    TIMESTAMP,
    -- timers: when something is due; cleared when it is done
    remind_at            TIMESTAMP,
    ask_at               TIMESTAMP,
    deliver_at           TIMESTAMP,
    complete_at          TIMESTAMP,
    CHECK (total = goods + delivery_fee),
    CHECK (refunded <= total),
    CHECK (delivery_method <> 'pickup' OR delivery_fee = 0)
);
CREATE INDEX orders_by_shop ON orders (shop_id, id);
CREATE INDEX orders_by_regency ON orders (regency_code, id);
CREATE INDEX orders_by_purchase ON orders (purchase_id);
CREATE INDEX orders_by_state ON orders (state, id);
CREATE INDEX orders_by_remind ON orders (remind_at);
CREATE INDEX orders_by_ask ON orders (ask_at);
CREATE INDEX orders_by_deliver ON orders (deliver_at);
CREATE INDEX orders_by_complete ON orders (complete_at);

CREATE TABLE order_lines (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id     BIGINT NOT NULL REFERENCES orders(id),
    product_id   BIGINT NOT NULL REFERENCES products(id),
    revision_id  BIGINT NOT NULL REFERENCES revisions(id),
    picture_id   BIGINT NOT NULL DEFAULT 0,
    title        TEXT NOT NULL,
    unit         TEXT NOT NULL,
    unit_price   BIGINT NOT NULL CHECK (unit_price > 0),
    quantity     BIGINT NOT NULL CHECK (quantity > 0),
    cancelled    BIGINT NOT NULL DEFAULT 0,
    weight_grams BIGINT NOT NULL DEFAULT 0,
    ready_by     TIMESTAMP,
    period       TEXT NOT NULL DEFAULT '',
    CHECK (cancelled >= 0 AND cancelled <= quantity)
);
CREATE INDEX order_lines_by_order ON order_lines (order_id, id);

CREATE TABLE order_addresses (
    order_id      BIGINT NOT NULL PRIMARY KEY REFERENCES orders(id),
    name          TEXT NOT NULL,
    phone         TEXT NOT NULL,
    regency_code  TEXT NOT NULL DEFAULT '',
    district_code TEXT NOT NULL DEFAULT '',
    village       TEXT NOT NULL DEFAULT '',
    street        TEXT NOT NULL DEFAULT '',
    postcode      TEXT NOT NULL DEFAULT ''
);

-- The history of an order; only ever added to.
CREATE TABLE order_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id   BIGINT NOT NULL REFERENCES orders(id),
    at         TIMESTAMP NOT NULL,
    move       TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    who        TEXT NOT NULL CHECK (who IN ('seller','companion','staff','buyer','timer','payment')),
    actor_id   BIGINT NOT NULL DEFAULT 0,
    subject_id BIGINT NOT NULL DEFAULT 0,
    reason     TEXT NOT NULL DEFAULT '',
    amount     BIGINT NOT NULL DEFAULT 0 CHECK (amount >= 0)
);
CREATE INDEX order_events_by_order ON order_events (order_id, id);

-- One row per sent form: a second send finds the first.
CREATE TABLE order_forms (
    order_id BIGINT NOT NULL REFERENCES orders(id),
    form_key TEXT NOT NULL,
    move     TEXT NOT NULL,
    PRIMARY KEY (order_id, form_key)
);

-- +goose StatementBegin
CREATE TRIGGER order_events_no_update BEFORE UPDATE ON order_events
BEGIN
    SELECT RAISE(ABORT, 'order_events is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER order_events_no_delete BEFORE DELETE ON order_events
BEGIN
    SELECT RAISE(ABORT, 'order_events is append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE order_forms;
DROP TABLE order_events;
DROP TABLE order_addresses;
DROP TABLE order_lines;
DROP TABLE orders;
