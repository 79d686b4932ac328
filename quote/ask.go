package quote

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// AskInput is a filled form of /minta-harga. Everything is as typed; Ask checks it.
type AskInput struct {
	FormKey      string // a second send with the same key finds the first request
	ProductID    int64  // 0: no product, the agency passes the request on
	BuyerUserID  int64  // 0 for a guest
	Wish         string
	Details      string
	Quantity     string // may be empty when sizes say it
	Sizes        []TypedSize
	NeededBy     string // 2026-12-31, or empty
	RegencyCode  string
	DistrictCode string
	Name         string
	Phone        string
	Email        string
	Organisation string
}

// TypedSize is one row of the size table as typed; an empty row is nothing.
type TypedSize struct{ Label, Quantity string }

var plausible = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)

// asked is a checked AskInput.
type asked struct {
	row   requestRow
	sizes []Size
}

// Hold keeps a place for more pictures of a form that is not sent yet and returns
// the request's id, their owner. The same form gets the same place. More than
// MaxPictures together is Invalid on field "pictures", a form that was sent
// already a Conflict. The caller throttles.
func (s *Service) Hold(ctx context.Context, formKey string, more int) (int64, error) {
	var held requestRow
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		held, err = s.draftTx(ctx, tx, formKey, now)
		return err
	})
	if err == nil && held.State != Draft {
		err = fault.Conflict("quote.ask.sent")
	}
	if err != nil {
		return 0, err
	}
	kept, err := s.Pictures(ctx, held.ID)
	if err == nil && kept+more > MaxPictures {
		err = fault.Invalid("quote.ask.check").With("pictures", "quote.ask.pictures_many", "max", MaxPictures)
	}
	return held.ID, err
}

// Pictures counts what is kept for a form already.
func (s *Service) Pictures(ctx context.Context, requestID int64) (int, error) {
	kept, err := s.parts.Pictures.PicturesOf(ctx, PictureOwner, requestID)
	return len(kept), err
}

// draftTx finds or makes the row of a form. On PostgreSQL a second send waits
// here for the first to commit.
func (s *Service) draftTx(ctx context.Context, tx *gorm.DB, formKey string, now time.Time) (requestRow, error) {
	if len(formKey) < 20 || len(formKey) > 100 {
		return requestRow{}, fault.Invalid("quote.ask.form")
	}
	var fresh []int64
	err := tx.WithContext(ctx).Raw(`INSERT INTO quote_requests (token_hash, form_key, state, version, wish, quantity, created_at)
		VALUES (?, ?, 'draft', 1, '', 0, ?) ON CONFLICT DO NOTHING RETURNING id`, "new:"+formKey, formKey, now).Scan(&fresh).Error
	if err != nil {
		return requestRow{}, fmt.Errorf("quote: draft: %w", err)
	}
	for _, requestID := range fresh {
		err := tx.WithContext(ctx).Exec("UPDATE quote_requests SET token_hash = ? WHERE id = ?", id.Hash(s.keys.For(PictureOwner, requestID)), requestID).Error
		if err != nil {
			return requestRow{}, fmt.Errorf("quote: token: %w", err)
		}
	}
	return one[requestRow](tx.WithContext(ctx).Where("form_key = ?", formKey), "request of a form")
}

// Ask sends a request: to the shop of its product, or to the agency when it names
// none. Anyone may; the caller throttles. Faulty fields are Invalid and nothing is
// sent; a product without a public page is NotFound. The same form sent again
// finds the first request.
func (s *Service) Ask(ctx context.Context, in AskInput) (Request, error) {
	var row requestRow
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		a, err := check(in, now)
		if err != nil {
			return err
		}
		if in.ProductID > 0 {
			items, err := s.parts.Catalog.SellablesTx(ctx, tx, []int64{in.ProductID})
			if err != nil {
				return err
			}
			item, found := items[in.ProductID]
			if !found || !item.Public() {
				return fault.NotFound(fmt.Sprintf("product %d to ask for", in.ProductID))
			}
			a.row.ProductID, a.row.ShopID = &item.ProductID, &item.ShopID
		}
		if row, err = s.draftTx(ctx, tx, in.FormKey, now); err != nil || row.State != Draft {
			return err
		}
		row, err = s.submitTx(ctx, tx, row, a, now)
		return err
	})
	if err != nil {
		return Request{}, err
	}
	return s.forBuyer(ctx, row)
}

// submitTx fills a form's row and sends it.
func (s *Service) submitTx(ctx context.Context, tx *gorm.DB, row requestRow, a asked, now time.Time) (requestRow, error) {
	name := "ask"
	set := map[string]any{
		"product_id": a.row.ProductID, "shop_id": a.row.ShopID, "wish": a.row.Wish, "details": a.row.Details, "quantity": a.row.Quantity,
		"needed_by": a.row.NeededBy, "regency_code": a.row.RegencyCode, "district_code": a.row.DistrictCode, "buyer_user_id": a.row.BuyerUserID,
		"buyer_name": a.row.BuyerName, "buyer_phone": a.row.BuyerPhone, "buyer_email": a.row.BuyerEmail, "organisation": a.row.Organisation,
		"asked_at": now, "remind_at": now.Add(s.settings.RemindAfter),
	}
	if a.row.ShopID == nil {
		name = "ask_agency"
		delete(set, "remind_at")
	}
	for i, size := range a.sizes {
		err := tx.WithContext(ctx).Create(&sizeRow{RequestID: row.ID, Position: int64(i + 1), Label: size.Label, Quantity: size.Quantity}).Error
		if err != nil {
			return row, fmt.Errorf("quote: size: %w", err)
		}
	}
	row.ProductID = a.row.ProductID
	row, err := moveTx(ctx, tx, row, name, by{who: Buyer, actor: a.row.BuyerUserID}, now, set)
	if err != nil {
		return row, err
	}
	if err := s.tellBuyerTx(ctx, tx, row, "quote_asked", nil); err != nil || row.ShopID == nil {
		return row, err
	}
	return row, s.tellShopTx(ctx, tx, row, "quote_new", nil)
}

