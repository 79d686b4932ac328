-- What members paid into their group, and who made how much on which day (package share).
-- +goose Up
CREATE TABLE share_contributions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    party_id BIGINT NOT NULL REFERENCES share_parties (id),
    amount BIGINT NOT NULL CHECK (amount <> 0), -- rupiah; below zero: takes back a wrong entry
    day TEXT NOT NULL CHECK (length(day) = 10), -- 2026-11-21, in the shop's zone
    note TEXT NOT NULL DEFAULT '',
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    entered_by BIGINT NOT NULL DEFAULT 0,
    entered_at TIMESTAMP NOT NULL,
    corrects_id BIGINT UNIQUE REFERENCES share_contributions (id),
    UNIQUE (party_id, form_key),
    CHECK ((amount < 0) = (corrects_id IS NOT NULL))
);
CREATE INDEX share_contributions_shop ON share_contributions (shop_id, id);
-- what earlier divisions gave back had been paid in
INSERT INTO share_contributions (shop_id, party_id, amount, day, form_key, entered_by, entered_at)
SELECT d.shop_id, p.party_id, p.amount, substr(d.proposed_at, 1, 10), 'division ' || p.id, d.proposed_by, d.proposed_at
FROM share_division_parts p JOIN share_divisions d ON d.id = p.division_id WHERE p.kind = 'back' AND d.state IN ('proposed', 'done');

CREATE TABLE share_work (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    party_id BIGINT NOT NULL REFERENCES share_parties (id),
    day TEXT NOT NULL CHECK (length(day) = 10), -- 2026-11-21, in the shop's zone
    product_id BIGINT NOT NULL DEFAULT 0, -- products.id; 0: of no product in particular
    unit TEXT NOT NULL CHECK (unit IN ('piece', 'day')),
    quantity BIGINT NOT NULL CHECK (quantity >= 0 AND quantity <= 1000000), -- pieces, or days
    entered_by BIGINT NOT NULL REFERENCES users (id),
    entered_at TIMESTAMP NOT NULL,
    division_id BIGINT REFERENCES share_divisions (id), -- counted there; NULL: still to be counted
    UNIQUE (party_id, day, product_id, unit)
);
CREATE INDEX share_work_shop ON share_work (shop_id, day);
CREATE INDEX share_work_division ON share_work (division_id);

-- How a group or institution keeps its work book, and what members see of one another.
CREATE TABLE share_houses (
    shop_id BIGINT NOT NULL PRIMARY KEY REFERENCES shops (id),
    unit TEXT NOT NULL CHECK (unit IN ('piece', 'day')),
    shown BOOLEAN NOT NULL, -- members see one another's shares
    changed_by BIGINT NOT NULL REFERENCES users (id),
    changed_at TIMESTAMP NOT NULL
);

-- What each member counts in a table that goes by weight; who is not in it counts one.
CREATE TABLE share_weights (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_id BIGINT NOT NULL REFERENCES share_tables (id),
    party_id BIGINT NOT NULL REFERENCES share_parties (id),
    weight BIGINT NOT NULL CHECK (weight >= 0 AND weight <= 1000),
    UNIQUE (table_id, party_id)
);

-- +goose Down
DROP TABLE share_weights;
DROP TABLE share_houses;
DROP TABLE share_work;
DROP TABLE share_contributions;
