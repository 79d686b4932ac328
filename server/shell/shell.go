// Package shell is what makes the makers' side stand on a phone like a program of
// its own: the manifest, the service worker with the list of what it may keep, and
// the page it shows where there is no signal. The three are the same for everybody
// and say nothing of anybody.
package shell

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/static"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// offlinePath is the page without a signal; static/js/sw.js names it too.
const offlinePath = "/tanpa-sinyal"

// files are our own that the page without a signal and the makers' shell need.
// Their addresses carry their hash, so a kept one is never an old one.
var files = []string{"css/app.css", "css/work.css", "js/offline.js", "js/cart.js", "img/icons.svg", "img/mark.svg", "img/favicon.svg"}

// Routes are the addresses of the shell.
func Routes() []web.Route {
	get := func(path string, h web.Handler) web.Route {
		return web.Route{Method: http.MethodGet, Path: path, Handler: h}
	}
	return []web.Route{
		get("/manifest.webmanifest", document("application/manifest+json", manifest())),
		get("/sw.js", document("text/javascript; charset=utf-8", worker())),
		get(offlinePath, func(c *web.Ctx) error { return c.Page(http.StatusOK, offline()) }),
	}
}

// offline is the page without a signal.
func offline() templ.Component {
	return ui.NoSignalPage(view.Public{Title: text.T("ui.nosignal.title"), NoIndex: true})
}

// document answers with bytes that are made once. Browsers ask each time, so that
// a new release is seen at once.
func document(contentType string, body []byte) web.Handler {
	return func(c *web.Ctx) error {
		h := c.Response().Header()
		h.Set("Content-Type", contentType)
		h.Set("Cache-Control", "no-cache")
		c.Response().WriteHeader(http.StatusOK)
		if c.Request().Method == http.MethodHead {
			return nil
		}
		_, err := c.Response().Write(body)
		return err
	}
}

type icon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// manifest is how a phone shows the makers' side on its home screen.
func manifest() []byte {
	png := func(name, sizes, purpose string) icon { return icon{static.URL(name), sizes, "image/png", purpose} }
	body, err := json.MarshalIndent(map[string]any{
		"id": "/toko-saya", "start_url": "/toko-saya", "scope": "/", "display": "standalone", "lang": "id", "dir": "ltr",
		"name": text.T("ui.app.name"), "short_name": text.T("ui.app.short"), "description": text.T("ui.app.description"),
		"theme_color": "#fdf8ef", "background_color": "#fdf8ef",
		"icons": []icon{
			png("img/app-192.png", "192x192", "any"), png("img/app-512.png", "512x512", "any"),
			png("img/app-192.png", "192x192", "maskable"), png("img/app-512.png", "512x512", "maskable"),
		},
		"shortcuts": []map[string]string{
			{"name": text.T("ui.app.orders"), "url": "/toko-saya/pesanan"},
			{"name": text.T("ui.app.products"), "url": "/toko-saya/produk"},
		},
	}, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("shell: %v", err)) // strings only
	}
	return body
}

// worker is static/js/sw.js after the two constants it reads.
func worker() []byte {
	kept := []string{offlinePath}
	for _, name := range files {
		kept = append(kept, static.URL(name))
	}
	source := static.Body("js/sw.js")
	var page bytes.Buffer
	if err := offline().Render(context.Background(), &page); err != nil {
		panic(fmt.Sprintf("shell: %v", err)) // a page of constants
	}
	list, err := json.Marshal(kept)
	if err != nil {
		panic(fmt.Sprintf("shell: %v", err))
	}
	sum := sha256.New()
	for _, part := range [][]byte{list, page.Bytes(), source} {
		sum.Write(part)
	}
	return fmt.Appendf(nil, "const SHELL = %s;\nconst VERSION = %q;\n%s", list, hex.EncodeToString(sum.Sum(nil)[:6]), source)
}
