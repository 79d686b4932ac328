package checkout

import (
	"context"
	"errors"
	"fmt"
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
}

func (cartRow) TableName() string { return "carts" }

type cartLineRow struct {
	CartID    int64
	ProductID int64
	Quantity  int64
	SeenPrice money.Rupiah
	AddedAt   time.Time
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

// SetQuantity puts so many of a product into the cart, instead of what was there;
// 0 takes it out. It remembers the present price as the one the buyer saw. Anyone
// holding the cart's token may call it. A product without a public page is
// NotFound; a quantity outside 0 to MaxQuantity, or more than can be promised
// now, is Invalid on field "quantity" and changes nothing.
func (s *Service) SetQuantity(ctx context.Context, token string, productID, quantity int64) error {
	if err := checkQuantity(quantity); err != nil {
		return err
	}
	if len(token) < 20 {
		return errors.New("checkout: a cart token that is not ours")
	}
	var item catalog.Sellable
	if quantity > 0 {
		items, err := s.parts.Catalog.Sellables(ctx, []int64{productID})
		if err != nil {
			return err
		}
		var found bool
		if item, found = items[productID]; !found || !item.Public() {
			return fault.NotFound(fmt.Sprintf("product %d", productID))
		}
		if err := checkAvailable(item, quantity); err != nil {
			return err
		}
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if quantity == 0 {
			return s.removeTx(ctx, tx, token, productID, now)
		}
		var cartID int64
		err = tx.WithContext(ctx).Raw(`INSERT INTO carts (token_hash, version, created_at, updated_at) VALUES (?, 1, ?, ?)
			ON CONFLICT (token_hash) DO UPDATE SET version = carts.version + 1, updated_at = excluded.updated_at RETURNING id`,
			id.Hash(token), now, now).Scan(&cartID).Error
		if err != nil {
			return fmt.Errorf("checkout: cart: %w", err)
		}
		err = tx.WithContext(ctx).Exec(`INSERT INTO cart_lines (cart_id, product_id, quantity, seen_price, added_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity, seen_price = excluded.seen_price`,
			cartID, productID, quantity, int64(item.Price), now).Error
		if err != nil {
			return fmt.Errorf("checkout: cart line: %w", err)
		}
		var lines int64
		if err := tx.WithContext(ctx).Raw("SELECT count(*) FROM cart_lines WHERE cart_id = ?", cartID).Scan(&lines).Error; err != nil {
			return fmt.Errorf("checkout: cart size: %w", err)
		}
		if lines > MaxLines {
			return fault.Invalid("checkout.cart.full", "max", MaxLines)
		}
		return nil
	})
}

// checkAvailable refuses more than could be promised at this moment.
func checkAvailable(item catalog.Sellable, quantity int64) error {
	bad := fault.Invalid("checkout.quantity.check")
	most := item.MostTakeable()
	switch {
	case item.State == catalog.ProductPaused:
		bad.With("quantity", "checkout.quantity.paused")
	case most < 1:
		bad.With("quantity", "checkout.quantity.sold_out")
	case quantity > most:
		bad.With("quantity", "checkout.quantity.available", "available", most)
	}
	return bad.OrNil()
}

func (s *Service) removeTx(ctx context.Context, tx *gorm.DB, token string, productID int64, now time.Time) error {
	done := tx.WithContext(ctx).Exec(`DELETE FROM cart_lines WHERE product_id = ?
		AND cart_id IN (SELECT id FROM carts WHERE token_hash = ?)`, productID, id.Hash(token))
	if done.Error != nil {
		return fmt.Errorf("checkout: remove line: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return nil // already out
	}
	err := tx.WithContext(ctx).Exec("UPDATE carts SET version = version + 1, updated_at = ? WHERE token_hash = ?", now, id.Hash(token)).Error
	if err != nil {
		return fmt.Errorf("checkout: touch cart: %w", err)
	}
	return nil
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
	return compose(row, lines, items)
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

func cartTx(ctx context.Context, tx *gorm.DB, token string) (cartRow, []cartLineRow, error) {
	var row cartRow
	err := tx.WithContext(ctx).Where("token_hash = ?", id.Hash(token)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return cartRow{}, nil, nil
	}
	if err != nil {
		return row, nil, fmt.Errorf("checkout: cart: %w", err)
	}
	var lines []cartLineRow
	if err := tx.WithContext(ctx).Where("cart_id = ?", row.ID).Order("added_at, product_id").Find(&lines).Error; err != nil {
		return row, nil, fmt.Errorf("checkout: cart lines: %w", err)
	}
	return row, lines, nil
}

func productIDs(lines []cartLineRow) []int64 {
	ids := make([]int64, len(lines))
	for i, l := range lines {
		ids[i] = l.ProductID
	}
	return ids
}

// compose groups a cart by shop. It is pure; overflow is an error although the
// limits on price and quantity rule it out.
func compose(row cartRow, rows []cartLineRow, items map[int64]catalog.Sellable) (Cart, error) {
	cart := Cart{Version: row.Version}
	at := map[int64]int{}
	for _, r := range rows {
		item, found := items[r.ProductID]
		item.ProductID = r.ProductID
		changes := changesOf(item, found, r.Quantity, r.SeenPrice)
		cart.Changes = append(cart.Changes, changes...)
		if !found {
			continue // nothing to show but the change
		}
		line := Line{Sellable: item, Quantity: r.Quantity, SeenPrice: r.SeenPrice}
		line.Blocked = len(changes) > 0 && changes[0].Blocks()
		cart.Pieces += r.Quantity
		i, known := at[item.ShopID]
		if !known {
			i = len(cart.Groups)
			at[item.ShopID] = i
			cart.Groups = append(cart.Groups, Group{ShopID: item.ShopID, ShopName: item.ShopName, ShopSlug: item.ShopSlug,
				RegencyCode: item.RegencyCode})
		}
		g := &cart.Groups[i]
		if !line.Blocked {
			var err error
			if line.Amount, err = item.Price.Times(r.Quantity); err != nil {
				return Cart{}, fmt.Errorf("checkout: product %d: %w", r.ProductID, err)
			}
			if g.Goods, err = money.Sum(g.Goods, line.Amount); err != nil {
				return Cart{}, fmt.Errorf("checkout: shop %d: %w", g.ShopID, err)
			}
			if cart.Goods, err = money.Sum(cart.Goods, line.Amount); err != nil {
				return Cart{}, fmt.Errorf("checkout: cart: %w", err)
			}
			g.Grams += item.WeightGrams * r.Quantity // at most 50 × 9.999 × 200 kg
			g.PickupOnly = g.PickupOnly || item.PickupOnly
		}
		g.Lines = append(g.Lines, line)
	}
	return cart, nil
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
		for _, l := range lines {
			item, found := items[l.ProductID]
			changes := changesOf(item, found, l.Quantity, l.SeenPrice)
			switch {
			case len(changes) == 0:
				continue
			case changes[0].Blocks():
				err = tx.WithContext(ctx).Exec("DELETE FROM cart_lines WHERE cart_id = ? AND product_id = ?", row.ID, l.ProductID).Error
			default:
				err = tx.WithContext(ctx).Exec("UPDATE cart_lines SET quantity = ?, seen_price = ? WHERE cart_id = ? AND product_id = ?",
					min(l.Quantity, item.MostTakeable()), int64(item.Price), row.ID, l.ProductID).Error
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
