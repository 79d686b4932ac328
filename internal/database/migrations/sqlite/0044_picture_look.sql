-- What a stored picture looks like, measured once from its pixels (package
-- media): advice for maker and curator. NULL: not measured yet.
-- +goose Up
ALTER TABLE pictures ADD COLUMN sharpness BIGINT CHECK (sharpness >= 0);            -- variance of the Laplacian of the sharpest part
ALTER TABLE pictures ADD COLUMN shadow BIGINT CHECK (shadow BETWEEN 0 AND 255);      -- a tenth of the picture is this dark or darker
ALTER TABLE pictures ADD COLUMN highlight BIGINT CHECK (highlight BETWEEN 0 AND 255); -- a tenth of the picture is this bright or brighter

-- +goose Down
ALTER TABLE pictures DROP COLUMN highlight;
ALTER TABLE pictures DROP COLUMN shadow;
ALTER TABLE pictures DROP COLUMN sharpness;
