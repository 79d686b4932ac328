package order

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Source is where an order came from. It names a way, never a person.
type Source string

// The sources. Those of buyers in the shop window are the ways in which somebody
// passed a page on; the others are sales that the maker made herself and wrote down.
const (
	FromWeb       Source = "web" // by itself, or nobody knows how
	FromWhatsApp  Source = "whatsapp"
	FromFacebook  Source = "facebook"
	FromStatus    Source = "status" // the status-sized picture
	FromPoster    Source = "poster"
	FromCompanion Source = "companion"
	FromOther     Source = "other"

	OutsideWhatsApp  Source = "outside_whatsapp"
	OutsideNeighbour Source = "outside_neighbour"
	OutsideMarket    Source = "outside_market"
	OutsideFacebook  Source = "outside_facebook"
	OutsideOther     Source = "outside_other"
)

// Ways are the sources a link can carry, Outsides those a maker can choose, both in
// the order people see them.
var (
	Ways     = []Source{FromWhatsApp, FromFacebook, FromStatus, FromPoster, FromCompanion, FromOther}
	Outsides = []Source{OutsideWhatsApp, OutsideNeighbour, OutsideMarket, OutsideFacebook, OutsideOther}
)

// Outside says that the maker sold it herself, outside the shop window.
func (s Source) Outside() bool { return strings.HasPrefix(string(s), "outside_") }

// LabelKey is the text key of its name.
func (s Source) LabelKey() string { return "salesource." + string(s) }

// UndoWithin is how long a sale that the maker wrote down can be taken back by one
// press. What is wrong later is refused in part or whole, or is staff's to give back.
const UndoWithin = 15 * time.Minute

// Taken is what the maker said of a sale she wrote down.
type Taken struct {
	Paid bool // she has the money
	Gone bool // the buyer has the goods
}

// SoldTx brings an outside sale that is paid in cash to where it stands: begun, paid
// if she has the money, given if the buyer has the goods. The use case that created
// and promised it calls it in the same transaction; the actor manages the shop.
// Orders that are not such sales are an error of the caller.
func (s *Service) SoldTx(ctx context.Context, tx *gorm.DB, actor account.Actor, orderID int64, t Taken) error {
	if err := s.BeginTx(ctx, tx, []int64{orderID}); err != nil {
		return err
	}
	row, err := lockedTx(ctx, tx, orderID)
	if err != nil {
		return err
	}
	for _, m := range []struct {
		name Transition
		on   bool
	}{{TakeCash, t.Paid}, {Give, t.Gone}} {
		if !m.on {
			continue
		}
		by, err := chooseParty(partiesOf(actor, row), row, m.name)
		if err != nil {
			return err
		}
		if row, _, err = s.stepTx(ctx, tx, row, m.name, by, MoveInput{}); err != nil {
			return err
		}
	}
	return nil
}

// SourceCount is how many orders came one way.
type SourceCount struct {
	Source Source
	Orders int64
}

// Sources counts a shop's orders that became work in one month ("2026-11", of the
// shop's clock), by where they came from, the most first. Members, companions and overseeing staff
// may ask; others get NotFound, and so does a month that is none.
func (s *Service) Sources(ctx context.Context, actor account.Actor, shop Shop, month string) ([]SourceCount, error) {
	if !actor.Manages(shop.ID) && !oversees(actor, shop.RegencyCode) {
		return nil, fault.NotFound(fmt.Sprintf("sources of shop %d for user %d", shop.ID, actor.UserID))
	}
	from, err := time.ParseInLocation("2006-01", month, calendar.Zone(shop.RegencyCode))
	if err != nil {
		return nil, fault.NotFound("month")
	}
	var out []SourceCount
	err = s.db.Read(ctx).Raw(`SELECT source, count(*) AS orders FROM orders
		WHERE shop_id = ? AND begun_at >= ? AND begun_at < ? AND NOT (state = 'cancelled' AND source LIKE 'outside%')
		GROUP BY source ORDER BY orders DESC, source`, shop.ID, from.UTC(), from.AddDate(0, 1, 0).UTC()).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("order: sources: %w", err)
	}
	return out, nil
}

// Work is pieces of one product that a shop still has to make or to hand on, of one
// order.
type Work struct {
	OrderID   int64
	Number    string
	State     State
	ProductID int64
	VariantID int64
	Title     string // with the variant's name
	Unit      string
	PictureID int64
	Pieces    int64
	Day       time.Time // the promised day, midnight in the shop's zone; zero without a promise
	Pickup    bool
	Source    Source
}

