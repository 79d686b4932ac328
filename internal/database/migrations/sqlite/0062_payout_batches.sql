-- Many withdrawals approved at once (package finance): what was chosen, who agreed,
-- and what was held back.
-- +goose Up
CREATE TABLE payout_batches (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    form_key    TEXT NOT NULL UNIQUE CHECK (form_key <> ''),
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'sending', 'sent', 'dropped')),
    two_people  BOOLEAN NOT NULL, -- above the threshold when it was proposed
    count       BIGINT NOT NULL CHECK (count > 0),
    total       BIGINT NOT NULL CHECK (total > 0),
    proposed_by BIGINT NOT NULL REFERENCES users (id),
    proposed_at TIMESTAMP NOT NULL,
    decided_by  BIGINT NOT NULL DEFAULT 0,
    decided_at  TIMESTAMP,
    ended_at    TIMESTAMP,
    CHECK (state = 'proposed' OR decided_by > 0),
    CHECK (NOT two_people OR state NOT IN ('sending', 'sent') OR decided_by <> proposed_by),
    CHECK ((state IN ('sent', 'dropped')) = (ended_at IS NOT NULL))
);
CREATE INDEX payout_batches_state ON payout_batches (state, id);

CREATE TABLE payout_batch_items (
    batch_id      BIGINT NOT NULL REFERENCES payout_batches (id),
    withdrawal_id BIGINT NOT NULL REFERENCES withdrawals (id),
    amount        BIGINT NOT NULL CHECK (amount > 0),
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'held')),
    why           TEXT NOT NULL DEFAULT '', -- the sentence for finance, where it was held back
    done_at       TIMESTAMP,
    PRIMARY KEY (batch_id, withdrawal_id),
    CHECK ((state = 'held') = (why <> ''))
);
-- one batch at a time decides about a withdrawal, and it is sent by one only
CREATE UNIQUE INDEX payout_batch_items_withdrawal ON payout_batch_items (withdrawal_id) WHERE state <> 'held';

-- +goose Down
DROP TABLE payout_batch_items;
DROP TABLE payout_batches;
