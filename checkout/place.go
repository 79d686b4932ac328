package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// Quote is QuoteFor with everything paid through the gateway.
func (s *Service) Quote(ctx context.Context, token string, to delivery.Destination, choices map[int64]delivery.Choice) (Quote, error) {
	return s.QuoteFor(ctx, token, to, choices, nil)
}

// QuoteFor prices the cart's deliveries to a destination. A choice that a shop does
// not offer there is dropped, a shop with one way only has it chosen, and a way to
// pay that is not offered becomes the gateway. Anyone
// holding the cart's token may ask; a destination that does not exist is Invalid.
func (s *Service) QuoteFor(ctx context.Context, token string, to delivery.Destination, choices map[int64]delivery.Choice, payBy map[int64]order.PayBy) (Quote, error) {
	cart, err := s.Cart(ctx, token)
	if err != nil {
		return Quote{}, err
	}
	q := Quote{Cart: cart, Goods: cart.Goods, Total: cart.Goods, Complete: len(cart.Changes) == 0 && !cart.Short && !cart.Empty()}
	areas, err := s.areasTx(ctx, s.db.Read(ctx), cart)
	if err != nil {
		return Quote{}, err
	}
	offered, err := offeredTx(ctx, s.db.Read(ctx), cart.shopIDs()...)
	if err != nil {
		return Quote{}, err
	}
	sendings := make([]delivery.Sending, len(cart.Groups))
	for i, g := range cart.Groups {
		sendings[i] = delivery.Sending{ShopID: g.ShopID, Parcel: g.Parcel}
	}
	parcels, err := s.parts.Parcels.OptionsFor(ctx, to, sendings)
	if err != nil {
		return Quote{}, err
	}
	for _, g := range cart.Groups {
		options := parcels[g.ShopID]
		outside := g.outside(areas, to.DistrictCode)
		if g.PickupOnly || len(outside) > 0 {
			options = slices.DeleteFunc(options, func(o delivery.Option) bool { return o.Method != delivery.Pickup })
		}
		quoted := QuotedGroup{Group: g, Outside: outside}
		for _, o := range options {
			if o.Closed == nil {
				quoted.Options = append(quoted.Options, o)
			} else {
				quoted.Closed = append(quoted.Closed, o)
			}
		}
		want := choices[g.ShopID]
		if len(quoted.Options) == 1 {
			want = quoted.Options[0].Choice
		}
		if o, offered := delivery.Pick(options, want); offered {
			quoted.Chosen, quoted.Choice, quoted.Fee = o.Method, o.Choice, o.Fee
			if q.Delivery, err = money.Sum(q.Delivery, o.Fee); err != nil {
				return Quote{}, fmt.Errorf("checkout: delivery: %w", err)
			}
		}
		if err := s.wayTx(ctx, s.db.Read(ctx), &quoted, offered[g.ShopID], payBy[g.ShopID]); err != nil {
			return Quote{}, err
		}
		if quoted.PayBy.Held() {
			if q.Online, err = money.Sum(q.Online, g.Goods, quoted.Fee); err != nil {
				return Quote{}, fmt.Errorf("checkout: online: %w", err)
			}
		}
		q.Complete = q.Complete && quoted.Chosen != ""
		q.Groups = append(q.Groups, quoted)
	}
	if q.Total, err = money.Sum(q.Goods, q.Delivery); err != nil {
		return Quote{}, fmt.Errorf("checkout: total: %w", err)
	}
	q.TooSmall = q.Online > 0 && q.Online < payment.Smallest
	q.TooLarge = q.Online > payment.Largest()
	q.Complete = q.Complete && !q.TooSmall && !q.TooLarge
	return q, nil
}

// wayTx lists how one shop's part can be paid and chooses the wanted way, or the
// gateway.
func (s *Service) wayTx(ctx context.Context, tx *gorm.DB, g *QuotedGroup, offered shopPaymentsRow, want order.PayBy) error {
	total, err := money.Sum(g.Goods, g.Fee)
	if err != nil {
		return fmt.Errorf("checkout: shop %d: %w", g.ShopID, err)
	}
	g.Ways, err = s.waysTx(ctx, tx, offered, g.Chosen, total)
	if err != nil {
		return err
	}
	g.PayBy = chosenWay(g.Ways, want)
	return nil
}

