-- Pictures and their renditions (package media).
-- +goose Up
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,                   -- random; names the address and the blobs
    owner_kind TEXT NOT NULL CHECK (owner_kind <> ''),
    owner_id BIGINT NOT NULL CHECK (owner_id > 0), -- no foreign key: the owner's table depends on owner_kind
    visibility TEXT NOT NULL CHECK (visibility IN ('private', 'person', 'public')),
    state TEXT NOT NULL CHECK (state IN ('stored', 'ready', 'failed')),
    colour TEXT NOT NULL CHECK (length(colour) = 7),
    width BIGINT NOT NULL CHECK (width BETWEEN 1 AND 2560),
    height BIGINT NOT NULL CHECK (height BETWEEN 1 AND 2560),
    bytes BIGINT NOT NULL CHECK (bytes > 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64), -- of the master
    alt TEXT NOT NULL DEFAULT '',               -- what it shows, for those who cannot see it
    created_by BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX pictures_owner ON pictures (owner_kind, owner_id);

CREATE TABLE renditions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    picture_id BIGINT NOT NULL REFERENCES pictures (id),
    size BIGINT NOT NULL CHECK (size IN (160, 320, 640, 1280)), -- the width asked for
    format TEXT NOT NULL CHECK (format IN ('webp', 'jpg')),
    width BIGINT NOT NULL CHECK (width > 0),    -- the width made; never wider than the master
    height BIGINT NOT NULL CHECK (height > 0),
    bytes BIGINT NOT NULL CHECK (bytes > 0),
    blob TEXT NOT NULL CHECK (blob <> ''),      -- sizes above the master's width share one blob
    created_at TIMESTAMP NOT NULL,
    UNIQUE (picture_id, size, format)
);

-- +goose Down
DROP TABLE renditions;
DROP TABLE pictures;