// maxWork is the most lines that Work lists: years of a village's kitchen.
const maxWork = 2000

// Work lists what a shop has promised and not handed on (orders to do, in the making
// and ready), by promised day, product and order: the production list and the calendar.
// Members, companions and overseeing staff may ask; others get NotFound.
func (s *Service) Work(ctx context.Context, actor account.Actor, shop Shop) ([]Work, error) {
	if !actor.Manages(shop.ID) && !oversees(actor, shop.RegencyCode) {
		return nil, fault.NotFound(fmt.Sprintf("work of shop %d for user %d", shop.ID, actor.UserID))
	}
	var rows []struct {
		Work           Work `gorm:"embedded"`
		ReadyBy        *time.Time
		DeliveryMethod string
	}
	err := s.db.Read(ctx).Raw(`SELECT o.id AS order_id, o.number, o.state, l.product_id, l.variant_id, l.title, l.unit, l.picture_id,
			l.quantity - l.cancelled AS pieces, o.ready_by, o.delivery_method, o.source
		FROM orders o JOIN order_lines l ON l.order_id = o.id
		WHERE o.shop_id = ? AND o.state IN ('to_do', 'making', 'ready') AND l.quantity > l.cancelled
		ORDER BY o.id, l.id LIMIT ?`, shop.ID, maxWork).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: work: %w", err)
	}
	zone := calendar.Zone(shop.RegencyCode)
	out := make([]Work, len(rows))
	for i, r := range rows {
		out[i] = r.Work
		out[i].Pickup = r.DeliveryMethod == "pickup"
		if r.ReadyBy != nil {
			y, m, d := r.ReadyBy.In(zone).Date()
			out[i].Day = time.Date(y, m, d, 0, 0, 0, 0, zone)
		}
	}
	slices.SortStableFunc(out, func(a, b Work) int {
		if a.Day.IsZero() != b.Day.IsZero() { // without a promise: last
			if a.Day.IsZero() {
				return 1
			}
			return -1
		}
		return a.Day.Compare(b.Day)
	})
	return out, nil
}

// OpenLinks lists the sales that the maker passed on as a link to pay and that
// nobody has paid yet, newest first. Members and companions may ask; others get NotFound.
func (s *Service) OpenLinks(ctx context.Context, actor account.Actor, shopID int64) ([]Order, error) {
	if !actor.Manages(shopID) {
		return nil, fault.NotFound(fmt.Sprintf("links of shop %d for user %d", shopID, actor.UserID))
	}
	tx := s.db.Read(ctx)
	var rows []orderRow
	err := tx.Where("shop_id = ? AND state = 'awaiting_payment' AND pay_by = 'gateway' AND source LIKE 'outside%'", shopID).Order("id DESC").Limit(50).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: links: %w", err)
	}
	return assemble(ctx, tx, rows)
}

// Undoable says whether the sale can be taken back by one press now.
func (o Order) Undoable(now time.Time) bool {
	return o.Kind().Outside && !slices.Contains([]State{AwaitingPayment, Cancelled}, o.State) && now.Before(o.CreatedAt.Add(UndoWithin))
}

// undoTx checks that a sale may still be taken back and cancels all its lines.
func (s *Service) undoTx(ctx context.Context, tx *gorm.DB, st *step, row orderRow) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if !now.Before(row.CreatedAt.Add(UndoWithin)) {
		return fault.Conflict("order.undo.too_late", "minutes", int(UndoWithin.Minutes()))
	}
	lines, err := linesTx(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	st.cancel = map[int64]int64{}
	for _, l := range lines {
		if left := l.Quantity - l.Cancelled; left > 0 {
			st.cancel[l.ID] = left
		}
	}
	st.back = row.remaining()
	st.set["promises_used_at"] = nil
	return nil
}

// on asks for the day of a demand: the promise itself, unless the maker named one.
func on(promised []catalog.Promised, day time.Time) []catalog.Promised {
	if day.IsZero() {
		return promised
	}
	out := slices.Clone(promised)
	for i := range out {
		out[i].ReadyBy = day
	}
	return out
}

// PromisedForTx is PromisedTx with the day the maker told the buyer; a zero day
// keeps those of the catalog.
func (s *Service) PromisedForTx(ctx context.Context, tx *gorm.DB, promised []catalog.Promised, day time.Time) error {
	return s.PromisedTx(ctx, tx, on(promised, day))
}
