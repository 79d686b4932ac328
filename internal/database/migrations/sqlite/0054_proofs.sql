-- Proof that a buyer paid a shop itself, and purchases that take the place of one
-- whose time to pay was over (package checkout).
-- +goose Up
ALTER TABLE carts ADD COLUMN again_of BIGINT NOT NULL DEFAULT 0;     -- the purchase it was filled from again; 0: none
ALTER TABLE purchases ADD COLUMN again_of BIGINT NOT NULL DEFAULT 0; -- late money of that purchase goes back
CREATE INDEX purchases_again ON purchases (again_of);

CREATE TABLE payment_proofs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    picture_id BIGINT NOT NULL,                 -- of package media; private
    sent_at TIMESTAMP NOT NULL
);
CREATE INDEX payment_proofs_order ON payment_proofs (order_id, id);

-- +goose Down
DROP TABLE payment_proofs;
DROP INDEX purchases_again;
ALTER TABLE purchases DROP COLUMN again_of;
ALTER TABLE carts DROP COLUMN again_of;
