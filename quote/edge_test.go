package quote_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/quote"
)

func product(title string, stock int64) ordertest.Product {
	return ordertest.Product{Title: title, Price: 39_000, Quantity: stock, Grams: 400}
}

// bring walks a new request into a state.
func (w *world) bring(to quote.State) quote.Request {
	w.t.Helper()
	if to == quote.Unplaced {
		in := w.wish()
		in.ProductID = 0
		r, err := w.quotes.Ask(ctx, in)
		require.NoError(w.t, err)
		return r
	}
	r := w.ask()
	switch to {
	case quote.Answered:
		r = w.answer(r)
	case quote.Expired:
		r = w.answer(r)
		w.Pass(15 * 24 * time.Hour)
		_, err := w.quotes.RunTimers(ctx)
		require.NoError(w.t, err)
	case quote.Declined:
		err := w.quotes.Decline(ctx, w.seller, r.ID, r.Version, "Penuh")
		require.NoError(w.t, err)
	case quote.Cancelled:
		require.NoError(w.t, w.quotes.Cancel(ctx, r.Token))
	}
	return w.see(r)
}

func TestAsk_names_every_faulty_field(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		_, err := w.quotes.Ask(ctx, quote.AskInput{FormKey: id.Token(), NeededBy: "besok", Phone: "12", Email: "x"})
		requireFields(t, err, "wish", "quantity", "needed_by", "regency", "name", "phone", "email")
		in := w.wish()
		in.Quantity, in.NeededBy, in.DistrictCode = "200", "2020-01-01", "35.19.01"
		in.Sizes = append(in.Sizes, quote.TypedSize{Label: "m", Quantity: "1,5"}, quote.TypedSize{Quantity: "3"})
		_, err = w.quotes.Ask(ctx, in)
		requireFields(t, err, "size_4", "size_5", "quantity", "needed_by", "district")
		in = w.wish()
		in.Quantity = ""
		r, err := w.quotes.Ask(ctx, in)
		require.NoError(t, err)
		require.Equal(t, int64(210), r.Quantity, "the sizes say it")
		in = w.wish()
		in.ProductID = 999
		_, err = w.quotes.Ask(ctx, in)
		require.True(t, fault.Is(err, fault.KindNotFound))
		var drafts int64
		require.NoError(t, db.Read(ctx).Raw("SELECT count(*) FROM quote_requests").Scan(&drafts).Error)
		require.Equal(t, int64(1), drafts, "what was refused left nothing")

		err = w.quotes.Answer(ctx, w.seller, r.ID, quote.AnswerInput{FormKey: id.Token(), UnitPrice: "gratis", Quantities: []string{"x", "0"}, Fee: "y", ReadyOn: "2020-01-01", ValidDays: "999"})
		requireFields(t, err, "unit_price", "quantity_1", "method", "fee", "ready_on", "valid_days")
		stale := w.price()
		stale.Seen = r.Version + 1
		err = w.quotes.Answer(ctx, w.seller, r.ID, stale)
		requireConflict(t, err, "quote.move.changed")
		dear := w.price()
		dear.UnitPrice = "100.000.000"
		err = w.quotes.Answer(ctx, w.seller, r.ID, dear)
		requireFields(t, err, "unit_price")
	})
}

// Pictures come before the rest of a faulty form, stay with it, and go with a form
// that is never sent.
func TestPictures_stay_with_their_form(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.wish()
		held, err := w.quotes.Hold(ctx, in.FormKey, 1)
		require.NoError(t, err)
		w.picture(held)
		_, err = w.quotes.Hold(ctx, in.FormKey, quote.MaxPictures)
		requireFields(t, err, "pictures")
		r, err := w.quotes.Ask(ctx, in)
		require.NoError(t, err)
		require.Equal(t, held, r.ID)
		n, err := w.quotes.Pictures(ctx, r.ID)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		_, err = w.quotes.Hold(ctx, in.FormKey, 1)
		requireConflict(t, err, "quote.ask.sent")
		for viewer, may := range map[int64]bool{w.seller.UserID: true, w.companion.UserID: true, w.staff.UserID: true, w.Owner(w.Shop("Lain")).UserID: false, 0: false} {
			actor := account.Actor{}
			if viewer != 0 {
				actor = w.Actor(viewer)
			}
			sees, err := w.quotes.MaySeePictures(ctx, actor, r.ID)
			require.NoError(t, err)
			require.Equal(t, may, sees, viewer)
		}

		forgotten, err := w.quotes.Hold(ctx, id.Token(), 1)
		require.NoError(t, err)
		w.picture(forgotten)
		sees, err := w.quotes.MaySeePictures(ctx, w.staff, forgotten)
		require.NoError(t, err)
		require.False(t, sees)
		w.Pass(25 * time.Hour)
		_, err = w.quotes.RunTimers(ctx)
		require.NoError(t, err)
		n, err = w.quotes.Pictures(ctx, forgotten)
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = w.quotes.Pictures(ctx, r.ID)
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}

func (w *world) picture(requestID int64) {
	w.t.Helper()
	var b bytes.Buffer
	require.NoError(w.t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 320, 240))))
	_, err := w.Media.Store(ctx, account.System, media.Upload{Reader: &b, OwnerKind: quote.PictureOwner, OwnerID: requestID, Name: "contoh.png"})
	require.NoError(w.t, err)
}

