package audit_test

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/share"
)

// moneyDoings are what the shops, their people and finance do with what was earned.
func (w *walker) moneyDoings() []doing {
	type shop = ordertest.Shop
	type purchase = checkout.Purchase
	return []doing{
		{"withdrawal asked", 4, func(s shop, _ purchase) string { return w.ask(s) }},
		{"withdrawal decided", 8, func(shop, purchase) string { return w.decide() }},
		{"batch", 5, func(shop, purchase) string { return w.batch() }},
		{"payouts are sent", 2, func(shop, purchase) string {
			if w.rand.IntN(4) == 0 {
				w.Till.FailPayouts(1)
			}
			w.payouts()
			return ""
		}},
		{"division", 4, func(s shop, _ purchase) string { return w.divide(s) }},
		{"division decided", 4, func(s shop, _ purchase) string { return w.decideDivision(s) }},
		{"share asked", 3, func(s shop, _ purchase) string { return w.askShare(s) }},
		{"advance", 4, func(s shop, _ purchase) string { return w.advance(s) }},
		{"cash box", 3, func(shop, purchase) string { return w.box() }},
		{"top-up", 2, func(shop, purchase) string { return w.topUp() }},
		{"fees", 2, func(shop, purchase) string { return w.fees(3) }},
	}
}

// some is part of an amount, sometimes all of it, sometimes more than there is.
func (w *walker) some(all money.Rupiah) money.Rupiah {
	switch {
	case all < 1 || w.rand.IntN(12) == 0:
		return all + 1
	case w.rand.IntN(3) == 0:
		return all
	}
	return 1 + money.Rupiah(w.rand.Int64N(int64(all)))
}

func (w *walker) oneOf(people ...account.Actor) account.Actor {
	return people[w.rand.IntN(len(people))]
}

func (w *walker) ids(query string, args ...any) (ids []int64) {
	w.t.Helper()
	require.NoError(w.t, w.DB.Read(ctx).Raw(query, args...).Scan(&ids).Error)
	return ids
}

// said is what became of a step.
func (w *walker) said(what string, err error) string {
	w.t.Helper()
	switch {
	case err == nil:
		return what
	case fault.Is(err, fault.KindNotFound): // another shop's, or bank money for the cashier
		return what + ": not theirs"
	}
	w.expected(err)
	return what + ": " + err.Error()
}

// proof is a buyer's photo that they paid the shop itself; what the shop says to it
// is a move.
func (w *walker) proof(p checkout.Purchase) string {
	for _, o := range p.Orders {
		if err := w.checkout.MaySendProof(ctx, o); err == nil {
			return w.said("sent", w.checkout.SendProof(ctx, o, w.Photo(checkout.ProofPicture, o.ID)))
		}
	}
	return w.said("too late", w.checkout.SendProof(ctx, p.Orders[0], w.firstPhoto()))
}

// firstPhoto is somebody else's picture, or the only one there is.
func (w *walker) firstPhoto() int64 {
	if w.receipt == 0 {
		w.receipt = w.Photo(checkout.ProofPicture, w.all[0].Orders[0].ID)
	}
	return w.receipt
}

// suspense goes back by one person of finance or by two.
func (w *walker) suspense() string {
	items, err := w.checkout.SuspenseItems(ctx, w.clerk)
	require.NoError(w.t, err)
	for _, i := range items {
		switch w.rand.IntN(3) {
		case 0:
			w.expected(w.checkout.ReturnSuspense(ctx, w.clerk, i.ID))
		case 1:
			w.expected(w.checkout.ProposeReturn(ctx, w.clerk, i.ID))
		default:
			w.expected(w.checkout.ConfirmReturn(ctx, w.oneOf(w.clerk, w.second), i.ID))
		}
	}
	return fmt.Sprint(len(items))
}

// ask asks for some of what the shop may take, to its account or in cash.
func (w *walker) ask(shop ordertest.Shop) string {
	amount := max(w.some(w.Balance(ledger.ShopPayable, shop.ID)), finance.Smallest)
	if w.rand.IntN(3) == 0 {
		_, err := w.finance.RequestCash(ctx, w.Owner(shop), shop.ID, amount, id.Token())
		return w.said(fmt.Sprint(amount, " in cash"), err)
	}
	_, err := w.finance.RequestWithdrawal(ctx, w.Owner(shop), shop.ID, amount, id.Token())
	return w.said(fmt.Sprint(amount, " to the account"), err)
}

