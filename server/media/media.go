// Package media serves pictures. Whoever owns them decides who sees them
// (package media of the domain); this package only writes the answer.
package media

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
)

// Pictures opens renditions; package media's Service does.
type Pictures interface {
	Open(ctx context.Context, viewer account.Actor, key, size, format string) (media.Content, error)
}

// Deps is what this area needs.
type Deps struct {
	Pictures Pictures
}

// Routes is the address of every picture. Its policy is Token and not Public,
// because a draft's picture answers differently to its maker and to a stranger.
func Routes(d Deps) []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/gambar/:key/:file", Handler: d.show},
	}
}

// show answers with the picture, or not found for everything the viewer may not
// see: an unpublished picture cannot be told from none.
func (d Deps) show(c *web.Ctx) error {
	size, format, ok := strings.Cut(c.Param("file"), ".")
	if !ok {
		return fault.NotFound("picture without a format")
	}
	content, err := d.Pictures.Open(c.Context(), c.Actor, c.Param("key"), size, format)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", content.ContentType)
	h.Set("Content-Disposition", "inline")
	// Whatever the bytes are, a browser that opens them as a page runs nothing.
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	if content.Immutable {
		// The same for everyone and for ever, so shared caches may keep it.
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Del("Vary")
		h.Set("ETag", content.ETag)
	} else {
		h.Set("Cache-Control", "no-store")
	}
	http.ServeContent(c.Response(), c.Request(), "", content.ModTime, bytes.NewReader(content.Data))
	return nil
}
