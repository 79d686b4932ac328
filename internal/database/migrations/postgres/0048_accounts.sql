-- The accounts of the whole business (package ledger): what a shop owes us, what its
-- members are due, commission, the cash box, differences with the gateway, and what
-- shops took themselves.
-- +goose Up
ALTER TABLE journal_lines DROP CONSTRAINT journal_lines_kind_check;
ALTER TABLE journal_lines ADD CONSTRAINT journal_lines_kind_check CHECK (kind IN ('gateway', 'held', 'shop_payable', 'refund_due', 'payout_transit', 'suspense', 'subsidy',
        'shop_owes', 'share_due', 'commission', 'cash_box', 'difference', 'shop_cash', 'shop_sales'));
ALTER TABLE balances DROP CONSTRAINT balances_kind_check;
ALTER TABLE balances ADD CONSTRAINT balances_kind_check CHECK (kind IN ('held', 'shop_payable', 'refund_due', 'payout_transit', 'suspense', 'shop_owes', 'share_due'));

-- +goose Down
SELECT 'the wider checks stay: older rows keep them';
