-- Links for an account: since when one waits, when it was sent, how often the buyer
-- was reminded (package payment). An account finance types for money nobody asked
-- for, until somebody else confirms it (package finance).
-- +goose Up
ALTER TABLE refunds ADD COLUMN awaits_since TIMESTAMPTZ;
ALTER TABLE refunds ADD COLUMN link_sent_at TIMESTAMPTZ;
ALTER TABLE refunds ADD COLUMN link_round BIGINT NOT NULL DEFAULT 0 CHECK (link_round >= 0); -- makes every link a new one
ALTER TABLE refunds ADD COLUMN reminded BIGINT NOT NULL DEFAULT 0 CHECK (reminded >= 0);
UPDATE refunds SET awaits_since = updated_at, link_sent_at = updated_at, next_check_at = updated_at WHERE state = 'awaiting_account';
ALTER TABLE unmatched_payments ADD COLUMN account_channel TEXT NOT NULL DEFAULT '';
ALTER TABLE unmatched_payments ADD COLUMN account_number TEXT NOT NULL DEFAULT ''; -- sealed; empty once the money is on its way
ALTER TABLE unmatched_payments ADD COLUMN account_holder TEXT NOT NULL DEFAULT '';
ALTER TABLE unmatched_payments ADD COLUMN account_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE unmatched_payments ADD COLUMN account_at TIMESTAMPTZ;

-- +goose Down
ALTER TABLE unmatched_payments DROP COLUMN account_at;
ALTER TABLE unmatched_payments DROP COLUMN account_by;
ALTER TABLE unmatched_payments DROP COLUMN account_holder;
ALTER TABLE unmatched_payments DROP COLUMN account_number;
ALTER TABLE unmatched_payments DROP COLUMN account_channel;
ALTER TABLE refunds DROP COLUMN reminded;
ALTER TABLE refunds DROP COLUMN link_round;
ALTER TABLE refunds DROP COLUMN link_sent_at;
ALTER TABLE refunds DROP COLUMN awaits_since;
