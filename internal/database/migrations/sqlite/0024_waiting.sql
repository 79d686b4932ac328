-- The waiting list, and promises that are held for somebody on it instead of an
-- order line (package catalog). A cart line that takes such a hold over names it
-- (package checkout).
-- +goose Up
CREATE TABLE waiting_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id BIGINT NOT NULL REFERENCES products (id),
    variant_id BIGINT NOT NULL DEFAULT 0,       -- 0: a product without variants
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'offered', 'taken', 'lapsed', 'left')),
    name TEXT NOT NULL,                         -- empty once forgotten
    phone TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    user_id BIGINT NOT NULL DEFAULT 0,          -- users.id; 0 for a guest, so no foreign key
    token_hash TEXT NOT NULL UNIQUE CHECK (token_hash <> ''),
    form_key TEXT NOT NULL UNIQUE CHECK (form_key <> ''),
    until TIMESTAMP NOT NULL,                 -- when it lapses by itself: the waiting, or the offer
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX waiting_entries_queue ON waiting_entries (product_id, state, id);
CREATE INDEX waiting_entries_until ON waiting_entries (state, until);

CREATE TABLE promises_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    allotment_id BIGINT NOT NULL REFERENCES allotments (id),
    line_id BIGINT NOT NULL DEFAULT 0,          -- order_lines.id; 0 for somebody on the waiting list
    product_id BIGINT NOT NULL REFERENCES products (id),
    weight BIGINT NOT NULL CHECK (weight > 0),
    amount BIGINT NOT NULL CHECK (amount > 0),  -- weight times pieces
    state TEXT NOT NULL CHECK (state IN ('held', 'kept', 'released', 'used')),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    entry_id BIGINT REFERENCES waiting_entries (id),
    CHECK ((line_id > 0 AND entry_id IS NULL) OR (line_id = 0 AND entry_id IS NOT NULL))
);
INSERT INTO promises_new (id, allotment_id, line_id, product_id, weight, amount, state, created_at, updated_at)
    SELECT id, allotment_id, line_id, product_id, weight, amount, state, created_at, updated_at FROM promises;
DROP TABLE promises;
ALTER TABLE promises_new RENAME TO promises;
CREATE INDEX promises_allotment ON promises (allotment_id, state);
CREATE UNIQUE INDEX promises_line ON promises (line_id, allotment_id) WHERE state <> 'released' AND line_id > 0;
CREATE UNIQUE INDEX promises_entry ON promises (entry_id, allotment_id) WHERE state <> 'released' AND entry_id IS NOT NULL;

ALTER TABLE cart_lines ADD COLUMN entry_id BIGINT NOT NULL DEFAULT 0; -- the waiting list entry whose hold it takes over

-- +goose Down
ALTER TABLE cart_lines DROP COLUMN entry_id;
CREATE TABLE promises_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    allotment_id BIGINT NOT NULL REFERENCES allotments (id),
    line_id BIGINT NOT NULL CHECK (line_id > 0),
    product_id BIGINT NOT NULL REFERENCES products (id),
    weight BIGINT NOT NULL CHECK (weight > 0),
    amount BIGINT NOT NULL CHECK (amount > 0),  -- weight times pieces
    state TEXT NOT NULL CHECK (state IN ('held', 'kept', 'released', 'used')),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
INSERT INTO promises_new (id, allotment_id, line_id, product_id, weight, amount, state, created_at, updated_at)
    SELECT id, allotment_id, line_id, product_id, weight, amount, state, created_at, updated_at FROM promises WHERE entry_id IS NULL;
DROP TABLE promises;
ALTER TABLE promises_new RENAME TO promises;
CREATE INDEX promises_allotment ON promises (allotment_id, state);
CREATE UNIQUE INDEX promises_line ON promises (line_id, allotment_id) WHERE state <> 'released';
DROP TABLE waiting_entries;
