// Package machine answers programs: the payment gateway's callbacks, the files
// that search engines read, and the catalogue for shopping sites.
package machine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
)

// Callbacks takes what the gateway sends; package payment's Service does.
type Callbacks interface {
	ReceiveCallback(ctx context.Context, kind payment.CallbackKind, token string, body []byte) error
}

// Deps is what this area needs.
type Deps struct {
	Callbacks Callbacks
	Catalog   Catalog
	Pictures  Pictures
}

// Routes are the addresses for programs.
func Routes(d Deps) []web.Route {
	return []web.Route{
		{Method: http.MethodPost, Path: "/webhook/xendit/invoice", Handler: d.receive(payment.CallbackInvoice), BodyLimit: payment.MaxCallback},
		{Method: http.MethodPost, Path: "/webhook/xendit/payout", Handler: d.receive(payment.CallbackPayout), BodyLimit: payment.MaxCallback},
		{Method: http.MethodPost, Path: "/webhook/xendit/refund", Handler: d.receive(payment.CallbackRefund), BodyLimit: payment.MaxCallback},
		{Method: http.MethodGet, Path: "/sitemap.xml", Handler: d.sitemapIndex},
		{Method: http.MethodGet, Path: "/sitemap/:file", Handler: d.sitemap},
		{Method: http.MethodGet, Path: "/feed/produk.xml", Handler: feed{d, make(chan struct{}, 1)}.show},
		{Method: http.MethodGet, Path: "/robots.txt", Handler: robots},
	}
}

// receive takes one kind of callback. A right token is answered 200 as soon as
// the body is stored, also when we know no such reference or cannot read it: the
// gateway repeats everything else for a day, and its settings page tests the
// address with a reference of its own.
func (d Deps) receive(kind payment.CallbackKind) web.Handler {
	return func(c *web.Ctx) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		if err := d.Callbacks.ReceiveCallback(c.Context(), kind, c.Request().Header.Get("X-Callback-Token"), body); err != nil {
			return err
		}
		return c.Text(http.StatusOK, "ok")
	}
}

// closed are the addresses that search engines shall not visit: those behind a
// sign-in, those that hold a secret, and those that only make sense with a cart.
var closed = []string{
	"/toko-saya", "/dampingan", "/kurasi", "/dinas", "/keuangan", "/admin", "/akun", "/masuk", "/daftar", "/keluar",
	"/keranjang", "/checkout", "/pembayaran/", "/pesanan", "/pengembalian/", "/webhook/", "/wilayah/",
}

// closedEnglish are those of them that have an English address too.
var closedEnglish = []string{"/keranjang", "/checkout", "/pembayaran/", "/pesanan", "/pengembalian/", "/wilayah/"}

func robots(c *web.Ctx) error {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, path := range closed {
		fmt.Fprintf(&b, "Disallow: %s\n", path)
	}
	for _, path := range closedEnglish {
		fmt.Fprintf(&b, "Disallow: %s\n", text.English.Path(path))
	}
	fmt.Fprintf(&b, "\nSitemap: %s\n", c.Absolute("/sitemap.xml"))
	return write(c, "text/plain; charset=utf-8", b.String())
}

// write answers with a file that search engines may keep for an hour.
func write(c *web.Ctx, contentType, body string) error {
	h := c.Response().Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "public, max-age=3600")
	h.Del("Vary") // the same for everyone
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := io.WriteString(c.Response(), body)
	return err
}
