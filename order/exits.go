package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// open says whether what a move needs beside its row of the table is there: a
// question to answer, proof to deny, a complaint. What depends on the hour is
// checked by the move itself.
func (o Order) open(name Transition) bool {
	switch name {
	case DenyDirect:
		return !o.ProofAt.IsZero()
	case AcceptDate, DeclineDate:
		return !o.NewDate.IsZero() && o.DateDeclinedAt.IsZero()
	case CallOff:
		return !o.NewDate.IsZero()
	case Complain:
		return o.ComplainedAt.IsZero()
	case AnswerComplaint:
		return !o.ComplainedAt.IsZero()
	case ProposeBack:
		return false // what a decision about a large sum becomes, never a button
	case RefundAfter:
		return o.Paid() && o.Remaining() > 0 || !o.ComplainedAt.IsZero()
	}
	return true
}

// takeReason takes a person's words for a move; missing is the text key of the
// error without them, empty when they may be left out.
func (st *step) takeReason(bad *fault.Error, reason, missing string) {
	st.reason = strings.TrimSpace(reason)
	switch {
	case st.reason == "" && missing != "":
		bad.With("reason", missing)
	case utf8.RuneCountInString(st.reason) > maxReason:
		bad.With("reason", "order.move.too_long", "max", maxReason)
	}
}

// PictureOwner is the media owner kind of photos of an order's steps; the owner
// id is the order's.
const PictureOwner = "order"

// MaxPictures is how many photos one step may have.
const MaxPictures = 4

// Cause is what a complaint is about.
type Cause string

// The causes.
const (
	CauseMissing Cause = "missing" // fewer than ordered
	CauseBroken  Cause = "broken"  // damaged on the way
	CauseWrong   Cause = "wrong"   // not what was ordered
	CauseBad     Cause = "bad"     // spoiled, or badly made
	CauseNever   Cause = "never"   // nothing came
	CauseOther   Cause = "other"
)

// Causes are all of them, in the order of the form.
var Causes = []Cause{CauseMissing, CauseBroken, CauseWrong, CauseBad, CauseNever, CauseOther}

// LabelKey is the text key of its name.
func (c Cause) LabelKey() string { return "order.cause." + string(c) }

// evidence are the moves that photos may go with.
var evidence = []Transition{Dispatch, HandOver, TurnBack, CameBack, Complain, AnswerComplaint}

// takePicturesTx checks the photos of a move: of this order, and few.
func (s *Service) takePicturesTx(ctx context.Context, tx *gorm.DB, st *step, row orderRow, ids []int64) error {
	if len(ids) == 0 || !slices.Contains(evidence, st.rule.Name) {
		return nil
	}
	if len(ids) > MaxPictures {
		return fault.Invalid("order.move.check").With("photo", "order.pictures.too_many", "max", MaxPictures)
	}
	kept, err := s.parts.Pictures.PicturesTx(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if p := kept[id]; p.OwnerKind != PictureOwner || p.OwnerID != row.ID {
			return fault.NotFound(fmt.Sprintf("picture %d of order %d", id, row.ID))
		}
	}
	st.pictures = ids
	return nil
}

// showTx keeps a step's photos with it.
func showTx(ctx context.Context, tx *gorm.DB, event eventRow, ids []int64) error {
	for _, id := range ids {
		err := tx.WithContext(ctx).Exec("INSERT INTO order_pictures (picture_id, order_id, event_id) VALUES (?, ?, ?)", id, event.OrderID, event.ID).Error
		if err != nil {
			return fmt.Errorf("order: picture %d: %w", id, err)
		}
	}
	return nil
}

// BuyerMoves lists the moves the buyer may make on an order as it stands: the
// buttons of its page.
func BuyerMoves(o Order) []Transition {
	return slices.DeleteFunc(Possible(o.State, Buyer, o.Kind()), func(name Transition) bool { return !o.open(name) })
}

// MaySeePictures says whether a signed-in person may see the photos of an order's
// steps: who may read the order, and while its contact is not hidden from the shop.
func (s *Service) MaySeePictures(ctx context.Context, actor account.Actor, orderID int64) (bool, error) {
	if actor.IsSystem() { // the edge, for who holds the token
		return true, nil
	}
	o, err := s.One(ctx, actor, orderID)
	if fault.Is(err, fault.KindNotFound) {
		return false, nil
	}
	return err == nil && (!o.ContactHidden || oversees(actor, o.RegencyCode)), err
}

