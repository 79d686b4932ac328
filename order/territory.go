package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// Need is why an order calls for staff's help.
type Need string

// The needs.
const (
	NeedsOpening Need = "unseen"    // to be done for longer than Settings.UnseenAfter, and nobody of the shop opened it
	NeedsHurry   Need = "overdue"   // not ready though the promised day is over
	NeedsRuling  Need = "complaint" // a complaint, or what one of staff wants to give back, waits for a decision
	NeedsProof   Need = "proof"     // proof of paying the shop itself is unanswered for longer than Settings.ProofUnseen
	NeedsCash    Need = "cod"       // paid at the door, should have arrived, and the shop said nothing
	NeedsDate    Need = "new_date"  // the buyer declined a new date, or did not answer for Settings.DateAnswer
	NeedsEnd     Need = "back"      // goods are back or were not collected, and nobody decided
)

// Needs are all of them, the most urgent first.
var Needs = []Need{NeedsRuling, NeedsOpening, NeedsHurry, NeedsProof, NeedsCash, NeedsDate, NeedsEnd}

// TerritoryFilter narrows ForTerritory.
type TerritoryFilter struct {
	States []State // empty means all the shops had to do
	ShopID int64   // 0 means every shop
	Need   Need    // empty means all; a need that is not one of Needs finds nothing
	Cursor string  // from Territory.Next
	Limit  int     // 1 to 50; 0 means 20
}

// Overseen is an order in the list of those who oversee its shop.
type Overseen struct {
	Order
	Needs []Need
}

// Territory is one page of the orders of a territory, newest first.
type Territory struct {
	Orders []Overseen
	Next   string // empty on the last page
}

// TerritoryCounts are the figures above such a list.
type TerritoryCounts struct {
	States map[State]int64 // under the filter's shop and need
	Needs  map[Need]int64  // under the filter's shop
}

// ShopName is a shop that had a paid order, named as in its newest one.
type ShopName struct {
	ID   int64  `gorm:"column:shop_id"`
	Name string `gorm:"column:shop_name"`
}

// ForTerritory lists the orders (those of ForShop) of the shops that the actor oversees:
// officers and heads within their territory, admins everywhere. Anyone else
// gets NotFound, also for a cursor that is not theirs.
func (s *Service) ForTerritory(ctx context.Context, actor account.Actor, f TerritoryFilter) (Territory, error) {
	tx := s.db.Read(ctx)
	q, now, err := s.territory(ctx, tx, actor, f)
	if err != nil {
		return Territory{}, err
	}
	limit := f.Limit
	if limit < 1 || limit > 50 {
		limit = 20
	}
	if len(f.States) > 0 {
		q = q.Where("state IN ?", f.States)
	}
	if f.Cursor != "" {
		before, err := s.openTerritoryCursor(actor, f.Cursor)
		if err != nil {
			return Territory{}, err
		}
		q = q.Where("id < ?", before)
	}
	var rows []orderRow
	if err := q.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return Territory{}, fmt.Errorf("order: territory: %w", err)
	}
	set, err := s.asSet(ctx, tx)
	if err != nil {
		return Territory{}, err
	}
	var page Territory
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = s.territoryCursor(actor, rows[limit-1].ID)
	}
	orders, err := assemble(ctx, tx, rows)
	if err != nil {
		return Territory{}, err
	}
	for _, o := range orders {
		s.hideContact(&o, now)
		page.Orders = append(page.Orders, Overseen{Order: o, Needs: set.needs(o, now)})
	}
	return page, nil
}

