-- What a label says, as a part of each revision, and what was certified
-- (package catalog).
-- +goose Up
CREATE TABLE revision_labels (
    revision_id BIGINT NOT NULL PRIMARY KEY REFERENCES revisions (id),
    composition TEXT NOT NULL DEFAULT '',
    net_amount BIGINT NOT NULL DEFAULT 0 CHECK (net_amount BETWEEN 0 AND 1000000), -- 0: not given
    net_unit TEXT NOT NULL DEFAULT 'g' CHECK (net_unit IN ('g', 'ml')),
    allergens TEXT NOT NULL DEFAULT '',         -- codes of catalog.Allergens, with commas between
    allergens_known BOOLEAN NOT NULL DEFAULT FALSE, -- the maker confirmed them; with none of them: it holds none
    shelf_days BIGINT NOT NULL DEFAULT 0 CHECK (shelf_days BETWEEN 0 AND 3650),    -- 0: not given
    storage TEXT NOT NULL DEFAULT '',
    packaging TEXT NOT NULL DEFAULT '',
    production TEXT NOT NULL DEFAULT '',        -- where production code and expiry date stand
    facts TEXT NOT NULL DEFAULT ''              -- lines of "name: value", as of material and size
);

CREATE TABLE certificates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    product_id BIGINT REFERENCES products (id), -- null: for everything the shop makes
    kind TEXT NOT NULL CHECK (kind IN ('pirt', 'halal', 'halal_pending', 'not_halal', 'bpom', 'sni', 'btkp', 'nib')),
    number TEXT NOT NULL DEFAULT '',
    issuer TEXT NOT NULL DEFAULT '',
    starts_at TIMESTAMP,                        -- when its first day begins in the shop's zone; null: not given
    ends_at TIMESTAMP,                          -- when its last day is over in the shop's zone; null: it has no end
    picture_id BIGINT NOT NULL DEFAULT 0,       -- pictures.id of the private scan; 0 for none
    state TEXT NOT NULL CHECK (state IN ('entered', 'confirmed', 'refused', 'withdrawn')),
    note TEXT NOT NULL DEFAULT '',              -- why refused, or why an exception
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    entered_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    entered_at TIMESTAMP NOT NULL,
    decided_by BIGINT NOT NULL DEFAULT 0,       -- users.id; 0 while nobody decided, so no foreign key
    decided_at TIMESTAMP,
    UNIQUE (shop_id, form_key),
    CHECK (ends_at IS NULL OR starts_at IS NULL OR ends_at > starts_at),
    CHECK (kind <> 'halal_pending' OR ends_at IS NOT NULL),
    CHECK (state = 'entered' OR decided_at IS NOT NULL),
    -- four eyes, but for an exception, which a curator alone may make
    CHECK (kind = 'halal_pending' OR decided_by = 0 OR decided_by <> entered_by OR state = 'withdrawn')
);
CREATE INDEX certificates_shop ON certificates (shop_id, state);
CREATE INDEX certificates_product ON certificates (product_id);

-- +goose StatementBegin
CREATE TRIGGER revision_labels_sealed_insert BEFORE INSERT ON revision_labels
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = NEW.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_labels_sealed_update BEFORE UPDATE ON revision_labels
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = OLD.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_labels_sealed_delete BEFORE DELETE ON revision_labels
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.id = OLD.revision_id AND r.sealed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a submitted revision never changes'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE certificates;
DROP TABLE revision_labels;
