-- "Minta harga": requests, offers that never change once sent, and orders that
-- come from an accepted offer as well as from a purchase.
-- +goose Up
ALTER TABLE orders RENAME COLUMN purchase_id TO purpose_id;
-- what the order's payments are for: payment.Purpose
ALTER TABLE orders ADD COLUMN purpose_kind TEXT NOT NULL DEFAULT 'purchase' CHECK (purpose_kind IN ('purchase','quote'));
DROP INDEX orders_by_purchase;
CREATE INDEX orders_by_purpose ON orders (purpose_kind, purpose_id);
-- two accepts of one offer make one order
CREATE UNIQUE INDEX orders_one_per_offer ON orders (purpose_id) WHERE purpose_kind = 'quote';
-- whether the line's quantity was promised from the product's pools
ALTER TABLE order_lines ADD COLUMN drawn BOOLEAN NOT NULL DEFAULT TRUE;

CREATE TABLE quote_requests (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash    TEXT NOT NULL UNIQUE,
    form_key      TEXT NOT NULL UNIQUE,
    state         TEXT NOT NULL CHECK (state IN ('draft','unplaced','asked','answered','expired','accepted','declined','cancelled')),
    version       BIGINT NOT NULL DEFAULT 1,
    product_id    BIGINT REFERENCES products(id), -- what the buyer looked at, if anything
    shop_id       BIGINT REFERENCES shops(id),    -- who is asked; none while the agency has it
    wish          TEXT NOT NULL,
    details       TEXT NOT NULL DEFAULT '',
    quantity      BIGINT NOT NULL CHECK (quantity >= 0),
    needed_by     TEXT NOT NULL DEFAULT '', -- a day, 2026-12-31, or empty
    regency_code  TEXT NOT NULL DEFAULT '',
    district_code TEXT NOT NULL DEFAULT '',
    buyer_user_id BIGINT NOT NULL DEFAULT 0,
    buyer_name    TEXT NOT NULL DEFAULT '',
    buyer_phone   TEXT NOT NULL DEFAULT '',
    buyer_email   TEXT NOT NULL DEFAULT '',
    organisation  TEXT NOT NULL DEFAULT '',
    reason        TEXT NOT NULL DEFAULT '', -- of the last refusal
    created_at    TIMESTAMP NOT NULL,
    asked_at      TIMESTAMP,
    ended_at      TIMESTAMP,
    remind_at     TIMESTAMP, -- timer
    CHECK (state = 'draft' OR (quantity > 0 AND wish <> '')),
    CHECK (state NOT IN ('asked','answered','expired','accepted') OR shop_id IS NOT NULL)
);
CREATE INDEX quote_requests_by_shop ON quote_requests (shop_id, id);
CREATE INDEX quote_requests_by_state ON quote_requests (state, id);
CREATE INDEX quote_requests_by_remind ON quote_requests (remind_at);

-- How many of which size; empty when sizes do not matter.
CREATE TABLE quote_sizes (
    request_id BIGINT NOT NULL REFERENCES quote_requests(id),
    position   BIGINT NOT NULL,
    label      TEXT NOT NULL,
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (request_id, position)
);

CREATE TABLE quote_offers (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id      BIGINT NOT NULL REFERENCES quote_requests(id),
    form_key        TEXT NOT NULL UNIQUE,
    state           TEXT NOT NULL CHECK (state IN ('sent','replaced','withdrawn','turned_down','expired','accepted','unpaid')),
    shop_id         BIGINT NOT NULL REFERENCES shops(id),
    shop_name       TEXT NOT NULL, -- as the buyer saw it
    product_id      BIGINT NOT NULL REFERENCES products(id),
    revision_id     BIGINT NOT NULL REFERENCES revisions(id),
    title           TEXT NOT NULL,
    goods           BIGINT NOT NULL CHECK (goods > 0),
    delivery_method TEXT NOT NULL CHECK (delivery_method IN ('pickup','own','courier')),
    delivery_fee    BIGINT NOT NULL CHECK (delivery_fee >= 0),
    total           BIGINT NOT NULL,
    ready_on        TEXT NOT NULL, -- a day
    drawn           BOOLEAN NOT NULL, -- taken from the product's pools when accepted
    valid_until     TIMESTAMP NOT NULL,
    note            TEXT NOT NULL DEFAULT '',
    made_by         BIGINT NOT NULL,
    subject_id      BIGINT NOT NULL DEFAULT 0, -- the maker acted for
    sent_at         TIMESTAMP NOT NULL,
    accepted_at     TIMESTAMP,
    pay_until       TIMESTAMP,
    CHECK (total = goods + delivery_fee),
    CHECK (delivery_method <> 'pickup' OR delivery_fee = 0),
    CHECK ((state IN ('accepted','unpaid')) = (accepted_at IS NOT NULL))
);
CREATE INDEX quote_offers_by_request ON quote_offers (request_id, id);
CREATE INDEX quote_offers_by_expiry ON quote_offers (state, valid_until);
-- one offer at a time waits for the buyer; several makers' come with splitting
CREATE UNIQUE INDEX quote_offers_open ON quote_offers (request_id) WHERE state = 'sent';

