-- The second factor of staff (package account): time-based codes (RFC 6238),
-- recovery codes, and its reset by two people.
-- +goose Up
CREATE TABLE factors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    secret TEXT NOT NULL,                       -- sealed; '' once ended
    last_step BIGINT NOT NULL,                  -- the newest 30-second step whose code was used: none works twice
    created_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    ended_by BIGINT NOT NULL DEFAULT 0,
    CHECK ((ended_at IS NULL AND secret <> '') OR (ended_at IS NOT NULL AND secret = ''))
);
CREATE UNIQUE INDEX factors_live ON factors (user_id) WHERE ended_at IS NULL;

CREATE TABLE recovery_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    factor_id BIGINT NOT NULL REFERENCES factors (id),
    code_hash TEXT NOT NULL,                    -- keyed: a dump alone cannot be guessed through
    sealed TEXT NOT NULL DEFAULT '',            -- until the person said that they kept it
    created_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    UNIQUE (factor_id, code_hash)
);

CREATE TABLE factor_resets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'refused')),
    reason TEXT NOT NULL CHECK (reason <> ''),
    proposed_by BIGINT NOT NULL,                -- users.id; 0 for the command line
    created_at TIMESTAMP NOT NULL,
    decided_by BIGINT NOT NULL DEFAULT 0,
    decided_at TIMESTAMP,
    -- four eyes: neither the person nor the proposer decides; only the command line decides alone
    CHECK (proposed_by <> user_id),
    CHECK (decided_by = 0 OR decided_by <> proposed_by),
    CHECK (decided_by = 0 OR decided_by <> user_id),
    CHECK (state = 'proposed' OR decided_by <> 0 OR proposed_by = 0)
);
CREATE UNIQUE INDEX factor_resets_live ON factor_resets (user_id) WHERE state = 'proposed';

-- When this sign-in began and when it last passed the second factor; a session
-- that did counts as staff's and lives shorter.
ALTER TABLE sessions ADD COLUMN since TIMESTAMP;
ALTER TABLE sessions ADD COLUMN factor_at TIMESTAMP;

-- +goose Down
ALTER TABLE sessions DROP COLUMN factor_at;
ALTER TABLE sessions DROP COLUMN since;
DROP TABLE factor_resets;
DROP TABLE recovery_codes;
DROP TABLE factors;
