package public_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func draw(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, c.Render(t.Context(), &b))
	return b.String()
}

func cards(n int) []view.ProductCard {
	var all []view.ProductCard
	for i := range n {
		all = append(all, view.ProductCard{
			Title: fmt.Sprintf("Nastar isi nanas %d", i), URL: fmt.Sprintf("/produk/nastar-%d", i*7919), Price: 55000, Unit: "stoples",
			Picture: view.Picture{Key: fmt.Sprintf("k%027d", i*104729), Alt: fmt.Sprintf("Nastar isi nanas %d", i), Colour: "#d98b2b", Width: 1600, Height: 1200, Ready: true},
			Shop:    fmt.Sprintf("Toko %d", i*31), Place: "Kabupaten Madiun", Availability: "Sanggup buat 45 lagi bulan ini", Tone: view.Good,
		})
	}
	return all
}

// Every page must also stand when there is nothing to show.
func TestPages_drawWithNothing(t *testing.T) {
	for name, page := range map[string]templ.Component{
		"home": public.HomePage(public.Home{}), "list": public.ProductListPage(public.ProductList{}), "product": public.ProductShowPage(public.ProductShow{}),
		"shop": public.ShopShowPage(public.ShopShow{}), "document": public.DocumentPage(public.Document{}), "receipt": public.ReceiptPage(public.Receipt{}), "complaint": public.ComplaintPage(public.Complaint{}),
	} {
		html := draw(t, page)
		require.Equal(t, 1, strings.Count(html, "<h1"), name)
		require.NotRegexp(t, `\[(ui|public)\.`, html, name)
	}
}

func TestProductList_staysWithinTheBudget(t *testing.T) {
	regions := make([]view.Option, 0, 60)
	for i := range 60 {
		regions = append(regions, view.Option{Group: fmt.Sprint("Provinsi ", i/10), Value: fmt.Sprintf("35.%02d", i), Label: fmt.Sprintf("Kabupaten Contoh %d", i*37)})
	}
	html := draw(t, public.ProductListPage(public.ProductList{Heading: "Semua produk", Cards: cards(24), Filter: public.Filter{Regions: regions}, Pager: view.Pager{Shown: "24 dari 50", Next: "/produk?lanjut=x"}}))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(html))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.LessOrEqual(t, packed.Len(), 14_000)
	require.Equal(t, 4, strings.Count(html, `fetchpriority="high"`), "only the first row is loaded at once")
}

func TestProductShow_formOnlyWhenItCanBeOrdered(t *testing.T) {
	v := public.ProductShow{ProductID: "7", Title: "Nastar", Price: 55000, Most: 45, Orderable: true}
	html := draw(t, public.ProductShowPage(v))
	require.Contains(t, html, `action="/keranjang"`)
	require.Contains(t, html, `max="45"`)
	require.NotContains(t, html, "form_key", "public pages are the same for everyone")

	v.Errors = view.Errors{{Field: "jumlah", Message: "Paling banyak 45"}}
	v.Quantity = "1000000000"
	html = draw(t, public.ProductShowPage(v))
	require.Contains(t, html, `value="1000000000"`)
	require.Contains(t, html, `aria-describedby="f-jumlah-error"`)

	v.Orderable, v.WhyNot = false, &view.Notice{Text: "Kuota bulan ini habis."}
	html = draw(t, public.ProductShowPage(v))
	require.NotContains(t, html, `action="/keranjang"`)
	require.Contains(t, html, "Kuota bulan ini habis.")
}

func TestProblem_everyStatusHasItsWords(t *testing.T) {
	said := map[string]int{}
	for _, status := range []int{403, 404, 409, 413, 422, 429, 500, 503} {
		html := draw(t, public.ProblemPage(public.Problem{Status: status}))
		require.NotRegexp(t, `\[public\.`, html)
		title := html[strings.Index(html, "<h1"):strings.Index(html, "</h1>")]
		require.Zero(t, said[title], "%d says the same as %d", status, said[title])
		said[title] = status
	}
	require.Contains(t, draw(t, public.ProblemPage(public.Problem{Status: 500, Request: "a1b2"})), "a1b2")
}