CREATE TABLE quote_offer_lines (
    offer_id   BIGINT NOT NULL REFERENCES quote_offers(id),
    position   BIGINT NOT NULL,
    label      TEXT NOT NULL DEFAULT '', -- the size, or nothing
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    unit_price BIGINT NOT NULL CHECK (unit_price > 0),
    PRIMARY KEY (offer_id, position)
);

-- +goose StatementBegin
CREATE TRIGGER quote_offers_sent BEFORE UPDATE ON quote_offers
WHEN OLD.request_id <> NEW.request_id OR OLD.shop_id <> NEW.shop_id OR OLD.product_id <> NEW.product_id
    OR OLD.revision_id <> NEW.revision_id OR OLD.title <> NEW.title OR OLD.goods <> NEW.goods
    OR OLD.delivery_method <> NEW.delivery_method OR OLD.delivery_fee <> NEW.delivery_fee OR OLD.total <> NEW.total
    OR OLD.ready_on <> NEW.ready_on OR OLD.drawn <> NEW.drawn OR OLD.valid_until <> NEW.valid_until OR OLD.made_by <> NEW.made_by
    OR OLD.sent_at <> NEW.sent_at
BEGIN
    SELECT RAISE(ABORT, 'an offer never changes once it is sent');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER quote_offer_lines_no_update BEFORE UPDATE ON quote_offer_lines
BEGIN
    SELECT RAISE(ABORT, 'an offer never changes once it is sent');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER quote_offer_lines_no_delete BEFORE DELETE ON quote_offer_lines
BEGIN
    SELECT RAISE(ABORT, 'an offer never changes once it is sent');
END;
-- +goose StatementEnd

-- A companion is asked to call about a request as well as about an order.
CREATE TABLE call_list_new (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    companion_id BIGINT NOT NULL REFERENCES users (id),
    shop_id      BIGINT NOT NULL REFERENCES shops (id),
    order_id     BIGINT REFERENCES orders (id),
    reason       TEXT NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    done_at      TIMESTAMP,
    request_id   BIGINT REFERENCES quote_requests (id),
    UNIQUE (companion_id, order_id, reason),
    UNIQUE (companion_id, request_id, reason),
    CHECK ((order_id IS NULL) <> (request_id IS NULL))
);
INSERT INTO call_list_new (id, companion_id, shop_id, order_id, reason, created_at, done_at)
    SELECT id, companion_id, shop_id, order_id, reason, created_at, done_at FROM call_list;
DROP TABLE call_list;
ALTER TABLE call_list_new RENAME TO call_list;

-- +goose Down
DELETE FROM call_list WHERE order_id IS NULL;
CREATE TABLE call_list_old (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    companion_id BIGINT NOT NULL REFERENCES users (id),
    shop_id      BIGINT NOT NULL REFERENCES shops (id),
    order_id     BIGINT NOT NULL REFERENCES orders (id),
    reason       TEXT NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    done_at      TIMESTAMP,
    UNIQUE (companion_id, order_id, reason)
);
INSERT INTO call_list_old SELECT id, companion_id, shop_id, order_id, reason, created_at, done_at FROM call_list;
DROP TABLE call_list;
ALTER TABLE call_list_old RENAME TO call_list;
DROP TABLE quote_offer_lines;
DROP TABLE quote_offers;
DROP TABLE quote_sizes;
DROP TABLE quote_requests;
ALTER TABLE order_lines DROP COLUMN drawn;
DROP INDEX orders_one_per_offer;
DROP INDEX orders_by_purpose;
ALTER TABLE orders DROP COLUMN purpose_kind;
ALTER TABLE orders RENAME COLUMN purpose_id TO purchase_id;
CREATE INDEX orders_by_purchase ON orders (purchase_id);
