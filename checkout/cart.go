package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
)

type cartRow struct {
	ID        int64
	TokenHash string
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
	AgainOf   int64 // the purchase it was filled from again; 0: none
}

func (cartRow) TableName() string { return "carts" }

type cartLineRow struct {
	CartID    int64
	ProductID int64
	VariantID int64
	Quantity  int64
	SeenPrice money.Rupiah
	AddedAt   time.Time
	EntryID   int64 // of the waiting list, whose hold the line takes over; 0: none
}

func (cartLineRow) TableName() string { return "cart_lines" }

// NewToken makes the token of a new cart, for the visitor's cookie. The cart
// itself begins with the first product.
func NewToken() string { return id.Token() }

// ParseQuantity reads a quantity as typed. Fractions, words and everything
// outside 0 to MaxQuantity are Invalid with a sentence on field "quantity".
func ParseQuantity(typed string) (int64, error) {
	typed = strings.TrimSpace(typed)
	bad := func(key string, args ...any) error {
		return fault.Invalid("checkout.quantity.check").With("quantity", key, args...)
	}
	if typed == "" {
		return 0, bad("checkout.quantity.missing")
	}
	n, err := strconv.ParseInt(typed, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && !strings.HasPrefix(typed, "-"):
		return 0, bad("checkout.quantity.too_many", "max", MaxQuantity)
	case err != nil && strings.ContainsAny(typed, ".,"):
		return 0, bad("checkout.quantity.whole")
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, bad("checkout.quantity.number")
	case err != nil:
		return 0, bad("checkout.quantity.negative")
	}
	return n, checkQuantity(n)
}

func checkQuantity(n int64) error {
	bad := fault.Invalid("checkout.quantity.check")
	switch {
	case n < 0:
		bad.With("quantity", "checkout.quantity.negative")
	case n > MaxQuantity:
		bad.With("quantity", "checkout.quantity.too_many", "max", MaxQuantity)
	}
	return bad.OrNil()
}

// SetQuantity is SetVariant for a product without variants.
func (s *Service) SetQuantity(ctx context.Context, token string, productID, quantity int64) error {
	return s.SetVariant(ctx, token, productID, 0, quantity)
}

// SetVariant puts so many of a product, or of one of its variants, into the cart,
// instead of what was there; 0 takes it out. It remembers the present price as
// the one the buyer saw, and takes the other variants of the product along when
// their price moves with the quantity. Anyone holding the cart's token may call
// it. A product without a public page is NotFound; a quantity outside 0 to
// MaxQuantity, below the maker's minimum, or more than can be promised now, is
// Invalid on field "quantity", and so is a variant that is not the product's.
// Nothing is changed then. Of a product with variants less than the minimum may
// lie in the cart, because the rest may be another variant; Place refuses it.
func (s *Service) SetVariant(ctx context.Context, token string, productID, variantID, quantity int64) error {
	return s.set(ctx, token, productID, variantID, quantity, catalog.Hold{})
}

// TakeHold puts what the waiting list holds for somebody into their cart, instead
// of what was there of it. The order takes the hold over. Anyone holding the
// cart's token may call it; the caller has shown that the hold is theirs. Errors
// as SetVariant.
func (s *Service) TakeHold(ctx context.Context, token string, h catalog.Hold) error {
	return s.set(ctx, token, h.ProductID, h.VariantID, h.Quantity, h)
}