type purchaseRow struct {
	ID          int64
	TokenHash   string
	FormKey     string
	CartID      int64
	CartVersion int64
	Total       money.Rupiah
	Online      money.Rupiah
	AgainOf     int64 // the purchase whose place it takes; 0: none
	BuyerUserID int64
	BuyerName   string
	BuyerPhone  string
	BuyerEmail  string
	CreatedAt   time.Time
	PayUntil    time.Time
}

func (purchaseRow) TableName() string { return "purchases" }

func (r purchaseRow) purpose() payment.Purpose { return purposeOf(r.ID) }

func purposeOf(purchaseID int64) payment.Purpose {
	return payment.Purpose{Kind: PurposeKind, ID: purchaseID}
}

// form is a checked PlaceInput.
type form struct {
	buyer     order.Person
	recipient order.Recipient
	to        delivery.Destination
	notes     map[int64]string
}

// Place turns the cart into a purchase: in one transaction it claims the cart,
// re-reads every price, writes purchase, orders and lines, promises all
// quantities and starts the payment. Anyone holding the cart's token may call it.
//
// The same form sent again, or the same cart sent from another tab, finds the
// first purchase. Faulty fields are Invalid; a cart that is not as the buyer saw
// it is a ChangedError; in both cases nothing is stored. No gateway is called:
// after Place the caller may ask payment to open the invoice of
// Purchase.Payment, and its job does so anyway.
func (s *Service) Place(ctx context.Context, in PlaceInput) (Purchase, error) {
	row, _, err := s.place(ctx, in, false)
	if err != nil {
		return Purchase{}, err
	}
	return s.purchase(ctx, row)
}

// Placed is what a buyer needs after the press on pay.
type Placed struct {
	Token   string          // of the payment's page
	Online  money.Rupiah    // what Payment asks for; 0: there is no payment
	Payment payment.Payment // for payment.OpenStarted
}

// PlaceToPay is Place for a caller who opens the invoice at once, by
// payment.OpenStarted: the right to do so is taken in the same transaction, and
// nothing is read again.
func (s *Service) PlaceToPay(ctx context.Context, in PlaceInput) (Placed, error) {
	row, started, err := s.place(ctx, in, true)
	if err != nil {
		return Placed{}, err
	}
	if started.ID == 0 && row.Online > 0 { // an earlier send's
		p, err := s.purchase(ctx, row)
		return Placed{p.Token, p.Online, p.Payment}, err
	}
	token, _ := s.keys.Recall(PurposeKind, row.ID, row.TokenHash)
	return Placed{token, row.Online, started}, nil
}

// place is Place without what its answer reads; started is the payment, if it was
// this send that placed. opening takes the right to open its invoice.
func (s *Service) place(ctx context.Context, in PlaceInput, opening bool) (placed purchaseRow, started payment.Payment, err error) {
	if in.FormKey == "" || len(in.FormKey) > 100 {
		return placed, started, fault.Invalid("checkout.place.form")
	}
	f, err := check(in)
	if err == nil {
		err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
			placed, started, err = s.placeTx(ctx, tx, in, f, opening)
			crash.Point("checkout/place/written")
			return err
		})
		crash.Point("checkout/place/committed")
		if !errors.Is(err, gorm.ErrDuplicatedKey) {
			return placed, started, err
		}
		// The key belongs to a form that was sent before, or to one of another cart,
		// whose purchase is not theirs.
		err = fault.Conflict("checkout.place.form").Because(err)
	}
	// What was sent a second time is answered as it was the first time.
	earlier, found, readErr := s.earlier(ctx, s.db.Read(ctx), in)
	if readErr != nil || found {
		return earlier, payment.Payment{}, readErr
	}
	return placed, payment.Payment{}, err
}

// earlier finds the purchase that this form, or this version of this cart, has
// made already. A form key of another cart finds nothing of theirs.
func (s *Service) earlier(ctx context.Context, tx *gorm.DB, in PlaceInput) (purchaseRow, bool, error) {
	var rows []purchaseRow
	err := tx.WithContext(ctx).Raw(`SELECT p.* FROM purchases p JOIN carts c ON c.id = p.cart_id
		WHERE c.token_hash = ? AND (p.form_key = ? OR p.cart_version = ?) ORDER BY p.id DESC LIMIT 1`,
		id.Hash(in.CartToken), in.FormKey, in.CartVersion).Scan(&rows).Error
	if err != nil {
		return purchaseRow{}, false, fmt.Errorf("checkout: look for the first send: %w", err)
	}
	if len(rows) == 0 {
		return purchaseRow{}, false, nil
	}
	return rows[0], true, nil
}

