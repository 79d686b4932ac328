-- What ended before there was a cash book is posted in it once, as package book does
-- from now on: what the goods brought, delivery money, what the courier kept of it, what was given
-- back later, and the operator's part.
-- +goose Up
INSERT INTO book_entries (shop_id, day, kind, amount, words, source, order_id, recorded_at)
SELECT o.shop_id, to_char(COALESCE(o.completed_at, o.state_at, o.created_at) AT TIME ZONE 'UTC' + (CASE WHEN substr(o.regency_code, 1, 2) IN ('51','52','53','63','64','65','71','72','73','74','75','76') THEN 8 WHEN substr(o.regency_code, 1, 2) IN ('81','82','91','92','93','94','95','96') THEN 9 ELSE 7 END) * INTERVAL '1 hour', 'YYYY-MM-DD'), 'sale', o.goods - (o.refunded - COALESCE((SELECT SUM(e.amount) FROM order_events e WHERE e.order_id = o.id AND e.move = 'refund_after'), 0)), o.number, 'order ' || o.id || ' sale', o.id, COALESCE(o.completed_at, o.state_at, o.created_at)
FROM orders o WHERE o.state IN ('completed', 'resolved') AND o.paid_at IS NOT NULL AND o.goods > (o.refunded - COALESCE((SELECT SUM(e.amount) FROM order_events e WHERE e.order_id = o.id AND e.move = 'refund_after'), 0)) ORDER BY o.id;
INSERT INTO book_entries (shop_id, day, kind, amount, words, source, order_id, recorded_at)
SELECT o.shop_id, to_char(COALESCE(o.completed_at, o.state_at, o.created_at) AT TIME ZONE 'UTC' + (CASE WHEN substr(o.regency_code, 1, 2) IN ('51','52','53','63','64','65','71','72','73','74','75','76') THEN 8 WHEN substr(o.regency_code, 1, 2) IN ('81','82','91','92','93','94','95','96') THEN 9 ELSE 7 END) * INTERVAL '1 hour', 'YYYY-MM-DD'), 'delivery', LEAST(o.delivery_fee, o.total - (o.refunded - COALESCE((SELECT SUM(e.amount) FROM order_events e WHERE e.order_id = o.id AND e.move = 'refund_after'), 0))), o.number, 'order ' || o.id || ' delivery', o.id, COALESCE(o.completed_at, o.state_at, o.created_at)
FROM orders o WHERE o.state IN ('completed', 'resolved') AND o.paid_at IS NOT NULL AND o.delivery_fee > 0 AND o.total > (o.refunded - COALESCE((SELECT SUM(e.amount) FROM order_events e WHERE e.order_id = o.id AND e.move = 'refund_after'), 0)) ORDER BY o.id;
INSERT INTO book_entries (shop_id, day, kind, amount, words, source, order_id, recorded_at)
SELECT o.shop_id, to_char(COALESCE(o.completed_at, o.state_at, o.created_at) AT TIME ZONE 'UTC' + (CASE WHEN substr(o.regency_code, 1, 2) IN ('51','52','53','63','64','65','71','72','73','74','75','76') THEN 8 WHEN substr(o.regency_code, 1, 2) IN ('81','82','91','92','93','94','95','96') THEN 9 ELSE 7 END) * INTERVAL '1 hour', 'YYYY-MM-DD'), 'courier', o.delivery_fee, o.number, 'order ' || o.id || ' courier', o.id, COALESCE(o.completed_at, o.state_at, o.created_at)
FROM orders o WHERE o.state IN ('completed', 'resolved') AND o.paid_at IS NOT NULL AND o.delivery_fee > 0 AND o.delivery_method = 'courier' AND o.dispatched_at IS NOT NULL ORDER BY o.id;
INSERT INTO book_entries (shop_id, day, kind, amount, words, source, order_id, recorded_at)
SELECT o.shop_id, to_char(e.at AT TIME ZONE 'UTC' + (CASE WHEN substr(o.regency_code, 1, 2) IN ('51','52','53','63','64','65','71','72','73','74','75','76') THEN 8 WHEN substr(o.regency_code, 1, 2) IN ('81','82','91','92','93','94','95','96') THEN 9 ELSE 7 END) * INTERVAL '1 hour', 'YYYY-MM-DD'), 'refund', e.amount, o.number, 'order ' || o.id || ' refund ' || e.id, o.id, e.at
FROM orders o JOIN order_events e ON e.order_id = o.id WHERE o.state IN ('completed', 'resolved') AND o.paid_at IS NOT NULL AND e.move = 'refund_after' AND e.amount > 0 ORDER BY e.id;
INSERT INTO book_entries (shop_id, day, kind, amount, words, source, order_id, corrects, recorded_at)
SELECT o.shop_id, to_char(j.created_at AT TIME ZONE 'UTC' + (CASE WHEN substr(o.regency_code, 1, 2) IN ('51','52','53','63','64','65','71','72','73','74','75','76') THEN 8 WHEN substr(o.regency_code, 1, 2) IN ('81','82','91','92','93','94','95','96') THEN 9 ELSE 7 END) * INTERVAL '1 hour', 'YYYY-MM-DD'), 'commission', -l.amount, o.number, j.key, o.id, NULL, j.created_at
FROM journal_entries j JOIN journal_lines l ON l.entry_id = j.id AND l.kind = 'commission' JOIN orders o ON o.id = j.ref_id
WHERE j.ref_kind = 'order' AND j.kind = 'commission' ORDER BY j.id;
INSERT INTO book_entries (shop_id, day, kind, amount, words, source, order_id, corrects, recorded_at)
SELECT o.shop_id, to_char(j.created_at AT TIME ZONE 'UTC' + (CASE WHEN substr(o.regency_code, 1, 2) IN ('51','52','53','63','64','65','71','72','73','74','75','76') THEN 8 WHEN substr(o.regency_code, 1, 2) IN ('81','82','91','92','93','94','95','96') THEN 9 ELSE 7 END) * INTERVAL '1 hour', 'YYYY-MM-DD'), 'commission', l.amount, o.number, j.key, o.id, (SELECT b.id FROM book_entries b WHERE b.source = 'order ' || o.id || ' commission'), j.created_at
FROM journal_entries j JOIN journal_lines l ON l.entry_id = j.id AND l.kind = 'commission' JOIN orders o ON o.id = j.ref_id
WHERE j.ref_kind = 'order' AND j.kind = 'commission_returned' ORDER BY j.id;

-- +goose Down
SELECT 'what was posted goes with the book';
