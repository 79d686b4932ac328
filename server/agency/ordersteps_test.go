package agency_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// A complaint is decided with a sum, or a button for all or nothing: an empty field
// decides nothing.
func TestStaffDecideAComplaint(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		product := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		b := h.as(h.staff(account.RoleOfficer, h.agency, "35.19"))
		for _, c := range []struct {
			amount, whole string
			back          func(o order.Order) money.Rupiah
		}{
			{"55.000", "", func(order.Order) money.Rupiah { return 55_000 }},
			{"", "semua", func(o order.Order) money.Rupiah { return o.Total }},
			{"", "nol", func(order.Order) money.Rupiah { return 0 }},
		} {
			o := h.bought(shop, delivery.Courier, map[int64]int64{product: 2})
			for _, step := range []string{"mulai", "siap"} {
				b.done(atOrder(o, step), b.form(o, step)...)
			}
			b.done(atOrder(o, "kirim"), b.form(o, "kirim", "courier", "JNE", "tracking_number", "1")...)
			b.done(atOrder(o, "sampai"), b.form(o, "sampai")...)
			_, err := h.Orders.MoveByToken(ctx, h.now(o).Token, order.Complain, order.MoveInput{Cause: order.CauseBroken, Reason: "Dua toples pecah"})
			require.NoError(t, err)
			require.Contains(t, b.see(atOrder(o)), "Dua toples pecah")
			form := b.form(o, "langkah", "apa", "resolve", "reason", "Foto jelas")
			faulty := b.post(atOrder(o, "langkah"), append(form, "amount", "")...)
			require.Equal(t, http.StatusUnprocessableEntity, faulty.status)
			require.Contains(t, faulty.body, text.T("order.resolve.amount", "max", o.Total))
			require.Equal(t, order.Disputed, h.now(o).State)
			b.done(atOrder(o, "langkah"), append(form, "amount", c.amount, "jumlah", c.whole)...)
			require.Equal(t, order.Resolved, h.now(o).State)
			require.Equal(t, c.back(o), h.now(o).Refunded)
		}
		h.Prove()
	})
}
