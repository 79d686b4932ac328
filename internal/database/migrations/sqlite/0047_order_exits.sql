-- Orders that are paid otherwise than through the gateway, and the ways an order
-- ends beside the good one (package order; design §4).
-- A CHECK cannot be changed in SQLite, so the table is built again. Running this
-- twice does no harm: it cannot be in one transaction with its version row.
-- +goose NO TRANSACTION
-- +goose Up
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE orders_new (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    number               TEXT NOT NULL UNIQUE,
    token_hash           TEXT NOT NULL UNIQUE,
    pickup_hash          TEXT NOT NULL UNIQUE,
    purpose_id           BIGINT NOT NULL,
    shop_id              BIGINT NOT NULL REFERENCES shops(id),
    shop_name            TEXT NOT NULL, -- as the buyer saw it
    regency_code         TEXT NOT NULL, -- of the shop: its territory and its clock
    state                TEXT NOT NULL CHECK (state IN ('awaiting_payment','to_do','making','ready','dispatched','delivered','completed','lapsed','cancelled','not_collected','returning','returned','disputed','resolved')),
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
    -- what its payments are for: payment.Purpose
    purpose_kind         TEXT NOT NULL DEFAULT 'purchase' CHECK (purpose_kind IN ('purchase','quote')),
    -- who takes the money: the gateway, the one who brings or hands over the goods,
    -- or the shop itself through its own account
    pay_by               TEXT NOT NULL DEFAULT 'gateway' CHECK (pay_by IN ('gateway','cod','cash','direct')),
    CHECK (total = goods + delivery_fee),
    CHECK (refunded <= total),
    CHECK (delivery_method <> 'pickup' OR delivery_fee = 0),
    CHECK (pay_by <> 'cod' OR delivery_method <> 'pickup'),
    CHECK (pay_by <> 'cash' OR delivery_method = 'pickup')
);
INSERT INTO orders_new (
    id, number, token_hash, pickup_hash, purpose_kind, purpose_id, shop_id, shop_name, regency_code, state,
        version, buyer_user_id, buyer_name, buyer_phone, buyer_email, note, delivery_method, delivery_fee,
        delivery_zone, delivery_days_min, delivery_days_max, goods, total, refunded, tracking_number, courier,
        pickup_tries, pickup_blocked_until, payment_id, created_at, paid_at, settled_at, ready_by, seen_at,
        dispatched_at, delivered_at, completed_at, delivery_released_at, goods_released_at, remind_at, ask_at,
        deliver_at, complete_at)
    SELECT
    id, number, token_hash, pickup_hash, purpose_kind, purpose_id, shop_id, shop_name, regency_code, state,
        version, buyer_user_id, buyer_name, buyer_phone, buyer_email, note, delivery_method, delivery_fee,
        delivery_zone, delivery_days_min, delivery_days_max, goods, total, refunded, tracking_number, courier,
        pickup_tries, pickup_blocked_until, payment_id, created_at, paid_at, settled_at, ready_by, seen_at,
        dispatched_at, delivered_at, completed_at, delivery_released_at, goods_released_at, remind_at, ask_at,
        deliver_at, complete_at
    FROM orders;
DELETE FROM sqlite_sequence WHERE name = 'orders_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'orders_new', seq FROM sqlite_sequence WHERE name = 'orders';
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
CREATE INDEX orders_by_shop ON orders (shop_id, id);
CREATE INDEX orders_by_regency ON orders (regency_code, id);
CREATE INDEX orders_by_state ON orders (state, id);
CREATE INDEX orders_by_remind ON orders (remind_at);
CREATE INDEX orders_by_ask ON orders (ask_at);
CREATE INDEX orders_by_deliver ON orders (deliver_at);
CREATE INDEX orders_by_complete ON orders (complete_at);
CREATE INDEX orders_by_purpose ON orders (purpose_kind, purpose_id);
CREATE UNIQUE INDEX orders_one_per_offer ON orders (purpose_id) WHERE purpose_kind = 'quote';
COMMIT;
PRAGMA foreign_keys = ON;

-- +goose Down
SELECT 'the wider checks stay: older rows keep them';
