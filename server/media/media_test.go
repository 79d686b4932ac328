package media_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

func TestAPictureIsSeenByWhoMaySeeItAndByNobodyElse(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub := d.Submitted(shop, "Lidah kucing")
		owner := d.Owner(shop)
		picture, err := d.Media.Pictures(t.Context(), sub.Revision.Pictures)
		require.NoError(t, err)
		p := picture[sub.Revision.Pictures[0]]
		neighbour := d.Shop("Toko Sebelah")
		allowed := map[string]*desktest.Client{"maker": d.As(owner), "companion": d.As(d.Companion(shop)), "curator": d.As(d.Staff("Dimas", account.RoleCurator))}
		denied := map[string]*desktest.Client{"visitor": d.Visitor(), "neighbour": d.As(d.Owner(neighbour)), "finance": d.As(d.Staff("Rina", account.RoleFinance))}

		for _, size := range media.Sizes {
			for _, format := range media.Formats {
				path := p.Path(size, format)
				for who, c := range denied {
					got := c.Get(path)
					require.Equal(t, http.StatusNotFound, got.Status, "%s %s", who, path)
					require.Equal(t, "no-store", got.Header.Get("Cache-Control"))
					require.NotContains(t, got.Body, p.Colour)
				}
				for who, c := range allowed {
					got := c.Get(path)
					require.Equal(t, http.StatusOK, got.Status, "%s %s", who, path)
					require.Equal(t, "no-store", got.Header.Get("Cache-Control"), "a draft's picture is kept nowhere")
					require.NotEmpty(t, got.Body)
					require.Equal(t, map[string]string{"webp": "image/webp", "jpg": "image/jpeg"}[format], got.Header.Get("Content-Type"))
				}
			}
		}

		// Approved, it is the same for everyone, at once.
		curator := allowed["curator"]
		require.Equal(t, http.StatusSeeOther, curator.Post(fmt.Sprintf("/kurasi/%d/pegang", sub.ID)).Status)
		require.Equal(t, http.StatusSeeOther, curator.Post(fmt.Sprintf("/kurasi/%d/setujui", sub.ID), "revisi", fmt.Sprint(sub.Revision.ID), "sisanya", "true").Status)
		got := denied["visitor"].Get(p.Path(320, "webp"))
		require.Equal(t, http.StatusOK, got.Status)
		require.Equal(t, "public, max-age=31536000, immutable", got.Header.Get("Cache-Control"))
		require.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"))
		require.Contains(t, got.Header.Get("Content-Security-Policy"), "sandbox")
		require.NotContains(t, got.Header.Values("Vary"), "Cookie", "shared caches may keep it")
		require.Empty(t, got.Header.Get("Set-Cookie"))

		again := denied["visitor"].Do("GET", p.Path(320, "webp"), nil, "If-None-Match", got.Header.Get("ETag"))
		require.Equal(t, http.StatusNotModified, again.Status)
		head := denied["visitor"].Do("HEAD", p.Path(320, "jpg"), nil)
		require.Equal(t, http.StatusOK, head.Status)
		require.Empty(t, head.Body)
		require.NotEqual(t, "0", head.Header.Get("Content-Length"))
	})
}

func TestOddPictureAddresses(t *testing.T) {
	d := desktest.New(t, dbtest.SQLiteDB(t), false)
	shop := d.Shop("Toples Bu Wening")
	sub := d.Submitted(shop, "Lidah kucing")
	found, err := d.Media.Pictures(t.Context(), sub.Revision.Pictures)
	require.NoError(t, err)
	key := found[sub.Revision.Pictures[0]].Key
	maker := d.As(d.Owner(shop))
	for _, path := range []string{
		"/gambar/" + key + "/640", "/gambar/" + key + "/641.webp", "/gambar/" + key + "/640.png", "/gambar/" + key + "/master.jpg",
		"/gambar/" + key + "/640.webp.jpg", "/gambar/" + key + "/.webp", "/gambar/tidakada/640.webp", "/gambar/..%2F..%2Fetc/640.webp",
		"/gambar/" + key + "/%2e%2e%2fmaster.jpg", "/gambar/" + key,
	} {
		require.Equal(t, http.StatusNotFound, maker.Get(path).Status, path)
	}
}
