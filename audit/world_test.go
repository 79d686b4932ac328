package audit_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/audit"
	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/share"
)

var ctx = context.Background()

// story is the whole money of the shop in small, made by the real packages.
type story struct {
	*ordertest.World
	t        *testing.T
	checkout *checkout.Service
	finance  *finance.Service
	shares   *share.Service
	jars     ordertest.Shop
	masks    ordertest.Shop
	nastar   int64
	mask     int64
	orders   map[string]int64 // by name, see play
	paid     map[string]int64 // payments by name
}

func newStory(t *testing.T, db *database.DB) *story { return newStoryWith(t, db, 0) }

// newStoryWith has everything above limit decided by two people; 0 is the packages'
// own limits.
func newStoryWith(t *testing.T, db *database.DB, limit money.Rupiah) *story {
	t.Helper()
	rules, buying := order.DefaultSettings(), checkout.DefaultSettings("https://lapak.example")
	if limit > 0 {
		rules.TwoPeopleAbove, buying.TwoPeopleAbove = limit, limit
	}
	w := ordertest.NewWith(t, db, rules)
	s := &story{World: w, t: t, orders: map[string]int64{}, paid: map[string]int64{}}
	s.checkout = checkout.NewService(db, w.Keys, checkout.Parts{
		Catalog: w.Catalog, Parcels: w.Delivery, Orders: w.Orders, Payments: w.Payments, Books: w.Books, Messages: w.Notify, People: w.Accounts, Pictures: w.Media,
	}, buying)
	s.shares = share.NewService(db, w.Books, w.Catalog, w.Accounts)
	s.finance = finance.NewService(db, finance.Parts{
		Keys: w.Keys, Books: w.Books, Payouts: w.Payments, Shops: w.Catalog, People: w.Accounts, Orders: w.Orders, Messages: w.Notify,
		Parties: s.shares, Refunds: w.Payments, Queue: w.Queue, Gateway: w.Payments, TwoPeopleAbove: limit, BatchAlone: limit,
	})
	w.Payments.Register(checkout.PurposeKind, s.checkout)
	w.Payments.Register(payment.KindUnmatched, finance.NewUnmatched(w.Books))
	w.Payments.RegisterRefunds(checkout.SuspensePurpose, checkout.Suspense(s.checkout))
	w.Payments.RegisterFees(finance.NewFees(w.Books, finance.BearerSubsidy))
	w.Payments.RegisterPayouts(finance.KindWithdrawal, s.finance)
	s.jars, s.masks = w.ShopOf("KUBE Dapur Gayeng", catalog.Group), w.ShopOf("Karya Binaan", catalog.Institution)
	s.nastar = w.Publish(s.jars, ordertest.Product{Title: "Nastar 500 g", Price: 55_000, Quantity: 20, Grams: 700})
	s.mask = w.Publish(s.masks, ordertest.Product{Title: "Masker kain", Price: 7_500, Quantity: 50, Grams: 50})
	return s
}

// buy places a purchase of nastar and masks and returns it; the orders are
// remembered as name/jars and name/masks.
func (s *story) buy(name string, jars, masks int64) checkout.Purchase {
	s.t.Helper()
	token := id.Token()
	choices := map[int64]delivery.Method{}
	if jars > 0 {
		require.NoError(s.t, s.checkout.SetQuantity(ctx, token, s.nastar, jars))
		choices[s.jars.ID] = delivery.Courier
	}
	if masks > 0 {
		require.NoError(s.t, s.checkout.SetQuantity(ctx, token, s.mask, masks))
		choices[s.masks.ID] = delivery.Courier
	}
	to := checkout.Address{RegencyCode: "35.78", DistrictCode: "35.78.16", Village: "Ujung", Street: "Jl. Contoh 9", Postcode: "60155"}
	q, err := s.checkout.Quote(ctx, token, delivery.Destination{RegencyCode: to.RegencyCode, DistrictCode: to.DistrictCode}, choices)
	require.NoError(s.t, err)
	require.True(s.t, q.Complete, "%+v", q)
	p, err := s.checkout.Place(ctx, checkout.PlaceInput{
		CartToken: token, CartVersion: q.Cart.Version, SeenTotal: q.Total, FormKey: id.Token(),
		Buyer: checkout.Contact{Name: "Pembeli Contoh", Phone: "081234567890"}, Address: to, Choices: choices,
	})
	require.NoError(s.t, err)
	for _, o := range p.Orders {
		shop := "jars"
		if o.ShopID == s.masks.ID {
			shop = "masks"
		}
		s.orders[name+"/"+shop] = o.ID
	}
	s.paid[name] = p.Payment.ID
	return p
}

