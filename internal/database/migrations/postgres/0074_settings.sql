-- What admins changed of the installation's settings (package settings); the rest is as
-- the code says.
-- +goose Up
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    amount BIGINT NOT NULL CHECK (amount >= 0), -- hours, working days, rupiah or percent
    updated_by BIGINT NOT NULL, -- users.id
    updated_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE settings;
