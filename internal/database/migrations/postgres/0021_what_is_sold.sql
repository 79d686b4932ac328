-- More ways to sell (package catalog): pre-orders, goods with a price on
-- request, services, units as data, a minimum, and how big a packed piece is.
-- +goose Up
ALTER TABLE products DROP CONSTRAINT products_mode_check;
ALTER TABLE products ADD CHECK (mode IN ('stock', 'capacity', 'preorder', 'quote'));
ALTER TABLE products DROP CONSTRAINT products_check;
ALTER TABLE products ADD CHECK (state IN ('unpublished', 'archived') OR (live_revision_id IS NOT NULL AND slug IS NOT NULL AND (price > 0 OR mode = 'quote')));

ALTER TABLE revisions DROP CONSTRAINT revisions_mode_check;
ALTER TABLE revisions ADD CHECK (mode IN ('stock', 'capacity', 'preorder', 'quote'));
ALTER TABLE revisions
    ADD COLUMN unit_kind TEXT NOT NULL DEFAULT 'piece' CHECK (unit_kind IN ('piece', 'jar', 'bottle', 'pack', 'box', 'set', 'pair', 'kg', 'm', 'm2', 'job')),
    ADD COLUMN min_quantity BIGINT NOT NULL DEFAULT 1 CHECK (min_quantity BETWEEN 1 AND 1000), -- over all variants
    ADD COLUMN service BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN length_cm BIGINT NOT NULL DEFAULT 0 CHECK (length_cm BETWEEN 0 AND 300), -- of one packed piece; 0: not given
    ADD COLUMN width_cm BIGINT NOT NULL DEFAULT 0 CHECK (width_cm BETWEEN 0 AND 300),
    ADD COLUMN height_cm BIGINT NOT NULL DEFAULT 0 CHECK (height_cm BETWEEN 0 AND 300);
ALTER TABLE revisions ADD CHECK ((length_cm = 0) = (width_cm = 0) AND (length_cm = 0) = (height_cm = 0));

ALTER TABLE pools DROP CONSTRAINT pools_mode_check;
ALTER TABLE pools ADD CHECK (mode IN ('stock', 'capacity', 'preorder'));

-- +goose Down
SELECT 'the wider checks stay: older rows keep them';