// placeTx is Place inside its transaction.
func (s *Service) placeTx(ctx context.Context, tx *gorm.DB, in PlaceInput, f form, opening bool) (row purchaseRow, started payment.Payment, err error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return row, started, err
	}
	cart, claimed, err := claimTx(ctx, tx, in.CartToken, in.CartVersion, now)
	if err != nil {
		return row, started, err
	}
	var lines []cartLineRow
	if claimed {
		if lines, err = linesTx(ctx, tx, cart.ID); err != nil {
			return row, started, err
		}
	}
	if len(lines) == 0 {
		// Someone was faster: the other send of this form, or another tab.
		if row, found, err := s.earlier(ctx, tx, in); err != nil || found {
			return row, started, err
		}
		if there, _, err := cartTx(ctx, tx, in.CartToken); err != nil || !claimed && there.ID != 0 {
			return row, started, cmp.Or[error](err, &ChangedError{Changes: []Change{{Kind: Touched}}})
		}
		return row, started, fault.Invalid("checkout.place.empty")
	}
	items, err := s.parts.Catalog.SellablesTx(ctx, tx, productIDs(lines))
	if err != nil {
		return row, started, err
	}
	holds, err := s.holdsTx(ctx, tx, lines)
	if err != nil {
		return row, started, err
	}
	view, err := compose(cart, lines, items, holds)
	if err != nil {
		return row, started, err
	}
	if len(view.Changes) > 0 {
		return row, started, &ChangedError{Changes: view.Changes}
	}
	if err := enough(view); err != nil {
		return row, started, err
	}
	news, total, online, err := s.ordersTx(ctx, tx, view, in, f)
	if err != nil {
		return row, started, err
	}
	again := cart.AgainOf > 0
	if again {
		twin, live, err := s.twinTx(ctx, tx, cart.AgainOf)
		switch {
		case err != nil:
			return row, started, err
		case live && twin.Total == total:
			return twin, started, emptyTx(ctx, tx, cart.ID, true)
		case live:
			cart.AgainOf = 0 // something else than the other device ordered: a purchase of its own
		}
	}
	row = purchaseRow{TokenHash: "new:" + in.FormKey, FormKey: in.FormKey, CartID: cart.ID, CartVersion: in.CartVersion, Total: total, Online: online, AgainOf: cart.AgainOf,
		BuyerUserID: f.buyer.UserID, BuyerName: f.buyer.Name, BuyerPhone: f.buyer.Phone, BuyerEmail: f.buyer.Email,
		CreatedAt: now, PayUntil: now.Add(s.settings.PayWithin)}
	if err := tx.WithContext(ctx).Create(&row).Error; err != nil {
		return row, started, fmt.Errorf("checkout: purchase: %w", err)
	}
	token := s.keys.For(PurposeKind, row.ID)
	row.TokenHash = id.Hash(token)
	if err := tx.WithContext(ctx).Exec("UPDATE purchases SET token_hash = ? WHERE id = ?", row.TokenHash, row.ID).Error; err != nil {
		return row, started, fmt.Errorf("checkout: token: %w", err)
	}
	if err := emptyTx(ctx, tx, cart.ID, again); err != nil {
		return row, started, err
	}
	numbers, scarce, err := s.createTx(ctx, tx, row.ID, news, view, in.Choices)
	if err != nil {
		return row, started, err
	}
	if scarce {
		row.PayUntil = now.Add(s.settings.PaySoon)
		if err := tx.WithContext(ctx).Exec("UPDATE purchases SET pay_until = ? WHERE id = ?", row.PayUntil, row.ID).Error; err != nil {
			return row, started, fmt.Errorf("checkout: pay soon: %w", err)
		}
	}
	if online > 0 {
		started, err = s.parts.Payments.StartTx(ctx, tx, payment.New{
			Purpose: row.purpose(), Amount: online, PayerName: f.buyer.Name, Email: f.buyer.Email,
			Description: text.T("checkout.payment.description", "numbers", strings.Join(numbers, ", ")),
			ExpiresAt:   row.PayUntil, ReturnURL: s.settings.BaseURL + text.URL(ctx, "/pembayaran/"+token), Opening: opening,
		})
		if err != nil {
			return row, started, fmt.Errorf("checkout: payment: %w", err)
		}
	}
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: f.buyer.UserID, Verb: "place", Object: "purchase", ObjectID: row.ID})
	if err != nil {
		return row, started, err
	}
	story.Tell(ctx, tx, "purchase placed", story.Purchase(row.ID), story.Payment(started.ID), slog.Int64("amount", int64(total)))
	if online == 0 {
		return row, started, s.tellTx(ctx, tx, row, "purchase_placed_outside")
	}
	return row, started, s.tellTx(ctx, tx, row, "purchase_placed")
}

