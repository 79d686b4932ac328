-- What a maker allows a companion to do, in words (package account). Empty for the
-- daily work of the shop, which is what every grant until now was given for.
-- +goose Up
ALTER TABLE grants ADD COLUMN purpose TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE grants DROP COLUMN purpose;
