package checkout

import (
	"fmt"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// ChangeKind says what is not as the buyer last saw it.
type ChangeKind string

// The kinds of change.
const (
	Gone     ChangeKind = "gone"     // no longer offered, or its shop is closed
	Paused   ChangeKind = "paused"   // not for sale for the moment
	SoldOut  ChangeKind = "sold_out" // nothing left to promise
	Less     ChangeKind = "less"     // some left, but fewer than wanted
	Repriced ChangeKind = "repriced" // another price
	Touched  ChangeKind = "touched"  // the cart was changed in another window
	Delivery ChangeKind = "delivery" // the delivery fee or method is another
)

// Change is one difference between what the buyer saw and what is true now.
type Change struct {
	Kind      ChangeKind
	ProductID int64 // 0 for Touched and Delivery
	ShopID    int64 // for Delivery and product changes
	Title     string
	Slug      string
	OldPrice  money.Rupiah // Repriced; for Delivery the old and new total
	NewPrice  money.Rupiah
	Wanted    int64 // Less
	Available int64
}

// Blocks says that the line cannot be ordered at all.
func (c Change) Blocks() bool { return c.Kind == Gone || c.Kind == Paused || c.Kind == SoldOut }

// Sentence is the change in words for the buyer.
func (c Change) Sentence() string {
	title := c.Title
	if title == "" {
		title = text.T("checkout.change.product") // gone altogether
	}
	return text.T("checkout.change."+string(c.Kind), "title", title, "old", c.OldPrice, "new", c.NewPrice,
		"wanted", c.Wanted, "available", c.Available)
}

// ChangedError says that nothing was stored because the world is not as the
// buyer saw it. The buyer is shown Changes and decides (Accept, SetQuantity).
// To the rest of the program it is a Conflict.
type ChangedError struct{ Changes []Change }

func (e *ChangedError) Error() string {
	kinds := make([]string, len(e.Changes))
	for i, c := range e.Changes {
		kinds[i] = fmt.Sprintf("%s product %d", c.Kind, c.ProductID)
	}
	return "checkout: changed: " + strings.Join(kinds, ", ")
}

// Unwrap makes the error a Conflict for the fault mapping.
func (e *ChangedError) Unwrap() error { return fault.Conflict("checkout.changed") }

// changesOf compares one wanted line with what the catalog says now. A line that
// cannot be ordered has that one change; the others may be fewer and re-priced.
func changesOf(item catalog.Sellable, found bool, wanted int64, seen money.Rupiah) []Change {
	base := Change{ProductID: item.ProductID, ShopID: item.ShopID, Title: item.Title, Slug: item.Slug, Wanted: wanted}
	with := func(kind ChangeKind) Change { c := base; c.Kind = kind; return c }
	most := item.MostTakeable()
	switch {
	case !found || !item.Public():
		return []Change{with(Gone)}
	case item.State == catalog.ProductPaused:
		return []Change{with(Paused)}
	case most < 1:
		return []Change{with(SoldOut)}
	}
	var changes []Change
	if wanted > most {
		c := with(Less)
		c.Available = most
		changes = append(changes, c)
	}
	if item.Price != seen {
		c := with(Repriced)
		c.OldPrice, c.NewPrice = seen, item.Price
		changes = append(changes, c)
	}
	return changes
}
