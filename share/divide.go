package share

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
)

// New is a division as it is asked for.
type New struct {
	Month   string                 // "2026-11"
	Amount  money.Rupiah           // what was sold for; at most what the shop may take
	Cost    money.Rupiah           // stays with the shop, for materials
	Back    map[int64]money.Rupiah // by party: contributions given back first
	Pieces  map[int64]int64        // by party: what each made, where the table goes by work
	FormKey string
}

var month = regexp.MustCompile(`^20[0-9]{2}-(0[1-9]|1[0-2])$`)

// mostPieces bounds what one person can have made.
const mostPieces = 1_000_000

// allocate works out who gets what; it reads nothing. The lines sum to
// amount − cost for any weights and pieces. Invalid with the fields amount, cost,
// back and pieces.
func allocate(n New, t Table, parties []Party) ([]Line, error) {
	bad := fault.Invalid("shares.division.faulty")
	if !month.MatchString(n.Month) {
		bad.With("month", "shares.division.month")
	}
	if n.Amount <= 0 {
		bad.With("amount", "shares.division.no_amount")
		return nil, bad
	}
	if n.Cost < 0 || n.Cost > n.Amount {
		bad.With("cost", "shares.division.cost", "max", n.Amount)
		return nil, bad
	}
	var lines []Line
	rest := n.Amount - n.Cost
	for _, p := range parties { // in the order of the parties, so that two ways of asking give the same lines
		back := n.Back[p.ID]
		if back == 0 {
			continue
		}
		if back < 0 || back > rest || !p.Open() {
			bad.With("back", "shares.division.back", "max", n.Amount-n.Cost)
			return nil, bad
		}
		rest -= back
		lines = append(lines, Line{PartyID: p.ID, Party: p.Label, Back: true, Amount: back})
	}
	weights := make([]int64, len(t.Parts))
	for i, p := range t.Parts {
		weights[i] = p.Weight
	}
	for i, sum := range money.Split(rest, weights) {
		part := t.Parts[i]
		if sum == 0 {
			continue
		}
		if part.Basis == ToFund {
			lines = append(lines, Line{PartyID: part.PartyID, Label: part.Label, Amount: sum})
			continue
		}
		people, counts, total := []Party{}, []int64{}, int64(0)
		for _, p := range parties {
			if p.Kind == Fund || !p.Open() {
				continue
			}
			count := int64(1)
			if part.Basis == ByWeight {
				count = t.Weight(p.ID)
			}
			if part.Basis == ByWork {
				if count = n.Pieces[p.ID]; count < 0 || count > mostPieces {
					bad.With("pieces", "shares.division.pieces")
					return nil, bad
				}
			}
			people, counts, total = append(people, p), append(counts, count), total+count
		}
		if total == 0 {
			key := "shares.division.nobody"
			if len(people) > 0 && part.Basis == ByWork {
				key = "shares.division.no_pieces"
			}
			bad.With("pieces", key)
			return nil, bad
		}
		for j, amount := range money.Split(sum, counts) {
			if amount == 0 {
				continue
			}
			l := Line{PartyID: people[j].ID, Label: part.Label, Amount: amount}
			if part.Basis == ByWork {
				l.Pieces = counts[j]
			}
			lines = append(lines, l)
		}
	}
	for i := range lines {
		for _, p := range parties {
			if p.ID == lines[i].PartyID {
				lines[i].Party = p.Label
			}
		}
	}
	if len(lines) == 0 {
		bad.With("amount", "shares.division.nothing")
	}
	return lines, bad.OrNil()
}

// Plan works out a division without writing anything: what would be given to whom.
// Who runs the shop. Errors: as Divide, but for what depends on other divisions.
func (s *Service) Plan(ctx context.Context, actor account.Actor, shopID int64, n New) (Division, error) {
	if err := mustRun(actor, shopID); err != nil {
		return Division{}, err
	}
	return s.planTx(ctx, s.db.Read(ctx), shopID, n)
}

