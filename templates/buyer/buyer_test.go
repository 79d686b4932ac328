package buyer_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func draw(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, c.Render(t.Context(), &b))
	return b.String()
}

func TestPages_drawWithNothing(t *testing.T) {
	for name, page := range map[string]templ.Component{
		"cart": buyer.CartPage(buyer.Cart{}), "checkout": buyer.CheckoutPage(buyer.Checkout{}), "payment": buyer.PaymentPage(buyer.Payment{}),
		"order": buyer.OrderTrackingPage(buyer.OrderTracking{}), "find": buyer.OrderFindPage(buyer.OrderFind{}), "refund": buyer.RefundAccountPage(buyer.RefundAccount{}),
	} {
		html := draw(t, page)
		require.Equal(t, 1, strings.Count(html, "<h1"), name)
		require.NotRegexp(t, `\[(ui|buyer)\.`, html, name)
	}
}

func TestPayment_saysItsStateAndAsksAgainOnlyWhileOpen(t *testing.T) {
	open := map[buyer.PaymentState]bool{buyer.Preparing: true, buyer.Waiting: true, buyer.Checking: true}
	said := map[string]buyer.PaymentState{}
	for _, state := range []buyer.PaymentState{buyer.Preparing, buyer.Waiting, buyer.Paid, buyer.Expired, buyer.Cancelled, buyer.Checking, buyer.Suspense} {
		html := draw(t, buyer.PaymentPage(buyer.Payment{State: state, Amount: 217000, PayURL: "https://gateway.example/x"}))
		require.Contains(t, html, `data-state="`+string(state)+`"`)
		require.Contains(t, html, `content="no-referrer"`, "the address is a secret")
		require.Equal(t, open[state], strings.Contains(html, `http-equiv="refresh"`), state)
		require.Equal(t, open[state], strings.Contains(html, "status.js"), state)
		require.Equal(t, state == buyer.Waiting, strings.Contains(html, "https://gateway.example/x"), "only a payment that waits can be paid: %s", state)
		title := html[strings.Index(html, "<h1"):strings.Index(html, "</h1>")]
		require.Empty(t, said[title], "%s and %s say the same", state, said[title])
		said[title] = state
	}
}

func TestCheckout_keepsWhatWasTypedAndWorksWithoutScripts(t *testing.T) {
	html := draw(t, buyer.CheckoutPage(buyer.Checkout{
		Action: "/checkout", FormKey: "kunci", Name: "Ayu", Phone: "0812", Email: "x@", ForOther: true, RecipientName: "Budi", Note: "Titip", Street: "Melati 7",
		Provinces: []view.Option{{Value: "35", Label: "Jawa Timur", Selected: true}},
		Errors:    view.Errors{{Field: "hp", Message: "Terlalu pendek"}},
		Seen:      []view.Hidden{{Name: "harga_7", Value: "55000"}},
		Shops: []buyer.CheckoutShop{
			{ID: "1", Name: "Toko Satu", Methods: []view.Option{{Value: "courier", Label: "Kurir", Selected: true}}},
			{ID: "2", Name: "Toko Dua"},
		},
	}))
	for _, kept := range []string{`value="Ayu"`, `value="0812"`, `value="x@"`, `value="Budi"`, ">Titip<", ">Melati 7<", `value="kunci"`, `name="harga_7" value="55000"`, "Terlalu pendek"} {
		require.Contains(t, html, kept)
	}
	require.Contains(t, html, `<option value="35" selected>`)
	require.Contains(t, html, `name="kirim_1"`)
	require.NotContains(t, html, `name="kirim_2"`, "no way of delivery before the district is known")
	for _, step := range []string{"provinsi", "kabupaten", "ongkir", "bayar"} {
		require.Contains(t, html, `name="langkah" value="`+step+`"`)
	}
}

func TestCart_blockedCannotGoOn(t *testing.T) {
	v := buyer.Cart{Shops: []buyer.CartShop{{Name: "Toko", Lines: []buyer.CartLine{{ProductID: "7", Title: "Nastar", Quantity: "9", Most: 4, Error: "Tinggal 4."}}}}}
	require.Contains(t, draw(t, buyer.CartPage(v)), `href="/checkout"`)
	v.Blocked = true
	html := draw(t, buyer.CartPage(v))
	require.NotContains(t, html, `href="/checkout"`)
	require.Contains(t, html, "Tinggal 4.")
	require.Contains(t, html, `value="9"`)
}

func TestOrderTracking_offersOnlyWhatIsPossible(t *testing.T) {
	v := buyer.OrderTracking{Number: "LB-1", Shop: "Toko"}
	html := draw(t, buyer.OrderTrackingPage(v))
	require.NotContains(t, html, `method="post"`)
	require.NotContains(t, html, `class="code"`)

	v.ConfirmURL, v.PickupCode = "/pesanan/x/terima", "4821"
	html = draw(t, buyer.OrderTrackingPage(v))
	require.Contains(t, html, `action="/pesanan/x/terima"`)
	require.Contains(t, html, "4821")
	require.Contains(t, html, `content="no-referrer"`)
}

func TestRefundAccount_closedAndDoneAskNothing(t *testing.T) {
	require.Contains(t, draw(t, buyer.RefundAccountPage(buyer.RefundAccount{Amount: 25000})), "Dua puluh lima ribu rupiah")
	require.NotContains(t, draw(t, buyer.RefundAccountPage(buyer.RefundAccount{Done: true})), "<form class=\"form-grid\"")
	require.NotContains(t, draw(t, buyer.RefundAccountPage(buyer.RefundAccount{Closed: "Sudah dipakai."})), "<form class=\"form-grid\"")
}
