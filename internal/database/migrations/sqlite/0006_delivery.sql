-- +goose Up
-- How each shop delivers. shop_id is a plain id: catalog owns shops and stands
-- beside this package, so neither reads the other's tables.
CREATE TABLE shop_delivery (
    shop_id BIGINT NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('pickup', 'own', 'courier')),
    enabled BOOLEAN NOT NULL,
    fee BIGINT NOT NULL DEFAULT 0 CHECK (fee >= 0),
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (shop_id, method)
);

-- Where a shop's parcels start and where buyers collect. Private: often a home.
CREATE TABLE shop_origins (
    shop_id BIGINT NOT NULL PRIMARY KEY,
    regency_code TEXT NOT NULL,
    district_code TEXT NOT NULL,
    village TEXT NOT NULL DEFAULT '',
    street TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    updated_at TIMESTAMP NOT NULL
);

-- The courier tariff, changed by admins.
CREATE TABLE zone_rates (
    zone TEXT NOT NULL PRIMARY KEY CHECK (zone IN ('same_regency', 'same_province', 'same_island', 'elsewhere')),
    per_kg BIGINT NOT NULL CHECK (per_kg >= 0),
    days_min BIGINT NOT NULL CHECK (days_min >= 0),
    days_max BIGINT NOT NULL CHECK (days_max >= days_min),
    updated_at TIMESTAMP NOT NULL
);

-- First values, near the counter prices of the regular couriers.
INSERT INTO zone_rates (zone, per_kg, days_min, days_max, updated_at) VALUES
    ('same_regency', 7000, 1, 2, '2026-11-21 00:00:00+00:00'),
    ('same_province', 9000, 1, 3, '2026-11-21 00:00:00+00:00'),
    ('same_island', 18000, 2, 5, '2026-11-21 00:00:00+00:00'),
    ('elsewhere', 38000, 3, 9, '2026-11-21 00:00:00+00:00');

-- +goose Down
DROP TABLE zone_rates;
DROP TABLE shop_origins;
DROP TABLE shop_delivery;
