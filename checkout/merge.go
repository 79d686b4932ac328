package checkout

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/order"
)

// accountCart is the kind of the derived tokens of accounts' carts.
const accountCart = "account_cart"

// AccountCart is the token of the one cart that an account has on every device. It
// is derived like a guest token, so nobody can make one, and it never leaves the
// server. The caller has made sure that the person is signed in.
func (s *Service) AccountCart(ctx context.Context, userID int64) (string, error) {
	tokens := s.keys.All(accountCart, userID)
	if len(tokens) == 1 {
		return tokens[0], nil
	}
	// While keys rotate, the cart that was touched last is the person's.
	hashes := make([]string, len(tokens))
	for i, t := range tokens {
		hashes[i] = id.Hash(t)
	}
	var found []string
	err := s.db.Read(ctx).Raw("SELECT token_hash FROM carts WHERE token_hash IN ? ORDER BY updated_at DESC, id DESC LIMIT 1", hashes).Scan(&found).Error
	if err != nil {
		return "", fmt.Errorf("checkout: cart of an account: %w", err)
	}
	if len(found) == 1 {
		return tokens[slices.Index(hashes, found[0])], nil
	}
	return tokens[0], nil
}

// Merged says what became of a guest's cart when its owner signed in.
type Merged struct {
	Added   int // products that the account's cart did not have
	Raised  int // products of which the guest's cart had more
	LeftOut int // products for which there was no room
	Had     int // products that were in the account's cart before
}

// MergeCart moves a guest's cart into the cart of the account that signed in on that
// device. Of what both hold the larger quantity stays, never the sum: nobody is
// surprised by twice as much. What the buyer last saw of each price stays too, so
// that the cart says what changed since, sold-out products included. The guest's cart
// is empty afterwards, so a second call, also at the same moment, finds nothing.
func (s *Service) MergeCart(ctx context.Context, guestToken string, userID int64) (Merged, error) {
	account, err := s.AccountCart(ctx, userID)
	if err != nil || guestToken == account {
		return Merged{}, err
	}
	if _, lines, err := cartTx(ctx, s.db.Read(ctx), guestToken); err != nil || len(lines) == 0 {
		return Merged{}, err
	}
	var m Merged
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		m = Merged{}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		// The guest's cart first: who comes second waits here and finds it empty.
		guestID, err := touchTx(ctx, tx, guestToken, now)
		if err != nil {
			return err
		}
		guest, err := linesTx(ctx, tx, guestID)
		if err != nil || len(guest) == 0 {
			return err
		}
		cartID, err := touchTx(ctx, tx, account, now)
		if err != nil {
			return err
		}
		have, err := linesTx(ctx, tx, cartID)
		if err != nil {
			return err
		}
		return s.mergeTx(ctx, tx, cartID, have, guest, &m)
	})
	return m, err
}

type lineKey struct{ product, variant int64 }

func (l cartLineRow) key() lineKey { return lineKey{l.ProductID, l.VariantID} }

// mergeTx writes guest's lines into the cart that holds have, and empties guest's.
func (s *Service) mergeTx(ctx context.Context, tx *gorm.DB, cartID int64, have, guest []cartLineRow, m *Merged) error {
	all := slices.Concat(have, guest)
	items, err := s.parts.Catalog.SellablesTx(ctx, tx, productIDs(all))
	if err != nil {
		return err
	}
	holds, err := s.holdsTx(ctx, tx, all)
	if err != nil {
		return err
	}
	// A price that moves because the quantities of two carts come together is no
	// change of price; one that the buyer was not told of yet stays untold.
	told := map[lineKey]bool{}
	for _, cart := range [][]cartLineRow{guest, have} {
		ws := wishes(cart, items, holds)
		sums := totals(ws)
		for _, w := range ws {
			told[w.row.key()] = w.found && w.row.SeenPrice == w.price(sums)
		}
	}
	at := map[lineKey]int{}
	merged := slices.Clone(have)
	for i, l := range merged {
		at[l.key()] = i
	}
	m.Had = len(have)
	for _, g := range guest {
		i, both := at[g.key()]
		switch {
		case both && g.Quantity > merged[i].Quantity:
			merged[i].Quantity = g.Quantity
			m.Raised++
			fallthrough
		case both:
			if g.EntryID > 0 { // a hold of the waiting list goes with its owner
				merged[i].EntryID = g.EntryID
			}
		case len(merged) >= MaxLines:
			m.LeftOut++
		default:
			g.CartID = cartID
			at[g.key()] = len(merged)
			merged = append(merged, g)
			m.Added++
		}
	}
	ws := wishes(merged, items, holds)
	sums := totals(ws)
	for _, w := range ws {
		l := w.row
		if told[l.key()] {
			l.SeenPrice = w.price(sums)
		}
		err := tx.WithContext(ctx).Exec(`INSERT INTO cart_lines (cart_id, product_id, variant_id, quantity, seen_price, added_at, entry_id) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (cart_id, product_id, variant_id) DO UPDATE SET quantity = excluded.quantity, seen_price = excluded.seen_price, entry_id = excluded.entry_id`,
			cartID, l.ProductID, l.VariantID, l.Quantity, int64(l.SeenPrice), l.AddedAt, l.EntryID).Error
		if err != nil {
			return fmt.Errorf("checkout: merge: %w", err)
		}
	}
	if err := tx.WithContext(ctx).Exec("DELETE FROM cart_lines WHERE cart_id = ?", guest[0].CartID).Error; err != nil {
		return fmt.Errorf("checkout: merge: %w", err)
	}
	return nil
}

// Again fills a cart with what a purchase was made of that nobody can pay any more,
// for whoever holds the purchase's token; left is how many products could not be put
// in. What the cart held stays, the larger quantity of both. The next purchase of the
// cart takes the place of that one: late money of the old one goes back. A purchase
// that can still be paid, or was, is a Conflict.
func (s *Service) Again(ctx context.Context, token, cartToken string) (left int, err error) {
	p, err := s.ByToken(ctx, token)
	if err != nil {
		return 0, err
	}
	if p.State != Lapsed {
		return 0, fault.Conflict("checkout.again.not_now")
	}
	_, lines, err := cartTx(ctx, s.db.Read(ctx), cartToken)
	if err != nil {
		return 0, err
	}
	have := map[lineKey]int64{}
	for _, l := range lines {
		have[l.key()] = l.Quantity
	}
	for _, o := range p.Orders {
		if o.State != order.Lapsed && o.State != order.Cancelled {
			continue
		}
		for _, l := range o.Lines {
			n := max(l.Quantity, have[lineKey{l.ProductID, l.VariantID}])
			err := s.SetVariant(ctx, cartToken, l.ProductID, l.VariantID, n)
			switch {
			case fault.Is(err, fault.KindInvalid), fault.Is(err, fault.KindNotFound):
				left++ // sold out meanwhile, or no longer offered
			case err != nil:
				return left, err
			}
		}
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE carts SET again_of = ? WHERE token_hash = ?", p.ID, id.Hash(cartToken)).Error
	})
	if err != nil {
		return left, fmt.Errorf("checkout: again: %w", err)
	}
	return left, nil
}

// replacedTx says that another purchase took this one's place.
func replacedTx(ctx context.Context, tx *gorm.DB, purchaseID int64) (bool, error) {
	var n int64
	if err := tx.WithContext(ctx).Raw("SELECT count(*) FROM purchases WHERE again_of = ?", purchaseID).Scan(&n).Error; err != nil {
		return false, fmt.Errorf("checkout: replaced: %w", err)
	}
	return n > 0, nil
}
