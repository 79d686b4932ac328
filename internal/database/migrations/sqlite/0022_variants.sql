-- Variants and prices by quantity (package catalog), and what carts and order
-- lines remember of them (packages checkout and order).
-- +goose Up
-- What a variant is and costs now. Its words are in revision_variants; it is for
-- sale while it is in the product's live revision.
CREATE TABLE variants (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id BIGINT NOT NULL REFERENCES products (id),
    price BIGINT NOT NULL DEFAULT 0 CHECK (price BETWEEN 0 AND 100000000),
    reviewed_price BIGINT NOT NULL DEFAULT 0 CHECK (reviewed_price BETWEEN 0 AND 100000000), -- middle of the band; 0 until first live
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX variants_product ON variants (product_id);

CREATE TABLE revision_variants (
    revision_id BIGINT NOT NULL REFERENCES revisions (id),
    position BIGINT NOT NULL CHECK (position BETWEEN 1 AND 12),
    variant_id BIGINT NOT NULL REFERENCES variants (id),
    name TEXT NOT NULL CHECK (name <> ''),
    price BIGINT NOT NULL CHECK (price BETWEEN 0 AND 100000000),
    weight_grams BIGINT NOT NULL DEFAULT 0 CHECK (weight_grams BETWEEN 0 AND 200000), -- 0: as the product
    picture_id BIGINT NOT NULL DEFAULT 0,       -- one of the revision's pictures; 0: none of its own, so no foreign key
    quantity BIGINT NOT NULL DEFAULT 0 CHECK (quantity BETWEEN 0 AND 1000000), -- its stock when it first goes live
    PRIMARY KEY (revision_id, position),
    UNIQUE (revision_id, variant_id)
);
CREATE INDEX revision_variants_variant ON revision_variants (variant_id);

-- The price of one piece from so many on, counted over all variants of a
-- product; of its cheapest variant, the others keep their difference.
CREATE TABLE revision_tiers (
    revision_id BIGINT NOT NULL REFERENCES revisions (id),
    min_quantity BIGINT NOT NULL CHECK (min_quantity BETWEEN 2 AND 9999),
    price BIGINT NOT NULL CHECK (price BETWEEN 1 AND 100000000),
    PRIMARY KEY (revision_id, min_quantity)
);
CREATE TABLE price_tiers (
    product_id BIGINT NOT NULL REFERENCES products (id),
    min_quantity BIGINT NOT NULL CHECK (min_quantity BETWEEN 2 AND 9999),
    price BIGINT NOT NULL CHECK (price BETWEEN 1 AND 100000000),
    reviewed_price BIGINT NOT NULL CHECK (reviewed_price BETWEEN 1 AND 100000000), -- middle of the band
    PRIMARY KEY (product_id, min_quantity)
);

-- Every price of the product when the edit began, in one text (catalog.sheet):
-- what differs from it was changed by the maker in this edit.
ALTER TABLE submissions ADD COLUMN base_sheet TEXT NOT NULL DEFAULT '';
UPDATE submissions SET base_sheet = CAST(base_price AS TEXT);

CREATE TABLE product_pools_new (
    product_id BIGINT NOT NULL REFERENCES products (id),
    pool_id BIGINT NOT NULL REFERENCES pools (id),
    weight BIGINT NOT NULL CHECK (weight BETWEEN 1 AND 1000), -- how much one piece takes
    main BOOLEAN NOT NULL,                      -- the pool the maker changes with this product or variant
    variant_id BIGINT NOT NULL DEFAULT 0,       -- 0: every variant draws on the pool, so no foreign key
    PRIMARY KEY (product_id, variant_id, pool_id)
);
INSERT INTO product_pools_new (product_id, pool_id, weight, main) SELECT product_id, pool_id, weight, main FROM product_pools;
DROP TABLE product_pools;
ALTER TABLE product_pools_new RENAME TO product_pools;
CREATE UNIQUE INDEX product_pools_main ON product_pools (product_id, variant_id) WHERE main;
CREATE INDEX product_pools_pool ON product_pools (pool_id);

CREATE TABLE cart_lines_new (
    cart_id    BIGINT NOT NULL REFERENCES carts(id),
    product_id BIGINT NOT NULL REFERENCES products(id),
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    seen_price BIGINT NOT NULL CHECK (seen_price > 0), -- of one piece, at the quantity the buyer was shown
    added_at   TIMESTAMP NOT NULL,
    variant_id BIGINT NOT NULL DEFAULT 0, -- 0: the product has none, so no foreign key
    PRIMARY KEY (cart_id, product_id, variant_id)
);
INSERT INTO cart_lines_new (cart_id, product_id, quantity, seen_price, added_at)
    SELECT cart_id, product_id, quantity, seen_price, added_at FROM cart_lines;
DROP TABLE cart_lines;
ALTER TABLE cart_lines_new RENAME TO cart_lines;

ALTER TABLE order_lines ADD COLUMN variant_id BIGINT NOT NULL DEFAULT 0; -- 0: the product had none

-- +goose StatementBegin
CREATE TRIGGER revision_variants_sealed_insert BEFORE INSERT ON revision_variants
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = NEW.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_variants_sealed_update BEFORE UPDATE ON revision_variants
BEGIN SELECT RAISE(ABORT, 'variants and tiers of a revision are replaced, not changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_variants_sealed_delete BEFORE DELETE ON revision_variants
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = OLD.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_tiers_sealed_insert BEFORE INSERT ON revision_tiers
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = NEW.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_tiers_sealed_update BEFORE UPDATE ON revision_tiers
BEGIN SELECT RAISE(ABORT, 'variants and tiers of a revision are replaced, not changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_tiers_sealed_delete BEFORE DELETE ON revision_tiers
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = OLD.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 'variants stay: lines of carts and orders name them';
