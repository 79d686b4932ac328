-- What the queue is filtered and counted by stands in one index, so that ten
-- thousand waiting submissions are counted without reading another table.
-- +goose Up
ALTER TABLE submissions ADD COLUMN category_id BIGINT NOT NULL DEFAULT 0; -- categories.id of the revision sent last; 0 before
UPDATE submissions SET category_id = (SELECT r.category_id FROM revisions r WHERE r.id = submissions.revision_id) WHERE submitted_at IS NOT NULL;
DROP INDEX submissions_queue;
CREATE INDEX submissions_waiting ON submissions (first_submitted_at, id, submitted_at, shop_id, category_id, kind)
    WHERE state IN ('submitted', 'in_review');
CREATE INDEX shops_province ON shops (province_code);

-- +goose Down
DROP INDEX shops_province;
DROP INDEX submissions_waiting;
CREATE INDEX submissions_queue ON submissions (state, first_submitted_at);
ALTER TABLE submissions DROP COLUMN category_id;
