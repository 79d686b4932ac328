-- Who works at the desk: seats, the promise to makers, and who has what open
-- (package curation).
-- +goose Up
CREATE TABLE desk_seats (
    curator_id BIGINT PRIMARY KEY,              -- users.id
    lead BOOLEAN NOT NULL DEFAULT FALSE,        -- answers for the desk
    regions TEXT NOT NULL DEFAULT '[]',         -- JSON array of province, regency or district codes; none means all
    categories TEXT NOT NULL DEFAULT '[]',      -- JSON array of category slugs; none means all
    cover_id BIGINT NOT NULL DEFAULT 0,         -- users.id of who takes over while away; 0 for nobody, so no foreign key
    away_from TEXT NOT NULL DEFAULT '',         -- first day away, by the capital's calendar
    away_until TEXT NOT NULL DEFAULT '',        -- last day away
    updated_at TIMESTAMP NOT NULL,
    CHECK (cover_id <> curator_id),
    CHECK ((away_from = '') = (away_until = '') AND away_from <= away_until)
);

-- one row once somebody changed it; until then the promise is the program's own
CREATE TABLE desk_promise (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    days BIGINT NOT NULL CHECK (days BETWEEN 1 AND 20), -- working days
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE desk_presence (
    submission_id BIGINT NOT NULL REFERENCES submissions (id),
    curator_id BIGINT NOT NULL,                 -- users.id
    seen_at TIMESTAMP NOT NULL,                 -- when the page was last open
    PRIMARY KEY (submission_id, curator_id)
);
CREATE INDEX desk_presence_seen ON desk_presence (seen_at);

-- +goose Down
DROP TABLE desk_presence;
DROP TABLE desk_promise;
DROP TABLE desk_seats;