// CountTerritory counts what ForTerritory would list, whatever its States,
// Cursor and Limit. Who may and the errors are the same.
func (s *Service) CountTerritory(ctx context.Context, actor account.Actor, f TerritoryFilter) (TerritoryCounts, error) {
	tx := s.db.Read(ctx)
	counts := TerritoryCounts{States: map[State]int64{}, Needs: map[Need]int64{}}
	q, _, err := s.territory(ctx, tx, actor, f)
	if err != nil {
		return counts, err
	}
	var rows []struct {
		State State
		N     int64
	}
	if err := q.Select("state, count(*) AS n").Group("state").Scan(&rows).Error; err != nil {
		return counts, fmt.Errorf("order: territory counts: %w", err)
	}
	for _, r := range rows {
		counts.States[r.State] = r.N
	}
	for _, need := range Needs {
		q, _, err := s.territory(ctx, tx, actor, TerritoryFilter{ShopID: f.ShopID, Need: need})
		if err != nil {
			return counts, err
		}
		var n int64
		if err := q.Count(&n).Error; err != nil {
			return counts, fmt.Errorf("order: territory needs: %w", err)
		}
		counts.Needs[need] = n
	}
	return counts, nil
}

// TerritoryShops lists the shops whose orders the actor oversees, by name. Who
// may and the errors are those of ForTerritory.
func (s *Service) TerritoryShops(ctx context.Context, actor account.Actor) ([]ShopName, error) {
	tx := s.db.Read(ctx)
	newest, _, err := s.territory(ctx, tx, actor, TerritoryFilter{})
	if err != nil {
		return nil, err
	}
	var shops []ShopName
	err = tx.Table("orders").Select("shop_id, shop_name").
		Where("id IN (?)", newest.Select("max(id)").Group("shop_id")).Scan(&shops).Error
	if err != nil {
		return nil, fmt.Errorf("order: territory shops: %w", err)
	}
	slices.SortFunc(shops, func(a, b ShopName) int { return strings.Compare(id.Fold(a.Name), id.Fold(b.Name)) })
	return shops, nil
}

// Overseen is One for staff at their desk: an order in the actor's territory,
// paid or not. An order outside it is NotFound, also for those who may see it
// as somebody else (a companion of its shop).
func (s *Service) Overseen(ctx context.Context, actor account.Actor, orderID int64) (Overseen, error) {
	o, err := s.One(ctx, actor, orderID)
	if err != nil {
		return Overseen{}, err
	}
	if !oversees(actor, o.RegencyCode) {
		return Overseen{}, fault.NotFound(fmt.Sprintf("order %d outside the territory of user %d", orderID, actor.UserID))
	}
	now, err := clock.Now(ctx, s.db.Read(ctx))
	if err != nil {
		return Overseen{}, err
	}
	if s, err = s.asSet(ctx, s.db.Read(ctx)); err != nil {
		return Overseen{}, err
	}
	return Overseen{Order: o, Needs: s.needs(o, now)}, nil
}

