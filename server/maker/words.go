package maker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/amount"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// count reads a typed whole number of pieces, grams or days: digits, with dots
// between thousands if somebody writes them. What has to be reckoned first ("2
// lusin") is asked back where that can be (agreed), and refused elsewhere.
func count(s string) (int64, error) {
	n, err := amount.Parse(s)
	if err == nil && n.Reckoned {
		return 0, errors.New("a number in dozens")
	}
	return n.N, err
}

// agreed reads a count of pieces. One that was reckoned ("2 lusin") counts once sure,
// the value of the button called name, agrees; until then it is asked back.
func agreed(typed, sure, name string) (int64, *ui.Ask, error) {
	n, err := amount.Parse(typed)
	if err != nil || !n.Reckoned || sure == fmt.Sprint(n.N) {
		return n.N, nil, err
	}
	return n.N, &ui.Ask{Text: text.T("maker.jumlah.ask", "typed", strings.TrimSpace(typed), "quantity", pieces(n.N)), Name: name, Answers: []view.Option{
		{Value: fmt.Sprint(n.N), Label: text.T("maker.jumlah.yes", "quantity", pieces(n.N)), Icon: "check"},
	}}, nil
}

// pieces writes an amount of things with dots between thousands.
func pieces(n int64) string { return money.Group(uint64(max(n, 0))) }

// invalid is a faulty form with one field.
func invalid(field, key string, args ...any) error {
	return fault.Invalid("fault.form").With(field, key, args...)
}

func whatsApp(e164 string) string { return "https://wa.me/" + strings.TrimPrefix(e164, "+") }

// pictures are the named pictures as pages show them, by id.
func (a area) pictures(ctx context.Context, alt map[int64]string) (map[int64]view.Picture, error) {
	ids := make([]int64, 0, len(alt))
	for id := range alt {
		if id > 0 {
			ids = append(ids, id)
		}
	}
	found, err := a.Media.Pictures(ctx, ids)
	if err != nil {
		return nil, err
	}
	shown := make(map[int64]view.Picture, len(found))
	for id, p := range found {
		words := p.Alt
		if words == "" {
			words = alt[id]
		}
		shown[id] = view.Picture{
			Key: p.Key, Alt: words, Colour: p.Colour, Width: p.Width, Height: p.Height,
			Ready: p.State == media.StateReady, Source: p.Path(640, "jpg"),
		}
	}
	return shown, nil
}

func priceOf(m money.Rupiah, unit string) string {
	if unit == "" {
		return m.String()
	}
	return m.String() + " " + text.T("ui.price.per", "unit", unit)
}

func per(c catalog.Cadence) string { return text.T("maker.capacity." + string(c)) }

// available says how much can be promised.
func available(p catalog.OwnProduct) string {
	made := p.Mode == catalog.ModeCapacity || p.Mode == catalog.ModeQuote
	switch {
	case made && p.State == catalog.ProductUnpublished:
		return text.T("maker.product.monthly", "quantity", pieces(p.PerPeriod), "per", per(p.Cadence))
	case made:
		return text.T("maker.product.can_make", "quantity", pieces(p.Available), "of", pieces(p.PerPeriod), "per", per(p.Cadence))
	case p.Mode == catalog.ModePreorder && p.Window == nil:
		return text.T("maker.product.preorder_none")
	case p.Mode == catalog.ModePreorder && p.PreorderOpen:
		return text.T("maker.product.preorder_open", "quantity", pieces(p.Available), "date", p.Window.LastDay())
	case p.Mode == catalog.ModePreorder:
		return text.T("maker.product.preorder_next", "date", p.Window.Opens)
	case p.Available == 0:
		return text.T("maker.product.sold_out")
	}
	return text.T("maker.product.in_stock", "quantity", pieces(p.Available))
}

// chips say where a product and its change stand.
func chips(p catalog.OwnProduct) []view.Chip {
	chip := func(tone view.Tone, key string) view.Chip {
		return view.Chip{Tone: tone, Label: text.T("maker.state." + key)}
	}
	var out []view.Chip
	live := true
	switch p.State {
	case catalog.ProductPublished:
		out = append(out, chip(view.Good, "live"))
	case catalog.ProductPaused:
		out = append(out, chip(view.Neutral, "paused"))
	case catalog.ProductSuspended:
		out = append(out, chip(view.Bad, "suspended"))
	case catalog.ProductArchived:
		out = append(out, chip(view.Neutral, "archived"))
	default:
		live = false
	}
	if !live {
		return append(out, submissionChip(p.SubmissionState))
	}
	if !p.OpensOn.IsZero() {
		out = append(out, view.Chip{Tone: view.Wait, Label: text.T("maker.close.chip", "date", calendar.Date(p.OpensOn))})
	}
	switch p.SubmissionState {
	case catalog.SubmissionDraft:
		out = append(out, chip(view.Neutral, "edit_draft"))
	case catalog.SubmissionSubmitted, catalog.SubmissionInReview:
		out = append(out, chip(view.Wait, "edit_waiting"))
	case catalog.SubmissionReturned:
		out = append(out, chip(view.Warn, "edit_returned"))
	case catalog.SubmissionRefused:
		out = append(out, chip(view.Bad, "edit_refused"))
	}
	return out
}

// submissionChip says where a new product stands on its way through review.
func submissionChip(s catalog.SubmissionState) view.Chip {
	tone, key := view.Neutral, "draft"
	switch s {
	case catalog.SubmissionSubmitted, catalog.SubmissionInReview, catalog.SubmissionApproved, catalog.SubmissionScheduled:
		tone, key = view.Wait, "waiting"
	case catalog.SubmissionReturned:
		tone, key = view.Warn, "returned"
	case catalog.SubmissionRefused:
		tone, key = view.Bad, "refused"
	case catalog.SubmissionWithdrawn:
		tone, key = view.Neutral, "withdrawn"
	case catalog.SubmissionLive:
		tone, key = view.Good, "live"
	}
	return view.Chip{Tone: tone, Label: text.T("maker.state." + key)}
}

// shopNotice tells a shop that is not open what that means; nil when it is.
func shopNotice(shop catalog.Shop) *view.Notice {
	switch shop.State {
	case catalog.ShopInvited, catalog.ShopVerified:
		return &view.Notice{Tone: view.Info, Title: text.T("maker.shop.waiting"), Text: text.T("maker.shop.waiting_text")}
	case catalog.ShopSuspended:
		return &view.Notice{Tone: view.Warn, Title: text.T("maker.shop.suspended"), Text: text.T("maker.shop.suspended_text")}
	case catalog.ShopClosed:
		return &view.Notice{Tone: view.Neutral, Title: text.T("maker.shop.closed"), Text: text.T("maker.shop.closed_text")}
	}
	return nil
}

// working reports whether the shop may begin something new.
func working(shop catalog.Shop) bool {
	return shop.State != catalog.ShopClosed && shop.State != catalog.ShopSuspended
}