// emptyTx takes everything out of a cart, also what it was filled from (again).
func emptyTx(ctx context.Context, tx *gorm.DB, cartID int64, again bool) error {
	err := tx.WithContext(ctx).Exec("DELETE FROM cart_lines WHERE cart_id = ?", cartID).Error
	if err == nil && again {
		err = tx.WithContext(ctx).Exec("UPDATE carts SET again_of = 0 WHERE id = ?", cartID).Error
	}
	if err != nil {
		return fmt.Errorf("checkout: empty the cart: %w", err)
	}
	return nil
}

// twinTx finds the purchase that took the place of another already, from another
// device: its cart was filled from the same one. live says that it was paid or still
// can be. Two devices that order at once wait for each other here.
func (s *Service) twinTx(ctx context.Context, tx *gorm.DB, purchaseID int64) (twin purchaseRow, live bool, err error) {
	if err := tx.WithContext(ctx).Exec("UPDATE purchases SET again_of = again_of WHERE id = ?", purchaseID).Error; err != nil {
		return twin, false, fmt.Errorf("checkout: twin: %w", err)
	}
	var rows []purchaseRow
	if err := tx.WithContext(ctx).Where("again_of = ?", purchaseID).Order("id DESC").Limit(1).Find(&rows).Error; err != nil {
		return twin, false, fmt.Errorf("checkout: twin: %w", err)
	}
	if len(rows) == 0 {
		return twin, false, nil
	}
	live, err = s.parts.Orders.LiveTx(ctx, tx, rows[0].purpose())
	return rows[0], live, err
}

// enough refuses a cart with less of a product than its maker sells.
func enough(view Cart) error {
	for _, g := range view.Groups {
		for _, l := range g.Lines {
			if l.Missing > 0 {
				return fault.Invalid("checkout.place.pieces", "title", l.Title, "minimum", l.MinQuantity, "missing", l.Missing)
			}
		}
	}
	return nil
}