// OverseenNumber finds an order in the actor's territory, paid or not, by the
// number somebody reads out on the phone, however it was typed. Everything else
// is NotFound.
func (s *Service) OverseenNumber(ctx context.Context, actor account.Actor, number string) (int64, error) {
	var row orderRow
	err := s.db.Read(ctx).Where("number = ?", fullNumber(number)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && !oversees(actor, row.RegencyCode) {
		return 0, fault.NotFound(fmt.Sprintf("order number for user %d", actor.UserID))
	}
	if err != nil {
		return 0, fmt.Errorf("order: overseen number: %w", err)
	}
	return row.ID, nil
}

// fullNumber is a typed order number as it is stored: "lb 7k3m9q" is LB-7K3M9Q.
// No number has an L of its own (id.OrderNumber), so the prefix is never taken
// from one.
func fullNumber(typed string) string {
	kept := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	return "LB-" + strings.TrimPrefix(kept, "LB")
}

// territory is the shops' orders that the actor oversees, narrowed to a shop and a
// need, and the time by which needs are judged.
func (s *Service) territory(ctx context.Context, tx *gorm.DB, actor account.Actor, f TerritoryFilter) (*gorm.DB, time.Time, error) {
	if !actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) {
		return nil, time.Time{}, fault.NotFound(fmt.Sprintf("orders of a territory for user %d", actor.UserID))
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, now, err
	}
	if s, err = s.asSet(ctx, tx); err != nil {
		return nil, now, err
	}
	q := tx.Table("orders").Where("(begun_at IS NOT NULL OR pay_by = 'direct')")
	if !actor.Has(account.RoleAdmin) {
		// The regencies that oversees allows, so that list and page agree.
		codes := []string{}
		for _, r := range region.Regencies() {
			if oversees(actor, r.Code) {
				codes = append(codes, r.Code)
			}
		}
		q = q.Where("regency_code IN ?", codes)
	}
	if f.ShopID != 0 {
		q = q.Where("shop_id = ?", f.ShopID)
	}
	switch f.Need {
	case "":
	case NeedsOpening:
		q = q.Where("state = ? AND seen_at IS NULL AND begun_at <= ?", ToDo, now.Add(-s.settings.UnseenAfter))
	case NeedsHurry:
		q = q.Where("state IN ? AND ready_by <= ?", []State{ToDo, Making}, now.Add(-wholeDay))
	case NeedsRuling:
		q = q.Where("(complained_at IS NOT NULL OR proposed_back > 0)")
	case NeedsProof:
		q = q.Where("state = ? AND direct_proof_at <= ?", AwaitingPayment, now.Add(-s.settings.ProofUnseen))
	case NeedsCash:
		q = q.Where("state = ? AND pay_by = ? AND ask_at IS NULL", Dispatched, ByCOD)
	case NeedsDate:
		q = q.Where("new_date IS NOT NULL AND (date_declined_at IS NOT NULL OR new_date_at <= ?)", now.Add(-s.settings.DateAnswer))
	case NeedsEnd:
		q = q.Where("state IN ?", []State{Returned, NotCollected})
	default:
		q = q.Where("1 = 0")
	}
	return q, now, nil
}

// wholeDay is how long a promised day lasts: ready_by is its midnight.
const wholeDay = 24 * time.Hour

// needs says of one order what territory's conditions say of many.
func (s *Service) needs(o Order, now time.Time) []Need {
	var needs []Need
	if o.State == ToDo && o.SeenAt.IsZero() && !o.BegunAt.After(now.Add(-s.settings.UnseenAfter)) {
		needs = append(needs, NeedsOpening)
	}
	if (o.State == ToDo || o.State == Making) && !o.ReadyBy.IsZero() && !o.ReadyBy.After(now.Add(-wholeDay)) {
		needs = append(needs, NeedsHurry)
	}
	for need, is := range map[Need]bool{
		NeedsRuling: !o.ComplainedAt.IsZero() || o.ProposedBack > 0,
		NeedsProof:  o.State == AwaitingPayment && !o.ProofAt.IsZero() && !o.ProofAt.After(now.Add(-s.settings.ProofUnseen)),
		NeedsCash:   o.State == Dispatched && o.PayBy == ByCOD && o.asked,
		NeedsDate:   !o.NewDate.IsZero() && (!o.DateDeclinedAt.IsZero() || !o.NewDateAt.After(now.Add(-s.settings.DateAnswer))),
		NeedsEnd:    o.State == Returned || o.State == NotCollected,
	} {
		if is {
			needs = append(needs, need)
		}
	}
	slices.SortFunc(needs, func(a, b Need) int { return slices.Index(Needs, a) - slices.Index(Needs, b) })
	return needs
}

func territoryPurpose(actor account.Actor) string {
	return "orders overseen by " + strconv.FormatInt(actor.UserID, 10)
}

func (s *Service) territoryCursor(actor account.Actor, before int64) string {
	data := strconv.FormatInt(before, 36)
	return data + "." + s.keys.Sign(territoryPurpose(actor), data)
}

func (s *Service) openTerritoryCursor(actor account.Actor, cursor string) (int64, error) {
	data, sig, _ := strings.Cut(cursor, ".")
	before, err := strconv.ParseInt(data, 36, 64)
	if err != nil || !s.keys.Verify(territoryPurpose(actor), data, sig) {
		return 0, fault.NotFound("territory cursor")
	}
	return before, nil
}
