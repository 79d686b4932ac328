package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/order"
)

// The cash books of two makers, as they would have kept them: what orders brought
// posted itself, the rest they typed. The tailor's last full month ends with need 4.7 to
// the rupiah: three million are left of what she sold after materials and wages.

// tailorNet is the net income of the tailor (S05) in the last full month, and
// tailorLeast what she sells in it at least.
const tailorNet, tailorLeast money.Rupiah = 3_000_000, 4_800_000

// keepers are the shops whose books are kept.
var keepers = []string{"S01", "S05"}

// monthBack is the first day, at midnight in the makers' zone, of the month so many
// months before the one in which the world opens.
func monthBack(now time.Time, months int) time.Time {
	y, m, _ := now.In(calendar.WIB).Date()
	return time.Date(y, m-time.Month(months), 1, 0, 0, 0, 0, calendar.WIB)
}

// keepBooks adds to the past what the makers typed at the end of each month, and the
// tailor's customers at the door in the last one.
func (p *past) keepBooks(now time.Time) {
	on := func(at time.Time) time.Duration { return ago - now.Sub(at) }
	for back := 11; back > 1; back-- {
		end := monthBack(now, back-1).Add(-4 * time.Hour)
		for _, s := range keepers {
			if on(end) > 2*day {
				p.at(on(end), func(ctx context.Context) error { return p.typeMonth(ctx, s, end) })
			}
		}
	}
	last := monthBack(now, 1)
	for i, one := range []struct {
		art, who string
		pieces   int64
	}{{"p16-seragam-sd", "SD Contoh 2", 20}, {"p18-masker-kain", "Koperasi Contoh", 250}, {"p19-mukena-anak", "TPQ Contoh", 10}} {
		at := on(last.Add(time.Duration(4+7*i)*day + 10*time.Hour))
		p.at(at, func(ctx context.Context) error {
			err := p.sellAtDoor(ctx, one.art, one.who, one.pieces)
			if fault.Is(err, fault.KindInvalid) {
				return nil // the month is full: they sew for somebody else
			}
			return err
		})
	}
	p.at(on(monthBack(now, 0).Add(-4*time.Hour)), func(ctx context.Context) error {
		m, err := p.Book.Month(ctx, p.makers["S05"], p.shops["S05"], last.Format("2006-01"))
		if missing := tailorLeast - m.Net(); err == nil && missing > 0 {
			return p.sellAtDoor(ctx, "p18-masker-kain", "Puskesmas Contoh", int64(missing/5_000)+1)
		}
		return err
	})
}

// sellAtDoor writes down what the tailor sold for cash.
func (p *past) sellAtDoor(ctx context.Context, art, who string, pieces int64) error {
	x := p.items[art]
	var from shop
	for _, one := range shops {
		if one.id == x.shop {
			from = one
		}
	}
	variant, err := p.restock(ctx, from, x, pieces)
	if err != nil {
		return err
	}
	_, err = p.Market.Checkout.Sell(ctx, p.makers[x.shop], checkout.Sale{ShopID: x.shopID, ProductID: x.id, VariantID: variant, Quantity: pieces,
		Source: order.Outsides[0], Pay: checkout.SaleCash, Gone: true, Buyer: who, FormKey: id.Token()})
	return err
}

// typeMonth types a month's purchases at its end, in proportion to what was sold.
func (p *past) typeMonth(ctx context.Context, s string, end time.Time) error {
	m, err := p.Book.Month(ctx, p.makers[s], p.shops[s], end.Format("2006-01"))
	if err != nil || m.Net() < 50_000 {
		return err
	}
	words := map[string][2]string{"S01": {"Tepung, mentega, gula", "Upah angkut dan cuci"}, "S05": {"Kain dan benang", "Upah Mbak Rini"}}[s]
	part := func(percent money.Rupiah) money.Rupiah { return m.Net() * percent / 100 / 1_000 * 1_000 }
	return p.typed(ctx, s, []spent{{end, book.Material, words[0], part(38)}, {end, book.Wage, words[1], part(14)}, {end, book.Transport, "Ongkos ke pasar", 20_000}})
}