// ordersTx prices the deliveries and makes one new order per shop, in shop order;
// online is the sum of those that are paid through the gateway.
func (s *Service) ordersTx(ctx context.Context, tx *gorm.DB, view Cart, in PlaceInput, f form) (news []order.New, total, online money.Rupiah, err error) {
	bad := fault.Invalid("checkout.place.check")
	areas, err := s.areasTx(ctx, tx, view)
	if err != nil {
		return nil, 0, 0, err
	}
	offered, err := offeredTx(ctx, tx, view.shopIDs()...)
	if err != nil {
		return nil, 0, 0, err
	}
	slices.SortFunc(view.Groups, func(a, b Group) int { return int(a.ShopID - b.ShopID) })
	parcels, err := s.parts.Parcels.OptionsForTx(ctx, tx, f.to, sendings(view, in.Choices))
	if err != nil {
		return nil, 0, 0, err
	}
	for _, g := range view.Groups {
		field := fmt.Sprintf("delivery_%d", g.ShopID)
		method := in.Choices[g.ShopID]
		if !method.Known() {
			bad.With(field, "checkout.place.delivery_missing", "shop", g.ShopName)
			continue
		}
		if method != delivery.Pickup && f.to.RegencyCode == "" {
			continue // the missing address has its own sentences
		}
		if method != delivery.Pickup {
			if outside := g.outside(areas, f.to.DistrictCode); len(outside) > 0 {
				bad.With(field, "checkout.place.outside", "title", outside[0].Title, "area", strings.Join(outside[0].Area.Names(), ", "))
				continue
			}
		}
		option, err := delivery.Chosen(parcels[g.ShopID], method)
		if fault.Is(err, fault.KindConflict) || err == nil && g.PickupOnly && method != delivery.Pickup {
			bad.With(field, "checkout.place.delivery_unavailable", "shop", g.ShopName)
			continue
		}
		if err != nil {
			return nil, 0, 0, err
		}
		quoted := QuotedGroup{Group: g, Chosen: option.Method, Fee: option.Fee}
		want := cmp.Or(in.PayBy[g.ShopID], order.ByGateway)
		if err := s.wayTx(ctx, tx, &quoted, offered[g.ShopID], want); err != nil {
			return nil, 0, 0, err
		}
		if quoted.PayBy != want {
			bad.With(fmt.Sprintf("pay_by_%d", g.ShopID), "checkout.place.pay_by", "shop", g.ShopName)
			continue
		}
		n := order.New{PayBy: want, Source: broughtBy(in.Sources, g.ShopSlug), ShopID: g.ShopID, ShopName: g.ShopName, RegencyCode: g.RegencyCode, Buyer: f.buyer, Recipient: f.recipient,
			Note: f.notes[g.ShopID], Delivery: order.Delivery{Method: option.Method, Fee: option.Fee, Zone: string(option.Zone),
				Carrier: option.Carrier, Service: option.Service, DaysMin: option.DaysMin, DaysMax: option.DaysMax}}
		if method == delivery.Pickup {
			n.Recipient = order.Recipient{Name: f.recipient.Name, Phone: f.recipient.Phone}
		}
		for _, l := range g.Lines {
			n.Lines = append(n.Lines, order.NewLine{ProductID: l.ProductID, VariantID: l.VariantID, RevisionID: l.RevisionID, PictureID: l.PictureID, Title: l.FullTitle(),
				Unit: l.Unit, UnitPrice: l.Price, Quantity: l.Quantity, WeightGrams: l.WeightGrams, HowSoon: l.HowSoon})
		}
		if total, err = money.Sum(total, g.Goods, option.Fee); err != nil {
			return nil, 0, 0, fmt.Errorf("checkout: total: %w", err)
		}
		if want.Held() {
			online += g.Goods + option.Fee // no more than total
		}
		news = append(news, n)
	}
	if needsAddress(in.Choices, view) {
		checkAddress(bad, in.Address)
	}
	if err := bad.OrNil(); err != nil {
		return nil, 0, 0, err
	}
	if online > 0 && online < payment.Smallest {
		return nil, 0, 0, fault.Invalid("checkout.place.minimum", "minimum", payment.Smallest, "total", online)
	}
	if total != in.SeenTotal {
		return nil, 0, 0, &ChangedError{Changes: []Change{{Kind: Delivery, OldPrice: in.SeenTotal, NewPrice: total}}}
	}
	return news, total, online, nil
}

// sendings are the parcels of the shops for which something is chosen.
func sendings(view Cart, choices map[int64]delivery.Choice) (out []delivery.Sending) {
	for _, g := range view.Groups {
		if choice := choices[g.ShopID]; choice.Known() {
			out = append(out, delivery.Sending{ShopID: g.ShopID, Parcel: g.Parcel, Only: choice})
		}
	}
	return out
}

func needsAddress(choices map[int64]delivery.Choice, view Cart) bool {
	return slices.ContainsFunc(view.Groups, func(g Group) bool {
		m := choices[g.ShopID]
		return m.Known() && m != delivery.Pickup
	})
}

// areasTx are the places the products of a cart are made for, where it matters.
func (s *Service) areasTx(ctx context.Context, tx *gorm.DB, cart Cart) (map[int64]catalog.Area, error) {
	var ids []int64
	for _, g := range cart.Groups {
		for _, l := range g.Lines {
			if l.Somewhere {
				ids = append(ids, l.ProductID)
			}
		}
	}
	return s.parts.Catalog.AreasOfTx(ctx, tx, ids)
}

// outside are the lines that are not made for a district; none while it is not
// known.
func (g Group) outside(areas map[int64]catalog.Area, districtCode string) (out []Outside) {
	for _, l := range g.Lines {
		if area := areas[l.ProductID]; districtCode != "" && !l.Blocked && !area.Reaches(districtCode) {
			out = append(out, Outside{Title: l.Title, Area: area})
		}
	}
	return out
}

