-- The maker's own cash book: what came in and went out, a line once and for ever, and
-- what a piece of each product costs (package book).
-- +goose Up
CREATE TABLE book_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    day TEXT NOT NULL CHECK (length(day) = 10), -- in the shop's zone, 2026-11-22
    kind TEXT NOT NULL CHECK (kind IN ('sale', 'refund', 'delivery', 'courier', 'commission',
        'material', 'packaging', 'transport', 'wage', 'tool', 'other', 'capital', 'drawing')),
    amount BIGINT NOT NULL CHECK (amount > 0), -- in or out: the kind says, the reverse where it corrects
    words TEXT NOT NULL DEFAULT '', -- the maker's, or the order's number; emptied when the maker is forgotten
    picture_id BIGINT REFERENCES pictures (id), -- of the receipt
    source TEXT NOT NULL DEFAULT '', -- what posted itself, so that it does so once; empty: typed by a person
    order_id BIGINT REFERENCES orders (id), -- it came from
    corrects BIGINT REFERENCES book_entries (id), -- the entry that it takes back
    replaces BIGINT REFERENCES book_entries (id), -- the entry that was taken back for this one
    recorded_by BIGINT NOT NULL DEFAULT 0, -- users.id; 0: posted itself
    subject_id BIGINT NOT NULL DEFAULT 0, -- users.id of the maker, where a companion wrote
    form_key TEXT NOT NULL DEFAULT '',
    recorded_at TIMESTAMP NOT NULL,
    CHECK ((source = '') = (order_id IS NULL)),
    CHECK ((source = '') = (recorded_by > 0)),
    CHECK ((source = '') = (kind IN ('material', 'packaging', 'transport', 'wage', 'tool', 'other', 'capital', 'drawing'))),
    CHECK (source = '' OR form_key = ''),
    CHECK (corrects IS NULL OR replaces IS NULL)
);
CREATE INDEX book_entries_shop ON book_entries (shop_id, day, id);
CREATE UNIQUE INDEX book_entries_source ON book_entries (source) WHERE source <> '';
CREATE UNIQUE INDEX book_entries_form ON book_entries (shop_id, form_key) WHERE form_key <> '';
-- what a person typed is taken back once, whole; the operator gives its part back in parts
CREATE UNIQUE INDEX book_entries_corrects ON book_entries (corrects) WHERE corrects IS NOT NULL AND source = '';

-- What the makings of a product cost: of so many pieces at once. The newest row counts.
CREATE TABLE book_costs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    pieces BIGINT NOT NULL CHECK (pieces > 0), -- what the amounts below are for
    material BIGINT NOT NULL CHECK (material >= 0),
    wage BIGINT NOT NULL CHECK (wage >= 0),
    packaging BIGINT NOT NULL CHECK (packaging >= 0),
    recorded_by BIGINT NOT NULL, -- users.id
    subject_id BIGINT NOT NULL DEFAULT 0, -- users.id of the maker, where a companion wrote
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    recorded_at TIMESTAMP NOT NULL,
    UNIQUE (shop_id, form_key)
);
CREATE INDEX book_costs_product ON book_costs (product_id, id);

-- +goose StatementBegin
CREATE TRIGGER book_entries_fixed BEFORE UPDATE ON book_entries WHEN (NEW.words <> '' AND NEW.words IS NOT OLD.words) OR (NEW.picture_id IS NOT NULL AND NEW.picture_id IS NOT OLD.picture_id) OR NEW.id IS NOT OLD.id OR NEW.shop_id IS NOT OLD.shop_id OR NEW.day IS NOT OLD.day OR NEW.kind IS NOT OLD.kind OR NEW.amount IS NOT OLD.amount OR NEW.source IS NOT OLD.source OR NEW.order_id IS NOT OLD.order_id OR NEW.corrects IS NOT OLD.corrects OR NEW.replaces IS NOT OLD.replaces OR NEW.recorded_by IS NOT OLD.recorded_by OR NEW.subject_id IS NOT OLD.subject_id OR NEW.form_key IS NOT OLD.form_key OR NEW.recorded_at IS NOT OLD.recorded_at
BEGIN SELECT RAISE(ABORT, 'an entry of the book never changes, only its words are forgotten'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER book_entries_no_delete BEFORE DELETE ON book_entries
BEGIN SELECT RAISE(ABORT, 'book_entries is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER book_costs_no_update BEFORE UPDATE ON book_costs
BEGIN SELECT RAISE(ABORT, 'book_costs is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER book_costs_no_delete BEFORE DELETE ON book_costs
BEGIN SELECT RAISE(ABORT, 'book_costs is append-only'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE book_costs;
DROP TABLE book_entries;
