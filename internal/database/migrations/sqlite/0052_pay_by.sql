-- How buyers may pay a shop, and what part of a purchase is paid through the
-- gateway (package checkout).
-- +goose Up
ALTER TABLE purchases ADD COLUMN online BIGINT NOT NULL DEFAULT 0 CHECK (online >= 0); -- what its payment asks for; 0: no payment
UPDATE purchases SET online = total;

CREATE TABLE shop_payments (
    shop_id BIGINT NOT NULL PRIMARY KEY REFERENCES shops (id),
    cod BOOLEAN NOT NULL,                       -- in cash to the one who brings the parcel
    cash BOOLEAN NOT NULL,                      -- in cash at pick-up
    direct BOOLEAN NOT NULL,                    -- on the shop's own account; only its owner switches it
    updated_by BIGINT NOT NULL,                 -- users.id
    updated_at TIMESTAMP NOT NULL
);

-- The shop's own QRIS code, a picture that buyers scan. Money goes where it points,
-- so it is confirmed like a bank account.
CREATE TABLE shop_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    picture_id BIGINT NOT NULL,                 -- of package media
    state TEXT NOT NULL CHECK (state IN ('proposed', 'active', 'refused', 'replaced')),
    proposed_by BIGINT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    note TEXT NOT NULL DEFAULT '',
    -- four eyes: who proposes a code never confirms it
    CHECK (decided_by <> proposed_by),
    CHECK (state <> 'active' OR decided_by > 0)
);
CREATE UNIQUE INDEX shop_codes_active ON shop_codes (shop_id) WHERE state = 'active';
CREATE UNIQUE INDEX shop_codes_proposed ON shop_codes (shop_id) WHERE state = 'proposed';

-- What an administrator changed of the limits that checkout keeps; empty until then.
CREATE TABLE checkout_limits (
    name TEXT NOT NULL PRIMARY KEY CHECK (name IN ('cod_max')),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    updated_by BIGINT NOT NULL,                 -- users.id
    updated_at TIMESTAMP NOT NULL
);

-- +goose Down
DROP TABLE checkout_limits;
DROP TABLE shop_codes;
DROP TABLE shop_payments;
ALTER TABLE purchases DROP COLUMN online;
