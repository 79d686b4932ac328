package finance_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/share"
)

var ctx = context.Background()

// payouts stands for package payment: it remembers what it was asked to send.
type payouts struct {
	mu   sync.Mutex
	sent []payment.Payout
}

func (p *payouts) PayOutTx(_ context.Context, _ *gorm.DB, n payment.NewPayout) (payment.Payout, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, known := range p.sent {
		if known.PayoutKey == n.Key {
			return known, nil
		}
	}
	out := payment.Payout{
		ID: int64(len(p.sent) + 1), PurposeKind: n.Purpose.Kind, PurposeID: n.Purpose.ID, Amount: n.Amount, PayoutKey: n.Key,
		State: payment.PayoutCreated, ChannelCode: n.Bank.ChannelCode, AccountSealed: n.Bank.AccountNumber, HolderName: n.Bank.HolderName,
	}
	p.sent = append(p.sent, out)
	return out, nil
}

func (p *payouts) Payout(_ context.Context, payoutID int64) (payment.Payout, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent[payoutID-1], nil
}

func (p *payouts) PayoutFee(context.Context, string) (money.Rupiah, bool, error) {
	return 2_775, true, nil
}

// queue remembers which jobs it was given.
type queue struct{ jobs []string }

func (q *queue) InsertTx(_ context.Context, _ *gorm.DB, args jobs.Args, _ ...jobs.Option) error {
	q.jobs = append(q.jobs, args.Kind())
	return nil
}

// refunds stands for package payment: it remembers what it was asked to send back.
type refunds struct {
	mu    sync.Mutex
	sent  []payment.NewRefund
	given []payment.Bank
}

func (r *refunds) RefundTx(_ context.Context, _ *gorm.DB, n payment.NewRefund) (payment.Refund, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, n)
	return payment.Refund{ID: int64(len(r.sent)), PaymentID: n.PaymentID, PurposeKind: n.Purpose.Kind, PurposeID: n.Purpose.ID, Amount: n.Amount, Attempt: 1}, nil
}

func (r *refunds) GiveAccountTx(_ context.Context, _ *gorm.DB, p payment.Purpose, bank payment.Bank) (payment.Refund, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given = append(r.given, bank)
	return payment.Refund{PurposeKind: p.Kind, PurposeID: p.ID}, nil
}

// orders stands for package order.
type orders map[int64][]int64

func (o orders) HeldOrders(_ context.Context, shopID int64) (held []order.Held, err error) {
	for _, id := range o[shopID] {
		held = append(held, order.Held{ID: id, Number: fmt.Sprint("LB-", id), Why: order.HeldToMake})
	}
	return held, nil
}

// messages remembers what was said, as "user kind".
type messages struct {
	mu   sync.Mutex
	said []string
	data map[string]map[string]string
}

func (m *messages) SendTx(_ context.Context, _ *gorm.DB, msg notify.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said = append(m.said, fmt.Sprint(msg.To.UserID, " ", msg.Kind))
	m.data[msg.Kind] = msg.Data
	return nil
}

// count is how often something of this kind was said.
func (m *messages) count(kind string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, line := range m.said {
		if strings.HasSuffix(line, " "+kind) {
			n++
		}
	}
	return n
}

// world is a few shops with their people, on one database.
type world struct {
	t        *testing.T
	db       *database.DB
	accounts *account.Service
	books    *ledger.Service
	payouts  *payouts
	refunds  *refunds
	orders   orders
	messages *messages
	finance  *finance.Service
	shares   *share.Service
	moves    moves

	shop, prison                   int64 // an individual's shop and an institution
	maker, companion, member       account.Actor
	wahyu, kuncoro                 account.Actor // two officers who run the prison's shop
	officer, faraway, head         account.Actor
	rina, relative, admin, curator account.Actor // rina: finance; relative: finance with kin in the shop
	posted                         int
}

