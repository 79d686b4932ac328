-- What buyers say of completed orders (package review), and the sums that cards
-- show (package catalog).
-- +goose Up
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    buyer_user_id BIGINT NOT NULL DEFAULT 0,    -- users.id; 0 for a guest, so no foreign key
    stars BIGINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
    words TEXT NOT NULL DEFAULT '',
    writer TEXT NOT NULL DEFAULT '',            -- the first name shown; '' for nobody's
    place_code TEXT NOT NULL DEFAULT '',        -- the regency shown; '' for none
    state TEXT NOT NULL CHECK (state IN ('waiting', 'shown', 'hidden', 'withdrawn')),
    answer TEXT NOT NULL DEFAULT '',
    answered_by BIGINT NOT NULL DEFAULT 0,      -- users.id; 0 for nobody, so no foreign key
    answered_at TIMESTAMP,
    reports BIGINT NOT NULL DEFAULT 0 CHECK (reports >= 0), -- since a curator last looked
    checked_at TIMESTAMP,                       -- when a curator last let these words stand
    decided_by BIGINT NOT NULL DEFAULT 0,       -- users.id; 0 for nobody, so no foreign key
    hidden_reason TEXT NOT NULL DEFAULT '',
    written_at TIMESTAMP NOT NULL,              -- of the words as they are
    created_at TIMESTAMP NOT NULL,
    UNIQUE (order_id, product_id),
    CHECK ((answer <> '') = (answered_at IS NOT NULL)),
    CHECK (state <> 'hidden' OR hidden_reason <> '')
);
CREATE INDEX reviews_product ON reviews (product_id, state, id);
CREATE INDEX reviews_shop ON reviews (shop_id, state, id);
CREATE INDEX reviews_waiting ON reviews (state, reports, id);

CREATE TABLE product_ratings (
    product_id BIGINT PRIMARY KEY REFERENCES products (id),
    stars BIGINT NOT NULL CHECK (stars >= rated), -- the sum of all shown reviews
    rated BIGINT NOT NULL CHECK (rated >= 0),     -- how many they are
    CHECK (stars <= rated * 5)
);

-- +goose Down
DROP TABLE product_ratings;
DROP TABLE reviews;
