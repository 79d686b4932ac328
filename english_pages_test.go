package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
)

// sentences matches text that is an Indonesian sentence of the interface and not
// also an English one. Parts to be filled in match anything.
func sentences(t *testing.T) func(string) (key string, found bool) {
	t.Helper()
	filled := regexp.MustCompile(`\\\{[a-z_]+\\\}`)
	pattern := func(s string) *regexp.Regexp {
		return regexp.MustCompile(`^` + filled.ReplaceAllString(regexp.QuoteMeta(s), `.*`) + `$`)
	}
	english := text.WithLang(t.Context(), text.English)
	same := map[string]bool{} // "Rajut {name}" is no sign of a language when nothing but names is in it
	indonesian, keys := []*regexp.Regexp{}, []string{}
	for _, k := range text.Keys() {
		s := text.T(k)
		if same[s] = same[s] || text.L(english, k) == s && text.InEnglish(k); !same[s] && regexp.MustCompile(`\pL{3}`).MatchString(filled.ReplaceAllString(regexp.QuoteMeta(s), "")) {
			indonesian, keys = append(indonesian, pattern(s)), append(keys, k)
		}
	}
	said := map[string]bool{"WhatsApp": true, "Facebook": true, "QRIS": true} // names are of no language
	for _, k := range text.KeysIn(text.English) {
		said[text.L(english, k)] = true
	}
	return func(words string) (string, bool) {
		words = strings.Join(strings.Fields(words), " ")
		for i, p := range indonesian {
			if p.MatchString(words) && !said[words] {
				return keys[i], true
			}
		}
		return "", false
	}
}

// visible calls fn with each text that a reader of the page can come to hear,
// but for what is marked as another language.
func visible(s *goquery.Selection, fn func(string)) {
	name := goquery.NodeName(s)
	switch name {
	case "#text":
		if strings.TrimSpace(s.Text()) != "" {
			fn(s.Text())
		}
	case "script", "style", "#comment":
		return
	}
	for _, a := range s.Nodes[0].Attr {
		switch {
		case a.Key == "lang" && a.Val != string(text.English):
			return
		case a.Key == "alt", a.Key == "title", a.Key == "placeholder", a.Key == "aria-label", strings.HasPrefix(a.Key, "data-"),
			a.Key == "content" && name == "meta", a.Key == "value" && name == "button":
			fn(a.Val)
		}
	}
	s.Contents().Each(func(_ int, inner *goquery.Selection) { visible(inner, fn) })
}