// decide lets somebody decide about a withdrawal that is not at its end.
func (w *walker) decide() string {
	open := w.ids("SELECT id FROM withdrawals WHERE state IN ('requested', 'checked') OR (state = 'paying' AND way = 'cash') ORDER BY id")
	if len(open) == 0 {
		return "nothing"
	}
	one := open[w.rand.IntN(len(open))]
	var err error
	what := []string{"check", "check", "approve", "approve", "approve", "hand over", "hand over", "refuse", "take back", "cancel"}[w.rand.IntN(10)]
	switch what {
	case "check":
		_, err = w.finance.Check(ctx, w.oneOf(w.twin, w.Owner(w.masks)), one)
	case "approve":
		_, err = w.finance.Approve(ctx, w.oneOf(w.clerk, w.second), one)
	case "hand over":
		var done finance.Withdrawal
		if done, err = w.finance.HandOver(ctx, w.cashier, one, w.firstPhoto()); err == nil {
			w.handed += done.Amount
		}
	case "refuse":
		_, err = w.finance.Refuse(ctx, w.clerk, one, "x")
	case "take back":
		_, err = w.finance.TakeBackCash(ctx, w.clerk, one, "tidak datang")
	case "cancel":
		_, err = w.finance.Cancel(ctx, w.oneOf(w.Owner(w.jars), w.Owner(w.masks)), one)
	}
	return w.said(fmt.Sprint(what, " ", one), err)
}

// batch lets one person of finance or two send what waits.
func (w *walker) batch() string {
	defer w.runBatches()
	if open := w.ids("SELECT id FROM payout_batches WHERE state = 'proposed' ORDER BY id"); len(open) > 0 {
		one := open[w.rand.IntN(len(open))]
		if w.rand.IntN(4) == 0 {
			return w.said(fmt.Sprint("dropped ", one), w.finance.DropBatch(ctx, w.oneOf(w.clerk, w.second), one))
		}
		return w.said(fmt.Sprint("confirmed ", one), w.finance.ConfirmBatch(ctx, w.oneOf(w.clerk, w.second), one))
	}
	waiting := w.ids("SELECT id FROM withdrawals WHERE state IN ('requested', 'checked') ORDER BY id")
	b, err := w.finance.ProposeBatch(ctx, w.clerk, waiting, id.Token())
	return w.said(fmt.Sprintf("%d: %d of %d, %s", b.ID, b.Count, b.Total, b.State), err)
}

// runBatches does what the job does, now or later.
func (w *walker) runBatches() {
	w.t.Helper()
	for _, one := range w.ids("SELECT id FROM payout_batches WHERE state = 'sending' ORDER BY id") {
		require.NoError(w.t, w.finance.RunBatch(ctx, one))
	}
}

// divide gives part of what a shop may take to its people.
func (w *walker) divide(shop ordertest.Shop) string {
	n := share.New{Month: "2026-11", Amount: w.some(w.Balance(ledger.ShopPayable, shop.ID)), FormKey: id.Token()}
	n.Cost = money.Rupiah(w.rand.Int64N(int64(n.Amount) + 1))
	if shop.ID == w.masks.ID {
		n.Pieces = map[int64]int64{}
		for _, worker := range w.workers {
			n.Pieces[worker] = w.rand.Int64N(9)
		}
	}
	d, err := w.shares.Divide(ctx, w.oneOf(w.Owner(shop), w.ownerOrTwin(shop)), shop.ID, n)
	return w.said(fmt.Sprintf("%d of %d, %d of it for materials: %s", d.ID, n.Amount, n.Cost, d.State), err)
}

func (w *walker) ownerOrTwin(shop ordertest.Shop) account.Actor {
	if shop.ID == w.masks.ID {
		return w.twin
	}
	return w.Owner(shop)
}

// decideDivision lets somebody agree to a division, drop it, or take it back: an
// institution's by two people.
func (w *walker) decideDivision(shop ordertest.Shop) string {
	done, err := w.shares.Divisions(ctx, w.Owner(shop), shop.ID, 0, 2)
	require.NoError(w.t, err)
	if len(done) == 0 {
		return "nothing"
	}
	d, who := done[w.rand.IntN(len(done))], w.oneOf(w.Owner(shop), w.ownerOrTwin(shop))
	switch w.rand.IntN(4) {
	case 0:
		_, err = w.shares.Drop(ctx, who, d.ID)
		return w.said(fmt.Sprint("dropped ", d.ID), err)
	case 1:
		d, err = w.shares.Undo(ctx, who, d.ID, "salah")
		return w.said(fmt.Sprint("taken back ", d.ID, d.State), err)
	}
	_, err = w.shares.Confirm(ctx, who, d.ID)
	return w.said(fmt.Sprint("agreed ", d.ID), err)
}