func (s *Service) set(ctx context.Context, token string, productID, variantID, quantity int64, h catalog.Hold) error {
	if err := checkQuantity(quantity); err != nil {
		return err
	}
	if len(token) < 20 {
		return errors.New("checkout: a cart token that is not ours")
	}
	items, err := s.parts.Catalog.Sellables(ctx, []int64{productID})
	if err != nil {
		return err
	}
	product, found := items[productID]
	if quantity > 0 && (!found || !product.Public()) {
		return fault.NotFound(fmt.Sprintf("product %d", productID))
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		same := func(l cartLineRow) bool { return l.ProductID == productID && l.VariantID == variantID }
		if quantity == 0 {
			if _, have, err := cartTx(ctx, tx, token); err != nil || !slices.ContainsFunc(have, same) {
				return err // already out
			}
		}
		cartID, err := touchTx(ctx, tx, token, now)
		if err != nil {
			return err
		}
		before, err := linesTx(ctx, tx, cartID) // held from here
		if err != nil {
			return err
		}
		after := slices.Clone(before) // the rows are held: this is how they stand afterwards
		at, hold := slices.IndexFunc(before, same), h
		if quantity > 0 {
			if hold.EntryID == 0 && at >= 0 && before[at].EntryID > 0 {
				holds, err := s.holdsTx(ctx, tx, before[at:at+1])
				if err != nil {
					return err
				}
				hold = holds[before[at].EntryID]
			}
			whole := product.Holding(hold)
			item, chosen := whole.Choose(variantID)
			if !chosen {
				return fault.Invalid("checkout.quantity.check").With("quantity", "checkout.quantity.variant")
			}
			if err := checkAvailable(whole, item, quantity); err != nil {
				return err
			}
		}
		if quantity == 0 {
			after = slices.DeleteFunc(after, same)
			err = tx.WithContext(ctx).Exec("DELETE FROM cart_lines WHERE cart_id = ? AND product_id = ? AND variant_id = ?", cartID, productID, variantID).Error
		} else {
			line := cartLineRow{CartID: cartID, ProductID: productID, VariantID: variantID, Quantity: quantity,
				SeenPrice: items[productID].UnitPrice(variantID, quantity), AddedAt: now, EntryID: hold.EntryID}
			if at < 0 {
				after = append(after, line)
			} else {
				line.AddedAt = before[at].AddedAt
				after[at] = line
			}
			err = tx.WithContext(ctx).Exec(`INSERT INTO cart_lines (cart_id, product_id, variant_id, quantity, seen_price, added_at, entry_id) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (cart_id, product_id, variant_id) DO UPDATE SET quantity = excluded.quantity, seen_price = excluded.seen_price, entry_id = excluded.entry_id`,
				cartID, productID, variantID, quantity, int64(line.SeenPrice), now, hold.EntryID).Error
		}
		if err != nil {
			return fmt.Errorf("checkout: cart line: %w", err)
		}
		if len(after) > MaxLines {
			return fault.Invalid("checkout.cart.full", "max", MaxLines)
		}
		return s.seeTx(ctx, tx, before, after, items, variantID)
	})
}

// touchTx moves the token's cart to its next version, or begins it, and returns
// its id.
func touchTx(ctx context.Context, tx *gorm.DB, token string, now time.Time) (int64, error) {
	var cartID int64
	err := tx.WithContext(ctx).Raw(`INSERT INTO carts (token_hash, version, created_at, updated_at) VALUES (?, 1, ?, ?)
		ON CONFLICT (token_hash) DO UPDATE SET version = carts.version + 1, updated_at = excluded.updated_at RETURNING id`,
		id.Hash(token), now, now).Scan(&cartID).Error
	if err != nil {
		return 0, fmt.Errorf("checkout: cart: %w", err)
	}
	return cartID, nil
}

// seeTx notes the price that the buyer is shown for the changed variant, and for
// the product's other lines when it moved with the quantity alone. A line whose
// price had changed before keeps what the buyer last saw, so that it is still
// told.
func (s *Service) seeTx(ctx context.Context, tx *gorm.DB, before, after []cartLineRow, items map[int64]catalog.Sellable, changed int64) error {
	holds, err := s.holdsTx(ctx, tx, slices.Concat(before, after))
	if err != nil {
		return err
	}
	old, now := totals(wishes(before, items, holds)), totals(wishes(after, items, holds))
	for _, w := range wishes(after, items, holds) {
		price := w.price(now)
		known := w.row.VariantID == changed || w.row.SeenPrice == w.price(old)
		if !w.found || !known || price == w.row.SeenPrice {
			continue
		}
		err := tx.WithContext(ctx).Exec("UPDATE cart_lines SET seen_price = ? WHERE cart_id = ? AND product_id = ? AND variant_id = ?",
			int64(price), w.row.CartID, w.row.ProductID, w.row.VariantID).Error
		if err != nil {
			return fmt.Errorf("checkout: price seen: %w", err)
		}
	}
	return nil
}

