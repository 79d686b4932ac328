-- More ways to sell (package catalog): pre-orders, goods with a price on
-- request, services, units as data, a minimum, and how big a packed piece is.
-- A CHECK cannot be changed in SQLite, so three tables are built again. Running
-- this twice does no harm: it cannot be in one transaction with its version row.
-- +goose NO TRANSACTION
-- +goose Up
PRAGMA foreign_keys = OFF;
BEGIN;
DROP TRIGGER products_live_insert;
DROP TRIGGER products_live_update;
DROP TRIGGER revisions_sealed_update;
DROP TRIGGER revisions_no_delete;
DROP TRIGGER revision_pictures_sealed_insert;
DROP TRIGGER revision_pictures_sealed_delete;

CREATE TABLE products_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    slug TEXT UNIQUE CHECK (slug <> ''),        -- null until the first approval, then for ever the same
    state TEXT NOT NULL CHECK (state IN ('unpublished', 'published', 'paused', 'suspended', 'archived')),
    resume_state TEXT NOT NULL DEFAULT '' CHECK (resume_state IN ('', 'published', 'paused')), -- where a lifted suspension leads
    live_revision_id BIGINT REFERENCES revisions (id), -- the only way from public pages to words and pictures
    category_id BIGINT NOT NULL REFERENCES categories (id), -- of the live revision
    mode TEXT NOT NULL CHECK (mode IN ('stock', 'capacity', 'preorder', 'quote')),
    price BIGINT NOT NULL CHECK (price BETWEEN 0 AND 100000000), -- of the cheapest variant; 0 only with a price on request
    reviewed_price BIGINT NOT NULL DEFAULT 0 CHECK (reviewed_price BETWEEN 0 AND 100000000), -- middle of the band
    published_key BIGINT NOT NULL DEFAULT 0,    -- first publication in microseconds, for keyset paging
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK (state IN ('unpublished', 'archived') OR (live_revision_id IS NOT NULL AND slug IS NOT NULL AND (price > 0 OR mode = 'quote'))),
    CHECK ((state = 'suspended') = (resume_state <> ''))
);
INSERT INTO products_new (id, shop_id, slug, state, resume_state, live_revision_id, category_id, mode, price, reviewed_price,
        published_key, created_by, created_at, updated_at)
    SELECT id, shop_id, slug, state, resume_state, live_revision_id, category_id, mode, price, reviewed_price,
        published_key, created_by, created_at, updated_at FROM products;
DELETE FROM sqlite_sequence WHERE name = 'products_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'products_new', seq FROM sqlite_sequence WHERE name = 'products';
DROP TABLE products;
ALTER TABLE products_new RENAME TO products;
CREATE INDEX products_shop ON products (shop_id);
CREATE INDEX products_fresh ON products (state, published_key, id);
CREATE INDEX products_price ON products (state, price, id);
CREATE INDEX products_category ON products (category_id);

