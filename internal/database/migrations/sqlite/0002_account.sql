-- People: sign-in, roles, memberships, consents and grants (package account).
-- +goose Up
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL CHECK (name <> ''),
    phone TEXT NOT NULL DEFAULT '',             -- E.164; '' for a person without a phone, who cannot sign in
    email TEXT NOT NULL DEFAULT '',
    district_code TEXT NOT NULL DEFAULT '',     -- scope of staff who may see the person
    state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'closed')),
    password_hash TEXT NOT NULL DEFAULT '',     -- Argon2id; '' means one-time codes only
    withdrawals_rest_until TIMESTAMP,              -- no money leaves before this, after a reset or a bank change
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system
    created_at TIMESTAMP NOT NULL,
    first_sign_in_at TIMESTAMP,
    closed_at TIMESTAMP
);
CREATE UNIQUE INDEX users_phone ON users (phone) WHERE phone <> '';
CREATE INDEX users_district ON users (district_code);

CREATE TABLE sign_in_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    code_hash TEXT NOT NULL,                    -- keyed: a dump alone cannot be guessed through
    issued_by BIGINT NOT NULL DEFAULT 0,        -- the officer; 0 when the person asked for it
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    used_at TIMESTAMP,
    ended_at TIMESTAMP -- used, or replaced by a newer code
);
-- at most one code of a person works at a time
CREATE UNIQUE INDEX sign_in_codes_live ON sign_in_codes (user_id) WHERE ended_at IS NULL;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL UNIQUE,
    user_id BIGINT REFERENCES users (id),       -- null for a visitor
    device TEXT NOT NULL DEFAULT '',
    data BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP                             -- an ended row stays until it expires: a request under way must not revive it
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE role_grants (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('curator', 'officer', 'companion', 'finance', 'admin', 'head')),
    agency_id BIGINT NOT NULL DEFAULT 0,        -- agencies.id; no foreign key, that table comes later
    territory TEXT NOT NULL DEFAULT '[]',       -- JSON array of province, regency or district codes
    state TEXT NOT NULL CHECK (state IN ('proposed', 'active', 'refused', 'ended')),
    proposed_by BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    ended_by BIGINT NOT NULL DEFAULT 0,
    ended_at TIMESTAMP,
    -- four eyes: who proposes a role never decides on it, and nobody decides on their own
    CHECK (decided_by = 0 OR decided_by <> proposed_by),
    CHECK (decided_by = 0 OR decided_by <> user_id)
);
CREATE UNIQUE INDEX role_grants_live ON role_grants (user_id, role, agency_id) WHERE state <> 'refused' AND state <> 'ended';

CREATE TABLE memberships (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    shop_id BIGINT NOT NULL,                    -- shops.id; no foreign key, that table comes later
    role TEXT NOT NULL CHECK (role IN ('owner', 'member', 'officer')),
    created_by BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    ended_by BIGINT NOT NULL DEFAULT 0,
    ended_at TIMESTAMP
);
CREATE UNIQUE INDEX memberships_live ON memberships (user_id, shop_id) WHERE ended_at IS NULL;
CREATE INDEX memberships_shop ON memberships (shop_id);

CREATE TABLE consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('show_story', 'show_photo', 'be_helped')),
    evidence TEXT NOT NULL CHECK (evidence <> ''), -- the signed form, recording or witness
    picture_id BIGINT NOT NULL DEFAULT 0,       -- pictures.id of the signed form; no foreign key, that table comes later
    recorded_by BIGINT NOT NULL,
    given_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_by BIGINT NOT NULL DEFAULT 0,
    ended_at TIMESTAMP,
    end_note TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX consents_live ON consents (user_id, kind) WHERE ended_at IS NULL;

CREATE TABLE grants (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL,                    -- shops.id; no foreign key, that table comes later
    maker_id BIGINT NOT NULL REFERENCES users (id),
    companion_id BIGINT NOT NULL REFERENCES users (id),
    evidence TEXT NOT NULL CHECK (evidence <> ''),
    granted_by BIGINT NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_by BIGINT NOT NULL DEFAULT 0,
    ended_at TIMESTAMP,
    CHECK (maker_id <> companion_id),
    CHECK (expires_at > starts_at)
);
CREATE UNIQUE INDEX grants_live ON grants (shop_id, companion_id) WHERE ended_at IS NULL;
CREATE INDEX grants_companion ON grants (companion_id);

CREATE TABLE kin (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    relative_id BIGINT NOT NULL REFERENCES users (id),
    declared_by BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CHECK (user_id < relative_id),              -- one row for both directions
    UNIQUE (user_id, relative_id)
);
CREATE INDEX kin_relative ON kin (relative_id);

-- +goose Down
DROP TABLE kin;
DROP TABLE grants;
DROP TABLE consents;
DROP TABLE memberships;
DROP TABLE role_grants;
DROP TABLE sessions;
DROP TABLE sign_in_codes;
DROP TABLE users;
