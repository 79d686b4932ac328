-- Money for materials before an order is finished (package finance), and what the
-- operator puts into the subsidy account.
-- +goose Up
CREATE TABLE advances (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    ceiling BIGINT NOT NULL DEFAULT 0, -- the most that could be given when it was decided
    reason TEXT NOT NULL CHECK (reason <> ''), -- private: what it is for, in the maker's words
    state TEXT NOT NULL CHECK (state IN ('requested', 'agreed', 'granted', 'refused', 'cancelled')),
    form_key TEXT NOT NULL CHECK (form_key <> ''),
    requested_by BIGINT NOT NULL REFERENCES users (id),
    requested_at TIMESTAMP NOT NULL,
    agreed_by BIGINT NOT NULL DEFAULT 0, -- the first of two people of finance, above the threshold
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (shop_id, form_key),
    CHECK (decided_by <> requested_by OR decided_by = 0 OR state = 'cancelled'),
    CHECK (agreed_by <> requested_by),
    CHECK (agreed_by = 0 OR decided_by <> agreed_by OR state <> 'granted'),
    CHECK (state <> 'granted' OR (decided_by > 0 AND ceiling >= amount))
);
-- one request at a time, so that nobody asks twice for the same orders
CREATE UNIQUE INDEX advances_open ON advances (shop_id) WHERE state IN ('requested', 'agreed');
CREATE INDEX advances_shop ON advances (shop_id, id);

CREATE TABLE subsidy_top_ups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    amount BIGINT NOT NULL CHECK (amount > 0),
    reason TEXT NOT NULL CHECK (reason <> ''),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'done', 'refused')),
    form_key TEXT NOT NULL UNIQUE CHECK (form_key <> ''),
    proposed_by BIGINT NOT NULL REFERENCES users (id),
    proposed_at TIMESTAMP NOT NULL,
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    two_people BOOLEAN NOT NULL, -- above the threshold
    CHECK (state <> 'done' OR decided_by > 0),
    CHECK (NOT two_people OR state <> 'done' OR decided_by <> proposed_by)
);

-- +goose Down
DROP TABLE subsidy_top_ups;
DROP TABLE advances;
