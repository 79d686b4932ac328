package checkout

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// SalePay is how the money of an outside sale comes.
type SalePay string

// The ways.
const (
	SaleCash  SalePay = "cash"  // the maker has it
	SaleLater SalePay = "later" // the buyer owes it
	SaleLink  SalePay = "link"  // by a link through the gateway, held like any other payment
)

// SalePays lists them in the order people see them.
var SalePays = []SalePay{SaleCash, SaleLater, SaleLink}

// Sale is something the maker sold herself, as she writes it down.
type Sale struct {
	ShopID    int64
	ProductID int64
	VariantID int64
	Quantity  int64
	UnitPrice money.Rupiah // 0: what the shop window asks for that many
	Source    order.Source
	Pay       SalePay
	Gone      bool      // the buyer has the goods already; never with a link
	Day       time.Time // promised for; zero: when the catalog says
	Buyer     string    // a name, if she likes
	FormKey   string    // a second send with the same key finds the first sale
}

// Sold is what became of it.
type Sold struct {
	OrderID int64
	Number  string
	Token   string // of /pembayaran/{token}, for a sale by link
}

const maxSaleName = 60

// Sell writes down a sale that the maker made herself, as one purchase with one order
// that is promised by the same conditional update as all others. Members of the shop
// and its companion may; another's shop or product is NotFound. The same form sent
// twice finds the first sale. Faulty fields, also too few pieces left, are Invalid.
//
// Money she takes herself goes into her own books only; a sale by link is paid, held
// and released like any other, lapses when nobody pays, and its goods need the code.
// Nobody's phone or address is kept, and nobody is sent a message.
func (s *Service) Sell(ctx context.Context, actor account.Actor, in Sale) (Sold, error) {
	if !actor.Manages(in.ShopID) {
		return Sold{}, fault.NotFound(fmt.Sprintf("sale of shop %d by user %d", in.ShopID, actor.UserID))
	}
	in.Buyer = strings.Join(strings.Fields(in.Buyer), " ")
	bad := fault.Invalid("sale.check")
	if in.FormKey == "" || len(in.FormKey) > 60 {
		return Sold{}, fault.Invalid("checkout.place.form")
	}
	if in.Quantity < 1 || in.Quantity > MaxQuantity {
		bad.With("jumlah", "sale.quantity", "max", money.Group(MaxQuantity))
	}
	if in.UnitPrice != 0 && (in.UnitPrice < catalog.MinPrice || in.UnitPrice > catalog.MaxPrice) {
		bad.With("harga", "sale.price", "min", catalog.MinPrice, "max", catalog.MaxPrice)
	}
	if !slices.Contains(order.Outsides, in.Source) {
		bad.With("dari", "sale.source")
	}
	if !slices.Contains(SalePays, in.Pay) || in.Pay == SaleLink && in.Gone {
		bad.With("bayar", "sale.pay")
	}
	if utf8.RuneCountInString(in.Buyer) > maxSaleName {
		bad.With("pembeli", "order.move.too_long", "max", maxSaleName)
	}
	if err := bad.OrNil(); err != nil {
		return Sold{}, err
	}
	in.FormKey = fmt.Sprintf("sale-%d-%s", in.ShopID, in.FormKey)
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error { return s.sellTx(ctx, tx, actor, in) })
	if err != nil && !errors.Is(err, gorm.ErrDuplicatedKey) {
		return Sold{}, err
	}
	return s.sold(ctx, in.FormKey)
}

// sold is the answer to every send of a form.
func (s *Service) sold(ctx context.Context, formKey string) (Sold, error) {
	row, err := onePurchase(s.db.Read(ctx).Where("form_key = ?", formKey))
	if err != nil {
		return Sold{}, err
	}
	orders, err := s.parts.Orders.Of(ctx, row.purpose())
	if err != nil || len(orders) != 1 {
		return Sold{}, cmp.Or(err, fmt.Errorf("checkout: sale %d has %d orders", row.ID, len(orders)))
	}
	out := Sold{OrderID: orders[0].ID, Number: orders[0].Number}
	if row.Online > 0 {
		out.Token, _ = s.keys.Recall(PurposeKind, row.ID, row.TokenHash)
	}
	return out, nil
}

