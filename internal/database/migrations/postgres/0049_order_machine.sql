-- What the whole order machine needs (package order; design §4): when an order became
-- the shop's, when its goods left, payment on the shop's own account, collection, a new
-- date, and what was given back out of the shop's own pocket.
-- +goose Up
-- when the shop got it to do: paid, or to be paid with the goods
ALTER TABLE orders ADD COLUMN begun_at TIMESTAMPTZ;
-- since when it is in its state
ALTER TABLE orders ADD COLUMN state_at TIMESTAMPTZ;
-- when the goods first left the shop's hands or shelf
ALTER TABLE orders ADD COLUMN promises_used_at TIMESTAMPTZ;
-- timer of an unpaid order on the shop's own account
ALTER TABLE orders ADD COLUMN pay_until TIMESTAMPTZ;
-- when the buyer last sent proof of paying the shop itself
ALTER TABLE orders ADD COLUMN direct_proof_at TIMESTAMPTZ;
-- timer of a ready order that nobody collects
ALTER TABLE orders ADD COLUMN collect_by TIMESTAMPTZ;
-- a new promised date the shop asks the buyer for
ALTER TABLE orders ADD COLUMN new_date TIMESTAMPTZ;
-- when it asked
ALTER TABLE orders ADD COLUMN new_date_at TIMESTAMPTZ;
-- when the buyer said no
ALTER TABLE orders ADD COLUMN date_declined_at TIMESTAMPTZ;
-- how long the buyer may complain about what was delivered
ALTER TABLE orders ADD COLUMN complain_until TIMESTAMPTZ;
-- of refunded: what was taken from the shop because it was paid out already
ALTER TABLE orders ADD COLUMN clawed BIGINT NOT NULL DEFAULT 0 CHECK (clawed >= 0);
UPDATE orders SET begun_at = paid_at, promises_used_at = COALESCE(dispatched_at, delivered_at),
    state_at = COALESCE(completed_at, delivered_at, dispatched_at, paid_at, created_at);
CREATE INDEX orders_by_pay_until ON orders (pay_until);
CREATE INDEX orders_by_collect ON orders (collect_by);

-- +goose Down
SELECT 'the columns stay: older rows keep them';