func purpose(p checkout.Purchase) payment.Purpose {
	return payment.Purpose{Kind: checkout.PurposeKind, ID: p.ID}
}

func (s *story) move(by ordertest.Shop, orderID int64, name order.Transition, in order.MoveInput) {
	s.t.Helper()
	in.FormKey = id.Token()
	_, err := s.Orders.Move(ctx, s.Owner(by), orderID, name, in)
	require.NoError(s.t, err)
}

// ship brings an order to dispatched.
func (s *story) ship(by ordertest.Shop, orderID int64) {
	s.t.Helper()
	s.move(by, orderID, order.Start, order.MoveInput{})
	s.move(by, orderID, order.Finish, order.MoveInput{})
	s.move(by, orderID, order.Dispatch, order.MoveInput{Courier: "JNE", TrackingNumber: "CONTOH123"})
}

// play lets everything happen once: a purchase to its end with one shop refusing,
// a part refusal on its way, one unpaid, one lapsed, money of a wrong amount, and
// withdrawals paid and asked for, one of them in cash, and money given ahead.
func (s *story) play() {
	s.t.Helper()
	done := s.buy("done", 3, 2)
	s.PayFor(purpose(done), done.Total)
	s.move(s.masks, s.orders["done/masks"], order.Refuse, order.MoveInput{Reason: "bahan habis"})
	s.ship(s.jars, s.orders["done/jars"])
	fresh, err := s.checkout.ByToken(ctx, done.Token)
	require.NoError(s.t, err)
	for _, o := range fresh.Orders {
		if o.ID == s.orders["done/jars"] {
			_, err := s.Orders.ConfirmByToken(ctx, o.Token, id.Token())
			require.NoError(s.t, err)
		}
	}
	s.SettleFor(purpose(done))
	s.fee(payment.ChargePayment, done.Payment.ID)
	require.Equal(s.t, money.Rupiah(183_000), s.Balance(ledger.ShopPayable, s.jars.ID))

	making := s.buy("making", 4, 0)
	s.PayFor(purpose(making), making.Total)
	s.move(s.jars, s.orders["making/jars"], order.Start, order.MoveInput{})
	o, err := s.Orders.One(ctx, s.Owner(s.jars), s.orders["making/jars"])
	require.NoError(s.t, err)
	s.move(s.jars, o.ID, order.RefusePart, order.MoveInput{Reason: "toples pecah", Lines: map[int64]int64{o.Lines[0].ID: 1}})

	wrong := s.buy("wrong", 0, 3)
	s.PayFor(purpose(wrong), wrong.Total-1)

	lapsed := s.buy("lapsed", 1, 0)
	_, err = s.Payments.Open(ctx, lapsed.Payment.ID)
	require.NoError(s.t, err)
	s.Pass(25 * time.Hour)
	for range 3 {
		s.Poll()
	}
	got, err := s.checkout.ByToken(ctx, lapsed.Token)
	require.NoError(s.t, err)
	require.Equal(s.t, checkout.Lapsed, got.State)

	s.withdraw()
	s.buy("open", 2, 1)

	m, err := s.finance.Money(ctx, s.Owner(s.jars), s.jars.ID)
	require.NoError(s.t, err)
	require.Equal(s.t, money.Rupiah(121_500), m.Free, "183.000 earned, 60.000 withdrawn, 1.500 shared")
	require.Equal(s.t, making.Total-55_000, m.Held, "three jars and their delivery, still being made")
	require.Zero(s.t, m.OnTheWay)
	require.Equal(s.t, money.Rupiah(60_000), m.Open.Amount)
	s.lend()
}

