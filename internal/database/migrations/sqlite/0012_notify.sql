-- +goose Up
-- What a signed-in person finds in the inbox.
CREATE TABLE inbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    kind       TEXT NOT NULL,
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    link       TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL,
    read_at    TIMESTAMP
);
CREATE INDEX inbox_user ON inbox (user_id, id);

-- Mail and WhatsApp messages on their way out.
CREATE TABLE messages (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    channel    TEXT NOT NULL CHECK (channel IN ('mail', 'whatsapp')),
    kind       TEXT NOT NULL,
    address    TEXT NOT NULL,
    subject    TEXT NOT NULL DEFAULT '',
    body       TEXT NOT NULL,
    secret     BOOLEAN NOT NULL DEFAULT FALSE, -- body is wiped once sent
    state      TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    attempts   BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMP NOT NULL,
    sent_at    TIMESTAMP
);
CREATE INDEX messages_state ON messages (state, id);

-- Whom a companion has to call, because a message was not enough.
CREATE TABLE call_list (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    companion_id BIGINT NOT NULL REFERENCES users (id),
    shop_id      BIGINT NOT NULL REFERENCES shops (id),
    order_id     BIGINT NOT NULL REFERENCES orders (id),
    reason       TEXT NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    done_at      TIMESTAMP,
    UNIQUE (companion_id, order_id, reason)
);

-- +goose Down
DROP TABLE call_list;
DROP TABLE messages;
DROP TABLE inbox;
