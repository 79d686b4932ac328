-- The life of certificates: warnings, the end, renewal; and why a product is
-- suspended (package catalog).
-- +goose Up
ALTER TABLE certificates ADD COLUMN renews_id BIGINT REFERENCES certificates (id); -- the one it follows; null: the first
ALTER TABLE certificates ADD COLUMN warned_days BIGINT NOT NULL DEFAULT 0 CHECK (warned_days IN (0, 7, 30, 60)); -- the last warning sent; 0: none
ALTER TABLE certificates ADD COLUMN lapsed_at TIMESTAMP; -- when its products were looked after, because it was over or taken back
CREATE UNIQUE INDEX certificates_renewal ON certificates (renews_id) WHERE state = 'entered';
CREATE INDEX certificates_ends ON certificates (ends_at) WHERE state = 'confirmed' AND lapsed_at IS NULL;
CREATE INDEX certificates_waiting ON certificates (entered_at, id) WHERE state = 'entered';

-- A product is suspended exactly while one of its suspensions has no end.
CREATE TABLE product_suspensions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id BIGINT NOT NULL REFERENCES products (id),
    cause TEXT NOT NULL CHECK (cause IN ('curator', 'certificate')),
    certificate_id BIGINT REFERENCES certificates (id), -- the one that ended
    complaint TEXT NOT NULL DEFAULT '',                 -- number of the complaint that led to it
    reason TEXT NOT NULL DEFAULT '',
    begun_by BIGINT NOT NULL,                           -- users.id; 0 for the system, so no foreign key
    begun_at TIMESTAMP NOT NULL,
    ended_by BIGINT NOT NULL DEFAULT 0,                 -- users.id; 0 for the system or not ended, so no foreign key
    ended_at TIMESTAMP,
    end_reason TEXT NOT NULL DEFAULT '',
    CHECK ((cause = 'certificate') = (certificate_id IS NOT NULL)),
    CHECK (cause <> 'certificate' OR begun_by = 0)
);
CREATE INDEX product_suspensions_product ON product_suspensions (product_id, id);
CREATE UNIQUE INDEX product_suspensions_curator ON product_suspensions (product_id) WHERE cause = 'curator' AND ended_at IS NULL;
CREATE UNIQUE INDEX product_suspensions_certificate ON product_suspensions (product_id, certificate_id) WHERE ended_at IS NULL;
CREATE INDEX product_suspensions_open ON product_suspensions (begun_at, id) WHERE ended_at IS NULL;

-- Until now only curators suspended; the reason is in the trail.
INSERT INTO product_suspensions (product_id, cause, begun_by, begun_at)
    SELECT id, 'curator', 0, updated_at FROM products WHERE state = 'suspended';

-- When certificates were last looked through, for the proof that it is done.
CREATE TABLE certificate_watch (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    ran_at TIMESTAMP NOT NULL
);

-- +goose Down
DROP TABLE certificate_watch;
DROP TABLE product_suspensions;
DROP INDEX certificates_waiting;
DROP INDEX certificates_ends;
DROP INDEX certificates_renewal;
ALTER TABLE certificates DROP COLUMN lapsed_at;
ALTER TABLE certificates DROP COLUMN warned_days;
ALTER TABLE certificates DROP COLUMN renews_id;
