package checkout

import (
	"context"
	"fmt"
	"strings"
	"time"

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
	FewLeft  ChangeKind = "few_left" // less left than the maker's minimum
	Less     ChangeKind = "less"     // some left, but fewer than wanted
	Shut     ChangeKind = "shut"     // its shop takes no orders until a day
	Ended    ChangeKind = "ended"    // its pre-order window is not open
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
	Wanted    int64     // Less
	Available int64     // Less, FewLeft
	Minimum   int64     // FewLeft
	Reopens   time.Time // Shut: when orders are taken again; Ended: when the next window opens, zero if none is known
}

// Blocks says that the line cannot be ordered at all.
func (c Change) Blocks() bool {
	switch c.Kind {
	case Gone, Paused, SoldOut, FewLeft, Shut, Ended:
		return true
	}
	return false
}

// Sentence is the change in words for the buyer, in the language of ctx.
func (c Change) Sentence(ctx context.Context) string {
	title := c.Title
	if title == "" {
		title = text.L(ctx, "checkout.change.product") // gone altogether
	}
	key := "checkout.change." + string(c.Kind)
	if c.Kind == Ended && !c.Reopens.IsZero() {
		key = "checkout.change.not_yet"
	}
	return text.L(ctx, key, "title", title, "old", c.OldPrice, "new", c.NewPrice,
		"wanted", c.Wanted, "available", c.Available, "minimum", c.Minimum, "date", c.Reopens)
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
