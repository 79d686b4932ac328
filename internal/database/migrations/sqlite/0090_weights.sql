-- A part of a table may go by weight. A CHECK cannot be changed in SQLite, so the table is
-- built again. Running this twice does no harm.
-- +goose NO TRANSACTION
-- +goose Up
PRAGMA foreign_keys = OFF;
BEGIN;
DROP TABLE IF EXISTS share_parts_new;
CREATE TABLE share_parts_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_id BIGINT NOT NULL REFERENCES share_tables (id),
    position BIGINT NOT NULL,
    label TEXT NOT NULL CHECK (label <> ''),
    weight BIGINT NOT NULL CHECK (weight > 0 AND weight <= 1000000),
    basis TEXT NOT NULL CHECK (basis IN ('fund', 'equal', 'work', 'weight')),
    party_id BIGINT REFERENCES share_parties (id),
    UNIQUE (table_id, position),
    CHECK ((basis = 'fund') = (party_id IS NOT NULL))
);
INSERT INTO share_parts_new (id, table_id, position, label, weight, basis, party_id)
SELECT id, table_id, position, label, weight, basis, party_id FROM share_parts;
DROP TABLE share_parts;
ALTER TABLE share_parts_new RENAME TO share_parts;
COMMIT;
PRAGMA foreign_keys = ON;

-- +goose Down
