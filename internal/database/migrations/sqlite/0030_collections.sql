-- Collections: products chosen by hand for an occasion (package catalog).
-- +goose Up
CREATE TABLE collections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE CHECK (slug <> ''),
    title TEXT NOT NULL CHECK (title <> ''),
    words TEXT NOT NULL DEFAULT '',
    title_en TEXT NOT NULL DEFAULT '',          -- '' says it in Indonesian
    words_en TEXT NOT NULL DEFAULT '',
    cover_id BIGINT NOT NULL DEFAULT 0,         -- products.id whose picture leads; 0 for the first product's
    position BIGINT NOT NULL DEFAULT 0,
    home BOOLEAN NOT NULL DEFAULT TRUE,         -- shown on the first page while visible
    visible_from TIMESTAMP,                     -- a day's beginning in Jakarta; null: prepared, not announced
    visible_until TIMESTAMP,                    -- null: without an end
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK (visible_until IS NULL OR (visible_from IS NOT NULL AND visible_until > visible_from))
);

CREATE TABLE collection_products (
    collection_id BIGINT NOT NULL REFERENCES collections (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (collection_id, product_id)
);

-- +goose Down
DROP TABLE collection_products;
DROP TABLE collections;
