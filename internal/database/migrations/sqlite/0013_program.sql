-- +goose Up
-- Social-welfare agencies; staff belong to one through their role.
CREATE TABLE agencies (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL UNIQUE CHECK (name <> ''),
    province_code TEXT NOT NULL,
    created_at    TIMESTAMP NOT NULL
);

-- A maker brought in by an officer, from the first visit to the open shop.
CREATE TABLE invitations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    agency_id    BIGINT NOT NULL REFERENCES agencies (id),
    shop_id      BIGINT NOT NULL UNIQUE REFERENCES shops (id),
    maker_id     BIGINT NOT NULL REFERENCES users (id),
    companion_id BIGINT REFERENCES users (id),
    invited_by   BIGINT NOT NULL REFERENCES users (id),
    form_key     TEXT NOT NULL UNIQUE,
    created_at   TIMESTAMP NOT NULL
);
CREATE INDEX invitations_agency ON invitations (agency_id);

-- +goose Down
DROP TABLE invitations;
DROP TABLE agencies;
