-- What an operator changed of a payment channel (package payment). What is not here
-- stands in channels.json.
-- +goose Up
CREATE TABLE channel_settings (
    code TEXT NOT NULL PRIMARY KEY CHECK (code <> ''),   -- of channels.json
    enabled BOOLEAN NOT NULL,
    min_amount BIGINT NOT NULL CHECK (min_amount > 0),
    max_amount BIGINT NOT NULL,
    refund BOOLEAN NOT NULL,                    -- money goes back through the channel
    partial_refund BOOLEAN NOT NULL,
    refund_days BIGINT NOT NULL CHECK (refund_days >= 0),
    updated_by BIGINT NOT NULL,                 -- users.id
    updated_at TIMESTAMPTZ NOT NULL,
    CHECK (max_amount >= min_amount)
);

-- +goose Down
DROP TABLE channel_settings;
