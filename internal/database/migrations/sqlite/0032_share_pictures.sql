-- The picture that a shared link of a product shows (package catalog). Made by a
-- job; the words it was drawn from stand here as a sum, so that one with an old
-- price is never linked to.
-- +goose Up
CREATE TABLE share_pictures (
    product_id BIGINT PRIMARY KEY REFERENCES products (id),
    picture_id BIGINT NOT NULL REFERENCES pictures (id),
    sha256 TEXT NOT NULL,
    seen_at TIMESTAMP NOT NULL                  -- products.updated_at up to which it is known to fit
);

-- +goose Down
DROP TABLE share_pictures;