// Unanswered for a day: the shop is reminded once, and its companion has a call to
// make.
func TestTimers_remind_once(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ask()
		w.answer(w.ask())
		n, err := w.quotes.RunTimers(ctx)
		require.NoError(t, err)
		require.Zero(t, n)
		w.Pass(25 * time.Hour)
		for want := range 2 {
			n, err = w.quotes.RunTimers(ctx)
			require.NoError(t, err)
			require.Equal(t, 1-want, n)
		}
		calls, err := w.Notify.Calls(ctx, w.companion.UserID)
		require.NoError(t, err)
		require.Len(t, calls, 1)
		require.Equal(t, "quote_unanswered", calls[0].Reason)
		require.Zero(t, calls[0].OrderID)
	})
}

// The buyer's words and contact leave with the buyer, and after a year.
func TestForgetting(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		buyer := w.Person("Wisnu Wardana", "35.78.16")
		in := w.wish()
		in.BuyerUserID = buyer.ID
		r, err := w.quotes.Ask(ctx, in)
		require.NoError(t, err)
		who := personal.Person{UserID: buyer.ID}
		sections, err := w.quotes.DataOf(ctx, who)
		require.NoError(t, err)
		require.Len(t, sections[0].Rows, 1)
		w.Tx(func(tx *gorm.DB) error {
			open, err := w.quotes.OpenTx(ctx, tx, who)
			require.Len(t, open, 1)
			return err
		})
		r = w.answer(r)
		w.accept(r)
		w.Tx(func(tx *gorm.DB) error { return w.quotes.ForgetTx(ctx, tx, who) })
		old := w.bring(quote.Cancelled)
		n, err := w.quotes.ForgetBuyers(ctx)
		require.NoError(t, err)
		require.Zero(t, n, "too young")
		w.Pass(366 * 24 * time.Hour)
		n, err = w.quotes.ForgetBuyers(ctx)
		require.NoError(t, err)
		require.Equal(t, int64(1), n)
		var left int64
		require.NoError(t, db.Read(ctx).Raw(`SELECT count(*) FROM quote_requests WHERE buyer_phone <> '' OR buyer_email <> '' OR organisation <> '' OR details <> ''
			OR buyer_name <> ? OR wish <> ?`, personal.Gone, personal.Gone).Scan(&left).Error)
		require.Zero(t, left)
		_, err = w.quotes.ByToken(ctx, old.Token)
		require.True(t, fault.Is(err, fault.KindNotFound), "the link ended")
	})
}

// What was sent never changes, and the proof sees what was corrupted.
func TestOffers_never_change_and_Prove_sees(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.accept(w.answer(w.ask()))
		w.answer(w.ask())
		for _, statement := range []string{
			"UPDATE quote_offers SET goods = goods + 1, total = total + 1", "UPDATE quote_offers SET ready_on = '2030-01-01'",
			"UPDATE quote_offers SET valid_until = sent_at", "UPDATE quote_offer_lines SET unit_price = 1", "DELETE FROM quote_offer_lines",
			"INSERT INTO quote_offers SELECT * FROM quote_offers WHERE id = 2", "UPDATE quote_requests SET shop_id = NULL",
		} {
			require.Error(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return tx.Exec(statement).Error }), statement)
		}
		w.prove()
		for _, broken := range []struct {
			statement string
			want      []string
		}{
			{"UPDATE quote_offers SET state = 'withdrawn' WHERE id = 2", []string{"quote open offer: quote_requests 2"}},
			{"UPDATE quote_requests SET quantity = 7 WHERE id = 1", []string{"quote sizes: quote_requests 1"}},
			{"UPDATE quote_requests SET state = 'expired' WHERE id = 1", []string{"quote accepted offer: quote_requests 1"}},
			{"UPDATE quote_offers SET state = 'replaced', accepted_at = NULL WHERE id = 1", []string{"quote accepted offer: quote_requests 1", "I3 offer total: quote_offers 1"}},
			{fmt.Sprintf("UPDATE quote_requests SET shop_id = %d WHERE id = 2", w.Shop("Toko lain").ID), []string{"quote offer shop: quote_offers 2"}},
			{"UPDATE orders SET purpose_id = 77", []string{"I3 offer total: quote_offers 1", "I3 offer total: quote_offers 77"}},
			// last, because lines cannot be taken away again
			{"INSERT INTO quote_offer_lines (offer_id, position, label, quantity, unit_price) VALUES (2, 9, '', 1, 1)", []string{"quote offer total: quote_offers 2"}},
		} {
			require.Equal(t, broken.want, names(w.corrupt(broken.statement)), broken.statement)
		}
	})
}

// corrupt does something wrong, asks for the findings, and undoes it.
func (w *world) corrupt(statement string) []proof.Finding {
	w.t.Helper()
	var found []proof.Finding
	err := database.InTx(ctx, w.DB, func(tx *gorm.DB) error { return tx.Exec(statement).Error })
	require.NoError(w.t, err, statement)
	found, err = quote.Prove(ctx, w.DB)
	require.NoError(w.t, err)
	w.Tx(func(tx *gorm.DB) error {
		for _, back := range []string{
			"UPDATE quote_requests SET quantity = 210, state = CASE id WHEN 1 THEN 'accepted' ELSE 'answered' END",
			"UPDATE quote_offers SET accepted_at = CASE id WHEN 1 THEN sent_at END, state = CASE id WHEN 1 THEN 'accepted' ELSE 'sent' END",
			"UPDATE orders SET purpose_id = 1",
			"UPDATE quote_requests SET shop_id = (SELECT MIN(shop_id) FROM quote_offers)",
		} {
			if err := tx.Exec(back).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return found
}

func names(found []proof.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Invariant+": "+f.Row)
	}
	return out
}
