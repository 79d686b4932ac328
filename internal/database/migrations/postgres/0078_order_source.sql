-- Where an order came from (package order): the way in of a buyer of the shop window, or
-- where the maker sold it herself (outside_…). It says nothing about a person.
-- +goose Up
ALTER TABLE orders ADD COLUMN source TEXT NOT NULL DEFAULT 'web' CHECK (source IN ('web', 'whatsapp', 'facebook', 'status', 'poster', 'companion', 'other',
    'outside_whatsapp', 'outside_neighbour', 'outside_market', 'outside_facebook', 'outside_other'));

-- +goose Down
ALTER TABLE orders DROP COLUMN source;
