-- Work that people do stands on a shelf of its own (package catalog).
-- +goose Up
UPDATE categories SET position = 12 WHERE slug = 'lainnya';
INSERT INTO categories (slug, name, position) VALUES ('jasa', 'Jasa', 11);

-- +goose Down
UPDATE products SET category_id = (SELECT id FROM categories WHERE slug = 'lainnya') WHERE category_id = (SELECT id FROM categories WHERE slug = 'jasa');
UPDATE revisions SET category_id = (SELECT id FROM categories WHERE slug = 'lainnya') WHERE category_id = (SELECT id FROM categories WHERE slug = 'jasa');
DELETE FROM categories WHERE slug = 'jasa';
UPDATE categories SET position = 10 WHERE slug = 'lainnya';
