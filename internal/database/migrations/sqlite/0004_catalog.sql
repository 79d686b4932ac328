-- Shops, products, what is live, what is on its way through review, and what
-- was promised (package catalog).
-- +goose Up
CREATE TABLE shops (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE CHECK (slug <> ''),
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL,                     -- folded name, for sorting and staff search
    kind TEXT NOT NULL CHECK (kind IN ('individual', 'group', 'institution')),
    state TEXT NOT NULL CHECK (state IN ('invited', 'verified', 'open', 'closed', 'suspended')),
    about TEXT NOT NULL DEFAULT '',
    province_code TEXT NOT NULL,
    regency_code TEXT NOT NULL,
    district_code TEXT NOT NULL,
    village TEXT NOT NULL DEFAULT '',
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX shops_region ON shops (regency_code);

CREATE TABLE categories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE CHECK (slug <> ''),
    name TEXT NOT NULL CHECK (name <> ''),
    position BIGINT NOT NULL
);
INSERT INTO categories (slug, name, position) VALUES
    ('kue-kering', 'Kue kering', 1),
    ('camilan', 'Camilan', 2),
    ('minuman', 'Minuman', 3),
    ('jahitan-seragam', 'Jahitan & seragam', 4),
    ('rajut', 'Rajut', 5),
    ('anyaman', 'Anyaman', 6),
    ('kriya', 'Kriya', 7),
    ('rumah-tangga', 'Rumah tangga', 8),
    ('besi', 'Besi & las', 9),
    ('lainnya', 'Lain-lain', 10);

CREATE TABLE products (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    slug TEXT UNIQUE CHECK (slug <> ''),        -- null until the first approval, then for ever the same
    state TEXT NOT NULL CHECK (state IN ('unpublished', 'published', 'paused', 'suspended', 'archived')),
    resume_state TEXT NOT NULL DEFAULT '' CHECK (resume_state IN ('', 'published', 'paused')), -- where a lifted suspension leads
    live_revision_id BIGINT REFERENCES revisions (id), -- the only way from public pages to words and pictures
    category_id BIGINT NOT NULL REFERENCES categories (id), -- of the live revision
    mode TEXT NOT NULL CHECK (mode IN ('stock', 'capacity')),
    price BIGINT NOT NULL CHECK (price BETWEEN 0 AND 100000000),
    reviewed_price BIGINT NOT NULL DEFAULT 0 CHECK (reviewed_price BETWEEN 0 AND 100000000), -- middle of the band
    published_key BIGINT NOT NULL DEFAULT 0,    -- first publication in microseconds, for keyset paging
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK (state IN ('unpublished', 'archived') OR (live_revision_id IS NOT NULL AND slug IS NOT NULL AND price > 0)),
    CHECK ((state = 'suspended') = (resume_state <> ''))
);
CREATE INDEX products_shop ON products (shop_id);
CREATE INDEX products_fresh ON products (state, published_key, id);
CREATE INDEX products_price ON products (state, price, id);
CREATE INDEX products_category ON products (category_id);

CREATE TABLE product_tokens (
    product_id BIGINT NOT NULL REFERENCES products (id),
    token TEXT NOT NULL CHECK (token <> ''),
    PRIMARY KEY (product_id, token)
);
CREATE INDEX product_tokens_token ON product_tokens (token);

CREATE TABLE submissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id BIGINT NOT NULL REFERENCES products (id),
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    kind TEXT NOT NULL CHECK (kind IN ('new', 'edit')),
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'in_review', 'approved', 'returned', 'refused', 'withdrawn', 'scheduled', 'live')),
    revision_id BIGINT REFERENCES revisions (id), -- the newest revision; null only while the row is being made
    base_price BIGINT NOT NULL CHECK (base_price BETWEEN 0 AND 100000000), -- live price when the edit began
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    first_submitted_at TIMESTAMP,               -- its place in the queue, kept through every return
    submitted_at TIMESTAMP,
    decided_at TIMESTAMP,
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    UNIQUE (shop_id, form_key),
    CHECK (state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL)
);
-- one open change per product
CREATE UNIQUE INDEX submissions_open ON submissions (product_id)
    WHERE state IN ('draft', 'submitted', 'in_review', 'approved', 'returned', 'scheduled');
CREATE INDEX submissions_queue ON submissions (state, first_submitted_at);
CREATE INDEX submissions_shop ON submissions (shop_id);

