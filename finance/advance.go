package finance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/notify"
)

// AdvancePercent is the default of Parts.AdvancePercent: how much of what is held
// for a shop's paid orders may be given it ahead, for materials.
const AdvancePercent = 50

// AdvanceState is where a request for material money stands.
type AdvanceState string

const (
	AdvanceRequested AdvanceState = "requested"
	AdvanceAgreed    AdvanceState = "agreed"  // one of two people of finance, above the threshold
	AdvanceGranted   AdvanceState = "granted" // the shop may take it, and owes it
	AdvanceRefused   AdvanceState = "refused"
	AdvanceCancelled AdvanceState = "cancelled"
)

// LabelKey is the text key of the state's name.
func (s AdvanceState) LabelKey() string { return "finance.advance." + string(s) }

// Open reports that nobody has decided yet.
func (s AdvanceState) Open() bool { return s == AdvanceRequested || s == AdvanceAgreed }

// Advance is money for materials on orders that are paid and held.
type Advance struct {
	ID          int64
	ShopID      int64
	Amount      money.Rupiah
	Ceiling     money.Rupiah // the most that could be given when it was decided
	Reason      string
	State       AdvanceState
	RequestedBy int64
	RequestedAt time.Time
	AgreedBy    int64
	DecidedBy   int64
	DecidedAt   *time.Time
	Note        string
}

type advanceRow struct {
	ID          int64
	ShopID      int64
	Amount      int64
	Ceiling     int64
	Reason      string
	State       string
	FormKey     string
	RequestedBy int64
	RequestedAt time.Time
	AgreedBy    int64
	DecidedBy   int64
	DecidedAt   *time.Time
	Note        string
}

func (advanceRow) TableName() string { return "advances" }

func (r advanceRow) advance() Advance {
	return Advance{ID: r.ID, ShopID: r.ShopID, Amount: money.Rupiah(r.Amount), Ceiling: money.Rupiah(r.Ceiling), Reason: r.Reason, State: AdvanceState(r.State),
		RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt.UTC(), AgreedBy: r.AgreedBy, DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, Note: r.Note}
}

func owes(shopID int64) ledger.Account { return ledger.Account{Kind: ledger.ShopOwes, Owner: shopID} }

// ceiling is the most that can be given a shop now: its percentage of what is held
// for its paid orders, less what it owes already.
func (s *Service) ceiling(ctx context.Context, tx *gorm.DB, shopID int64) (most, debt money.Rupiah, err error) {
	_, held, err := s.held(ctx, shopID)
	if err != nil {
		return 0, 0, err
	}
	if debt, err = s.parts.Books.BalanceTx(ctx, tx, owes(shopID)); err != nil {
		return 0, 0, err
	}
	now, err := settings.NowTx(ctx, tx)
	if err != nil {
		return 0, 0, err
	}
	percent := now.Of(settings.AdvancePercent, cmp.Or(s.parts.AdvancePercent, AdvancePercent))
	share := money.Split(held, []int64{min(percent, 100), 100 - min(percent, 100)})[0]
	return max(share-debt, 0), debt, nil
}

// AdvanceCeiling is how much money for materials a shop may ask for now, and what it
// owes already. Who owns the shop's money, finance and admin.
func (s *Service) AdvanceCeiling(ctx context.Context, actor account.Actor, shopID int64) (most, debt money.Rupiah, err error) {
	if !seesMoney(actor, shopID) {
		return 0, 0, mustOwnMoney(actor, shopID)
	}
	return s.ceiling(ctx, s.db.Read(ctx), shopID)
}

// reasonMax bounds what is written beside money.
const reasonMax = 300

func cleanReason(reason string) (string, bool) {
	reason = strings.TrimSpace(reason)
	return reason, reason != "" && len([]rune(reason)) <= reasonMax
}

