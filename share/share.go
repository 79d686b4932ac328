// Package share divides what a shop earned among the people and funds that have a
// part in it: the members of a group, the coded workers of an institution and its
// funds (premi, PNBP, capital). It owns share_parties, share_tables, share_parts,
// share_divisions, share_division_parts, share_invites, share_contributions,
// share_work, share_houses and share_weights.
//
// A division takes money the shop may withdraw (shop_payable) and makes it the
// parties' (share_due), in one balanced entry whose parts sum to the rupiah. What
// members paid in is given back first; the rest follows the shop's table. Who runs
// the shop divides; in an institution a second person of its own agrees first. A
// division is never changed: a wrong one is taken back by an entry of its own.
// Workers of an institution are codes, never names (domain.md 3.2).
//
// It stands beside order: it may import catalog, ledger, notify, account and below.
package share

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
)

// PartyKind says what has a part in a shop's money.
type PartyKind string

const (
	Member PartyKind = "member" // of a group; the label is their name
	Worker PartyKind = "worker" // of an institution; the label is a code
	Fund   PartyKind = "fund"   // PNBP, capital
)

// Basis says how one part of a table reaches its parties.
type Basis string

const (
	ToFund   Basis = "fund"   // all of it to one fund
	Equal    Basis = "equal"  // the same for every member (or worker)
	ByWork   Basis = "work"   // by the pieces each of them made
	ByWeight Basis = "weight" // by what each of them counts in the table
)

// State is where a division stands.
type State string

const (
	Proposed  State = "proposed" // an institution's second person has not agreed yet
	Done      State = "done"     // booked
	Refused   State = "refused"
	Cancelled State = "cancelled"
	Reversed  State = "reversed" // booked, and taken back by another entry
)

// LabelKey is the text key of the state's name.
func (s State) LabelKey() string { return "shares.state." + string(s) }

// Shops knows what kind of seller a shop is (catalog.Service).
type Shops interface {
	ShopTx(ctx context.Context, tx *gorm.DB, shopID int64) (catalog.Shop, error)
}

// People knows who runs a shop, and lets them in and out (account.Service).
type People interface {
	MembersTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
	FellowsTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.Fellow, error)
	AskToJoinTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, in account.NewUser) (int64, error)
	JoinTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, duty account.Duty, watches bool) error
	SetDutyTx(ctx context.Context, tx *gorm.DB, actor account.Actor, userID, shopID int64, duty account.Duty, watches bool) error
	EndMembershipTx(ctx context.Context, tx *gorm.DB, actor account.Actor, userID, shopID int64) error
}

// Service is the one writer of shares.
type Service struct {
	db     *database.DB
	books  *ledger.Service
	shops  Shops
	people People
}

// NewService makes the service over its neighbours.
func NewService(db *database.DB, books *ledger.Service, shops Shops, people People) *Service {
	return &Service{db: db, books: books, shops: shops, people: people}
}

// Due is the account of a party's undivided right.
func Due(partyID int64) ledger.Account { return ledger.Account{Kind: ledger.ShareDue, Owner: partyID} }

func payable(shopID int64) ledger.Account {
	return ledger.Account{Kind: ledger.ShopPayable, Owner: shopID}
}

// runs reports whether the actor may divide a shop's money: its owner, a group's
// treasurer, or the officer who runs an institution's shop. Never a companion.
func runs(actor account.Actor, shopID int64) bool { return actor.KeepsMoney(shopID) }

func reads(actor account.Actor, shopID int64) bool {
	return runs(actor, shopID) || actor.HasAny(account.RoleFinance, account.RoleAdmin)
}

func mustRun(actor account.Actor, shopID int64) error {
	switch {
	case runs(actor, shopID):
		return nil
	case (actor.Manages(shopID) || actor.Runs(shopID)) && !actor.IsSystem():
		return fault.Forbidden("finance.money.own_only")
	}
	return fault.NotFound(fmt.Sprintf("shares of shop %d", shopID))
}

func mustRead(actor account.Actor, shopID int64) error {
	if reads(actor, shopID) {
		return nil
	}
	return mustRun(actor, shopID)
}

func record(ctx context.Context, tx *gorm.DB, actor account.Actor, verb, object string, id int64, note string) error {
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: verb, Object: object, ObjectID: id, Note: note})
}

// Line is what one party gets from one division.
type Line struct {
	PartyID int64
	Party   string // its label, filled when read
	Back    bool   // a contribution given back first, not a part of the surplus
	Label   string // the part of the table, or ""
	Pieces  int64  // what it was counted by, when by work
	Amount  money.Rupiah
}

// Division is one sharing-out of what a shop earned.
type Division struct {
	ID         int64
	ShopID     int64
	TableID    int64
	Month      string // "2026-11"
	Amount     money.Rupiah
	Cost       money.Rupiah
	State      State
	NeedsCheck bool
	ProposedBy int64
	ProposedAt time.Time
	DecidedBy  int64
	DecidedAt  *time.Time
	UndoBy     int64
	UndoReason string
	ReversedBy int64
	ReversedAt *time.Time
	Lines      []Line
}

// Shared is what the division moves: everything but the cost.
func (d Division) Shared() money.Rupiah { return d.Amount - d.Cost }

// Surplus is what follows the table: what is left after cost and contributions.
func (d Division) Surplus() money.Rupiah {
	rest := d.Shared()
	for _, l := range d.Lines {
		if l.Back {
			rest -= l.Amount
		}
	}
	return rest
}

// ByParty is what each party gets in all.
func (d Division) ByParty() map[int64]money.Rupiah {
	sums := map[int64]money.Rupiah{}
	for _, l := range d.Lines {
		sums[l.PartyID] += l.Amount
	}
	return sums
}