func (s *Service) sellTx(ctx context.Context, tx *gorm.DB, actor account.Actor, in Sale) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	items, err := s.parts.Catalog.SellablesTx(ctx, tx, []int64{in.ProductID})
	if err != nil {
		return err
	}
	p, found := items[in.ProductID]
	if !found || p.ShopID != in.ShopID || p.Mode == catalog.ModeQuote {
		return fault.NotFound(fmt.Sprintf("product %d of shop %d", in.ProductID, in.ShopID))
	}
	item, chosen := p.Choose(in.VariantID)
	if !chosen {
		return fault.Invalid("sale.check").With("varian", "sale.variant")
	}
	today := now.In(calendar.Zone(p.RegencyCode))
	if y, m, d := today.Date(); !in.Day.IsZero() && (in.Day.Before(time.Date(y, m, d, 0, 0, 0, 0, today.Location())) || in.Day.After(today.AddDate(1, 0, 0))) {
		return fault.Invalid("sale.check").With("hari", "sale.day")
	}
	price := cmp.Or(in.UnitPrice, p.UnitPrice(in.VariantID, in.Quantity))
	total, err := price.Times(in.Quantity)
	if err != nil || total <= 0 {
		return fault.Invalid("sale.check").With("harga", "sale.price", "min", catalog.MinPrice, "max", catalog.MaxPrice)
	}
	row := purchaseRow{TokenHash: "new:" + in.FormKey, FormKey: in.FormKey, CartVersion: noCart(), Total: total, BuyerName: in.Buyer, CreatedAt: now, PayUntil: now.Add(s.settings.PayWithin)}
	if row.BuyerName == "" {
		row.BuyerName = text.T("sale.somebody." + string(in.Source))
	}
	payBy := order.ByCash
	if in.Pay == SaleLink {
		payBy, row.Online = order.ByGateway, total
		if total < payment.Smallest {
			return fault.Invalid("sale.check").With("bayar", "sale.smallest", "minimum", payment.Smallest)
		}
		if total > payment.Largest() {
			return fault.Invalid("sale.check").With("bayar", "sale.largest", "maximum", payment.Largest())
		}
	}
	if err := tx.WithContext(ctx).Create(&row).Error; err != nil {
		return fmt.Errorf("checkout: sale: %w", err)
	}
	token := s.keys.For(PurposeKind, row.ID)
	if err := tx.WithContext(ctx).Exec("UPDATE purchases SET token_hash = ? WHERE id = ?", id.Hash(token), row.ID).Error; err != nil {
		return fmt.Errorf("checkout: token: %w", err)
	}
	created, err := s.parts.Orders.CreateAllTx(ctx, tx, []order.New{{
		Purpose: row.purpose(), PayBy: payBy, Source: in.Source, ShopID: p.ShopID, ShopName: p.ShopName, RegencyCode: p.RegencyCode,
		Buyer: order.Person{Name: row.BuyerName}, Recipient: order.Recipient{Name: row.BuyerName}, Delivery: order.Delivery{Method: delivery.Pickup},
		Lines: []order.NewLine{{ProductID: p.ProductID, VariantID: in.VariantID, RevisionID: item.RevisionID, PictureID: item.PictureID, Title: item.FullTitle(),
			Unit: item.Unit, UnitPrice: price, Quantity: in.Quantity, WeightGrams: item.WeightGrams, HowSoon: item.HowSoon}},
	}})
	if err != nil {
		return err
	}
	o := created[0]
	promised, err := s.parts.Catalog.PromiseTx(ctx, tx, []catalog.Demand{{LineID: o.Lines[0].ID, ProductID: p.ProductID, VariantID: in.VariantID, Quantity: in.Quantity, For: in.Day}})
	var short *catalog.ShortError
	if errors.As(err, &short) {
		return shortSale(p, in, short.Lines[0].Available)
	}
	if err != nil {
		return err
	}
	if err := s.parts.Orders.PromisedForTx(ctx, tx, promised, in.Day); err != nil {
		return err
	}
	if payBy == order.ByCash {
		err = s.parts.Orders.SoldTx(ctx, tx, actor, o.ID, order.Taken{Paid: in.Pay == SaleCash, Gone: in.Gone})
	} else {
		_, err = s.parts.Payments.StartTx(ctx, tx, payment.New{Purpose: row.purpose(), Amount: total, PayerName: row.BuyerName,
			Description: text.T("checkout.payment.description", "numbers", o.Number), ExpiresAt: row.PayUntil, ReturnURL: s.settings.BaseURL + "/pembayaran/" + token})
	}
	if err != nil {
		return err
	}
	story.Tell(ctx, tx, "sale written down", story.Order(o.Number), story.Purchase(row.ID), story.Shop(p.ShopID), slog.Int64("amount", int64(total)))
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: actor.SubjectFor(p.ShopID), Verb: "write_down", Object: "order", ObjectID: o.ID, Note: string(in.Source)})
}

// shortSale says in the maker's words why there is not enough, and what is free.
func shortSale(p catalog.Sellable, in Sale, free int64) error {
	bad := fault.Invalid("sale.check")
	switch {
	case free > 0 && !in.Day.IsZero():
		return bad.With("jumlah", "sale.short_day", "free", money.Group(uint64(free)), "unit", p.Unit)
	case free > 0:
		return bad.With("jumlah", "sale.short", "free", money.Group(uint64(free)), "unit", p.Unit)
	case p.State == catalog.ProductPaused:
		return bad.With("jumlah", "sale.paused")
	case !p.Reopens.IsZero():
		return bad.With("jumlah", "sale.shut", "date", calendar.Date(p.Reopens))
	}
	return bad.With("jumlah", "sale.none")
}

// noCart is a version that no cart has: sales come from none, and a cart's version
// makes one purchase only.
func noCart() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(binary.BigEndian.Uint64(b[:]) >> 1)
}

// LinkOf returns the token of /pembayaran/{token} of an unpaid sale by link, to the
// shop's people. NotFound for every other order.
func (s *Service) LinkOf(ctx context.Context, actor account.Actor, o order.Order) (string, error) {
	if !actor.Manages(o.ShopID) || !o.Source.Outside() || o.PayBy != order.ByGateway || o.Purpose.Kind != PurposeKind {
		return "", fault.NotFound(fmt.Sprintf("link of order %d", o.ID))
	}
	row, err := purchaseTx(ctx, s.db.Read(ctx), o.Purpose.ID)
	if err != nil {
		return "", err
	}
	token, _ := s.keys.Recall(PurposeKind, row.ID, row.TokenHash)
	return token, nil
}

// broughtBy is the way in of a shop's part of a purchase; what is no way is forgotten.
func broughtBy(sources map[string]order.Source, shop string) order.Source {
	if way := sources[shop]; slices.Contains(order.Ways, way) {
		return way
	}
	return order.FromWeb
}
