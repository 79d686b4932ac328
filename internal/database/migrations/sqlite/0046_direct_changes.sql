-- What makers changed without a review, for curators to look at afterwards, and what
-- was asked about it (package catalog).
-- +goose Up
CREATE TABLE direct_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    product_id BIGINT NOT NULL DEFAULT 0,       -- 0: of the whole shop
    variant_id BIGINT NOT NULL DEFAULT 0,       -- whose price or stock; 0: the product's
    min_quantity BIGINT NOT NULL DEFAULT 0,     -- of a price by quantity; 0: of one piece
    kind TEXT NOT NULL CHECK (kind IN ('price', 'stock', 'capacity', 'pause', 'resume', 'rest', 'work')),
    amount_before BIGINT NOT NULL DEFAULT 0,    -- rupiah, or pieces
    amount_after BIGINT NOT NULL DEFAULT 0,
    words TEXT NOT NULL DEFAULT '',             -- days of a rest, period of a capacity; never a person's words
    suspicion TEXT NOT NULL DEFAULT '' CHECK (suspicion IN ('', 'often', 'wide')),
    actor_id BIGINT NOT NULL,                   -- users.id; 0 for the system, so no foreign key
    subject_id BIGINT NOT NULL,                 -- the maker it was done for; 0: oneself
    created_at TIMESTAMP NOT NULL,
    question TEXT NOT NULL DEFAULT '',
    asked_by BIGINT NOT NULL DEFAULT 0,         -- users.id of the curator; 0: nobody asked
    asked_at TIMESTAMP,
    answer TEXT NOT NULL DEFAULT '',
    answered_by BIGINT NOT NULL DEFAULT 0,      -- users.id
    answered_at TIMESTAMP,
    CHECK ((question <> '') = (asked_at IS NOT NULL)),
    CHECK ((answer <> '') = (answered_at IS NOT NULL)),
    CHECK (answer = '' OR question <> '')
);
CREATE INDEX direct_changes_shop ON direct_changes (shop_id, id);
CREATE INDEX direct_changes_product ON direct_changes (product_id, kind, created_at);

-- +goose Down
DROP TABLE direct_changes;
