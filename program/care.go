package program

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/order"
)

// The bounds of a caseload, in days; administrators change them (settings).
const (
	IdleWarn  = 30 // without an order: a shop grows quiet
	IdleAfter = 60 // without an order: somebody should go there
	PaperSoon = 30 // before a certificate's end
)

// grantSoon is how long before its end a permission to help is a reason to call.
const grantSoon = 30 * 24 * time.Hour

// Sales are what the shops' orders say (package order).
type Sales interface {
	SoldByShop(ctx context.Context, shopIDs []int64, from, to time.Time) (map[int64]order.Sold, error)
	LastByShop(ctx context.Context, shopIDs []int64) (map[int64]time.Time, error)
	UnseenByShop(ctx context.Context, shopIDs []int64) (map[int64]order.Unseen, error)
	WorkByShop(ctx context.Context, shopIDs []int64) (map[int64]map[order.State]int64, error)
}

// Cash is money that waits to be brought (package finance).
type Cash interface {
	CashByShop(ctx context.Context, shopIDs []int64) (map[int64]money.Rupiah, error)
}

// Watch names who knows the shops' orders, and the cash and samples that wait there.
// Call it once, before serving.
func (s *Service) Watch(sales Sales, cash Cash, samples func(ctx context.Context, shops []int64) (map[int64]int64, error)) {
	s.sales, s.cash, s.samples = sales, cash, samples
}

// Matter is why somebody should turn to a shop.
type Matter string

// The matters, the most urgent first.
const (
	Unopened  Matter = "unseen"    // an order nobody opened in time
	ToBring   Matter = "cash"      // cash to hand over
	Idle      Matter = "idle"      // no order for the longer time
	Unheard   Matter = "returned"  // a curator's note without an answer
	Expiring  Matter = "paper"     // a certificate near its end
	SoldOut   Matter = "empty"     // stock used up
	ToSample  Matter = "samples"   // samples to bring to curators
	Quiet     Matter = "quiet"     // no order for the shorter time
	HelpEnds  Matter = "help_ends" // the permission to help near its end
	Unstarted Matter = "unstarted" // open, and nothing on sale
)

// Matters are all of them, the most urgent first.
var Matters = []Matter{Unopened, ToBring, Idle, Unheard, Expiring, SoldOut, Unstarted, ToSample, Quiet, HelpEnds}

// Urgent reports whether the matter is one for this week.
func (m Matter) Urgent() bool { return m == Unopened || m == ToBring || m == Idle }

// Reason is one matter at one shop.
type Reason struct {
	Matter Matter
	Count  int64 // orders, notes, products, samples; 0 where one does not count
	Amount money.Rupiah
	Since  time.Time // since when, or of Expiring and HelpEnds until when; zero unknown
	Paper  catalog.CertificateKind
}

// Case is one shop with what somebody should do there.
type Case struct {
	Shop      catalog.Shop
	MakerID   int64
	Reasons   []Reason // the most urgent first
	Work      map[order.State]int64
	Live      int64
	LastOrder time.Time // zero: none yet
}

// Has reports whether the matter is one of the case's.
func (c Case) Has(m Matter) bool {
	return slices.ContainsFunc(c.Reasons, func(r Reason) bool { return r.Matter == m })
}

// Caseload is every shop that the actor helps in now, the most urgent first. The
// number of statements does not grow with the shops. Whoever helps nowhere has none.
func (s *Service) Caseload(ctx context.Context, actor account.Actor) ([]Case, error) {
	var ids []int64
	ends := map[int64]time.Time{}
	makers := map[int64]int64{}
	for _, g := range actor.Assisting {
		if _, twice := ends[g.ShopID]; !twice {
			ids = append(ids, g.ShopID)
		}
		ends[g.ShopID], makers[g.ShopID] = g.ExpiresAt, g.MakerID
	}
	shops, err := s.catalog.ShopsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	cases, err := s.cases(ctx, shops, nil, ends)
	if err != nil {
		return nil, err
	}
	for i := range cases {
		cases[i].MakerID = makers[cases[i].Shop.ID]
	}
	return cases, nil
}

