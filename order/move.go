package order

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

const (
	maxReason   = 300
	maxTracking = 60
	maxCourier  = 60
)

// party is who makes a move, with the users behind it for the trail.
type party struct {
	who     Who
	actor   int64
	subject int64
}

// Move lets a signed-in person move an order of a shop they run, assist or
// oversee; an order of another shop is NotFound, a move their party may not
// make is Forbidden, a move from another state (or from a version other than
// in.Seen) is a Conflict that changes nothing, missing input is Invalid. It
// opens its own transaction. A second call with the same FormKey returns the
// order as the first left it.
func (s *Service) Move(ctx context.Context, actor account.Actor, orderID int64, name Transition, in MoveInput) (Order, error) {
	return s.run(ctx, name, in, func(tx *gorm.DB) (orderRow, []party, error) {
		row, err := lockedTx(ctx, tx, orderID)
		if err != nil {
			return row, nil, err
		}
		parties := partiesOf(actor, row)
		if len(parties) == 0 {
			return row, nil, fault.NotFound(fmt.Sprintf("order %d for user %d", orderID, actor.UserID))
		}
		return row, parties, nil
	})
}

// MoveByToken lets the buyer, known by the token of /pesanan/{token}, make one of
// their moves: deliver ("sudah sampai") or complete. Errors as for Move.
func (s *Service) MoveByToken(ctx context.Context, token string, name Transition, in MoveInput) (Order, error) {
	if name == GiveUp {
		// Giving up one order would leave an invoice over the whole purchase:
		// see checkout.Service.GiveUp.
		return Order{}, fault.Forbidden("order.move.whole_purchase")
	}
	_, err := s.run(ctx, name, in, s.loadByToken(ctx, token))
	if err != nil {
		return Order{}, err
	}
	return s.ByToken(ctx, token)
}

// ConfirmByToken is the buyer's "barang sudah saya terima": a dispatched order is
// delivered and at once completed, a delivered one completed, so that the shop
// gets its money without waiting for the timers. Before dispatch, and once it is
// completed (unless the same form is sent again), it is a Conflict.
func (s *Service) ConfirmByToken(ctx context.Context, token, formKey string) (Order, error) {
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, parties, err := s.loadByToken(ctx, token)(tx)
		if err != nil {
			return err
		}
		first, err := claimFormTx(ctx, tx, row.ID, formKey, Complete)
		if err != nil || !first {
			return err
		}
		for _, name := range []Transition{Deliver, Complete} {
			if name == Deliver && row.State != Dispatched {
				continue
			}
			if row, _, err = s.stepTx(ctx, tx, row, name, parties[0], MoveInput{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Order{}, err
	}
	return s.ByToken(ctx, token)
}

func (s *Service) loadByToken(ctx context.Context, token string) func(tx *gorm.DB) (orderRow, []party, error) {
	return func(tx *gorm.DB) (orderRow, []party, error) {
		row, err := s.rowByTokenTx(ctx, tx, token)
		if err == nil {
			row, err = lockedTx(ctx, tx, row.ID)
		}
		return row, []party{{who: Buyer, actor: row.BuyerUserID}}, err
	}
}

// partiesOf lists what the actor is to an order's shop, own shop first. Orders
// that wait for money to come to us are nobody's business in the shop yet.
func partiesOf(actor account.Actor, row orderRow) []party {
	var parties []party
	if row.shops() {
		if actor.Runs(row.ShopID) {
			parties = append(parties, party{who: Seller, actor: actor.UserID})
		}
		if actor.Assists(row.ShopID) {
			parties = append(parties, party{who: Companion, actor: actor.UserID, subject: actor.SubjectFor(row.ShopID)})
		}
	}
	if oversees(actor, row.RegencyCode) {
		parties = append(parties, party{who: Staff, actor: actor.UserID})
	}
	return parties
}

// oversees says whether the actor is staff for a shop in that regency.
func oversees(actor account.Actor, regencyCode string) bool {
	return actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) && actor.Covers(regencyCode)
}

// run is one move in one transaction.
func (s *Service) run(ctx context.Context, name Transition, in MoveInput,
	load func(tx *gorm.DB) (orderRow, []party, error)) (Order, error) {
	var result Order
	// A wrong pick-up code is an answer that must be counted, so it commits.
	var wrongCode error
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		wrongCode = nil
		row, parties, err := load(tx)
		if err != nil {
			return err
		}
		if len(RulesOf(name)) == 0 {
			return fault.NotFound("order move " + string(name))
		}
		by, err := chooseParty(parties, row, name)
		if err != nil {
			return err
		}
		by, err = s.actingForTx(ctx, tx, row, name, by)
		if err != nil {
			return err
		}
		first, err := claimFormTx(ctx, tx, row.ID, in.FormKey, name)
		if err != nil {
			return err
		}
		if first {
			row, wrongCode, err = s.stepTx(ctx, tx, row, name, by, in)
		} else {
			row, err = rowTx(ctx, tx, row.ID)
		}
		if err != nil {
			return err
		}
		if wrongCode != nil {
			// The form may be sent again with another code.
			return releaseFormTx(ctx, tx, row.ID, in.FormKey)
		}
		orders, err := assemble(ctx, tx, []orderRow{row})
		if err != nil {
			return err
		}
		result = orders[0]
		result.Events, err = eventsOf(ctx, tx, row)
		crash.Point("order/move/written")
		return err
	})
	crash.Point("order/move/committed")
	if err == nil {
		err = wrongCode
	}
	if err != nil {
		return Order{}, err
	}
	return result, nil
}

