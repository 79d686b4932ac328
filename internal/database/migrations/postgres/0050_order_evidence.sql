-- Evidence of a step and what a complaint is about (package order; design §4).
-- +goose Up
-- photos of a step: the parcel, the hand-over, what is wrong with the goods; private
CREATE TABLE order_pictures (
    picture_id BIGINT PRIMARY KEY REFERENCES pictures (id) ON DELETE CASCADE,
    order_id   BIGINT NOT NULL REFERENCES orders (id),
    event_id   BIGINT NOT NULL REFERENCES order_events (id)
);
CREATE INDEX order_pictures_by_order ON order_pictures (order_id, picture_id);
-- a complaint's subject, from a short list
ALTER TABLE order_events ADD COLUMN cause TEXT NOT NULL DEFAULT '';
-- since when a complaint waits for a decision
ALTER TABLE orders ADD COLUMN complained_at TIMESTAMPTZ;
-- what one of staff wants to give back and another must confirm
ALTER TABLE orders ADD COLUMN proposed_back BIGINT NOT NULL DEFAULT 0 CHECK (proposed_back >= 0);
ALTER TABLE orders ADD COLUMN proposed_by BIGINT NOT NULL DEFAULT 0;
CREATE INDEX orders_by_complaint ON orders (complained_at);

-- +goose Down
SELECT 'the columns stay: older rows keep them';