// needWords are the moves that need a reason, and what is said without one.
var needWords = map[Transition]string{
	DenyDirect:      "order.reason.deny",
	ProposeDate:     "order.reason.date",
	TurnBack:        "order.reason.turn_back",
	Complain:        "order.reason.complain",
	AnswerComplaint: "order.reason.answer",
	Replace:         "order.reason.decision",
	Resolve:         "order.reason.decision",
	RefundAfter:     "order.reason.decision",
}

// takeExit checks the input of the moves beside the straight way.
func (s *Service) takeExit(st *step, row orderRow, in MoveInput) error {
	bad := fault.Invalid("order.move.check")
	st.takeReason(bad, in.Reason, needWords[st.rule.Name])
	switch st.rule.Name {
	case DenyDirect:
		st.set["direct_proof_at"], st.set["remind_at"], st.set["pay_until"] = nil, nil, st.now.Add(s.settings.DirectPayWithin)
	case ProposeDate:
		st.takeDate(bad, row, in.Date)
	case AcceptDate:
		st.set["ready_by"], st.set["new_date"], st.set["new_date_at"] = *row.NewDate, nil, nil
	case DeclineDate:
		st.set["date_declined_at"] = st.now
	case Complain:
		if !slices.Contains(Causes, in.Cause) {
			bad.With("cause", "order.complain.cause")
		}
		st.cause, st.set["complained_at"] = in.Cause, st.now
		if row.State == Completed && (row.ComplainUntil == nil || !st.now.Before(*row.ComplainUntil)) {
			return fault.Conflict("order.complain.too_late")
		}
	case CallOff, Close:
		st.back = row.remaining()
	case Replace:
		st.settled()
	case Resolve:
		// Nothing was paid: nothing is to be paid any more either.
		if st.back = row.remaining(); row.PaidAt != nil {
			st.takeAmount(bad, row, in.GiveBack, 0)
		}
		s.secondPerson(st, row)
	case RefundAfter:
		least := money.Rupiah(1)
		if row.ComplainedAt != nil {
			least = 0 // a complaint that is not right
		}
		st.takeAmount(bad, row, in.GiveBack, least)
		s.secondPerson(st, row)
	}
	return bad.OrNil()
}

// settled ends a complaint and what was proposed about it.
func (st *step) settled() {
	st.set["complained_at"], st.set["proposed_back"], st.set["proposed_by"] = nil, 0, 0
}

// secondPerson makes a decision about a large sum of held money a proposal, unless
// another of staff proposed the same sum (design §3.9).
func (s *Service) secondPerson(st *step, row orderRow) {
	if !row.PayBy.Held() || st.back <= s.settings.TwoPeopleAbove || row.ProposedBack == st.back && row.ProposedBy != st.by.actor {
		st.settled()
		return
	}
	st.rule = RulesOf(ProposeBack)[0]
	st.set["proposed_back"], st.set["proposed_by"] = st.back, st.by.actor
	st.back = 0
}

// takeAmount takes what staff give back, from least to all that is left.
func (st *step) takeAmount(bad *fault.Error, row orderRow, amount, least money.Rupiah) {
	if amount < least || amount > row.remaining() {
		bad.With("amount", "order.resolve.amount", "max", row.remaining())
	}
	st.back = amount
}

// takeDate takes a new promised day: later than the one promised, in the shop's zone.
func (st *step) takeDate(bad *fault.Error, row orderRow, day time.Time) {
	zone := calendar.Zone(row.RegencyCode)
	day = day.In(zone)
	midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	switch {
	case !midnight.After(st.now) || row.ReadyBy != nil && !midnight.After(*row.ReadyBy):
		bad.With("date", "order.date.later")
	case midnight.After(st.now.In(zone).AddDate(1, 0, 0)): // also over a 29 February
		bad.With("date", "order.date.far")
	}
	st.set["new_date"], st.set["new_date_at"], st.set["date_declined_at"] = midnight.UTC(), st.now, nil
}

// holdAgainOneTx promises the lines of one lapsed order once more, or says that
// they are sold.
func (s *Service) holdAgainOneTx(ctx context.Context, tx *gorm.DB, row orderRow) error {
	err := s.holdAgainTx(ctx, tx, []orderRow{row})
	var short *catalog.ShortError
	if errors.As(err, &short) {
		return fault.Conflict("order.direct.sold_out").Because(err)
	}
	return err
}