// checkAvailable refuses more than could be promised at this moment, and less
// than the maker sells.
func checkAvailable(product, item catalog.Sellable, quantity int64) error {
	bad := fault.Invalid("checkout.quantity.check")
	most := item.MostTakeable()
	switch {
	case item.State == catalog.ProductPaused:
		bad.With("quantity", "checkout.quantity.paused")
	case item.Mode == catalog.ModeQuote:
		bad.With("quantity", "checkout.quantity.on_request")
	case !item.Reopens.IsZero():
		bad.With("quantity", "checkout.quantity.shut", "date", item.Reopens)
	case item.HowSoon == catalog.Preorder && !item.Preordering() && item.Window != nil:
		bad.With("quantity", "checkout.quantity.not_yet", "date", item.Window.Opens)
	case item.HowSoon == catalog.Preorder && !item.Preordering():
		bad.With("quantity", "checkout.quantity.ended")
	case most < 1:
		bad.With("quantity", "checkout.quantity.sold_out")
	case product.MostTakeable() < item.MinQuantity:
		bad.With("quantity", "checkout.quantity.few_left", "minimum", item.MinQuantity, "available", product.MostTakeable())
	case quantity > most:
		bad.With("quantity", "checkout.quantity.available", "available", most)
	case quantity < item.MinQuantity && item.VariantID == 0:
		bad.With("quantity", "checkout.quantity.minimum", "minimum", item.MinQuantity)
	}
	return bad.OrNil()
}

// Cart returns what the holder of the token has chosen, at present prices, with
// everything that is not as they last saw it. An unknown token is an empty cart.
func (s *Service) Cart(ctx context.Context, token string) (Cart, error) {
	row, lines, err := cartTx(ctx, s.db.Read(ctx), token)
	if err != nil || len(lines) == 0 {
		return Cart{Version: row.Version}, err
	}
	items, err := s.parts.Catalog.Sellables(ctx, productIDs(lines))
	if err != nil {
		return Cart{}, err
	}
	holds, err := s.holdsTx(ctx, s.db.Read(ctx), lines)
	if err != nil {
		return Cart{}, err
	}
	return compose(row, lines, items, holds)
}

// holdsTx returns what the waiting list holds for the lines, by entry.
func (s *Service) holdsTx(ctx context.Context, tx *gorm.DB, lines []cartLineRow) (map[int64]catalog.Hold, error) {
	var entries []int64
	for _, l := range lines {
		if l.EntryID > 0 {
			entries = append(entries, l.EntryID)
		}
	}
	return s.parts.Catalog.HoldsTx(ctx, tx, entries)
}

