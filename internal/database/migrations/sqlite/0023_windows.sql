-- What a pool counts in, pre-order windows with their dispatch days, days on
-- which a shop does not work or takes no orders, and the districts a service
-- reaches (package catalog).
-- +goose Up
ALTER TABLE pools RENAME COLUMN monthly TO per_period; -- capacity a new month or week starts with
ALTER TABLE pools ADD COLUMN cadence TEXT NOT NULL DEFAULT 'month' CHECK (cadence IN ('month', 'week', 'window')); -- of a capacity; no meaning for stock

CREATE TABLE preorder_windows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pool_id BIGINT NOT NULL REFERENCES pools (id),
    opens_at TIMESTAMP NOT NULL,
    closes_at TIMESTAMP NOT NULL,             -- exclusive
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    UNIQUE (pool_id, form_key),
    CHECK (opens_at <= closes_at)
);
CREATE INDEX preorder_windows_pool ON preorder_windows (pool_id, closes_at);

-- A slot is an allotment whose period is its dispatch day, '2027-03-01'.
ALTER TABLE allotments ADD COLUMN window_id BIGINT REFERENCES preorder_windows (id);
CREATE INDEX allotments_window ON allotments (window_id);

CREATE TABLE shop_closures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    kind TEXT NOT NULL CHECK (kind IN ('closed', 'off')), -- no orders; or orders, but no work
    first_day TEXT NOT NULL CHECK (length(first_day) = 10), -- '2026-12-24', in the shop's zone
    last_day TEXT NOT NULL CHECK (length(last_day) = 10),
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    UNIQUE (shop_id, form_key),
    CHECK (first_day <= last_day)
);
CREATE INDEX shop_closures_shop ON shop_closures (shop_id, last_day);

-- A product with rows is made only for buyers there; without, for everybody.
CREATE TABLE product_areas (
    product_id BIGINT NOT NULL REFERENCES products (id),
    code TEXT NOT NULL CHECK (length(code) IN (5, 8)), -- of a regency or a district
    PRIMARY KEY (product_id, code)
);
CREATE INDEX product_areas_code ON product_areas (code);

-- +goose Down
DROP TABLE product_areas;
DROP TABLE shop_closures;
DROP INDEX allotments_window;
ALTER TABLE allotments DROP COLUMN window_id;
DROP TABLE preorder_windows;
ALTER TABLE pools DROP COLUMN cadence;
ALTER TABLE pools RENAME COLUMN per_period TO monthly;