func (s *story) withdraw() {
	s.t.Helper()
	owner, officer := s.Owner(s.jars), s.Officer("35")
	bank, err := s.finance.SetBankAccount(ctx, owner, s.jars.ID, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "KUBE Contoh"}, "r1")
	require.NoError(s.t, err)
	require.NoError(s.t, s.finance.ConfirmBankAccount(ctx, officer, bank.ID))
	s.Pass(account.RestAfterReset + time.Minute)
	clerk := account.Actor{UserID: s.Person("Rina", ordertest.District).ID, Roles: []account.Role{account.RoleFinance}}
	for i, key := range []string{"w1", "w2"} {
		if i == 0 {
			s.divide()
		}
		asked, err := s.finance.RequestWithdrawal(ctx, owner, s.jars.ID, 60_000, key)
		require.NoError(s.t, err)
		if i == 0 {
			approved, err := s.finance.Approve(ctx, clerk, asked.ID)
			require.NoError(s.t, err)
			require.NoError(s.t, s.Payments.SendPayout(ctx, approved.PayoutID))
			s.fee(payment.ChargePayout, approved.PayoutID)
		}
	}
	asked, err := s.finance.RequestShare(ctx, owner, 1, 500, "bagian") // the fund of divide
	require.NoError(s.t, err)
	_, err = s.finance.Approve(ctx, clerk, asked.ID)
	require.NoError(s.t, err)
	require.NoError(s.t, s.finance.DrawCash(ctx, clerk, 10_000, "kas minggu ini", "kas"))
	_, err = s.finance.HandOver(ctx, officer, asked.ID, s.Photo(finance.ReceiptPicture, asked.ID))
	require.NoError(s.t, err)
}

// lend gives money for materials, and puts some into the account that bears fees.
func (s *story) lend() {
	s.t.Helper()
	clerk := account.Actor{UserID: s.Person("Rina", ordertest.District).ID, Roles: []account.Role{account.RoleFinance}}
	asked, err := s.finance.RequestAdvance(ctx, s.Owner(s.jars), s.jars.ID, 20_000, "tepung", "bahan")
	require.NoError(s.t, err)
	_, err = s.finance.GrantAdvance(ctx, clerk, asked.ID)
	require.NoError(s.t, err)
	_, err = s.finance.TopUpSubsidy(ctx, clerk, 100_000, "transfer operator", "isi")
	require.NoError(s.t, err)
}

// divide gives some of the jars' money to a fund of the shop.
func (s *story) divide() {
	s.t.Helper()
	shares, owner := s.shares, s.Owner(s.jars)
	fund, err := shares.AddParty(ctx, owner, s.jars.ID, share.NewParty{Kind: share.Fund, Label: "Kas"})
	require.NoError(s.t, err)
	_, err = shares.SetTable(ctx, owner, s.jars.ID, []share.Part{{Label: "Kas", Weight: 1, Basis: share.ToFund, PartyID: fund.ID}})
	require.NoError(s.t, err)
	_, err = shares.Divide(ctx, owner, s.jars.ID, share.New{Month: "2026-11", Amount: 2_000, Cost: 500, FormKey: "bagi"})
	require.NoError(s.t, err)
}

// fee has the gateway's fee booked, as the job does.
func (s *story) fee(kind payment.ChargeKind, id int64) {
	s.t.Helper()
	known, err := s.Payments.BookFee(ctx, payment.ChargeOf{Kind: kind, ID: id})
	require.NoError(s.t, err)
	require.True(s.t, known)
}

// provers are all packages, as the command has them.
func (s *story) provers() []audit.Prover {
	return []audit.Prover{
		s.Accounts, s.Catalog, s.Media, s.finance, s.shares, audit.Of(s.DB, order.Prove), audit.Of(s.DB, checkout.Prove), audit.Of(s.DB, payment.Prove), audit.Of(s.DB, book.Prove),
	}
}

func (s *story) findings(provers ...audit.Prover) []proof.Finding {
	s.t.Helper()
	findings, err := audit.Run(ctx, s.DB, provers...)
	require.NoError(s.t, err)
	return findings
}
