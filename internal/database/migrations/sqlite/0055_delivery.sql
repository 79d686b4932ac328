-- How a shop delivers, in full: pick-up hours, places it brings orders to, couriers
-- with tariffs of their own, last days before a holiday (package delivery); and
-- which courier an order goes with (package order).
-- +goose Up

-- When a shop is open for picking up; no row: by appointment.
CREATE TABLE pickup_hours (
    shop_id BIGINT NOT NULL,
    weekday BIGINT NOT NULL CHECK (weekday BETWEEN 0 AND 6), -- 0: Sunday
    opens   BIGINT NOT NULL CHECK (opens >= 0),              -- minutes after midnight in the shop's zone
    closes  BIGINT NOT NULL CHECK (closes <= 1440),
    PRIMARY KEY (shop_id, weekday),
    CHECK (opens < closes)
);

-- Where a maker brings orders herself, and for how much. No row: her whole regency,
-- for shop_delivery.fee.
CREATE TABLE own_areas (
    shop_id BIGINT NOT NULL,
    code    TEXT   NOT NULL CHECK (code <> ''), -- a regency or a district
    fee     BIGINT NOT NULL CHECK (fee >= 0),
    PRIMARY KEY (shop_id, code)
);

-- Who carries parcels, and how each of them counts weight. kind: 'zones' asks
-- zone_rates, 'table' asks carrier_tariffs.
CREATE TABLE carriers (
    code            TEXT      NOT NULL PRIMARY KEY CHECK (code <> ''),
    name            TEXT      NOT NULL CHECK (name <> ''),
    kind            TEXT      NOT NULL CHECK (kind <> ''),
    tolerance_grams BIGINT    NOT NULL CHECK (tolerance_grams BETWEEN 0 AND 999), -- above a full kilogram, not charged
    divisor         BIGINT    NOT NULL CHECK (divisor > 0),                       -- cm³ that count as a kilogram
    active          BOOLEAN   NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
INSERT INTO carriers (code, name, kind, tolerance_grams, divisor, active, updated_at)
    VALUES ('zona', 'Kurir', 'zones', 300, 6000, TRUE, '2026-11-21 00:00:00+00:00');

-- Which carriers a shop sends with; no row: the four zones.
CREATE TABLE shop_carriers (
    shop_id BIGINT NOT NULL,
    carrier TEXT   NOT NULL REFERENCES carriers (code),
    PRIMARY KEY (shop_id, carrier)
);

-- A tariff table as it was read from a spreadsheet: looked at, then used as a whole.
CREATE TABLE tariff_versions (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    state     TEXT      NOT NULL CHECK (state IN ('draft', 'live', 'past')),
    file_name TEXT      NOT NULL,
    digest    TEXT      NOT NULL, -- SHA-256 of the file
    row_count BIGINT    NOT NULL CHECK (row_count > 0),
    made_by   BIGINT    NOT NULL, -- users.id; 0: the system
    made_at   TIMESTAMP NOT NULL,
    used_by   BIGINT    NOT NULL DEFAULT 0,
    used_at   TIMESTAMP,
    CHECK ((state = 'draft') = (used_at IS NULL))
);
CREATE UNIQUE INDEX tariff_versions_live ON tariff_versions (state) WHERE state <> 'past';

CREATE TABLE carrier_tariffs (
    version_id       BIGINT NOT NULL REFERENCES tariff_versions (id),
    carrier          TEXT   NOT NULL REFERENCES carriers (code),
    origin_code      TEXT   NOT NULL, -- a regency, or a whole province
    destination_code TEXT   NOT NULL,
    service          TEXT   NOT NULL CHECK (service <> ''),
    valid_from       TEXT   NOT NULL, -- "2026-11-21"
    per_kg           BIGINT NOT NULL CHECK (per_kg >= 0),
    days_min         BIGINT NOT NULL CHECK (days_min >= 0),
    days_max         BIGINT NOT NULL CHECK (days_max >= days_min),
    PRIMARY KEY (version_id, carrier, origin_code, destination_code, service, valid_from)
);

-- The last days on which parcels leave before a holiday, and when they leave again.
CREATE TABLE dispatch_cutoffs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT      NOT NULL CHECK (name <> ''),
    method     TEXT      NOT NULL CHECK (method IN ('pickup', 'own', 'courier')),
    carrier    TEXT      NOT NULL DEFAULT '', -- '': every courier
    shop_id    BIGINT    NOT NULL DEFAULT 0,  -- 0: every shop
    last_day   TEXT      NOT NULL,            -- "2027-02-28": on this day it still goes
    resumes    TEXT      NOT NULL,            -- on this day it goes again
    made_by    BIGINT    NOT NULL,            -- users.id; 0: the system
    created_at TIMESTAMP NOT NULL,
    CHECK (last_day < resumes),
    CHECK (carrier = '' OR method = 'courier'),
    UNIQUE (shop_id, method, carrier, last_day)
);

ALTER TABLE orders ADD COLUMN delivery_carrier TEXT NOT NULL DEFAULT ''; -- as its name stood at checkout; empty: not by courier
ALTER TABLE orders ADD COLUMN delivery_service TEXT NOT NULL DEFAULT '';
