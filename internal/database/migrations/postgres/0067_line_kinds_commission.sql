-- What kind of promise a line is, as the buyer saw it; the operator's part of a sale in
-- per mille, frozen on the order; the operator's settings of orders (package order).
-- Whether a shop's courier takes cash for it (package checkout).
-- +goose Up
ALTER TABLE order_lines ADD COLUMN how_soon TEXT NOT NULL DEFAULT '' CHECK (how_soon IN ('', 'sekarang', 'pesan', 'po')); -- '': placed before this was kept
ALTER TABLE orders ADD COLUMN commission_permille BIGINT NOT NULL DEFAULT 0 CHECK (commission_permille BETWEEN 0 AND 200);
ALTER TABLE shop_payments ADD COLUMN cod_courier BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE order_settings (
    name       TEXT NOT NULL PRIMARY KEY CHECK (name IN ('commission_permille')),
    amount     BIGINT NOT NULL CHECK (amount >= 0),
    updated_by BIGINT NOT NULL, -- users.id
    updated_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE order_settings;
ALTER TABLE shop_payments DROP COLUMN cod_courier;
ALTER TABLE orders DROP COLUMN commission_permille;
ALTER TABLE order_lines DROP COLUMN how_soon;
