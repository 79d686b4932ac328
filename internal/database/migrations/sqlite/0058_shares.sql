-- Who has a part in a shop's money, by which table, and every division (package share).
-- +goose Up
-- A member of a group, a coded worker of an institution (never a name), or a fund.
CREATE TABLE share_parties (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    kind TEXT NOT NULL CHECK (kind IN ('member', 'worker', 'fund')),
    label TEXT NOT NULL CHECK (label <> ''), -- private: a member's name; a worker's code
    user_id BIGINT NOT NULL DEFAULT 0, -- a member's own account, where they have one
    created_by BIGINT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    closed_by BIGINT NOT NULL DEFAULT 0,
    closed_at TIMESTAMP,
    UNIQUE (shop_id, label),
    CHECK (user_id = 0 OR kind = 'member'),
    CHECK ((closed_by = 0) = (closed_at IS NULL))
);
CREATE UNIQUE INDEX share_parties_user ON share_parties (shop_id, user_id) WHERE user_id > 0;

-- The rule by which a shop's money is shared. Never changed: a new rule is a new version.
CREATE TABLE share_tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    version BIGINT NOT NULL CHECK (version > 0),
    set_by BIGINT NOT NULL REFERENCES users (id),
    valid_from TIMESTAMP NOT NULL,
    UNIQUE (shop_id, version)
);

CREATE TABLE share_parts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_id BIGINT NOT NULL REFERENCES share_tables (id),
    position BIGINT NOT NULL,
    label TEXT NOT NULL CHECK (label <> ''),
    weight BIGINT NOT NULL CHECK (weight > 0 AND weight <= 1000000),
    basis TEXT NOT NULL CHECK (basis IN ('fund', 'equal', 'work')),
    party_id BIGINT REFERENCES share_parties (id),
    UNIQUE (table_id, position),
    CHECK ((basis = 'fund') = (party_id IS NOT NULL))
);

-- One division of what was released to the shop. Amounts are frozen when it is proposed.
CREATE TABLE share_divisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    table_id BIGINT NOT NULL REFERENCES share_tables (id),
    month TEXT NOT NULL CHECK (length(month) = 7), -- 2026-11: what it is for
    amount BIGINT NOT NULL CHECK (amount > 0), -- what was sold for
    cost BIGINT NOT NULL CHECK (cost >= 0 AND cost <= amount), -- stays with the shop, for materials
    state TEXT NOT NULL CHECK (state IN ('proposed', 'done', 'refused', 'cancelled', 'reversed')),
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    needs_check BOOLEAN NOT NULL, -- an institution: a second person of its own agrees
    proposed_by BIGINT NOT NULL REFERENCES users (id),
    proposed_at TIMESTAMP NOT NULL,
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    undo_by BIGINT NOT NULL DEFAULT 0, -- who asked to take it back
    undo_reason TEXT NOT NULL DEFAULT '',
    reversed_by BIGINT NOT NULL DEFAULT 0,
    reversed_at TIMESTAMP,
    UNIQUE (shop_id, form_key),
    -- four eyes: nobody agrees to their own proposal, to divide or to take back
    CHECK (NOT needs_check OR decided_by <> proposed_by OR state = 'cancelled'),
    CHECK (NOT needs_check OR reversed_by = 0 OR reversed_by <> undo_by),
    CHECK (state NOT IN ('done', 'reversed') OR decided_by > 0),
    CHECK ((state = 'reversed') = (reversed_by > 0))
);
-- the same money of the same month is divided once
CREATE UNIQUE INDEX share_divisions_once ON share_divisions (shop_id, month, amount) WHERE state IN ('proposed', 'done');
CREATE UNIQUE INDEX share_divisions_open ON share_divisions (shop_id) WHERE state = 'proposed';
CREATE INDEX share_divisions_shop ON share_divisions (shop_id, id);

CREATE TABLE share_division_parts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    division_id BIGINT NOT NULL REFERENCES share_divisions (id),
    party_id BIGINT NOT NULL REFERENCES share_parties (id),
    kind TEXT NOT NULL CHECK (kind IN ('back', 'share')), -- a contribution given back first, or a part of the surplus
    label TEXT NOT NULL,
    pieces BIGINT NOT NULL DEFAULT 0 CHECK (pieces >= 0),
    amount BIGINT NOT NULL CHECK (amount > 0)
);
CREATE INDEX share_division_parts_division ON share_division_parts (division_id);
CREATE INDEX share_division_parts_party ON share_division_parts (party_id);

-- +goose Down
DROP TABLE share_division_parts;
DROP TABLE share_divisions;
DROP TABLE share_parts;
DROP TABLE share_tables;
DROP TABLE share_parties;
