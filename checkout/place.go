package checkout

import (
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

// Quote prices the cart's deliveries to a destination. A choice that a shop does
// not offer there is dropped; a shop with one way only has it chosen. Anyone
// holding the cart's token may ask; a destination that does not exist is Invalid.
func (s *Service) Quote(ctx context.Context, token string, to delivery.Destination, choices map[int64]delivery.Method) (Quote, error) {
	cart, err := s.Cart(ctx, token)
	if err != nil {
		return Quote{}, err
	}
	q := Quote{Cart: cart, Goods: cart.Goods, Total: cart.Goods, Complete: len(cart.Changes) == 0 && !cart.Empty()}
	for _, g := range cart.Groups {
		options, err := s.parts.Parcels.Options(ctx, g.ShopID, to, g.Grams)
		if err != nil {
			return Quote{}, err
		}
		if g.PickupOnly {
			options = slices.DeleteFunc(options, func(o delivery.Option) bool { return o.Method != delivery.Pickup })
		}
		quoted := QuotedGroup{Group: g, Options: options}
		want := choices[g.ShopID]
		if len(options) == 1 {
			want = options[0].Method
		}
		for _, o := range options {
			if o.Method != want {
				continue
			}
			quoted.Chosen, quoted.Fee = o.Method, o.Fee
			if q.Delivery, err = money.Sum(q.Delivery, o.Fee); err != nil {
				return Quote{}, fmt.Errorf("checkout: delivery: %w", err)
			}
		}
		q.Complete = q.Complete && quoted.Chosen != ""
		q.Groups = append(q.Groups, quoted)
	}
	if q.Total, err = money.Sum(q.Goods, q.Delivery); err != nil {
		return Quote{}, fmt.Errorf("checkout: total: %w", err)
	}
	q.TooSmall = q.Total < payment.Smallest
	q.TooLarge = q.Total > payment.Largest()
	q.Complete = q.Complete && !q.TooSmall && !q.TooLarge
	return q, nil
}

type purchaseRow struct {
	ID          int64
	TokenHash   string
	FormKey     string
	CartID      int64
	CartVersion int64
	Total       money.Rupiah
	BuyerUserID int64
	BuyerName   string
	BuyerPhone  string
	BuyerEmail  string
	CreatedAt   time.Time
	PayUntil    time.Time
}

func (purchaseRow) TableName() string { return "purchases" }

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
	if in.FormKey == "" || len(in.FormKey) > 100 {
		return Purchase{}, fault.Invalid("checkout.place.form")
	}
	if earlier, found, err := s.earlier(ctx, s.db.Read(ctx), in); err != nil || found {
		return s.finish(ctx, earlier, err)
	}
	f, err := check(in)
	if err != nil {
		return Purchase{}, err
	}
	var placed purchaseRow
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		placed, err = s.placeTx(ctx, tx, in, f)
		crash.Point("checkout/place/written")
		return err
	})
	crash.Point("checkout/place/committed")
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		// The key belongs to a form of another cart, whose purchase is not theirs.
		err = fault.Conflict("checkout.place.form").Because(err)
	}
	return s.finish(ctx, placed, err)
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

func (s *Service) finish(ctx context.Context, row purchaseRow, err error) (Purchase, error) {
	if err != nil {
		return Purchase{}, err
	}
	return s.purchase(ctx, row)
}

// placeTx is Place inside its transaction.
func (s *Service) placeTx(ctx context.Context, tx *gorm.DB, in PlaceInput, f form) (purchaseRow, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return purchaseRow{}, err
	}
	cart, lines, err := cartTx(ctx, tx, in.CartToken)
	if err != nil {
		return purchaseRow{}, err
	}
	if len(lines) > 0 {
		claimed, err := bumpTx(ctx, tx, cart.ID, in.CartVersion, now)
		if err != nil {
			return purchaseRow{}, err
		}
		if !claimed {
			lines = nil
		}
	}
	if len(lines) == 0 {
		// Someone was faster: the other send of this form, or another tab.
		if row, found, err := s.earlier(ctx, tx, in); err != nil || found {
			return row, err
		}
		if cart.Version != in.CartVersion && cart.ID != 0 {
			return purchaseRow{}, &ChangedError{Changes: []Change{{Kind: Touched}}}
		}
		return purchaseRow{}, fault.Invalid("checkout.place.empty")
	}
	items, err := s.parts.Catalog.SellablesTx(ctx, tx, productIDs(lines))
	if err != nil {
		return purchaseRow{}, err
	}
	view, err := compose(cart, lines, items)
	if err != nil {
		return purchaseRow{}, err
	}
	if len(view.Changes) > 0 {
		return purchaseRow{}, &ChangedError{Changes: view.Changes}
	}
	news, total, err := s.ordersTx(ctx, tx, view, in, f)
	if err != nil {
		return purchaseRow{}, err
	}
	row := purchaseRow{TokenHash: "new:" + in.FormKey, FormKey: in.FormKey, CartID: cart.ID, CartVersion: in.CartVersion, Total: total,
		BuyerUserID: f.buyer.UserID, BuyerName: f.buyer.Name, BuyerPhone: f.buyer.Phone, BuyerEmail: f.buyer.Email,
		CreatedAt: now, PayUntil: now.Add(s.settings.PayWithin)}
	if err := tx.WithContext(ctx).Create(&row).Error; err != nil {
		return row, fmt.Errorf("checkout: purchase: %w", err)
	}
	token := s.keys.For(PurposeKind, row.ID)
	row.TokenHash = id.Hash(token)
	if err := tx.WithContext(ctx).Exec("UPDATE purchases SET token_hash = ? WHERE id = ?", row.TokenHash, row.ID).Error; err != nil {
		return row, fmt.Errorf("checkout: token: %w", err)
	}
	if err := tx.WithContext(ctx).Exec("DELETE FROM cart_lines WHERE cart_id = ?", cart.ID).Error; err != nil {
		return row, fmt.Errorf("checkout: empty the cart: %w", err)
	}
	numbers, err := s.createTx(ctx, tx, row.ID, news)
	if err != nil {
		return row, err
	}
	started, err := s.parts.Payments.StartTx(ctx, tx, payment.New{
		Purpose: payment.Purpose{Kind: PurposeKind, ID: row.ID}, Amount: total, PayerName: f.buyer.Name, Email: f.buyer.Email,
		Description: text.T("checkout.payment.description", "numbers", strings.Join(numbers, ", ")),
		ExpiresAt:   row.PayUntil, ReturnURL: s.settings.BaseURL + "/pembayaran/" + token,
	})
	if err != nil {
		return row, fmt.Errorf("checkout: payment: %w", err)
	}
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: f.buyer.UserID, Verb: "place", Object: "purchase", ObjectID: row.ID})
	if err != nil {
		return row, err
	}
	story.Tell(ctx, tx, "purchase placed", story.Purchase(row.ID), story.Payment(started.ID), slog.Int64("amount", int64(total)))
	return row, s.tellTx(ctx, tx, row, "purchase_placed")
}

