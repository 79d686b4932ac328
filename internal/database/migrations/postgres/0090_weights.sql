-- A part of a table may go by weight.
-- +goose Up
ALTER TABLE share_parts DROP CONSTRAINT share_parts_basis_check;
ALTER TABLE share_parts ADD CHECK (basis IN ('fund', 'equal', 'work', 'weight'));

-- +goose Down