var bca = payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Wening Contoh"}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	keys := id.NewKeys("kunci uji")
	w := &world{
		t: t, db: db, accounts: account.NewService(db, keys), books: ledger.NewService(db), payouts: &payouts{}, refunds: &refunds{},
		orders: orders{}, messages: &messages{data: map[string]map[string]string{}},
	}
	shops := catalog.NewService(db, keys, nil)
	w.shares = share.NewService(db, w.books, shops, w.accounts)
	w.finance = finance.NewService(db, finance.Parts{
		Keys: keys, Books: w.books, Payouts: w.payouts, Shops: shops, People: w.accounts, Orders: w.orders, Messages: w.messages, Refunds: w.refunds, Queue: &queue{},
		Parties: w.shares, Gateway: &w.moves,
	})
	number := 0
	person := func(tx *gorm.DB, name string) account.Actor {
		number++
		u, err := w.accounts.InviteTx(ctx, tx, account.System, account.NewUser{
			Name: name, Phone: fmt.Sprintf("+628120000%04d", number), DistrictCode: "35.20.08",
		})
		require.NoError(t, err)
		return account.Actor{UserID: u.ID, Name: name}
	}
	shop := func(tx *gorm.DB, name string, kind catalog.ShopKind) int64 {
		s, err := shops.CreateShopTx(ctx, tx, account.System, catalog.NewShop{Name: name, Kind: kind, DistrictCode: "35.20.08", Village: "Sumberdodol"})
		require.NoError(t, err)
		return s.ID
	}
	w.write(func(tx *gorm.DB) {
		w.shop, w.prison = shop(tx, "Toples Bu Wening", catalog.Individual), shop(tx, "Karya Binaan", catalog.Institution)
		join := func(a *account.Actor, name string, shopID int64, role account.MemberRole) {
			*a = person(tx, name)
			require.NoError(t, w.accounts.AddMembershipTx(ctx, tx, account.System, a.UserID, shopID, role))
			a.Memberships = []account.Membership{{ShopID: shopID, Role: role}}
		}
		join(&w.maker, "Wening", w.shop, account.MemberOwner)
		join(&w.member, "Anggota", w.shop, account.MemberMember)
		join(&w.wahyu, "Wahyu", w.prison, account.MemberOfficer)
		join(&w.kuncoro, "Kuncoro", w.prison, account.MemberOfficer)
		staff := func(a *account.Actor, name string, role account.Role, territory ...string) {
			*a = person(tx, name)
			a.Roles, a.Territory = []account.Role{role}, territory
		}
		staff(&w.companion, "Hendro", account.RoleCompanion)
		w.companion.Assisting = []account.Assistance{{ShopID: w.shop, MakerID: w.maker.UserID, ExpiresAt: time.Now().AddDate(1, 0, 0)}}
		staff(&w.officer, "Ratna", account.RoleOfficer, "35")
		staff(&w.faraway, "Arif", account.RoleOfficer, "36")
		staff(&w.head, "Bambang", account.RoleHead, "35")
		staff(&w.rina, "Rina", account.RoleFinance)
		staff(&w.relative, "Sepupu", account.RoleFinance)
		w.relative.KinShops = []int64{w.shop}
		staff(&w.admin, "Admin", account.RoleAdmin)
		staff(&w.curator, "Dimas", account.RoleCurator)
	})
	return w
}

func (w *world) write(fn func(tx *gorm.DB)) {
	w.t.Helper()
	require.NoError(w.t, database.InTx(ctx, w.db, func(tx *gorm.DB) error { fn(tx); return nil }))
}

// earn releases money to a shop.
func (w *world) earn(shopID int64, amount money.Rupiah) {
	w.t.Helper()
	w.posted++
	w.write(func(tx *gorm.DB) {
		require.NoError(w.t, w.books.PostTx(ctx, tx, ledger.Entry{
			Key: fmt.Sprint("earn ", w.posted), Kind: ledger.ReleasedGoods, Memo: "LB-CONTOH",
			Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.ShopPayable, Owner: shopID}, amount),
		}))
	})
}

// bank gives a shop a confirmed account whose rest is over.
func (w *world) bank(by account.Actor, shopID int64, key string) {
	w.t.Helper()
	b, err := w.finance.SetBankAccount(ctx, by, shopID, bca, key)
	require.NoError(w.t, err)
	require.NoError(w.t, w.finance.ConfirmBankAccount(ctx, w.officer, b.ID))
	w.db.Clock().Advance(account.RestAfterReset + time.Minute)
}

// ready is a shop with money and an account.
func (w *world) ready(by account.Actor, shopID int64, amount money.Rupiah) {
	w.t.Helper()
	w.earn(shopID, amount)
	w.bank(by, shopID, "rekening-1")
}

func (w *world) request(by account.Actor, shopID int64, amount money.Rupiah, key string) finance.Withdrawal {
	w.t.Helper()
	got, err := w.finance.RequestWithdrawal(ctx, by, shopID, amount, key)
	require.NoError(w.t, err)
	return got
}

func (w *world) free(shopID int64) money.Rupiah {
	w.t.Helper()
	got, err := w.books.Balance(ctx, ledger.Account{Kind: ledger.ShopPayable, Owner: shopID})
	require.NoError(w.t, err)
	return got
}

func (w *world) transit() money.Rupiah {
	w.t.Helper()
	got, err := w.books.Balance(ctx, ledger.Account{Kind: ledger.PayoutTransit})
	require.NoError(w.t, err)
	return got
}

// outcome tells finance what became of a payout.
func (w *world) outcome(what func(context.Context, *gorm.DB, payment.Payout) error, p payment.Payout) error {
	return database.InTx(ctx, w.db, func(tx *gorm.DB) error { return what(ctx, tx, p) })
}

// clean demands that both proofs find nothing.
func (w *world) clean() {
	w.t.Helper()
	for _, prove := range []interface {
		Prove(context.Context) ([]proof.Finding, error)
	}{w.books, w.finance} {
		findings, err := prove.Prove(ctx)
		require.NoError(w.t, err)
		require.Empty(w.t, findings)
	}
}

// moves is the gateway's side of what finance books by itself.
type moves struct {
	finance.GatewayBooks
	told []payment.OwnMove
}

func (m *moves) OwnMoveTx(_ context.Context, _ *gorm.DB, n payment.OwnMove) error {
	m.told = append(m.told, n)
	return nil
}