// ordersTx prices the deliveries and makes one new order per shop, in shop order.
func (s *Service) ordersTx(ctx context.Context, tx *gorm.DB, view Cart, in PlaceInput, f form) ([]order.New, money.Rupiah, error) {
	var news []order.New
	var total money.Rupiah
	bad := fault.Invalid("checkout.place.check")
	slices.SortFunc(view.Groups, func(a, b Group) int { return int(a.ShopID - b.ShopID) })
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
		option, err := s.parts.Parcels.ChooseTx(ctx, tx, g.ShopID, method, f.to, g.Grams)
		if fault.Is(err, fault.KindConflict) || err == nil && g.PickupOnly && method != delivery.Pickup {
			bad.With(field, "checkout.place.delivery_unavailable", "shop", g.ShopName)
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		n := order.New{ShopID: g.ShopID, ShopName: g.ShopName, RegencyCode: g.RegencyCode, Buyer: f.buyer, Recipient: f.recipient,
			Note: f.notes[g.ShopID], Delivery: order.Delivery{Method: option.Method, Fee: option.Fee, Zone: string(option.Zone),
				DaysMin: option.DaysMin, DaysMax: option.DaysMax}}
		if method == delivery.Pickup {
			n.Recipient = order.Recipient{Name: f.recipient.Name, Phone: f.recipient.Phone}
		}
		for _, l := range g.Lines {
			n.Lines = append(n.Lines, order.NewLine{ProductID: l.ProductID, RevisionID: l.RevisionID, PictureID: l.PictureID, Title: l.Title,
				Unit: l.Unit, UnitPrice: l.Price, Quantity: l.Quantity, WeightGrams: l.WeightGrams})
		}
		if total, err = money.Sum(total, g.Goods, option.Fee); err != nil {
			return nil, 0, fmt.Errorf("checkout: total: %w", err)
		}
		news = append(news, n)
	}
	if needsAddress(in.Choices, view) {
		checkAddress(bad, in.Address)
	}
	if err := bad.OrNil(); err != nil {
		return nil, 0, err
	}
	if total < payment.Smallest {
		return nil, 0, fault.Invalid("checkout.place.minimum", "minimum", payment.Smallest, "total", total)
	}
	if total != in.SeenTotal {
		return nil, 0, &ChangedError{Changes: []Change{{Kind: Delivery, OldPrice: in.SeenTotal, NewPrice: total}}}
	}
	return news, total, nil
}

func needsAddress(choices map[int64]delivery.Method, view Cart) bool {
	return slices.ContainsFunc(view.Groups, func(g Group) bool {
		m := choices[g.ShopID]
		return m.Known() && m != delivery.Pickup
	})
}

// createTx writes the orders and promises all their lines at once. A shortage
// becomes a ChangedError in the buyer's words.
func (s *Service) createTx(ctx context.Context, tx *gorm.DB, purchaseID int64, news []order.New) ([]string, error) {
	var demands []catalog.Demand
	var numbers []string
	lines := map[int64]order.Line{}
	shops := map[int64]int64{}
	for _, n := range news {
		n.PurchaseID = purchaseID
		o, err := s.parts.Orders.CreateTx(ctx, tx, n)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, o.Number)
		story.Tell(ctx, tx, "order placed", story.Order(o.Number), story.Purchase(purchaseID), story.Shop(o.ShopID), slog.Int64("amount", int64(o.Total)))
		for _, l := range o.Lines {
			demands = append(demands, catalog.Demand{LineID: l.ID, ProductID: l.ProductID, Quantity: l.Quantity})
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
		return nil, changed
	}
	if err != nil {
		return nil, err
	}
	return numbers, s.parts.Orders.PromisedTx(ctx, tx, promised)
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
		Kind: kind, Link: "/pembayaran/" + token,
		To:   notify.Recipient{UserID: row.BuyerUserID, Name: row.BuyerName, Phone: row.BuyerPhone, Email: row.BuyerEmail},
		Data: map[string]string{"total": row.Total.String()},
	})
}
