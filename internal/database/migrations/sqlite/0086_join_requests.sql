-- People who asked to join, until an officer invites or refuses them (package program).
-- +goose Up
CREATE TABLE join_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,                        -- E.164
    regency_code TEXT NOT NULL,
    district_code TEXT NOT NULL,
    makes TEXT NOT NULL,                        -- what she makes, one line of her own
    state TEXT NOT NULL CHECK (state IN ('open', 'invited', 'refused')),
    reason TEXT NOT NULL DEFAULT '',            -- why not, as it was told
    shop_id BIGINT REFERENCES shops (id),       -- of the invitation that closed it
    decided_by BIGINT NOT NULL DEFAULT 0,       -- users.id; 0 while open, so no foreign key
    created_at TIMESTAMP NOT NULL,
    decided_at TIMESTAMP,
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK ((state = 'invited') = (shop_id IS NOT NULL))
);
CREATE UNIQUE INDEX join_requests_phone ON join_requests (phone) WHERE state = 'open';
CREATE INDEX join_requests_open ON join_requests (state, regency_code, id);

-- +goose Down
DROP TABLE join_requests;