// A reader of English who begins at /en/ and follows every link, buys, pays and
// waits for the goods never leaves English and never meets an Indonesian sentence.
func TestEnglishPagesAreEnglishThroughout(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.SQLiteAddress(t))
	jars := w.product(t, "Nastar uji", 50_000, catalog.ModeStock, 9)
	w.product(t, "Rompi kerja uji", 80_000, catalog.ModeCapacity, 12)
	gone := w.product(t, "Tas rajut uji", 60_000, catalog.ModeStock, 1)
	site, err := w.site()
	require.NoError(t, err)
	inBoth := map[string]bool{}
	for _, r := range site.Routes() {
		if r.Bilingual && r.Method == http.MethodGet {
			inBoth[r.Path] = true
		}
	}
	isBilingual := func(address string) bool {
		address, _, _ = strings.Cut(address, "?")
		for pattern := range inBoth {
			if ok, _ := path.Match(regexp.MustCompile(`:[a-z]+`).ReplaceAllString(pattern, "*"), address); ok {
				return true
			}
		}
		return false
	}
	indonesian := sentences(t)
	key, found := indonesian(text.T("buyer.cart.blocked"))
	require.True(t, found, "the control: an Indonesian sentence is known")
	require.Equal(t, "buyer.cart.blocked", key)

	v := w.visitor(t)
	check := func(at string, p page) (onward []string) {
		t.Helper()
		require.Equal(t, "en", p.Find("html").AttrOr("lang", ""), at)
		if p.status == http.StatusOK && p.Find(`meta[name=robots]`).Length() == 0 {
			require.Contains(t, p.Find(`link[rel=canonical]`).AttrOr("href", ""), w.url+"/en/", at)
			require.Contains(t, p.Find(`link[hreflang=en]`).AttrOr("href", ""), w.url+"/en/", at)
			require.NotContains(t, p.Find(`link[hreflang=id]`).AttrOr("href", ""), "/en", at)
			require.Equal(t, p.Find(`link[hreflang=id]`).AttrOr("href", ""), p.Find(`link[hreflang=x-default]`).AttrOr("href", ""), at)
		}
		visible(p.Find("html"), func(words string) {
			if key, found := indonesian(words); found {
				t.Errorf("%s: %q is Indonesian (%s)", at, words, key)
			}
		})
		p.Find("[href], [action]").Each(func(_ int, s *goquery.Selection) {
			to, _, _ := strings.Cut(s.AttrOr("href", s.AttrOr("action", "")), "#")
			if !strings.HasPrefix(to, "/") || s.AttrOr("hreflang", "") == "id" {
				return
			}
			if strings.HasPrefix(to, "/en/") {
				require.True(t, isBilingual(strings.TrimPrefix(to, "/en")) || s.Is("form"), "%s leads to %s, which has no English", at, to)
				if s.Is("a") {
					onward = append(onward, to)
				}
				return
			}
			require.False(t, isBilingual(to), "%s leads to %s, out of English", at, to)
		})
		return onward
	}

	// Every link, from the front page on.
	seen := map[string]bool{}
	for next := []string{"/en/", "/en/produk?q=zzz", "/en/produk?harga_min=abc", "/en/pesanan?terkirim=1"}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		if at, _, _ = strings.Cut(at, "#"); seen[at] || len(seen) > 60 || path.Ext(at) != "" { // files are no pages
			continue
		}
		seen[at] = true
		p, err := v.get(at)
		require.NoError(t, err)
		require.Less(t, p.status, 500, at)
		require.NotEqual(t, http.StatusNotFound, p.status, at)
		html := strings.Contains(p.body, "<html") // not a code or a poster
		if html && (p.status == http.StatusOK || p.status == http.StatusUnprocessableEntity) {
			next = append(next, check(at, p)...)
		}
	}
	for _, pattern := range []string{"/en/", "/en/produk", "/en/bantuan", "/en/privasi", "/en/syarat", "/en/pengaduan", "/en/keranjang", "/en/pesanan", "/en/toko/dapur-uji", "/en/kategori/lainnya"} {
		require.True(t, seen[pattern], "%s was never reached", pattern)
	}

	// Faults, from the edge and from the services.
	ask := func(method, at string, form url.Values, status int) page {
		t.Helper()
		p, err := v.get(at)
		if method == http.MethodPost {
			p, err = v.post(at, form)
		}
		require.NoError(t, err)
		require.Equal(t, status, p.status, at)
		if status != http.StatusSeeOther {
			check(at, p)
		}
		return p
	}
	ask("GET", "/en/tak-ada", nil, 404)
	ask("GET", "/en/produk/tak-ada", nil, 404)
	ask("GET", "/en/toko-saya", nil, 404)
	product := fmt.Sprint(jars)
	for _, quantity := range []string{"", "abc", "-1", "1.5", "99", "1000000000"} {
		ask("POST", "/en/keranjang", url.Values{"produk": {product}, "jumlah": {quantity}}, 422)
	}
	ask("POST", "/en/pesanan", url.Values{"nomor": {""}, "hp": {"1"}}, 422)
	ask("POST", "/en/keranjang", url.Values{"produk": {product}, "jumlah": {"2"}}, http.StatusSeeOther)
	ask("POST", "/en/keranjang", url.Values{"produk": {fmt.Sprint(gone)}, "jumlah": {"1"}}, http.StatusSeeOther)
	ask("GET", "/en/keranjang", nil, 200)
	p := ask("GET", "/en/checkout", nil, 200)
	form := p.fields("form[data-checkout]")
	form.Set("langkah", "bayar")
	form.Set("surel", "salah")
	form.Set("kodepos", "x")
	ask("POST", "/en/checkout", form, 422)
	require.NoError(t, w.catalog.Pause(t.Context(), w.maker, gone))
	ask("GET", "/en/keranjang", nil, 200)
	ask("POST", "/en/keranjang", url.Values{"produk": {fmt.Sprint(gone)}, "jumlah": {"0"}}, http.StatusSeeOther)

	// Buying, paying, waiting.
	v.base = w.url + "/en"
	bought := w.buy(t, v, map[int64]int{jars: 2}, w.shop)
	v.base = w.url
	require.Contains(t, bought.Payment.ReturnURL, w.url+"/en/pembayaran/", "the payment page leads back to English")
	pay, follow := "/en/pembayaran/"+bought.Token, "/en/pesanan/"+bought.Orders[0].Token
	ask("GET", pay, nil, 200)
	ask("GET", follow, nil, 200)
	w.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})
	soon(t, "paid", func() bool { return w.see(t, bought.Token).State == checkout.Paid })
	ask("GET", pay, nil, 200)
	ask("GET", follow, nil, 200)
	for _, step := range []struct {
		move order.Transition
		in   order.MoveInput
	}{{order.Start, order.MoveInput{}}, {order.Finish, order.MoveInput{}}, {order.Dispatch, order.MoveInput{Courier: "JNE", TrackingNumber: "JP1234567890"}}} {
		w.move(t, bought.Orders[0].ID, step.move, step.in)
		ask("GET", follow, nil, 200)
	}
	p = ask("GET", follow, nil, 200)
	done := ask("POST", follow+"/terima", p.fields(fmt.Sprintf("form[action=%q]", follow+"/terima")), http.StatusSeeOther)
	require.Equal(t, follow, done.location)
	ask("GET", follow, nil, 200)
}