// chooseParty is as whom somebody who is several things to the shop makes the move:
// what the table lets make it now, else what it lets make it at all. Forbidden
// when it lets none of them.
func chooseParty(parties []party, row orderRow, name Transition) (party, error) {
	chosen := slices.IndexFunc(parties, func(p party) bool {
		_, ok := Find(name, row.State, p.who, row.kind())
		return ok
	})
	if chosen < 0 {
		chosen = slices.IndexFunc(parties, func(p party) bool { return may(name, p.who) })
	}
	if chosen < 0 {
		return party{}, fault.Forbidden("order.move.not_yours")
	}
	return parties[chosen], nil
}

// actingForTx names the maker in whose place staff make a seller's move, so that
// the trail shows both.
func (s *Service) actingForTx(ctx context.Context, tx *gorm.DB, row orderRow, name Transition, by party) (party, error) {
	if _, sellers := Find(name, row.State, Seller, row.kind()); by.who != Staff || !sellers {
		return by, nil
	}
	members, err := s.parts.People.MembersTx(ctx, tx, row.ShopID)
	if err == nil && len(members) > 0 {
		by.subject = members[0].ID
	}
	return by, err
}

// claimFormTx says whether this is the first send of the form. On PostgreSQL a
// second send waits here for the first to commit.
func claimFormTx(ctx context.Context, tx *gorm.DB, orderID int64, formKey string, name Transition) (bool, error) {
	if formKey == "" {
		return true, nil
	}
	done := tx.WithContext(ctx).Exec("INSERT INTO order_forms (order_id, form_key, move) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		orderID, formKey, name)
	if done.Error != nil {
		return false, fmt.Errorf("order: form: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

func releaseFormTx(ctx context.Context, tx *gorm.DB, orderID int64, formKey string) error {
	return tx.WithContext(ctx).Exec("DELETE FROM order_forms WHERE order_id = ? AND form_key = ?", orderID, formKey).Error
}

// stepTx makes a person's move: it checks the table and the input, then applies
// the row with its effects. The second value is a wrong pick-up code.
func (s *Service) stepTx(ctx context.Context, tx *gorm.DB, row orderRow, name Transition, by party, in MoveInput) (orderRow, error, error) {
	rule, ok := Find(name, row.State, by.who, row.kind())
	if !ok || !publicOrder(row, Recipient{}).open(name) {
		return row, nil, notNow(row.State)
	}
	if in.Seen != 0 && in.Seen != row.Version {
		return row, nil, fault.Conflict("order.move.changed")
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return row, nil, err
	}
	st := step{rule: rule, by: by, now: now, set: map[string]any{}}
	switch rule.Name {
	case Dispatch:
		err = st.takeTracking(row, in)
	case HandOver:
		var wrong error
		wrong, err = s.tryCodeTx(ctx, tx, row, in.Code, now)
		if wrong != nil || err != nil {
			return row, wrong, err
		}
		st.set["pickup_tries"] = 0
	case UndoSale:
		err = s.undoTx(ctx, tx, &st, row)
	case Refuse, RefusePart:
		var lines []lineRow
		if lines, err = linesTx(ctx, tx, row.ID); err == nil {
			err = st.takeRefusal(row, lines, in)
		}
	default:
		set, fresh := s.asSet(ctx, tx)
		if fresh != nil {
			return row, nil, fresh
		}
		err = set.takeExit(&st, row, in)
	}
	if err != nil {
		return row, nil, err
	}
	if err := s.takePicturesTx(ctx, tx, &st, row, in.Pictures); err != nil {
		return row, nil, err
	}
	if rule.Does(RepeatPromises) {
		if err := s.holdAgainOneTx(ctx, tx, row); err != nil {
			return row, nil, err
		}
	}
	row, err = s.applyTx(ctx, tx, row, st)
	return row, nil, err
}

func notNow(state State) error {
	return fault.Conflict("order.move.not_now", "state", StateName(state))
}

// takeTracking checks the courier's name and number; a maker who delivers in
// person may leave both empty.
func (st *step) takeTracking(row orderRow, in MoveInput) error {
	courier, number := strings.TrimSpace(in.Courier), strings.TrimSpace(in.TrackingNumber)
	bad := fault.Invalid("order.dispatch.check")
	if row.DeliveryMethod == delivery.Courier {
		if courier == "" {
			bad.With("courier", "order.dispatch.courier_missing")
		}
		if number == "" {
			bad.With("tracking_number", "order.dispatch.number_missing")
		}
	}
	if utf8.RuneCountInString(courier) > maxCourier {
		bad.With("courier", "order.move.too_long", "max", maxCourier)
	}
	if utf8.RuneCountInString(number) > maxTracking {
		bad.With("tracking_number", "order.move.too_long", "max", maxTracking)
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	st.set["courier"], st.set["tracking_number"] = courier, number
	return nil
}

// takeRefusal works out what "tidak sanggup" gives back. A refusal that names
// everything that is left becomes the whole one.
func (st *step) takeRefusal(row orderRow, lines []lineRow, in MoveInput) error {
	bad := fault.Invalid("order.refuse.check")
	st.takeReason(bad, in.Reason, "order.refuse.reason_missing")
	st.cancel = map[int64]int64{}
	everything := true
	asked := 0
	for _, l := range lines {
		left := l.Quantity - l.Cancelled
		n := left
		if st.rule.Name == RefusePart {
			n = in.Lines[l.ID]
			if _, named := in.Lines[l.ID]; named {
				asked++
			}
		}
		switch {
		case n < 0 || n > left:
			bad.With(fmt.Sprintf("line_%d", l.ID), "order.refuse.quantity", "left", left)
			continue
		case n < left:
			everything = false
		}
		if n > 0 {
			st.cancel[l.ID] = n
			st.back += l.UnitPrice * money.Rupiah(n)
		}
	}
	if asked < len(in.Lines) && st.rule.Name == RefusePart {
		return fault.NotFound(fmt.Sprintf("line of another order than %d", row.ID))
	}
	if len(st.cancel) == 0 && len(bad.Fields) == 0 {
		bad.With("lines", "order.refuse.nothing")
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	if everything {
		st.rule = RulesOf(Refuse)[0]
		st.back = row.remaining()
	}
	return nil
}

// tryCodeTx takes one try, atomically, before it looks at the code, so that
// parallel guesses cannot share a try.
func (s *Service) tryCodeTx(ctx context.Context, tx *gorm.DB, row orderRow, code string, now time.Time) (wrong, err error) {
	code = strings.Join(strings.FieldsFunc(code, func(r rune) bool { return r == ' ' || r == '-' }), "")
	if code == "" {
		return nil, fault.Invalid("order.hand_over.check").With("code", "order.hand_over.code_missing")
	}
	var tries []int64
	err = tx.WithContext(ctx).Raw(`UPDATE orders SET pickup_tries = pickup_tries + 1, pickup_blocked_until = NULL
		WHERE id = ? AND state = ? AND (pickup_blocked_until IS NULL OR pickup_blocked_until <= ?) RETURNING pickup_tries`,
		row.ID, row.State, now).Scan(&tries).Error
	if err != nil {
		return nil, fmt.Errorf("order: pick-up try: %w", err)
	}
	if len(tries) == 0 {
		return nil, fault.RateLimited("order.hand_over.blocked", "minutes", int(s.settings.PickupPause.Minutes()))
	}
	want := s.pickupCode(row)
	if want != "" && id.Hash(want) == id.Hash(code) {
		return nil, nil
	}
	left := s.settings.PickupTries - tries[0]
	if left <= 0 {
		err = tx.WithContext(ctx).Exec("UPDATE orders SET pickup_tries = 0, pickup_blocked_until = ? WHERE id = ?",
			now.Add(s.settings.PickupPause), row.ID).Error
		if err != nil {
			return nil, fmt.Errorf("order: pick-up pause: %w", err)
		}
		return fault.RateLimited("order.hand_over.blocked", "minutes", int(s.settings.PickupPause.Minutes())), nil
	}
	return fault.Invalid("order.hand_over.check").With("code", "order.hand_over.code_wrong", "left", left), nil
}

// step is one move about to be applied.
type step struct {
	rule     Rule
	by       party
	now      time.Time
	reason   string
	cause    Cause
	pictures []int64         // evidence
	set      map[string]any  // further columns of orders
	cancel   map[int64]int64 // line id to further cancelled quantity
	back     money.Rupiah    // given back by this move, or taken off what is to be paid
	charge   money.Rupiah    // of back: what is no longer held, so that the shop gives it back
	sale     money.Rupiah    // what the shop took itself with this move
}

// applyTx changes the state by one conditional UPDATE and does everything that
// the table says follows, in the caller's transaction. When another transaction
// was faster it returns a Conflict.
func (s *Service) applyTx(ctx context.Context, tx *gorm.DB, row orderRow, st step) (orderRow, error) {
	if !st.rule.Allows(row.State, st.by.who) || !st.rule.Only.fits(row.kind()) {
		return row, notNow(row.State)
	}
	to := st.rule.To
	if to == "" {
		to = row.State
	}
	if st.set == nil {
		st.set = map[string]any{}
	}
	st.set["state"], st.set["version"] = to, row.Version+1
	set, err := s.asSet(ctx, tx)
	if err != nil {
		return row, err
	}
	set.schedule(st.set, row, to, st.now)
	if st.back > 0 {
		st.set["refunded"] = row.Refunded + st.back
		if st.charge = st.back - min(st.back, row.stillHeld()); !row.PayBy.Held() {
			st.charge = 0
		}
		st.set["clawed"] = row.Clawed + st.charge
	}
	if st.rule.Does(UsePromises) && row.PromisesUsedAt == nil {
		st.set["promises_used_at"] = st.now
	}
	if st.rule.Does(BookSale) && row.PaidAt == nil {
		st.set["paid_at"], st.sale = st.now, row.remaining()
	}
	done := tx.WithContext(ctx).Table("orders").
		Where("id = ? AND state = ? AND version = ?", row.ID, row.State, row.Version).Updates(st.set)
	if done.Error != nil {
		return row, fmt.Errorf("order: %s %d: %w", st.rule.Name, row.ID, done.Error)
	}
	if done.RowsAffected == 0 {
		return row, fault.Conflict("order.move.changed")
	}
	event := eventRow{OrderID: row.ID, At: st.now, Move: st.rule.Name, FromState: row.State, ToState: to, Who: st.by.who,
		ActorID: st.by.actor, SubjectID: st.by.subject, Cause: st.cause, Reason: st.reason, Amount: st.back}
	if err := tx.WithContext(ctx).Create(&event).Error; err != nil {
		return row, fmt.Errorf("order: event: %w", err)
	}
	if err := showTx(ctx, tx, event, st.pictures); err != nil {
		return row, err
	}
	moved := append(row.story(), slog.String("move", string(st.rule.Name)), slog.String("from", string(row.State)),
		slog.String("to", string(to)), slog.String("who", string(st.by.who)))
	if st.back > 0 {
		moved = append(moved, slog.Int64("back", int64(st.back)))
	}
	story.Tell(ctx, tx, "order moved", moved...)
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: st.by.actor, Subject: st.by.subject, Verb: string(st.rule.Name),
		Object: "order", ObjectID: row.ID, Note: string(st.by.who)})
	if err != nil {
		return row, err
	}
	after, err := rowTx(ctx, tx, row.ID)
	if err != nil {
		return row, err
	}
	refund, err := s.effectsTx(ctx, tx, after, st, event)
	if err != nil {
		return row, err
	}
	if err := s.tellTx(ctx, tx, after, st, refund); err != nil {
		return row, err
	}
	return rowTx(ctx, tx, row.ID)
}

// schedule sets the times and timers that entering a state brings; a timer of
// the state left behind is cleared.
func (s *Service) schedule(set map[string]any, row orderRow, to State, now time.Time) {
	if to == row.State {
		return
	}
	for _, timer := range []string{"remind_at", "ask_at", "deliver_at", "complete_at", "pay_until", "collect_by"} {
		set[timer] = nil
	}
	set["state_at"] = now
	local := now.In(calendar.Zone(row.RegencyCode))
	if to != Making {
		set["new_date"], set["new_date_at"], set["date_declined_at"] = nil, nil, nil
	}
	switch to {
	case ToDo:
		set["begun_at"], set["remind_at"] = now, now.Add(s.settings.UnseenAfter)
		if row.kind().Outside { // who wrote it down has seen it
			set["seen_at"], set["remind_at"] = now, nil
		}
	case Making, Ready:
		if row.SeenAt == nil {
			set["seen_at"] = now // who works on it has seen it
		}
		if to == Ready && row.pickup() && !row.kind().Outside {
			set["collect_by"] = calendar.AddWorkingDays(local, s.settings.CollectWithin).UTC()
		}
	case Dispatched:
		arrival := now.AddDate(0, 0, row.DeliveryDaysMax)
		set["dispatched_at"], set["ask_at"] = now, arrival
		if row.PayBy != ByCOD { // only who took the money knows that it came
			set["deliver_at"] = arrival.Add(s.settings.ArrivalGrace)
		}
	case Delivered:
		if row.kind().Outside { // goods on credit: it ends when the money comes
			set["delivered_at"] = now
			return
		}
		complete := calendar.AddWorkingDays(local, s.settings.CompleteAfter).UTC()
		set["delivered_at"], set["complete_at"] = now, complete
		set["complain_until"] = calendar.AddWorkingDays(local, max(s.settings.CompleteAfter, s.settings.ComplainWithin)).UTC()
	case Completed:
		set["completed_at"] = now
		if row.DeliveredAt == nil && row.kind().Outside {
			set["delivered_at"] = now
		}
	}
}