// Pieces is how much is in the cart, for the badge on its button.
func (s *Service) Pieces(ctx context.Context, token string) (int64, error) {
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT CAST(COALESCE(SUM(l.quantity), 0) AS BIGINT) FROM cart_lines l JOIN carts c ON c.id = l.cart_id
		WHERE c.token_hash = ?`, id.Hash(token)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("checkout: pieces: %w", err)
	}
	return n, nil
}

// cartTx reads a cart with its lines, as linesTx orders them; the zero row when
// there is none.
func cartTx(ctx context.Context, tx *gorm.DB, token string) (cartRow, []cartLineRow, error) {
	var rows []struct {
		ID, Version, AgainOf, ProductID, VariantID, Quantity, EntryID int64
		SeenPrice                                                     money.Rupiah
		AddedAt                                                       *time.Time // nil: a cart without lines
	}
	hash := id.Hash(token)
	err := tx.WithContext(ctx).Raw(`SELECT c.id, c.version, c.again_of, COALESCE(l.product_id, 0) AS product_id, COALESCE(l.variant_id, 0) AS variant_id,
			COALESCE(l.quantity, 0) AS quantity, COALESCE(l.entry_id, 0) AS entry_id, COALESCE(l.seen_price, 0) AS seen_price, l.added_at
		FROM carts c LEFT JOIN cart_lines l ON l.cart_id = c.id WHERE c.token_hash = ? ORDER BY l.added_at, l.product_id, l.variant_id`, hash).Scan(&rows).Error
	if err != nil {
		return cartRow{}, nil, fmt.Errorf("checkout: cart: %w", err)
	}
	var cart cartRow
	var lines []cartLineRow
	for _, r := range rows {
		cart = cartRow{ID: r.ID, TokenHash: hash, Version: r.Version, AgainOf: r.AgainOf}
		if r.AddedAt != nil {
			lines = append(lines, cartLineRow{CartID: r.ID, ProductID: r.ProductID, VariantID: r.VariantID, Quantity: r.Quantity,
				SeenPrice: r.SeenPrice, AddedAt: *r.AddedAt, EntryID: r.EntryID})
		}
	}
	return cart, lines, nil
}

func linesTx(ctx context.Context, tx *gorm.DB, cartID int64) ([]cartLineRow, error) {
	var lines []cartLineRow
	if err := tx.WithContext(ctx).Where("cart_id = ?", cartID).Order("added_at, product_id, variant_id").Find(&lines).Error; err != nil {
		return nil, fmt.Errorf("checkout: cart lines: %w", err)
	}
	return lines, nil
}

func productIDs(lines []cartLineRow) []int64 {
	ids := make([]int64, len(lines))
	for i, l := range lines {
		ids[i] = l.ProductID
	}
	return ids
}

// Accept takes over everything that changed since the buyer last looked, at the
// version they looked at: new prices, fewer pieces where fewer are left, and
// without the products that cannot be ordered. A cart that was changed again
// meanwhile is a ChangedError with Touched.
func (s *Service) Accept(ctx context.Context, token string, version int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, lines, err := cartTx(ctx, tx, token)
		if err != nil || len(lines) == 0 {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		claimed, err := bumpTx(ctx, tx, row.ID, version, now)
		if err != nil {
			return err
		}
		if !claimed {
			return &ChangedError{Changes: []Change{{Kind: Touched}}}
		}
		items, err := s.parts.Catalog.SellablesTx(ctx, tx, productIDs(lines))
		if err != nil {
			return err
		}
		holds, err := s.holdsTx(ctx, tx, lines)
		if err != nil {
			return err
		}
		all := wishes(lines, items, holds)
		left := totals(all)
		for _, w := range all {
			if n := w.takeable(); n == 0 {
				err = tx.WithContext(ctx).Exec("DELETE FROM cart_lines WHERE cart_id = ? AND product_id = ? AND variant_id = ?",
					row.ID, w.row.ProductID, w.row.VariantID).Error
			} else {
				err = tx.WithContext(ctx).Exec("UPDATE cart_lines SET quantity = ?, seen_price = ? WHERE cart_id = ? AND product_id = ? AND variant_id = ?",
					n, int64(w.price(left)), row.ID, w.row.ProductID, w.row.VariantID).Error
			}
			if err != nil {
				return fmt.Errorf("checkout: accept: %w", err)
			}
		}
		return nil
	})
}

// bumpTx moves the cart on from the version somebody looked at; false when it is
// not at that version any more.
func bumpTx(ctx context.Context, tx *gorm.DB, cartID, version int64, now time.Time) (bool, error) {
	done := tx.WithContext(ctx).Exec("UPDATE carts SET version = version + 1, updated_at = ? WHERE id = ? AND version = ?", now, cartID, version)
	if done.Error != nil {
		return false, fmt.Errorf("checkout: claim cart: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// claimTx is bumpTx for who holds the cart's token, and returns the cart as it was
// looked at; false when it is not at that version any more.
func claimTx(ctx context.Context, tx *gorm.DB, token string, version int64, now time.Time) (cartRow, bool, error) {
	var rows []cartRow
	err := tx.WithContext(ctx).Raw(`UPDATE carts SET version = version + 1, updated_at = ? WHERE token_hash = ? AND version = ?
		RETURNING id, again_of`, now, id.Hash(token), version).Scan(&rows).Error
	if err != nil {
		return cartRow{}, false, fmt.Errorf("checkout: claim cart: %w", err)
	}
	if len(rows) == 0 {
		return cartRow{}, false, nil
	}
	rows[0].Version = version
	return rows[0], true, nil
}

// SweepCarts forgets carts that nobody touched for a month. Any number of
// instances may run it; main calls it daily.
func (s *Service) SweepCarts(ctx context.Context) (int64, error) {
	var swept int64
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		before := now.Add(-s.settings.CartsLast)
		err = tx.WithContext(ctx).Exec("DELETE FROM cart_lines WHERE cart_id IN (SELECT id FROM carts WHERE updated_at < ?)", before).Error
		if err != nil {
			return fmt.Errorf("checkout: sweep lines: %w", err)
		}
		done := tx.WithContext(ctx).Exec("DELETE FROM carts WHERE updated_at < ?", before)
		swept = done.RowsAffected
		return done.Error
	})
	return swept, err
}
