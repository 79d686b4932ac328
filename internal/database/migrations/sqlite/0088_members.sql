-- What a member of a group may do (package account), who was asked to join one and who
-- left it (package share).
-- +goose Up
ALTER TABLE memberships ADD COLUMN duty TEXT NOT NULL DEFAULT '' CHECK (duty IN ('', 'secretary', 'treasurer'));
ALTER TABLE memberships ADD COLUMN watches BOOLEAN NOT NULL DEFAULT FALSE; -- sees the own part only, not the daily work
ALTER TABLE share_parties ADD COLUMN left_by BIGINT NOT NULL DEFAULT 0; -- takes no part any more; what is owed stays
ALTER TABLE share_parties ADD COLUMN left_at TIMESTAMP CHECK ((left_by = 0) = (left_at IS NULL));

CREATE TABLE share_invites (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    party_id BIGINT NOT NULL REFERENCES share_parties (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    duty TEXT NOT NULL CHECK (duty IN ('', 'secretary', 'treasurer')),
    watches BOOLEAN NOT NULL,
    invited_by BIGINT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    decided_at TIMESTAMP,
    accepted BOOLEAN NOT NULL DEFAULT FALSE,
    CHECK (NOT accepted OR decided_at IS NOT NULL)
);
CREATE UNIQUE INDEX share_invites_open ON share_invites (party_id) WHERE decided_at IS NULL;
CREATE INDEX share_invites_user ON share_invites (user_id);

-- +goose Down
DROP TABLE share_invites;
ALTER TABLE share_parties DROP COLUMN left_at;
ALTER TABLE share_parties DROP COLUMN left_by;
ALTER TABLE memberships DROP COLUMN watches;
ALTER TABLE memberships DROP COLUMN duty;
