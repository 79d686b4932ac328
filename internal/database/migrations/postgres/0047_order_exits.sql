-- Orders that are paid otherwise than through the gateway, and the ways an order
-- ends beside the good one (package order; design §4).
-- +goose Up
ALTER TABLE orders DROP CONSTRAINT orders_state_check;
ALTER TABLE orders ADD CONSTRAINT orders_state_check CHECK (state IN ('awaiting_payment','to_do','making','ready','dispatched','delivered','completed','lapsed','cancelled','not_collected','returning','returned','disputed','resolved'));
-- who takes the money: the gateway, the one who brings or hands over the goods, or
-- the shop itself through its own account
ALTER TABLE orders ADD COLUMN pay_by TEXT NOT NULL DEFAULT 'gateway' CHECK (pay_by IN ('gateway','cod','cash','direct'));
ALTER TABLE orders ADD CHECK (pay_by <> 'cod' OR delivery_method <> 'pickup');
ALTER TABLE orders ADD CHECK (pay_by <> 'cash' OR delivery_method = 'pickup');

-- +goose Down
SELECT 'the wider checks stay: older rows keep them';