// cases judges shops; since is when each came, ends when the permission to help does.
func (s *Service) cases(ctx context.Context, shops map[int64]catalog.Shop, since, ends map[int64]time.Time) ([]Case, error) {
	if s.sales == nil || s.cash == nil || s.samples == nil {
		return nil, fault.Internal(errNotWatching)
	}
	ids := make([]int64, 0, len(shops))
	for shopID := range shops {
		ids = append(ids, shopID)
	}
	slices.Sort(ids)
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	set, err := settings.NowTx(ctx, db)
	if err != nil {
		return nil, err
	}
	days := func(name settings.Name, otherwise int64) time.Duration {
		return time.Duration(set.Of(name, otherwise)) * 24 * time.Hour
	}
	warn, idle := days(settings.IdleWarn, IdleWarn), days(settings.IdleAfter, IdleAfter)
	unseen, err := s.sales.UnseenByShop(ctx, ids)
	if err != nil {
		return nil, err
	}
	work, err := s.sales.WorkByShop(ctx, ids)
	if err != nil {
		return nil, err
	}
	last, err := s.sales.LastByShop(ctx, ids)
	if err != nil {
		return nil, err
	}
	care, err := s.catalog.CareByShop(ctx, ids, now, now.Add(days(settings.PaperSoon, PaperSoon)))
	if err != nil {
		return nil, err
	}
	cash, err := s.cash.CashByShop(ctx, ids)
	if err != nil {
		return nil, err
	}
	samples, err := s.samples(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Case, 0, len(ids))
	for _, shopID := range ids {
		c := Case{Shop: shops[shopID], Work: work[shopID], Live: care[shopID].Live, LastOrder: last[shopID]}
		add := func(is bool, r Reason) {
			if is {
				c.Reasons = append(c.Reasons, r)
			}
		}
		k, u, open := care[shopID], unseen[shopID], c.Shop.State == catalog.ShopOpen
		quietSince := c.LastOrder
		if quietSince.IsZero() {
			if quietSince = since[shopID]; quietSince.IsZero() {
				quietSince = c.Shop.CreatedAt
			}
		}
		quiet := now.Sub(quietSince)
		end := ends[shopID]
		add(u.Orders > 0, Reason{Matter: Unopened, Count: u.Orders, Since: u.Since})
		add(cash[shopID] > 0, Reason{Matter: ToBring, Amount: cash[shopID]})
		add(open && quiet >= idle, Reason{Matter: Idle, Count: int64(quiet / (24 * time.Hour)), Since: c.LastOrder})
		add(k.Returned > 0, Reason{Matter: Unheard, Count: k.Returned, Since: k.Since})
		add(k.Paper != "", Reason{Matter: Expiring, Paper: k.Paper, Since: k.PaperEnd})
		add(open && k.Empty > 0, Reason{Matter: SoldOut, Count: k.Empty})
		add(open && k.Live == 0, Reason{Matter: Unstarted})
		add(samples[shopID] > 0, Reason{Matter: ToSample, Count: samples[shopID]})
		add(open && quiet >= warn && quiet < idle, Reason{Matter: Quiet, Count: int64(quiet / (24 * time.Hour)), Since: c.LastOrder})
		add(!end.IsZero() && end.Sub(now) < grantSoon, Reason{Matter: HelpEnds, Since: end})
		out = append(out, c)
	}
	slices.SortStableFunc(out, byUrgency)
	return out, nil
}

// byUrgency compares the most urgent matters, then how many there are, then names.
func byUrgency(a, b Case) int {
	first := func(c Case) int {
		if len(c.Reasons) == 0 {
			return len(Matters)
		}
		return slices.Index(Matters, c.Reasons[0].Matter)
	}
	return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(len(b.Reasons), len(a.Reasons)),
		strings.Compare(id.Fold(a.Shop.Name), id.Fold(b.Shop.Name)), cmp.Compare(a.Shop.ID, b.Shop.ID))
}