// entries are the waiting list entries whose holds the lines of a cart take over,
// by product and variant.
func (c Cart) entries() map[[2]int64]int64 {
	out := map[[2]int64]int64{}
	for _, g := range c.Groups {
		for _, l := range g.Lines {
			out[[2]int64{l.ProductID, l.VariantID}] = l.Hold.EntryID
		}
	}
	return out
}

// createTx writes the orders and promises all their lines at once, and lets those
// begin whose money comes with the goods. numbers are those that the payment is for; scarce says
// that a pre-order window is nearly sold out. A shortage becomes a ChangedError
// in the buyer's words.
func (s *Service) createTx(ctx context.Context, tx *gorm.DB, purchaseID int64, news []order.New, cart Cart, choices map[int64]delivery.Choice) (numbers []string, scarce bool, err error) {
	entries := cart.entries()
	var demands []catalog.Demand
	lines := map[int64]order.Line{}
	shops := map[int64]int64{}
	var later []int64
	for i := range news {
		news[i].Purpose = purposeOf(purchaseID)
	}
	created, err := s.parts.Orders.CreateAllTx(ctx, tx, news)
	if err != nil {
		return nil, false, err
	}
	for _, o := range created {
		if o.PayBy.Held() {
			numbers = append(numbers, o.Number)
		}
		if o.PayBy.Later() {
			later = append(later, o.ID)
		}
		story.Tell(ctx, tx, "order placed", story.Order(o.Number), story.Purchase(purchaseID), story.Shop(o.ShopID), slog.Int64("amount", int64(o.Total)))
		for _, l := range o.Lines {
			demands = append(demands, catalog.Demand{LineID: l.ID, ProductID: l.ProductID, VariantID: l.VariantID, Quantity: l.Quantity,
				EntryID: entries[[2]int64{l.ProductID, l.VariantID}]})
			lines[l.ID], shops[l.ID] = l, o.ShopID
		}
	}
	promised, err := s.parts.Catalog.PromiseTx(ctx, tx, demands)
	var short *catalog.ShortError
	if errors.As(err, &short) {
		changed := &ChangedError{}
		for _, sl := range short.Lines {
			l := lines[sl.LineID]
			c := Change{Kind: Less, ProductID: sl.ProductID, ShopID: shops[sl.LineID], Title: l.Title, Wanted: l.Quantity, Available: sl.Available}
			if sl.Available < 1 {
				c.Kind = SoldOut
			}
			changed.Changes = append(changed.Changes, c)
		}
		return nil, false, changed
	}
	if err != nil {
		return nil, false, err
	}
	ready := map[int64]time.Time{}
	for _, p := range promised {
		scarce = scarce || p.Scarce
		if shop := shops[p.LineID]; p.ReadyBy.After(ready[shop]) {
			ready[shop] = p.ReadyBy
		}
	}
	if err := s.inTimeTx(ctx, tx, news, cart, choices, ready); err != nil {
		return nil, false, err
	}
	if err := s.parts.Orders.PromisedTx(ctx, tx, promised); err != nil {
		return nil, false, err
	}
	return numbers, scarce, s.parts.Orders.BeginTx(ctx, tx, later)
}

// inTimeTx refuses a purchase whose promises came out later than the cart showed,
// too late for the chosen way: the last day before a holiday lies between.
func (s *Service) inTimeTx(ctx context.Context, tx *gorm.DB, news []order.New, cart Cart, choices map[int64]delivery.Choice, ready map[int64]time.Time) error {
	bad := fault.Invalid("checkout.place.check")
	for _, n := range news {
		i := slices.IndexFunc(cart.Groups, func(g Group) bool { return g.ShopID == n.ShopID })
		p := cart.Groups[i].Parcel
		if !ready[n.ShopID].After(p.ReadyBy) {
			continue
		}
		p.ReadyBy = ready[n.ShopID]
		to := delivery.Destination{RegencyCode: n.Recipient.RegencyCode, DistrictCode: n.Recipient.DistrictCode}
		_, err := s.parts.Parcels.ChooseTx(ctx, tx, n.ShopID, choices[n.ShopID], to, p)
		if fault.Is(err, fault.KindConflict) {
			bad.With(fmt.Sprintf("delivery_%d", n.ShopID), "checkout.place.delivery_unavailable", "shop", n.ShopName)
		} else if err != nil {
			return err
		}
	}
	return bad.OrNil()
}