CREATE TABLE revisions (
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
    mode TEXT NOT NULL CHECK (mode IN ('stock', 'capacity')),
    quantity BIGINT NOT NULL DEFAULT 0 CHECK (quantity BETWEEN 0 AND 1000000),
    lead_days BIGINT NOT NULL CHECK (lead_days BETWEEN 0 AND 90),
    weight_grams BIGINT NOT NULL DEFAULT 0 CHECK (weight_grams BETWEEN 0 AND 200000), -- 0: not given
    pickup_only BOOLEAN NOT NULL DEFAULT FALSE,
    sealed_at TIMESTAMP,                        -- set when submitted; from then on nothing of it changes
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    UNIQUE (submission_id, number)
);
CREATE INDEX revisions_product ON revisions (product_id);

CREATE TABLE revision_pictures (
    revision_id BIGINT NOT NULL REFERENCES revisions (id),
    position BIGINT NOT NULL CHECK (position BETWEEN 1 AND 12),
    picture_id BIGINT NOT NULL REFERENCES pictures (id),
    PRIMARY KEY (revision_id, position),
    UNIQUE (revision_id, picture_id)
);
CREATE INDEX revision_pictures_picture ON revision_pictures (picture_id);

CREATE TABLE pools (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    mode TEXT NOT NULL CHECK (mode IN ('stock', 'capacity')),
    monthly BIGINT NOT NULL DEFAULT 0 CHECK (monthly BETWEEN 0 AND 1000000), -- capacity a new month starts with
    created_at TIMESTAMP NOT NULL,
    CHECK (mode = 'capacity' OR monthly = 0)
);

CREATE TABLE product_pools (
    product_id BIGINT NOT NULL REFERENCES products (id),
    pool_id BIGINT NOT NULL REFERENCES pools (id),
    weight BIGINT NOT NULL CHECK (weight BETWEEN 1 AND 1000), -- how much one piece takes
    main BOOLEAN NOT NULL,                      -- the pool the maker changes with this product
    PRIMARY KEY (product_id, pool_id)
);
CREATE UNIQUE INDEX product_pools_main ON product_pools (product_id) WHERE main;
CREATE INDEX product_pools_pool ON product_pools (pool_id);

CREATE TABLE allotments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pool_id BIGINT NOT NULL REFERENCES pools (id),
    period TEXT NOT NULL,                       -- '' for stock, '2026-11' for a month
    capacity BIGINT NOT NULL CHECK (capacity BETWEEN 0 AND 1000000000),
    taken BIGINT NOT NULL DEFAULT 0,
    UNIQUE (pool_id, period),
    CHECK (taken >= 0 AND taken <= capacity)
);

CREATE TABLE promises (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    allotment_id BIGINT NOT NULL REFERENCES allotments (id),
    line_id BIGINT NOT NULL CHECK (line_id > 0), -- order_lines.id; no foreign key, that table comes later
    product_id BIGINT NOT NULL REFERENCES products (id),
    weight BIGINT NOT NULL CHECK (weight > 0),
    amount BIGINT NOT NULL CHECK (amount > 0),  -- weight times pieces
    state TEXT NOT NULL CHECK (state IN ('held', 'kept', 'released', 'used')),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX promises_line ON promises (line_id, allotment_id) WHERE state <> 'released';
CREATE INDEX promises_allotment ON promises (allotment_id, state);

CREATE TABLE stock_movements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    allotment_id BIGINT NOT NULL REFERENCES allotments (id),
    amount BIGINT NOT NULL CHECK (amount <> 0),
    reason TEXT NOT NULL CHECK (reason IN ('opening', 'edit')),
    form_key TEXT NOT NULL DEFAULT '',          -- of the maker's form, so that a second send changes nothing
    actor_id BIGINT NOT NULL,                   -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX stock_movements_form ON stock_movements (allotment_id, form_key) WHERE form_key <> '';

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
CREATE TRIGGER revision_pictures_sealed_update BEFORE UPDATE ON revision_pictures
BEGIN SELECT RAISE(ABORT, 'pictures of a revision are replaced, not changed'); END;
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
-- +goose StatementBegin
CREATE TRIGGER stock_movements_no_update BEFORE UPDATE ON stock_movements
BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER stock_movements_no_delete BEFORE DELETE ON stock_movements
BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE stock_movements;
DROP TABLE promises;
DROP TABLE allotments;
DROP TABLE product_pools;
DROP TABLE pools;
DROP TABLE revision_pictures;
DROP TRIGGER products_live_update;
DROP TRIGGER revisions_no_delete;
UPDATE submissions SET revision_id = NULL;
UPDATE products SET state = 'unpublished', resume_state = '', live_revision_id = NULL;
DROP TABLE revisions;
DROP TABLE submissions;
DROP TABLE product_tokens;
DROP TABLE products;
DROP TABLE categories;
DROP TABLE shops;