func (s *Service) planTx(ctx context.Context, tx *gorm.DB, shopID int64, n New) (Division, error) {
	t, found, err := s.currentTx(ctx, tx, shopID)
	if err != nil {
		return Division{}, err
	}
	if !found {
		return Division{}, fault.Conflict("shares.division.no_table")
	}
	parties, err := s.partiesTx(ctx, tx, shopID)
	if err != nil {
		return Division{}, err
	}
	d := Division{ShopID: shopID, TableID: t.ID, Month: n.Month, Amount: n.Amount, Cost: n.Cost}
	free, err := s.books.BalanceTx(ctx, tx, payable(shopID))
	if err != nil {
		return d, err
	}
	if n.Amount > free {
		return d, fault.Invalid("shares.division.faulty").With("amount", "shares.division.too_much", "free", free)
	}
	paid, err := s.paidInTx(ctx, tx, shopID)
	if err != nil {
		return d, err
	}
	for _, p := range parties {
		if back := n.Back[p.ID]; back > 0 && back > paid[p.ID] {
			return d, fault.Invalid("shares.division.faulty").With("back", "shares.division.back_more", "name", p.Label, "paid", paid[p.ID])
		}
	}
	d.Lines, err = allocate(n, t, parties)
	return d, err
}

// Divide shares out what a shop may take, by its table. Who runs the shop. A group's
// division is booked at once; an institution's waits for Confirm. The same form key
// returns the first result; the same amount of the same month is divided once.
//
// Errors: NotFound or Forbidden by who asks; Invalid (month, amount, cost, back,
// pieces); Conflict without a table, with another proposal waiting, or when this
// was divided already.
func (s *Service) Divide(ctx context.Context, actor account.Actor, shopID int64, n New) (Division, error) {
	if err := mustRun(actor, shopID); err != nil {
		return Division{}, err
	}
	if n.FormKey == "" {
		return Division{}, fault.Invalid("finance.form.stale")
	}
	var result Division
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		first, found, err := s.byKey(ctx, tx, shopID, n.FormKey)
		if err != nil || found {
			result = first
			return err
		}
		shop, err := s.shops.ShopTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		d, err := s.planTx(ctx, tx, shopID, n)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		institution := shop.Kind == catalog.Institution
		var ids []int64
		err = tx.WithContext(ctx).Raw(`INSERT INTO share_divisions (shop_id, table_id, month, amount, cost, state, form_key, needs_check, proposed_by, proposed_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			shopID, d.TableID, d.Month, int64(d.Amount), int64(d.Cost), string(Proposed), n.FormKey, institution, actor.UserID, now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("share: divide for shop %d: %w", shopID, err)
		}
		if len(ids) == 0 { // the same form sent twice at once, another proposal, or the same amount again
			if result, found, err = s.byKey(ctx, tx, shopID, n.FormKey); err != nil || found {
				return err
			}
			return s.whyNotTx(ctx, tx, shopID)
		}
		for _, l := range d.Lines {
			kind := "share"
			if l.Back {
				kind = "back"
			}
			err := tx.WithContext(ctx).Exec("INSERT INTO share_division_parts (division_id, party_id, kind, label, pieces, amount) VALUES (?, ?, ?, ?, ?, ?)",
				ids[0], l.PartyID, kind, l.Label, l.Pieces, int64(l.Amount)).Error
			if err != nil {
				return fmt.Errorf("share: divide for shop %d: %w", shopID, err)
			}
		}
		if err := s.countWorkTx(ctx, tx, ids[0], shopID, d); err != nil {
			return err
		}
		if err := record(ctx, tx, actor, "propose", "share_division", ids[0], d.Shared().String()); err != nil {
			return err
		}
		if !institution {
			if err := s.bookTx(ctx, tx, actor, ids[0], now); err != nil {
				return err
			}
		}
		result, err = s.byID(ctx, tx, ids[0])
		return err
	})
	return result, err
}

func (s *Service) whyNotTx(ctx context.Context, tx *gorm.DB, shopID int64) error {
	var open int64
	err := tx.WithContext(ctx).Raw("SELECT COUNT(*) FROM share_divisions WHERE shop_id = ? AND state = ?", shopID, string(Proposed)).Scan(&open).Error
	if err != nil {
		return fmt.Errorf("share: divisions of shop %d: %w", shopID, err)
	}
	if open > 0 {
		return fault.Conflict("shares.division.open")
	}
	return fault.Conflict("shares.division.again")
}

// bookTx makes a proposed division true: Dr shop_payable / Cr share_due of each party.
func (s *Service) bookTx(ctx context.Context, tx *gorm.DB, actor account.Actor, id int64, now time.Time) error {
	if err := moveTx(tx, "UPDATE share_divisions SET state = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = ?",
		string(Done), actor.UserID, now, id, string(Proposed)); err != nil {
		return err
	}
	d, err := s.byID(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := s.openTx(ctx, tx, d); err != nil {
		return err
	}
	err = s.books.PostTx(ctx, tx, d.entry(fmt.Sprintf("division %d", id), ledger.Shared, 1))
	if errors.Is(err, ledger.ErrInsufficient) {
		return fault.Conflict("shares.division.short").Because(err)
	}
	if err != nil {
		return err
	}
	return record(ctx, tx, actor, "confirm", "share_division", id, d.Shared().String())
}

// openTx refuses to give something to a party that was closed meanwhile.
func (s *Service) openTx(ctx context.Context, tx *gorm.DB, d Division) error {
	held := make([]int64, 0, len(d.Lines))
	for party := range d.ByParty() {
		held = append(held, party)
	}
	slices.Sort(held)
	for _, party := range held {
		// holds the row, so that nobody leaves or is released meanwhile
		if err := tx.WithContext(ctx).Exec("UPDATE share_parties SET label = label WHERE id = ?", party).Error; err != nil {
			return fmt.Errorf("share: party %d: %w", party, err)
		}
		p, err := s.PartyTx(ctx, tx, party)
		if err != nil {
			return err
		}
		if !p.Open() {
			return fault.Conflict("shares.division.closed", "party", p.Label)
		}
	}
	return nil
}

// entry is the posting of a division, sign 1, or of its taking back, −1.
func (d Division) entry(key string, kind ledger.EntryKind, sign money.Rupiah) ledger.Entry {
	e := ledger.Entry{Key: key, Kind: kind, RefKind: "division", RefID: d.ID, Memo: d.Month,
		Lines: []ledger.Line{{Account: payable(d.ShopID), Amount: sign * d.Shared()}}}
	sums := d.ByParty()
	parties := make([]int64, 0, len(sums))
	for party := range sums {
		parties = append(parties, party)
	}
	slices.Sort(parties)
	for _, party := range parties {
		e.Lines = append(e.Lines, ledger.Line{Account: Due(party), Amount: -sign * sums[party]})
	}
	return e
}

// second lets an institution's second person decide: another of those who run its
// shop, never who proposed; a head of its territory without an interest in it.
func (s *Service) second(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID, first int64) error {
	shop, err := s.shops.ShopTx(ctx, tx, shopID)
	if err != nil {
		return err
	}
	head := actor.SignedIn() && actor.Has(account.RoleHead) && actor.Covers(shop.RegencyCode)
	if !head {
		if err := mustRun(actor, shopID); err != nil {
			return err
		}
	}
	if first == actor.UserID || head && !runs(actor, shopID) && actor.Conflicted(shopID) {
		return fault.Forbidden("shares.division.second")
	}
	return nil
}

// Confirm is an institution's second person agreeing: now the money is the parties'.
// Errors: NotFound, Forbidden for who proposed it; Conflict when it was decided
// meanwhile, the shop has too little, or a party was closed.
func (s *Service) Confirm(ctx context.Context, actor account.Actor, id int64) (Division, error) {
	return s.decide(ctx, id, func(tx *gorm.DB, d Division, now time.Time) error {
		if err := s.second(ctx, tx, actor, d.ShopID, d.ProposedBy); err != nil {
			return err
		}
		if d.DecidedBy == actor.UserID && d.State == Done {
			return nil // the second of two presses
		}
		return s.bookTx(ctx, tx, actor, id, now)
	})
}

// Drop takes a proposal away: who proposed it, or the second person refusing it.
// Nothing was booked.
func (s *Service) Drop(ctx context.Context, actor account.Actor, id int64) (Division, error) {
	return s.decide(ctx, id, func(tx *gorm.DB, d Division, now time.Time) error {
		to, verb := Refused, "refuse"
		if d.ProposedBy == actor.UserID {
			to, verb = Cancelled, "cancel"
		} else if err := s.second(ctx, tx, actor, d.ShopID, d.ProposedBy); err != nil {
			return err
		}
		err := moveTx(tx, "UPDATE share_divisions SET state = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = ?",
			string(to), actor.UserID, now, id, string(Proposed))
		if err != nil {
			return err
		}
		if err := freeWorkTx(tx, id); err != nil {
			return err
		}
		return record(ctx, tx, actor, verb, "share_division", id, "")
	})
}

// reasonMax bounds why a division is taken back.
const reasonMax = 300

// Undo takes a booked division back by an entry of its own, for a reason: the money
// is the shop's again. Who runs the shop; in an institution one person asks and
// another one's Undo does it. Errors: NotFound, Forbidden for who asked; Invalid
// (field reason); Conflict when a party has taken its part already.
func (s *Service) Undo(ctx context.Context, actor account.Actor, id int64, reason string) (Division, error) {
	return s.decide(ctx, id, func(tx *gorm.DB, d Division, now time.Time) error {
		if err := mustRun(actor, d.ShopID); err != nil {
			return err
		}
		if d.State == Reversed {
			return nil
		}
		if d.NeedsCheck && d.UndoBy == 0 || !d.NeedsCheck {
			if reason = strings.TrimSpace(reason); reason == "" || len(reason) > 4*reasonMax {
				return fault.Invalid("finance.reason.missing").With("reason", "finance.reason.missing")
			}
			err := moveTx(tx, "UPDATE share_divisions SET undo_by = ?, undo_reason = ? WHERE id = ? AND state = ? AND undo_by = 0", actor.UserID, reason, id, string(Done))
			if err != nil {
				return err
			}
			if err := record(ctx, tx, actor, "ask_undo", "share_division", id, ""); err != nil || d.NeedsCheck {
				return err
			}
		} else if d.UndoBy == actor.UserID {
			return fault.Forbidden("shares.division.second")
		}
		err := moveTx(tx, "UPDATE share_divisions SET state = ?, reversed_by = ?, reversed_at = ? WHERE id = ? AND state = ?",
			string(Reversed), actor.UserID, now, id, string(Done))
		if err != nil {
			return err
		}
		if err := freeWorkTx(tx, id); err != nil {
			return err
		}
		err = s.books.PostTx(ctx, tx, d.entry(fmt.Sprintf("division %d reversed", id), ledger.Correction, -1))
		if errors.Is(err, ledger.ErrInsufficient) {
			return fault.Conflict("shares.division.taken").Because(err)
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, actor, "reverse", "share_division", id, "")
	})
}

func (s *Service) decide(ctx context.Context, id int64, do func(tx *gorm.DB, d Division, now time.Time) error) (Division, error) {
	var result Division
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		d, err := s.byID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := do(tx.WithContext(ctx), d, now); err != nil {
			return err
		}
		result, err = s.byID(ctx, tx, id)
		return err
	})
	return result, err
}

// moveTx is one conditional step; when the row is not where it is expected,
// somebody else was faster.
func moveTx(tx *gorm.DB, query string, args ...any) error {
	done := tx.Exec(query, args...)
	if done.Error != nil {
		return fmt.Errorf("share: move division: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Conflict("shares.division.moved")
	}
	return nil
}
