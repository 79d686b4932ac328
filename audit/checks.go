package audit

// check is one invariant: a statement that returns the rows that break it, with
// the row's name as subject and what was expected and what is there as detail. It
// must mean the same on SQLite and PostgreSQL.
type check struct{ invariant, query string }

// checks are the invariants of reliability.md §3 that span packages. The number
// in front is the invariant's there; each has a negative control in the tests.
var checks = []check{
	// I1: nothing is promised twice, and what is promised is what was ordered.
	{"I1 allotment", `SELECT 'allotments ' || a.id AS subject,
			'taken ' || a.taken || ' of ' || a.capacity || ', promises sum to ' || COALESCE(q.amount, 0) AS detail
		FROM allotments a LEFT JOIN (
			SELECT allotment_id, CAST(SUM(amount) AS BIGINT) AS amount FROM promises WHERE state <> 'released' GROUP BY allotment_id
		) q ON q.allotment_id = a.id
		WHERE a.taken < 0 OR a.taken > a.capacity OR a.taken <> COALESCE(q.amount, 0) ORDER BY a.id`},
	{"I1 promise", `SELECT 'promises ' || q.id AS subject,
			q.state || ' ' || q.amount || ' for order line ' || q.line_id || ', which is ' || COALESCE(o.state, 'missing')
				|| ' with ' || COALESCE(l.quantity - l.cancelled, 0) || ' pieces' AS detail
		FROM promises q LEFT JOIN order_lines l ON l.id = q.line_id LEFT JOIN orders o ON o.id = l.order_id
		WHERE q.state <> 'released' AND q.entry_id IS NULL AND (o.id IS NULL OR q.product_id <> l.product_id
			OR q.amount <> q.weight * (l.quantity - l.cancelled)
			OR q.state <> CASE
				WHEN o.state = 'awaiting_payment' THEN 'held'
				WHEN o.promises_used_at IS NOT NULL THEN 'used'
				WHEN o.state IN ('to_do', 'making', 'ready') THEN 'kept'
				ELSE 'released' END)
		ORDER BY q.id`},
	{"I1 order line", `SELECT 'order_lines ' || l.id AS subject, 'the order is ' || o.state || ' and nothing is promised' AS detail
		FROM order_lines l JOIN orders o ON o.id = l.order_id
		WHERE o.state NOT IN ('lapsed', 'cancelled') AND l.drawn AND l.quantity > l.cancelled
			AND NOT EXISTS (SELECT 1 FROM promises q WHERE q.line_id = l.id AND q.state <> 'released')
		ORDER BY l.id`},

	{"I1 variant", `SELECT 'order_lines ' || l.id AS subject, 'variant ' || l.variant_id || ' is not one of product ' || l.product_id AS detail
		FROM order_lines l LEFT JOIN variants v ON v.id = l.variant_id
		WHERE l.variant_id <> 0 AND (v.id IS NULL OR v.product_id <> l.product_id) ORDER BY l.id`},

	// I2: what there is to promise is explained by its movements.
	{"I2 stock", `SELECT 'allotments ' || a.id AS subject, 'capacity ' || a.capacity || ', movements sum to ' || COALESCE(m.amount, 0) AS detail
		FROM allotments a LEFT JOIN (
			SELECT allotment_id, CAST(SUM(amount) AS BIGINT) AS amount FROM stock_movements GROUP BY allotment_id
		) m ON m.allotment_id = a.id
		WHERE a.capacity <> COALESCE(m.amount, 0) ORDER BY a.id`},

	// I3: lines and delivery make the order, orders make the purchase, the purchase
	// is what was charged.
	{"I3 order", `SELECT 'orders ' || o.id AS subject,
			'lines ' || COALESCE(l.amount, 0) || ', goods ' || o.goods || ', delivery ' || o.delivery_fee || ', total ' || o.total AS detail
		FROM orders o LEFT JOIN (
			SELECT order_id, CAST(SUM(unit_price * quantity) AS BIGINT) AS amount FROM order_lines GROUP BY order_id
		) l ON l.order_id = o.id
		WHERE o.goods <> COALESCE(l.amount, 0) OR o.total <> o.goods + o.delivery_fee ORDER BY o.id`},
	{"I3 purchase", `SELECT 'purchases ' || p.id AS subject, 'total ' || p.total || ', orders sum to ' || COALESCE(o.amount, 0) AS detail
		FROM purchases p LEFT JOIN (
			SELECT purpose_id, CAST(SUM(total) AS BIGINT) AS amount FROM orders WHERE purpose_kind = 'purchase' GROUP BY purpose_id
		) o ON o.purpose_id = p.id
		WHERE p.total <> COALESCE(o.amount, 0) ORDER BY p.id`},
	{"I3 charge", `SELECT 'payments ' || p.id AS subject, 'asks for ' || p.amount || ', orders sum to ' || COALESCE(o.amount, 0) AS detail
		FROM payments p LEFT JOIN (
			SELECT purpose_kind, purpose_id, CAST(SUM(total) AS BIGINT) AS amount FROM orders WHERE pay_by = 'gateway' GROUP BY purpose_kind, purpose_id
		) o ON o.purpose_kind = p.purpose_kind AND o.purpose_id = p.purpose_id
		WHERE p.purpose_kind IN ('purchase', 'quote') AND p.amount <> COALESCE(o.amount, 0) ORDER BY p.id`},

	// I5: money at the gateway is booked once, to orders or to suspense.
	{"I5 payment", `SELECT 'payments ' || p.id AS subject,
			'brought ' || p.paid_amount || ', booked ' || COALESCE(b.amount, 0) || ' in ' || COALESCE(b.entries, 0) || ' entries' AS detail
		FROM payments p LEFT JOIN (
			SELECT e.ref_id, COUNT(DISTINCT e.id) AS entries, CAST(SUM(l.amount) AS BIGINT) AS amount
			FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'gateway'
			WHERE e.ref_kind = 'payment' AND e.kind IN ('paid', 'unmatched') GROUP BY e.ref_id
		) b ON b.ref_id = p.id
		WHERE p.state IN ('paid', 'settled') AND (COALESCE(b.entries, 0) <> 1 OR b.amount <> p.paid_amount) ORDER BY p.id`},
	{"I5 booking", `SELECT 'journal_entries ' || e.id AS subject, 'books payment ' || e.ref_id || ', which is ' || COALESCE(p.state, 'missing') AS detail
		FROM journal_entries e LEFT JOIN payments p ON p.id = e.ref_id
		WHERE e.ref_kind = 'payment' AND e.kind IN ('paid', 'unmatched') AND (p.id IS NULL OR p.state NOT IN ('paid', 'settled'))
		ORDER BY e.id`},
	{"I5 order", `SELECT 'journal_entries ' || e.id AS subject,
			'holds ' || -l.amount || ' for order ' || l.owner || ' of payment ' || e.ref_id || ', the order costs ' || COALESCE(o.total, 0) AS detail
		FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'held'
		LEFT JOIN orders o ON o.id = l.owner LEFT JOIN payments p ON p.id = e.ref_id
		WHERE e.ref_kind = 'payment' AND e.kind = 'paid'
			AND (o.id IS NULL OR o.total <> -l.amount OR p.purpose_kind <> o.purpose_kind OR p.purpose_id <> o.purpose_id)
		ORDER BY e.id`},
	{"I5 suspense", `SELECT 'journal_entries ' || e.id AS subject, 'puts payment ' || e.ref_id || ' into suspense, and no task says so' AS detail
		FROM journal_entries e
		WHERE e.ref_kind = 'payment' AND e.kind = 'unmatched'
			AND NOT EXISTS (SELECT 1 FROM suspense_items i WHERE i.payment_id = e.ref_id)
			AND NOT EXISTS (SELECT 1 FROM unmatched_payments u WHERE u.payment_id = e.ref_id)
		ORDER BY e.id`},
	{"I5 suspense task", `SELECT t.subject, 'says ' || t.amount || ', the journal holds ' || COALESCE(s.amount, 0) || ' of payment ' || t.payment_id AS detail
		FROM (
			SELECT 'suspense_items ' || id AS subject, payment_id, CASE WHEN state = 'returned' THEN 0 ELSE amount END AS amount FROM suspense_items
			UNION ALL
			SELECT 'unmatched_payments ' || payment_id AS subject, payment_id, CASE WHEN state = 'returned' THEN 0 ELSE amount END AS amount FROM unmatched_payments
		) t LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(-l.amount) AS BIGINT) AS amount FROM journal_entries e
			JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'suspense' WHERE e.ref_kind = 'payment' GROUP BY e.ref_id
		) s ON s.ref_id = t.payment_id
		WHERE t.amount <> COALESCE(s.amount, 0) ORDER BY t.subject`},
	// The gateway's fees are booked as often and as high as it told them, and for
	// money that moved only.
	{"I5 fee", `SELECT r.kind || 's ' || r.id AS subject,
			r.state || ' with a fee of ' || r.fee || ', booked ' || COALESCE(b.amount, 0) || ' in ' || COALESCE(b.entries, 0) || ' entries' AS detail
		FROM (
			SELECT 'payment' AS kind, id, state, COALESCE(fee, 0) AS fee FROM payments
			UNION ALL
			SELECT 'payout' AS kind, id, state, COALESCE(fee, 0) AS fee FROM payouts
		) r LEFT JOIN (
			SELECT e.ref_kind, e.ref_id, COUNT(DISTINCT e.id) AS entries,
				CAST(SUM(CASE WHEN l.kind = 'gateway' THEN -l.amount ELSE 0 END) AS BIGINT) AS amount,
				CAST(SUM(CASE WHEN l.kind = 'subsidy' THEN l.amount ELSE 0 END) AS BIGINT) AS borne
			FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id WHERE e.kind = 'fee' GROUP BY e.ref_kind, e.ref_id
		) b ON b.ref_kind = r.kind AND b.ref_id = r.id
		WHERE r.fee <> COALESCE(b.amount, 0) OR r.fee <> COALESCE(b.borne, 0)
			OR COALESCE(b.entries, 0) <> CASE WHEN r.fee > 0 THEN 1 ELSE 0 END
			OR (r.fee > 0 AND r.state NOT IN ('settled', 'succeeded', 'reversed'))
		ORDER BY r.kind, r.id`},
	{"I5 fee entry", `SELECT 'journal_entries ' || e.id AS subject, 'books a fee of ' || e.ref_kind || ' ' || e.ref_id || ', which is missing' AS detail
		FROM journal_entries e WHERE e.kind = 'fee'
			AND NOT EXISTS (SELECT 1 FROM payments p WHERE e.ref_kind = 'payment' AND p.id = e.ref_id)
			AND NOT EXISTS (SELECT 1 FROM payouts p WHERE e.ref_kind = 'payout' AND p.id = e.ref_id)
		ORDER BY e.id`},

	// What a person booked of a difference with the gateway is in the journal.
	{"I5 difference", `SELECT 'gateway_matches ' || m.id AS subject, 'booked ' || m.booked || ', the journal moved the gateway by ' || COALESCE(j.amount, 0) AS detail
		FROM gateway_matches m LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(l.amount) AS BIGINT) AS amount FROM journal_entries e
			JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'gateway' WHERE e.ref_kind = 'gateway_match' GROUP BY e.ref_id
		) j ON j.ref_id = m.id
		WHERE m.booked <> COALESCE(j.amount, 0) ORDER BY m.id`},

	// What the operator moved by itself is in the journal under the same key.
	{"I5 own move", `SELECT 'gateway_moves ' || g.id AS subject, g.move_key || ' of ' || g.amount || ', the journal moved the gateway by ' || COALESCE(j.amount, 0) AS detail
		FROM gateway_moves g LEFT JOIN (
			SELECT e.key, CAST(SUM(l.amount) AS BIGINT) AS amount FROM journal_entries e
			JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'gateway' WHERE e.kind IN ('cash_drawn', 'subsidy_top_up') GROUP BY e.key
		) j ON j.key = g.move_key
		WHERE COALESCE(j.amount, 0) <> CASE WHEN g.money_in THEN g.amount ELSE -g.amount END ORDER BY g.id`},

	// I6: what goes back or out never exceeds what came in or is owed.
	{"I6 refund", `SELECT 'payments ' || p.id AS subject,
			'refunded ' || p.refunded || ' of ' || p.paid_amount || ', refunds sum to ' || COALESCE(r.amount, 0) AS detail
		FROM payments p LEFT JOIN (
			SELECT payment_id, CAST(SUM(amount) AS BIGINT) AS amount FROM refunds GROUP BY payment_id
		) r ON r.payment_id = p.id
		WHERE p.refunded <> COALESCE(r.amount, 0) OR p.refunded > p.paid_amount ORDER BY p.id`},
	{"I6 order refund", `SELECT 'orders ' || o.id AS subject, 'refunded ' || o.refunded || ', refunds sum to ' || COALESCE(r.amount, 0) AS detail
		FROM orders o LEFT JOIN (
			SELECT purpose_id, CAST(SUM(amount) AS BIGINT) AS amount FROM refunds WHERE purpose_kind = 'order' GROUP BY purpose_id
		) r ON r.purpose_id = o.id
		WHERE CASE WHEN o.pay_by = 'gateway' THEN o.refunded ELSE 0 END <> COALESCE(r.amount, 0) OR o.refunded > o.total ORDER BY o.id`},
	{"I6 refund due", `SELECT 'orders ' || o.id AS subject,
			'the journal owes the buyer ' || COALESCE(b.amount, 0) || ', refunds under way sum to ' || COALESCE(r.amount, 0) AS detail
		FROM orders o LEFT JOIN balances b ON b.kind = 'refund_due' AND b.owner = o.id LEFT JOIN (
			SELECT purpose_id, CAST(SUM(amount) AS BIGINT) AS amount FROM refunds
			WHERE purpose_kind = 'order' AND state <> 'succeeded' GROUP BY purpose_id
		) r ON r.purpose_id = o.id
		WHERE COALESCE(b.amount, 0) <> COALESCE(r.amount, 0) ORDER BY o.id`},
	{"I6 held", `SELECT 'orders ' || o.id AS subject, 'holds ' || COALESCE(b.amount, 0) || ', should hold ' || o.due AS detail
		FROM (
			SELECT id, CASE WHEN paid_at IS NULL OR pay_by <> 'gateway' OR goods_released_at IS NOT NULL THEN 0
				WHEN delivery_released_at IS NOT NULL THEN total - refunded + clawed - delivery_fee
				ELSE total - refunded + clawed END AS due FROM orders
		) o LEFT JOIN balances b ON b.kind = 'held' AND b.owner = o.id
		WHERE COALESCE(b.amount, 0) <> o.due ORDER BY o.id`},
	{"I6 released", `SELECT 'orders ' || id AS subject, 'is settled and ' || state || ', and its money was not given to the shop' AS detail
		FROM orders WHERE settled_at IS NOT NULL AND (
			(delivery_released_at IS NULL AND (dispatched_at IS NOT NULL OR delivered_at IS NOT NULL OR state = 'resolved'))
			OR (goods_released_at IS NULL AND state IN ('completed', 'resolved')))
		ORDER BY id`},
	// What a shop took itself is written down once, what it gave back as often as it
	// did, and neither touches what is held.
	{"I6 own sale", `SELECT 'orders ' || o.id AS subject,
			o.pay_by || CASE WHEN o.paid_at IS NULL THEN ' not paid' ELSE ' paid' END || ', booked ' || COALESCE(j.sold, 0)
				|| ' in ' || COALESCE(j.sales, 0) || ' sales and ' || COALESCE(j.back, 0) || ' back, refunded ' || o.refunded || ' of ' || o.total AS detail
		FROM orders o LEFT JOIN (
			SELECT e.ref_id, COUNT(DISTINCT CASE WHEN e.kind <> 'sale_returned' THEN e.id END) AS sales,
				CAST(SUM(CASE WHEN e.kind <> 'sale_returned' THEN l.amount ELSE 0 END) AS BIGINT) AS sold,
				CAST(SUM(CASE WHEN e.kind = 'sale_returned' THEN -l.amount ELSE 0 END) AS BIGINT) AS back
			FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'shop_cash'
			WHERE e.ref_kind = 'order' AND e.kind IN ('cash_sale', 'direct_sale', 'sale_returned') GROUP BY e.ref_id
		) j ON j.ref_id = o.id
		WHERE COALESCE(j.sales, 0) <> CASE WHEN o.paid_at IS NOT NULL AND o.pay_by <> 'gateway' THEN 1 ELSE 0 END
			OR (o.paid_at IS NOT NULL AND o.pay_by <> 'gateway' AND j.sold - j.back <> o.total - o.refunded)
		ORDER BY o.id`},
	{"I6 clawback", `SELECT 'orders ' || o.id AS subject, 'took ' || o.clawed || ' back from the shop, the journal ' || COALESCE(j.amount, 0) AS detail
		FROM orders o LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(CASE WHEN l.kind = 'refund_due' THEN -l.amount ELSE 0 END) AS BIGINT) AS amount
			FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id WHERE e.ref_kind = 'order' AND e.kind = 'clawback' GROUP BY e.ref_id
		) j ON j.ref_id = o.id
		WHERE o.clawed <> COALESCE(j.amount, 0) ORDER BY o.id`},
	// The operator has its frozen part of the goods that the shop got and kept.
	{"I6 commission", `SELECT 'orders ' || o.id AS subject, 'the operator took ' || COALESCE(j.amount, 0) || ' of it, its part is ' || o.due AS detail
		FROM (
			SELECT id, CASE WHEN goods_released_at IS NULL OR refunded >= goods THEN 0 ELSE (goods - refunded) * commission_permille / 1000 END AS due FROM orders
		) o LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(-l.amount) AS BIGINT) AS amount FROM journal_entries e
			JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'commission' WHERE e.ref_kind = 'order' GROUP BY e.ref_id
		) j ON j.ref_id = o.id
		WHERE COALESCE(j.amount, 0) <> o.due ORDER BY o.id`},
	{"I6 withdrawal", `SELECT 'withdrawals ' || w.id AS subject,
			w.state || ' of ' || w.amount || ', its payout is ' || COALESCE(p.state || ' of ' || p.amount, 'missing')
				|| ', the journal took ' || COALESCE(j.payable, 0) || ' from the shop and ' || COALESCE(j.share, 0) || ' from its party, ' || COALESCE(j.transit, 0) || ' is on its way' AS detail
		FROM withdrawals w
		LEFT JOIN payouts p ON p.id = w.payout_id AND p.purpose_kind = 'withdrawal' AND p.purpose_id = w.id
		LEFT JOIN (
			SELECT e.ref_id,
				CAST(SUM(CASE WHEN l.kind = 'shop_payable' THEN l.amount ELSE 0 END) AS BIGINT) AS payable,
				CAST(SUM(CASE WHEN l.kind = 'share_due' THEN l.amount ELSE 0 END) AS BIGINT) AS share,
				MIN(CASE WHEN l.kind = 'share_due' THEN l.owner END) AS first_party, MAX(CASE WHEN l.kind = 'share_due' THEN l.owner END) AS last_party,
				CAST(SUM(CASE WHEN l.kind = 'payout_transit' THEN -l.amount ELSE 0 END) AS BIGINT) AS transit
			FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id WHERE e.ref_kind = 'withdrawal' GROUP BY e.ref_id
		) j ON j.ref_id = w.id
		WHERE COALESCE(j.payable, 0) <> CASE WHEN w.state IN ('paying', 'paid') AND w.party_id IS NULL THEN w.amount ELSE 0 END
			OR COALESCE(j.share, 0) <> CASE WHEN w.state IN ('paying', 'paid') AND w.party_id IS NOT NULL THEN w.amount ELSE 0 END
			OR j.first_party <> COALESCE(w.party_id, 0) OR j.last_party <> COALESCE(w.party_id, 0)
			OR COALESCE(j.transit, 0) <> CASE WHEN w.state = 'paying' THEN w.amount ELSE 0 END
			OR (w.state IN ('requested', 'checked', 'refused', 'cancelled') AND w.payout_id <> 0)
			OR (w.way = 'bank' AND w.state IN ('paying', 'paid', 'failed', 'reversed') AND (p.id IS NULL OR p.amount <> w.amount OR w.state <> CASE
				WHEN p.state IN ('created', 'unknown', 'accepted') THEN 'paying'
				WHEN p.state = 'succeeded' THEN 'paid' ELSE p.state END))
		ORDER BY w.id`},
	{"I6 cash", `SELECT 'cash_receipts ' || r.withdrawal_id AS subject, 'of ' || w.amount || ', the cash box gave ' || COALESCE(j.amount, 0) AS detail
		FROM cash_receipts r JOIN withdrawals w ON w.id = r.withdrawal_id LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(-l.amount) AS BIGINT) AS amount FROM journal_entries e
			JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'cash_box' WHERE e.ref_kind = 'withdrawal' GROUP BY e.ref_id
		) j ON j.ref_id = r.withdrawal_id
		WHERE w.amount <> COALESCE(j.amount, 0) ORDER BY r.withdrawal_id`},
	{"I6 cash box", `SELECT 'journal_lines cash_box' AS subject, 'the cash box holds ' || SUM(amount) AS detail
		FROM journal_lines WHERE kind = 'cash_box' HAVING SUM(amount) < 0`},
	{"I6 payout", `SELECT 'payouts ' || p.id AS subject, p.state || ' ' || p.amount || ' for withdrawal ' || p.purpose_id || ', which knows nothing of it' AS detail
		FROM payouts p WHERE p.purpose_kind = 'withdrawal'
			AND NOT EXISTS (SELECT 1 FROM withdrawals w WHERE w.id = p.purpose_id AND w.payout_id = p.id)
		ORDER BY p.id`},
	{"I6 share paid", `SELECT 'share_parties ' || p.id AS subject, 'took ' || COALESCE(j.taken, 0) || ' by the journal, ' || COALESCE(w.taken, 0) || ' by the withdrawals of its shop' AS detail
		FROM share_parties p LEFT JOIN (
			SELECT l.owner, CAST(SUM(l.amount) AS BIGINT) AS taken FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'share_due'
			WHERE e.kind IN ('share_withdrawal', 'share_returned') GROUP BY l.owner
		) j ON j.owner = p.id LEFT JOIN (
			SELECT party_id, shop_id, CAST(SUM(amount) AS BIGINT) AS taken FROM withdrawals WHERE state IN ('paying', 'paid') AND party_id IS NOT NULL GROUP BY party_id, shop_id
		) w ON w.party_id = p.id AND w.shop_id = p.shop_id
		WHERE COALESCE(j.taken, 0) <> COALESCE(w.taken, 0) ORDER BY p.id`},
	{"I6 division", `SELECT 'share_divisions ' || d.id AS subject, d.state || ' of ' || (d.amount - d.cost) || ', the journal gave its parties ' || COALESCE(j.due, 0) AS detail
		FROM share_divisions d LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(-l.amount) AS BIGINT) AS due FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id
			WHERE e.ref_kind = 'division' AND l.kind = 'share_due' GROUP BY e.ref_id
		) j ON j.ref_id = d.id
		WHERE COALESCE(j.due, 0) <> CASE WHEN d.state = 'done' THEN d.amount - d.cost ELSE 0 END ORDER BY d.id`},
	{"I6 advance", `SELECT 'advances ' || a.id AS subject, a.state || ' of ' || a.amount || ', the journal gave ' || COALESCE(j.given, 0) AS detail
		FROM advances a LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(-l.amount) AS BIGINT) AS given FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id
			WHERE e.ref_kind = 'advance' AND l.kind = 'shop_payable' GROUP BY e.ref_id
		) j ON j.ref_id = a.id
		WHERE COALESCE(j.given, 0) <> CASE WHEN a.state = 'granted' THEN a.amount ELSE 0 END ORDER BY a.id`},
	{"I6 top-up", `SELECT 'subsidy_top_ups ' || t.id AS subject, t.state || ' of ' || t.amount || ', the journal took in ' || COALESCE(j.given, 0) AS detail
		FROM subsidy_top_ups t LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(-l.amount) AS BIGINT) AS given FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id
			WHERE e.ref_kind = 'topup' AND l.kind = 'subsidy' GROUP BY e.ref_id
		) j ON j.ref_id = t.id
		WHERE COALESCE(j.given, 0) <> CASE WHEN t.state = 'done' THEN t.amount ELSE 0 END ORDER BY t.id`},
	{"I6 share due", `SELECT 'share_parties ' || b.owner AS subject, 'is owed ' || b.amount || ' and ' || CASE WHEN p.id IS NULL THEN 'does not exist' ELSE 'was closed' END AS detail
		FROM balances b LEFT JOIN share_parties p ON p.id = b.owner
		WHERE b.kind = 'share_due' AND b.amount <> 0 AND (p.id IS NULL OR p.closed_at IS NOT NULL) ORDER BY b.owner`},

	// I7: paid means one payment of this purchase that arrived; settled means that
	// the same payment is settled.
	{"I7 order", `SELECT 'orders ' || o.id AS subject,
			'is ' || CASE WHEN o.paid_at IS NULL THEN 'unpaid' WHEN o.settled_at IS NULL THEN 'paid' ELSE 'settled' END
				|| ' by payment ' || o.payment_id || ', which is ' || COALESCE(p.state || ' for ' || p.purpose_kind || ' ' || p.purpose_id, 'missing') AS detail
		FROM orders o LEFT JOIN payments p ON p.id = o.payment_id AND o.payment_id <> 0
		WHERE ((o.paid_at IS NULL OR o.pay_by <> 'gateway') AND (o.payment_id <> 0 OR o.settled_at IS NOT NULL))
			OR (o.paid_at IS NOT NULL AND o.pay_by = 'gateway' AND (p.id IS NULL OR p.state NOT IN ('paid', 'settled')
				OR p.purpose_kind <> o.purpose_kind OR p.purpose_id <> o.purpose_id))
			OR (o.settled_at IS NULL AND p.state = 'settled') OR (o.settled_at IS NOT NULL AND p.state <> 'settled')
		ORDER BY o.id`},
	{"I7 waiting", `SELECT 'orders ' || o.id AS subject, 'waits for money, and no payment of ' || o.purpose_kind || ' ' || o.purpose_id || ' can bring any' AS detail
		FROM orders o WHERE o.state = 'awaiting_payment' AND o.pay_by = 'gateway'
			AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.purpose_kind = o.purpose_kind AND p.purpose_id = o.purpose_id
				AND p.state IN ('created', 'unknown', 'open'))
			AND NOT EXISTS (SELECT 1 FROM suspense_items i WHERE o.purpose_kind = 'purchase' AND i.purchase_id = o.purpose_id AND i.state IN ('open', 'proposed'))
		ORDER BY o.id`},
	{"I7 purchase", `SELECT CASE p.purpose_kind WHEN 'quote' THEN 'quote_offers ' ELSE 'purchases ' END || p.purpose_id AS subject, 'is paid by ' || COUNT(*) || ' payments' AS detail
		FROM payments p JOIN journal_entries e ON e.ref_kind = 'payment' AND e.ref_id = p.id AND e.kind = 'paid'
		WHERE p.purpose_kind IN ('purchase', 'quote') GROUP BY p.purpose_kind, p.purpose_id HAVING COUNT(*) > 1 ORDER BY p.purpose_kind, p.purpose_id`},

	// B1: what an order that ended with money for its shop brought stands in the shop's cash
	// book, once: goods, delivery money less the courier's, what was given back later, and the
	// operator's part. Nothing else of orders does.
	{"B1 book", `SELECT 'orders ' || o.id AS subject, o.state || ' of ' || (o.total - o.refunded) || ', the book of shop ' || o.shop_id || ' has ' || COALESCE(b.kept, 0)
			|| ' of it, ' || COALESCE(b.courier, 0) || ' for the courier, ' || COALESCE(b.commission, 0) || ' for the operator' AS detail
		FROM orders o LEFT JOIN (
			SELECT order_id, MIN(shop_id) AS first_shop, MAX(shop_id) AS last_shop,
				CAST(SUM(CASE WHEN kind IN ('sale', 'delivery') THEN amount WHEN kind = 'refund' THEN -amount ELSE 0 END) AS BIGINT) AS kept,
				CAST(SUM(CASE WHEN kind = 'sale' THEN amount ELSE 0 END) AS BIGINT) AS goods,
				CAST(SUM(CASE WHEN kind = 'courier' THEN amount ELSE 0 END) AS BIGINT) AS courier,
				CAST(SUM(CASE WHEN kind <> 'commission' THEN 0 WHEN corrects IS NULL THEN amount ELSE -amount END) AS BIGINT) AS commission
			FROM book_entries WHERE order_id IS NOT NULL GROUP BY order_id
		) b ON b.order_id = o.id
		LEFT JOIN (
			SELECT e.ref_id, CAST(SUM(-l.amount) AS BIGINT) AS amount FROM journal_entries e
			JOIN journal_lines l ON l.entry_id = e.id AND l.kind = 'commission' WHERE e.ref_kind = 'order' GROUP BY e.ref_id
		) j ON j.ref_id = o.id
		WHERE COALESCE(b.kept, 0) <> CASE WHEN o.state IN ('completed', 'resolved') AND o.paid_at IS NOT NULL THEN o.total - o.refunded ELSE 0 END
			OR COALESCE(b.goods, 0) > o.goods
			OR COALESCE(b.courier, 0) <> CASE WHEN o.state IN ('completed', 'resolved') AND o.paid_at IS NOT NULL AND o.delivery_method = 'courier' AND o.dispatched_at IS NOT NULL
				THEN o.delivery_fee ELSE 0 END
			OR COALESCE(b.commission, 0) <> COALESCE(j.amount, 0)
			OR b.first_shop <> o.shop_id OR b.last_shop <> o.shop_id
		ORDER BY o.id`},

	// U2: only what was bought, made and kept is reviewed, as the order says.
	{"U2 review", `SELECT 'reviews ' || r.id AS subject, 'of product ' || r.product_id || ' of order ' || r.order_id || ', which is ' || COALESCE(o.state, 'missing') AS detail
		FROM reviews r LEFT JOIN orders o ON o.id = r.order_id
		WHERE o.id IS NULL OR o.state <> 'completed' OR o.shop_id <> r.shop_id
			OR NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.product_id = r.product_id AND l.quantity > l.cancelled)
		ORDER BY r.id`},
}