// RequestAdvance asks for money for materials on orders that buyers paid and that
// are still held. Only who owns the shop's money may. One request at a time; the
// same form key returns the first result. Nothing moves until finance grants it.
//
// Errors: NotFound or Forbidden by who asks; Invalid (amount, reason) above the
// ceiling or without a reason; Conflict while another request is open.
func (s *Service) RequestAdvance(ctx context.Context, actor account.Actor, shopID int64, amount money.Rupiah, reason, formKey string) (Advance, error) {
	if err := mustOwnMoney(actor, shopID); err != nil {
		return Advance{}, err
	}
	if formKey == "" {
		return Advance{}, fault.Invalid("finance.form.stale")
	}
	var result Advance
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		first, found, err := advanceBy(tx.WithContext(ctx).Where("shop_id = ? AND form_key = ?", shopID, formKey))
		if err != nil || found {
			result = first
			return err
		}
		most, _, err := s.ceiling(ctx, tx, shopID)
		if err != nil {
			return err
		}
		bad := fault.Invalid("finance.withdrawal.faulty")
		switch {
		case amount < Smallest:
			bad.With("amount", "finance.withdrawal.too_small", "min", Smallest)
		case amount > most:
			bad.With("amount", "finance.advance.too_much", "max", most)
		}
		reason, told := cleanReason(reason)
		if !told {
			bad.With("reason", "finance.reason.missing")
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.WithContext(ctx).Raw(`INSERT INTO advances (shop_id, amount, reason, state, form_key, requested_by, requested_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			shopID, int64(amount), reason, string(AdvanceRequested), formKey, actor.UserID, now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("finance: advance of shop %d: %w", shopID, err)
		}
		if len(ids) == 0 { // the same form sent twice at once, or another open request
			if result, found, err = advanceBy(tx.WithContext(ctx).Where("shop_id = ? AND form_key = ?", shopID, formKey)); err != nil || found {
				return err
			}
			return fault.Conflict("finance.advance.open")
		}
		if result, err = advanceByID(ctx, tx, ids[0]); err != nil {
			return err
		}
		return s.record(ctx, tx, actor.UserID, 0, "request", "advance", ids[0], amount.String())
	})
	return result, err
}

func advanceBy(query *gorm.DB) (Advance, bool, error) {
	var r advanceRow
	err := query.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Advance{}, false, nil
	}
	if err != nil {
		return Advance{}, false, fmt.Errorf("finance: advance: %w", err)
	}
	return r.advance(), true, nil
}

func advanceByID(ctx context.Context, tx *gorm.DB, id int64) (Advance, error) {
	a, found, err := advanceBy(tx.WithContext(ctx).Where("id = ?", id))
	if err == nil && !found {
		err = fault.NotFound(fmt.Sprintf("advance %d", id))
	}
	return a, err
}

// mustDecideAdvance lets finance people decide, never about a request or agreement of
// their own, nor about their own, a relative's or an assisted shop.
func mustDecideAdvance(actor account.Actor, a Advance) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound(fmt.Sprintf("advance %d", a.ID))
	}
	if actor.UserID == a.RequestedBy || actor.Conflicted(a.ShopID) {
		return fault.Forbidden("finance.decide.conflict")
	}
	return nil
}

// GrantAdvance gives the money: the shop may take it and owes it, in one entry; later
// releases give it back first (ledger.RepayTx). Above Parts.TwoPeopleAbove the first
// person agrees and another one grants. Finance only. Pressing twice does it once.
//
// Errors: NotFound, Forbidden; Conflict when it was decided meanwhile, when the same
// person would be both, or when less is held by now than was asked for.
func (s *Service) GrantAdvance(ctx context.Context, actor account.Actor, id int64) (Advance, error) {
	return s.decideAdvance(ctx, actor, id, func(tx *gorm.DB, a Advance, now time.Time) error {
		if a.DecidedBy == actor.UserID && a.State == AdvanceGranted || a.AgreedBy == actor.UserID && a.State == AdvanceAgreed {
			return nil // the second of two presses
		}
		most, _, err := s.ceiling(ctx, tx, a.ShopID)
		if err != nil {
			return err
		}
		if a.Amount > most {
			return fault.Conflict("finance.advance.too_much", "max", most)
		}
		alone, err := s.twoPeopleAbove(ctx, tx)
		if err != nil {
			return err
		}
		if a.Amount > alone && a.State == AdvanceRequested {
			err := moveTx(tx, "UPDATE advances SET state = ?, agreed_by = ? WHERE id = ? AND state = ?", string(AdvanceAgreed), actor.UserID, id, string(AdvanceRequested))
			if err != nil {
				return err
			}
			return s.record(ctx, tx, actor.UserID, a.RequestedBy, "agree", "advance", id, a.Amount.String())
		}
		err = moveTx(tx, "UPDATE advances SET state = ?, ceiling = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state IN (?, ?) AND agreed_by <> ?",
			string(AdvanceGranted), int64(most), actor.UserID, now, id, string(AdvanceRequested), string(AdvanceAgreed), actor.UserID)
		if err != nil {
			return err
		}
		err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{Key: fmt.Sprintf("advance %d", id), Kind: ledger.Advance, RefKind: "advance", RefID: id,
			Memo: fmt.Sprintf("#%d", id), Lines: ledger.Pair(owes(a.ShopID), payable(a.ShopID), a.Amount)})
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, actor.UserID, a.RequestedBy, "grant", "advance", id, a.Amount.String()); err != nil {
			return err
		}
		return s.tellAsker(ctx, tx, a, "advance_granted", nil)
	})
}

// RefuseAdvance turns a request down, with a reason the maker reads. Finance only.
func (s *Service) RefuseAdvance(ctx context.Context, actor account.Actor, id int64, note string) (Advance, error) {
	note, told := cleanReason(note)
	if !told {
		return Advance{}, fault.Invalid("finance.reason.missing").With("note", "finance.reason.missing")
	}
	return s.decideAdvance(ctx, actor, id, func(tx *gorm.DB, a Advance, now time.Time) error {
		err := moveTx(tx, "UPDATE advances SET state = ?, decided_by = ?, decided_at = ?, note = ? WHERE id = ? AND state IN (?, ?)",
			string(AdvanceRefused), actor.UserID, now, note, id, string(AdvanceRequested), string(AdvanceAgreed))
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, actor.UserID, a.RequestedBy, "refuse", "advance", id, ""); err != nil {
			return err
		}
		return s.tellAsker(ctx, tx, a, "advance_refused", map[string]string{"alasan": note})
	})
}

// tellAsker tells who asked for material money what became of it.
func (s *Service) tellAsker(ctx context.Context, tx *gorm.DB, a Advance, kind string, data map[string]string) error {
	members, err := s.parts.People.MembersTx(ctx, tx, a.ShopID)
	if err != nil {
		return err
	}
	all := map[string]string{"jumlah": a.Amount.String()}
	maps.Copy(all, data)
	for _, u := range members {
		if u.ID != a.RequestedBy {
			continue
		}
		return s.parts.Messages.SendTx(ctx, tx, notify.Message{
			Kind: kind, Data: all, Link: "/toko-saya/uang/bahan",
			To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
		})
	}
	return nil // no longer of the shop
}

// CancelAdvance takes an open request back. Who owns the shop's money; pressing twice
// does it once. Errors: NotFound or Forbidden by who asks; Conflict when finance has
// decided meanwhile.
func (s *Service) CancelAdvance(ctx context.Context, actor account.Actor, id int64) (Advance, error) {
	var result Advance
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		a, err := advanceByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := mustOwnMoney(actor, a.ShopID); err != nil {
			return err
		}
		if a.State == AdvanceCancelled {
			result = a
			return nil
		}
		err = moveTx(tx.WithContext(ctx), "UPDATE advances SET state = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state IN (?, ?)",
			string(AdvanceCancelled), actor.UserID, now, id, string(AdvanceRequested), string(AdvanceAgreed))
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, actor.UserID, a.RequestedBy, "cancel", "advance", id, a.Amount.String()); err != nil {
			return err
		}
		result, err = advanceByID(ctx, tx, id)
		return err
	})
	return result, err
}

func (s *Service) decideAdvance(ctx context.Context, actor account.Actor, id int64, do func(tx *gorm.DB, a Advance, now time.Time) error) (Advance, error) {
	var result Advance
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		a, err := advanceByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := mustDecideAdvance(actor, a); err != nil {
			return err
		}
		if err := do(tx.WithContext(ctx), a, now); err != nil {
			return err
		}
		result, err = advanceByID(ctx, tx, id)
		return err
	})
	return result, err
}

// Advances lists a shop's requests, newest first, at most 20. Who owns the shop's
// money, finance and admin.
func (s *Service) Advances(ctx context.Context, actor account.Actor, shopID int64) ([]Advance, error) {
	if !seesMoney(actor, shopID) {
		return nil, mustOwnMoney(actor, shopID)
	}
	return advancesOf(s.db.Read(ctx).Where("shop_id = ?", shopID).Order("id DESC").Limit(20))
}

// AdvanceQueue lists requests of all shops: those that wait, oldest first, or the 50
// last decided. Finance and admin.
func (s *Service) AdvanceQueue(ctx context.Context, actor account.Actor, decided bool) ([]Advance, error) {
	if !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return nil, fault.NotFound("advances")
	}
	open := []string{string(AdvanceRequested), string(AdvanceAgreed)}
	if decided {
		return advancesOf(s.db.Read(ctx).Where("state NOT IN ?", open).Order("id DESC").Limit(50))
	}
	return advancesOf(s.db.Read(ctx).Where("state IN ?", open).Order("id").Limit(200))
}

func advancesOf(query *gorm.DB) ([]Advance, error) {
	var rows []advanceRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("finance: advances: %w", err)
	}
	list := make([]Advance, len(rows))
	for i, r := range rows {
		list[i] = r.advance()
	}
	return list, nil
}