CREATE TABLE revisions_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id BIGINT NOT NULL REFERENCES submissions (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    number BIGINT NOT NULL CHECK (number > 0),
    title TEXT NOT NULL DEFAULT '',
    title_key TEXT NOT NULL DEFAULT '',          -- folded title, for staff search
    description TEXT NOT NULL DEFAULT '',
    unit TEXT NOT NULL DEFAULT '',
    category_id BIGINT NOT NULL REFERENCES categories (id),
    price BIGINT NOT NULL DEFAULT 0 CHECK (price BETWEEN 0 AND 100000000),
    mode TEXT NOT NULL CHECK (mode IN ('stock', 'capacity', 'preorder', 'quote')),
    quantity BIGINT NOT NULL DEFAULT 0 CHECK (quantity BETWEEN 0 AND 1000000),
    lead_days BIGINT NOT NULL CHECK (lead_days BETWEEN 0 AND 90),
    weight_grams BIGINT NOT NULL DEFAULT 0 CHECK (weight_grams BETWEEN 0 AND 200000), -- 0: not given
    pickup_only BOOLEAN NOT NULL DEFAULT FALSE,
    sealed_at TIMESTAMP,                        -- set when submitted; from then on nothing of it changes
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    unit_kind TEXT NOT NULL DEFAULT 'piece' CHECK (unit_kind IN ('piece', 'jar', 'bottle', 'pack', 'box', 'set', 'pair', 'kg', 'm', 'm2', 'job')),
    min_quantity BIGINT NOT NULL DEFAULT 1 CHECK (min_quantity BETWEEN 1 AND 1000), -- over all variants
    service BOOLEAN NOT NULL DEFAULT FALSE,
    length_cm BIGINT NOT NULL DEFAULT 0 CHECK (length_cm BETWEEN 0 AND 300), -- of one packed piece; 0: not given
    width_cm BIGINT NOT NULL DEFAULT 0 CHECK (width_cm BETWEEN 0 AND 300),
    height_cm BIGINT NOT NULL DEFAULT 0 CHECK (height_cm BETWEEN 0 AND 300),
    UNIQUE (submission_id, number),
    CHECK ((length_cm = 0) = (width_cm = 0) AND (length_cm = 0) = (height_cm = 0))
);
INSERT INTO revisions_new (id, submission_id, product_id, number, title, title_key, description, unit, category_id, price, mode,
        quantity, lead_days, weight_grams, pickup_only, sealed_at, created_by, created_at, updated_at)
    SELECT id, submission_id, product_id, number, title, title_key, description, unit, category_id, price, mode,
        quantity, lead_days, weight_grams, pickup_only, sealed_at, created_by, created_at, updated_at FROM revisions;
DELETE FROM sqlite_sequence WHERE name = 'revisions_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'revisions_new', seq FROM sqlite_sequence WHERE name = 'revisions';
DROP TABLE revisions;
ALTER TABLE revisions_new RENAME TO revisions;
CREATE INDEX revisions_product ON revisions (product_id);

CREATE TABLE pools_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    mode TEXT NOT NULL CHECK (mode IN ('stock', 'capacity', 'preorder')),
    monthly BIGINT NOT NULL DEFAULT 0 CHECK (monthly BETWEEN 0 AND 1000000), -- capacity a new month starts with
    created_at TIMESTAMP NOT NULL,
    CHECK (mode = 'capacity' OR monthly = 0)
);
INSERT INTO pools_new (id, shop_id, mode, monthly, created_at) SELECT id, shop_id, mode, monthly, created_at FROM pools;
DELETE FROM sqlite_sequence WHERE name = 'pools_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'pools_new', seq FROM sqlite_sequence WHERE name = 'pools';
DROP TABLE pools;
ALTER TABLE pools_new RENAME TO pools;

-- +goose StatementBegin
CREATE TRIGGER revisions_sealed_update BEFORE UPDATE ON revisions WHEN OLD.sealed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions
BEGIN SELECT RAISE(ABORT, 'a revision is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_pictures_sealed_insert BEFORE INSERT ON revision_pictures
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = NEW.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_pictures_sealed_delete BEFORE DELETE ON revision_pictures
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = OLD.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_live_insert BEFORE INSERT ON products WHEN NEW.live_revision_id IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a product begins unpublished'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_live_update BEFORE UPDATE OF live_revision_id ON products
WHEN NEW.live_revision_id IS NOT OLD.live_revision_id AND NOT EXISTS (
    SELECT 1 FROM revisions r JOIN submissions s ON s.id = r.submission_id
    WHERE r.id = NEW.live_revision_id AND r.product_id = NEW.id AND r.sealed_at IS NOT NULL
        AND s.revision_id = r.id AND s.state = 'live')
BEGIN SELECT RAISE(ABORT, 'only an approved revision goes live'); END;
-- +goose StatementEnd
COMMIT;
PRAGMA foreign_keys = ON;

-- +goose Down
SELECT 'the wider checks stay: older rows keep them';