var (
	postcode  = regexp.MustCompile(`^[0-9]{5}$`)
	plausible = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)
)

// check reads the form's own fields, everything that needs no database.
func check(in PlaceInput) (form, error) {
	bad := fault.Invalid("checkout.place.check")
	f := form{notes: map[int64]string{}}
	f.buyer = order.Person{UserID: in.BuyerUserID, Email: strings.TrimSpace(in.Email)}
	f.buyer.Name, f.buyer.Phone = checkContact(bad, in.Buyer, "name", "phone")
	if f.buyer.Email != "" && (len(f.buyer.Email) > 200 || !plausible.MatchString(f.buyer.Email)) {
		bad.With("email", "checkout.place.email")
	}
	f.recipient = order.Recipient{Name: f.buyer.Name, Phone: f.buyer.Phone}
	if in.Recipient != nil {
		f.recipient.Name, f.recipient.Phone = checkContact(bad, *in.Recipient, "recipient_name", "recipient_phone")
	}
	f.recipient.RegencyCode, f.recipient.DistrictCode = in.Address.RegencyCode, in.Address.DistrictCode
	f.recipient.Village, f.recipient.Street = strings.TrimSpace(in.Address.Village), strings.TrimSpace(in.Address.Street)
	f.recipient.Postcode = strings.TrimSpace(in.Address.Postcode)
	for shopID, note := range in.Notes {
		note = strings.TrimSpace(note)
		if utf8.RuneCountInString(note) > maxNote {
			bad.With(fmt.Sprintf("note_%d", shopID), "checkout.place.note_long", "max", maxNote)
		}
		f.notes[shopID] = note
	}
	needs := false
	for _, m := range in.Choices {
		needs = needs || m.Known() && m != delivery.Pickup
	}
	if needs {
		checkAddress(bad, in.Address)
		f.to = delivery.Destination{RegencyCode: in.Address.RegencyCode, DistrictCode: in.Address.DistrictCode}
	}
	return f, bad.OrNil()
}

func checkContact(bad *fault.Error, c Contact, nameField, phoneField string) (name, phone string) {
	name = strings.Join(strings.Fields(c.Name), " ")
	switch {
	case name == "":
		bad.With(nameField, "checkout.place.name_missing")
	case utf8.RuneCountInString(name) > maxName:
		bad.With(nameField, "checkout.place.name_long", "max", maxName)
	}
	if strings.TrimSpace(c.Phone) == "" {
		bad.With(phoneField, "checkout.place.phone_missing")
		return name, ""
	}
	phone, ok := account.Phone(c.Phone)
	if !ok {
		bad.With(phoneField, "checkout.place.phone")
	}
	return name, phone
}

func checkAddress(bad *fault.Error, a Address) {
	if _, found := region.RegencyByCode(a.RegencyCode); !found {
		bad.With("regency", "checkout.place.regency")
	} else if d, found := region.DistrictByCode(a.DistrictCode); !found || d.RegencyCode != a.RegencyCode {
		bad.With("district", "checkout.place.district")
	}
	switch street := strings.TrimSpace(a.Street); {
	case street == "":
		bad.With("street", "checkout.place.street_missing")
	case utf8.RuneCountInString(street) > maxStreet:
		bad.With("street", "checkout.place.street_long", "max", maxStreet)
	}
	if utf8.RuneCountInString(strings.TrimSpace(a.Village)) > maxName {
		bad.With("village", "checkout.place.name_long", "max", maxName)
	}
	if code := strings.TrimSpace(a.Postcode); code != "" && !postcode.MatchString(code) {
		bad.With("postcode", "checkout.place.postcode")
	}
}

func (s *Service) tellTx(ctx context.Context, tx *gorm.DB, row purchaseRow, kind string) error {
	token, _ := s.keys.Recall(PurposeKind, row.ID, row.TokenHash)
	return s.parts.Messages.SendTx(ctx, tx, notify.Message{
		Kind: kind, Link: text.URL(ctx, "/pembayaran/"+token),
		To:   notify.Recipient{UserID: row.BuyerUserID, Name: row.BuyerName, Phone: row.BuyerPhone, Email: row.BuyerEmail},
		Data: map[string]string{"total": row.Total.String()},
	})
}