// spent is one line that somebody types.
type spent struct {
	on     time.Time
	kind   book.Kind
	words  string
	amount money.Rupiah
}

func (l *loader) typed(ctx context.Context, s string, lines []spent) error {
	for _, x := range lines {
		n := book.New{Kind: x.kind, Amount: x.amount, Words: x.words, Day: x.on.Format(time.DateOnly), FormKey: id.Token()}
		if _, _, err := l.Book.Record(ctx, l.makers[s], l.shops[s], n); err != nil {
			return fmt.Errorf("book of %s, %s: %w", s, x.words, err)
		}
	}
	return nil
}

// books writes the last full month and the running one, and what the tailor's pieces
// cost her. now is when the world opens.
func (l *loader) books(ctx context.Context, now time.Time) error {
	last, first := monthBack(now, 1), monthBack(now, 0)
	of := func(n int) time.Time { return last.AddDate(0, 0, n-1) }
	today := now.In(calendar.WIB)
	lately := func(days int) time.Time { // in the running month
		if at := today.AddDate(0, 0, -days); at.After(first) {
			return at
		}
		return first
	}
	m, err := l.Book.Month(ctx, l.makers["S05"], l.shops["S05"], last.Format("2006-01"))
	if err != nil {
		return err
	}
	spend := m.Net() - tailorNet // to the rupiah
	wage := spend / 10 / 5_000 * 5_000
	cloth := (spend - 4*wage - 4*20_000 - 2*18_000) / 4 / 1_000 * 1_000
	rest := spend - 4*wage - 4*20_000 - 2*18_000 - 3*cloth
	for i, n := range []int{3, 10, 17, 24} {
		bought := cloth
		if i == 3 {
			bought = rest
		}
		err = errors.Join(err, l.typed(ctx, "S05", []spent{{of(n), book.Material, "Kain dan benang", bought}, {of(n), book.Transport, "Ongkos ke pasar", 20_000}, {of(n + 3), book.Wage, "Upah Mbak Rini", wage}}))
	}
	err = errors.Join(err, l.typed(ctx, "S05", []spent{{of(5), book.Packaging, "Plastik kemas", 18_000}, {of(19), book.Packaging, "Plastik kemas", 18_000},
		{of(12), book.Tool, "Sepatu mesin jahit", 85_000}, {of(28), book.Drawing, "Belanja rumah", 750_000},
		{lately(6), book.Material, "Kain dan benang", 240_000}, {lately(6), book.Transport, "Ongkos ke pasar", 20_000}, {lately(2), book.Wage, "Upah Mbak Rini", 150_000}}),
		l.typed(ctx, "S01", []spent{{of(4), book.Material, "Tepung dan mentega", 420_000}, {of(6), book.Packaging, "Stoples 50 buah", 225_000}, {of(6), book.Other, "Gas 3 kilo", 22_000},
			{of(13), book.Other, "Gas 3 kilo", 22_000}, {of(14), book.Transport, "Ongkos ke pasar", 30_000}, {of(20), book.Material, "Tepung dan mentega", 315_000}, {of(25), book.Tool, "Loyang besar", 130_000},
			{lately(7), book.Material, "Tepung dan mentega", 960_000}, {lately(5), book.Packaging, "Stoples 50 buah", 225_000}, {lately(3), book.Other, "Gas 3 kilo", 22_000}, {lately(1), book.Transport, "Ongkos ke pasar", 30_000}}))
	for art, c := range map[string]book.Cost{
		"p16-seragam-sd": {Pieces: 10, Material: 620_000, Wage: 300_000, Packaging: 20_000}, "p18-masker-kain": {Pieces: 100, Material: 280_000, Wage: 150_000, Packaging: 20_000},
		"p19-mukena-anak": {Pieces: 1, Material: 62_000, Wage: 30_000, Packaging: 4_000}, // earns nothing: the page says so
		"p01-nastar":      {Pieces: 20, Material: 560_000, Wage: 120_000, Packaging: 90_000},
	} {
		x := l.items[art]
		c.ShopID, c.ProductID = x.shopID, x.id
		_, costErr := l.Book.SetCost(ctx, l.makers[x.shop], c, id.Token())
		err = errors.Join(err, costErr)
	}
	return err
}