// askShare asks for some of what one of a shop's people or funds has.
func (w *walker) askShare(shop ordertest.Shop) string {
	parties, err := w.shares.Parties(ctx, w.Owner(shop), shop.ID)
	require.NoError(w.t, err)
	p := parties[w.rand.IntN(len(parties))]
	for range 4 { // mostly one who is owed something
		if p.Due == 0 {
			p = parties[w.rand.IntN(len(parties))]
		}
	}
	if w.rand.IntN(10) == 0 && p.Due == 0 && p.Kind == share.Worker && len(w.workers) > 1 {
		err := w.shares.CloseParty(ctx, w.Owner(shop), p.ID)
		if err == nil {
			w.workers = without(w.workers, p.ID)
		}
		return w.said("closed "+p.Label, err)
	}
	_, err = w.finance.RequestShare(ctx, w.Owner(shop), p.ID, w.some(p.Due), id.Token())
	return w.said("of "+p.Label, err)
}

func without(ids []int64, gone int64) (rest []int64) {
	for _, one := range ids {
		if one != gone {
			rest = append(rest, one)
		}
	}
	return rest
}

// advance is money for materials: asked for, given by one person of finance or two,
// or not.
func (w *walker) advance(shop ordertest.Shop) string {
	if open := w.ids("SELECT id FROM advances WHERE state IN ('requested', 'agreed') ORDER BY id"); len(open) > 0 && w.rand.IntN(4) > 0 {
		one := open[w.rand.IntN(len(open))]
		if w.rand.IntN(5) == 0 {
			_, err := w.finance.RefuseAdvance(ctx, w.clerk, one, "tidak")
			return w.said(fmt.Sprint("refused ", one), err)
		}
		a, err := w.finance.GrantAdvance(ctx, w.oneOf(w.clerk, w.second), one)
		return w.said(fmt.Sprint(one, " ", a.State), err)
	}
	most, _, err := w.finance.AdvanceCeiling(ctx, w.Owner(shop), shop.ID)
	require.NoError(w.t, err)
	_, err = w.finance.RequestAdvance(ctx, w.Owner(shop), shop.ID, w.some(most), "bahan", id.Token())
	return w.said("asked", err)
}

// box takes cash out of the gateway's account, or counts it.
func (w *walker) box() string {
	there := w.Balance(ledger.CashBox, 0)
	if w.rand.IntN(2) == 0 {
		counted := max(there+money.Rupiah(w.rand.Int64N(3)-1)*500, 0)
		err := w.finance.CountCash(ctx, w.clerk, counted, "kembalian", id.Token())
		if err == nil {
			w.recount += counted - there
		}
		return w.said(fmt.Sprintf("counted %d of %d", counted, there), err)
	}
	amount := money.Rupiah(1 + w.rand.Int64N(50_000))
	err := w.finance.DrawCash(ctx, w.clerk, amount, "kas", id.Token())
	if err == nil {
		w.drawn += amount
	}
	return w.said(fmt.Sprint("drawn ", amount), err)
}

// topUp puts the operator's money into the account that bears fees.
func (w *walker) topUp() string {
	if open := w.ids("SELECT id FROM subsidy_top_ups WHERE state = 'proposed' ORDER BY id"); len(open) > 0 {
		t, err := w.finance.ConfirmTopUp(ctx, w.oneOf(w.clerk, w.second), open[0])
		if err == nil && t.State == "done" {
			w.put += t.Amount
		}
		return w.said(fmt.Sprint("confirmed ", open[0]), err)
	}
	t, err := w.finance.TopUpSubsidy(ctx, w.clerk, money.Rupiah(1+w.rand.Int64N(2*int64(limit))), "transfer", id.Token())
	if err == nil && t.State == "done" {
		w.put += t.Amount
	}
	return w.said(fmt.Sprint(t.Amount, " ", t.State), err)
}

// fees has the gateway's fees booked for up to n payments and n payouts, as the job does.
func (w *walker) fees(n int) string {
	for _, kind := range []struct {
		kind  payment.ChargeKind
		query string
	}{
		{payment.ChargePayment, "SELECT id FROM payments WHERE fee IS NULL AND state = 'settled' ORDER BY id"},
		{payment.ChargePayout, "SELECT id FROM payouts WHERE fee IS NULL AND state IN ('succeeded', 'reversed') ORDER BY id"},
	} {
		for i, one := range w.ids(kind.query) {
			if i < n {
				_, err := w.Payments.BookFee(ctx, payment.ChargeOf{Kind: kind.kind, ID: one})
				require.NoError(w.t, err)
			}
		}
	}
	return ""
}
