-- Pictures turned and cropped by buttons (package media), and the form key of a file
-- that is sent again after a lost signal.
-- +goose Up
ALTER TABLE pictures ADD COLUMN source_id BIGINT;                                                    -- pictures.id it was made from; NULL: as it was sent
ALTER TABLE pictures ADD COLUMN turned BIGINT NOT NULL DEFAULT 0 CHECK (turned IN (0, 90, 180, 270)); -- degrees clockwise from the source
ALTER TABLE pictures ADD COLUMN crop TEXT NOT NULL DEFAULT '' CHECK (crop IN ('', 'start', 'middle', 'end')); -- square of the turned source
ALTER TABLE pictures ADD COLUMN form_key TEXT;                                                       -- of this one file; NULL: none
CREATE UNIQUE INDEX pictures_shape ON pictures (source_id, turned, crop);
CREATE UNIQUE INDEX pictures_form ON pictures (owner_kind, owner_id, form_key);

-- +goose Down
DROP INDEX pictures_form;
DROP INDEX pictures_shape;
ALTER TABLE pictures DROP COLUMN form_key;
ALTER TABLE pictures DROP COLUMN crop;
ALTER TABLE pictures DROP COLUMN turned;
ALTER TABLE pictures DROP COLUMN source_id;
