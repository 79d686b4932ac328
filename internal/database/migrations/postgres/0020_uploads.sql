-- How many pictures one person keeps is counted at every upload (package media).
-- +goose Up
CREATE INDEX pictures_created_by ON pictures (created_by);

-- +goose Down
DROP INDEX pictures_created_by;