// check reads the form, everything that needs no database.
func check(in AskInput, now time.Time) (asked, error) {
	bad := fault.Invalid("quote.ask.check")
	a := asked{row: requestRow{
		BuyerUserID: in.BuyerUserID, Wish: line(in.Wish), Details: strings.TrimSpace(in.Details), BuyerName: line(in.Name),
		BuyerEmail: strings.TrimSpace(in.Email), Organisation: line(in.Organisation), RegencyCode: in.RegencyCode, DistrictCode: in.DistrictCode,
	}}
	needs(bad, "wish", a.row.Wish, maxWish)
	long(bad, "details", a.row.Details, maxDetails)
	a.sizes = sizes(bad, in.Sizes)
	a.row.Quantity = quantity(bad, in.Quantity, a.sizes)
	if in.NeededBy != "" {
		switch by, err := time.Parse(day, strings.TrimSpace(in.NeededBy)); {
		case err != nil:
			bad.With("needed_by", "quote.ask.day")
		case by.Before(today(now, in.RegencyCode)):
			bad.With("needed_by", "quote.ask.past")
		case by.After(today(now, in.RegencyCode).AddDate(3, 0, 0)):
			bad.With("needed_by", "quote.ask.far")
		default:
			a.row.NeededBy = by.Format(day)
		}
	}
	if _, found := region.RegencyByCode(in.RegencyCode); !found {
		bad.With("regency", "quote.ask.regency")
	} else if d, found := region.DistrictByCode(in.DistrictCode); !found || d.RegencyCode != in.RegencyCode {
		bad.With("district", "quote.ask.district")
	}
	needs(bad, "name", a.row.BuyerName, maxName)
	if strings.TrimSpace(in.Phone) == "" {
		bad.With("phone", "quote.missing.phone")
	} else if phone, ok := account.Phone(in.Phone); ok {
		a.row.BuyerPhone = phone
	} else {
		bad.With("phone", "quote.ask.phone")
	}
	if e := a.row.BuyerEmail; e != "" && (len(e) > 200 || !plausible.MatchString(e)) {
		bad.With("email", "quote.ask.email")
	}
	long(bad, "organisation", a.row.Organisation, maxName)
	return a, bad.OrNil()
}

// line is what was typed as one line without spaces around.
func line(typed string) string { return strings.Join(strings.Fields(typed), " ") }

func needs(bad *fault.Error, field, value string, most int) {
	if value == "" {
		bad.With(field, "quote.missing."+field)
	}
	long(bad, field, value, most)
}

func long(bad *fault.Error, field, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		bad.With(field, "quote.ask.long", "max", most)
	}
}

// pieces reads a whole number of pieces as typed, with or without dots between
// thousands; false for anything else.
func pieces(typed string) (int64, bool) {
	n, err := strconv.ParseInt(grouped.ReplaceAllString(strings.TrimSpace(typed), "$1"), 10, 64)
	return n, err == nil && n > 0 && n <= MaxQuantity
}

var grouped = regexp.MustCompile(`\.(\d{3})`)

// sizes reads the size table; rows left empty are nothing.
func sizes(bad *fault.Error, typed []TypedSize) []Size {
	var out []Size
	seen := map[string]bool{}
	for i, t := range typed {
		label := line(t.Label)
		if label == "" && strings.TrimSpace(t.Quantity) == "" {
			continue
		}
		field := fmt.Sprintf("size_%d", i+1)
		n, ok := pieces(t.Quantity)
		switch {
		case label == "":
			bad.With(field, "quote.ask.size_name")
		case seen[id.Fold(label)]:
			bad.With(field, "quote.ask.size_twice", "size", label)
		case !ok:
			bad.With(field, "quote.ask.size_quantity", "size", label)
		}
		long(bad, field, label, maxSize)
		seen[id.Fold(label)] = true
		out = append(out, Size{Label: label, Quantity: n})
	}
	if len(out) > MaxSizes {
		bad.With("sizes", "quote.ask.sizes_many", "max", MaxSizes)
	}
	return out
}

// quantity is what was typed, or what the sizes sum up to; both must agree.
func quantity(bad *fault.Error, typed string, sizes []Size) int64 {
	var sum int64
	for _, s := range sizes {
		sum += s.Quantity
	}
	n, ok := pieces(typed)
	switch {
	case strings.TrimSpace(typed) == "" && len(sizes) > 0 && sum <= MaxQuantity:
		return sum
	case strings.TrimSpace(typed) == "":
		bad.With("quantity", "quote.missing.quantity")
	case !ok:
		bad.With("quantity", "quote.ask.quantity", "max", money.Group(MaxQuantity))
	case len(sizes) > 0 && sum != n:
		bad.With("quantity", "quote.ask.sum", "sum", money.Group(uint64(max(sum, 0))), "quantity", money.Group(uint64(n)))
	}
	return n
}
