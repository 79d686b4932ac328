-- What a shop says about itself and how buyers reach it (package catalog).
-- +goose Up
ALTER TABLE shops ADD COLUMN members BIGINT NOT NULL DEFAULT 0 CHECK (members BETWEEN 0 AND 1000);          -- of a group; 0: not told
ALTER TABLE shops ADD COLUMN since_year BIGINT NOT NULL DEFAULT 0 CHECK (since_year BETWEEN 0 AND 2200);    -- 0: not told
ALTER TABLE shops ADD COLUMN contact_user_id BIGINT NOT NULL DEFAULT 0; -- users.id of the maker whose number buyers may use; 0: the agency's, so no foreign key
CREATE INDEX shops_contact ON shops (contact_user_id);

-- Complaints of anybody, answered by the agency (package program).
CREATE TABLE complaints (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    number TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL UNIQUE,                -- of what was sent, so that a second send finds the first
    order_number TEXT NOT NULL DEFAULT '',      -- as typed
    shop_id BIGINT REFERENCES shops (id),       -- of the order, when the number led to one
    regency_code TEXT NOT NULL DEFAULT '',      -- of the shop; '': for every agency
    name TEXT NOT NULL,
    phone TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'answered')),
    answer TEXT NOT NULL DEFAULT '',            -- what was done
    created_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,                  -- until when an answer is promised
    answered_by BIGINT NOT NULL DEFAULT 0,      -- users.id; 0 while open, so no foreign key
    answered_at TIMESTAMP,
    CHECK ((state = 'answered') = (answered_at IS NOT NULL))
);
CREATE INDEX complaints_open ON complaints (state, due_at);

-- +goose Down
DROP TABLE complaints;
DROP INDEX shops_contact;
ALTER TABLE shops DROP COLUMN contact_user_id;
ALTER TABLE shops DROP COLUMN since_year;
ALTER TABLE shops DROP COLUMN members;
