package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/media"
)

const makerStory = "Saya belajar memanggang dari ibu mertua."

// portrayed gives the maker a face and a story and returns the picture once it is
// ready.
func (w *world) portrayed(t *testing.T) media.Picture {
	t.Helper()
	ctx := context.Background()
	face := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for x := range 400 {
		for y := range 300 {
			face.Set(x, y, color.RGBA{uint8(x / 2), uint8(y / 2), 90, 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, face, nil))
	picture, err := w.pictures.Store(ctx, w.officer, media.Upload{Reader: &b, OwnerKind: catalog.PortraitOwner, OwnerID: w.maker.UserID, Name: "wajah.jpg"})
	require.NoError(t, err)
	story := makerStory
	require.NoError(t, w.catalog.SetPortrait(ctx, w.officer, w.shop, w.maker.UserID, catalog.PortraitChange{Story: &story, PictureID: &picture.ID}))
	soon(t, "the portrait is ready", func() bool {
		return w.count(t, "SELECT count(*) FROM pictures WHERE id = ? AND state = 'ready'", picture.ID) == 1
	})
	return picture
}

// addresses are every size and format of a picture.
func addresses(p media.Picture) (all []string) {
	for _, size := range media.Sizes {
		for _, format := range media.Formats {
			all = append(all, p.Path(size, format))
		}
	}
	return all
}

func absent(t *testing.T, address, content string, words []string) {
	t.Helper()
	for _, word := range words {
		require.NotContains(t, content, word, address)
	}
}

// A maker's face and story are on her shop's page while she allows it, and gone
// with her consent: from the page, from every size and format of the picture, for
// whoever asks with what a browser kept of it; by withdrawal and by expiry.
func TestWithdrawnConsentRemovesStoryAndFace(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		slug := ""
		require.NoError(t, w.db.Read(ctx).Raw("SELECT slug FROM shops WHERE id = ?", w.shop).Scan(&slug).Error)
		picture := w.portrayed(t)
		v := w.visitor(t)
		shown := func() (story, face bool) {
			p, err := v.get("/toko/" + slug)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, p.status)
			return strings.Contains(p.body, makerStory), strings.Contains(p.body, picture.Key)
		}
		// Nor do the addresses that machines read tell of either: structured data and
		// pictures of shared links in both languages, sitemap and product feed.
		product := w.product(t, "Nastar izin", 50_000, catalog.ModeStock, 9)
		found, err := w.catalog.Sellables(ctx, []int64{product})
		require.NoError(t, err)
		untold := func(words ...string) {
			t.Helper()
			shop, goods := "/toko/"+slug, "/produk/"+found[product].Slug
			for _, address := range []string{shop, "/en" + shop, goods, "/en" + goods} {
				p, err := v.get(address)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, p.status, address)
				graph := p.Find(`script[type="application/ld+json"]`).Text()
				require.NotEmpty(t, graph, address)
				image := p.Find(`meta[property="og:image"]`).AttrOr("content", "")
				absent(t, address, graph+image+p.body, words)
			}
			for _, address := range []string{"/feed/produk.xml", "/sitemap.xml"} {
				p, err := v.get(address)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, p.status, address)
				absent(t, address, p.body, words)
			}
		}
		served := func(want int) {
			t.Helper()
			for _, address := range addresses(picture) {
				for _, header := range []map[string]string{{}, {"If-Modified-Since": time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}, {"If-None-Match": "*"}, {"Range": "bytes=0-9"}} {
					req, err := http.NewRequest(http.MethodGet, v.base+address, nil)
					require.NoError(t, err)
					for name, value := range header {
						req.Header.Set(name, value)
					}
					res, err := v.http.Do(req)
					require.NoError(t, err)
					require.NoError(t, res.Body.Close())
					require.Equal(t, "no-store", res.Header.Get("Cache-Control"), address)
					if want == http.StatusNotFound || len(header) == 0 {
						require.Equal(t, want, res.StatusCode, "%s %v", address, header)
					}
				}
			}
		}
		give := func(kind account.ConsentKind, until time.Duration) {
			t.Helper()
			now := time.Now().Add(w.db.Clock().Offset())
			_, err := w.accounts.GiveConsent(ctx, w.officer, account.NewConsent{UserID: w.maker.UserID, Kind: kind, Evidence: "formulir", ExpiresAt: now.Add(until)})
			require.NoError(t, err)
		}
		gone := func(what string, is func() bool) { soon(t, what, is) } // the page cache follows within its second

		story, face := shown()
		require.False(t, story || face, "stored is not shown: nobody consented yet")
		served(http.StatusNotFound)

		give(account.ConsentStory, 240*time.Hour)
		give(account.ConsentPhoto, 240*time.Hour)
		gone("both are shown", func() bool { story, face := shown(); return story && face })
		served(http.StatusOK)

		before := w.count(t, "SELECT COALESCE(MAX(id), 0) FROM invalidations WHERE page_key = ?", "shop:"+slug)
		require.NoError(t, w.accounts.WithdrawConsent(ctx, w.maker, w.maker.UserID, account.ConsentPhoto, ""))
		require.Greater(t, w.count(t, "SELECT COALESCE(MAX(id), 0) FROM invalidations WHERE page_key = ?", "shop:"+slug), before, "caches are told in the same transaction")
		served(http.StatusNotFound)
		gone("the face is gone, the story stays", func() bool { story, face := shown(); return story && !face })
		require.NoError(t, w.accounts.WithdrawConsent(ctx, w.maker, w.maker.UserID, account.ConsentStory, ""))
		gone("the story is gone", func() bool { story, face := shown(); return !story && !face })
		gone("in English too", func() bool {
			p, err := v.get("/en/toko/" + slug)
			require.NoError(t, err)
			return !strings.Contains(p.body, makerStory) && !strings.Contains(p.body, picture.Key)
		})
		untold(makerStory, picture.Key)

		// Expiry does the same without anybody: the picture at that very moment, the
		// page by the job that runs every minute.
		give(account.ConsentPhoto, time.Hour)
		give(account.ConsentStory, time.Hour)
		gone("shown again", func() bool { story, face := shown(); return story && face })
		w.db.Clock().Advance(61 * time.Minute)
		served(http.StatusNotFound)
		require.NoError(t, w.accounts.ExpireConsents(ctx))
		gone("expired", func() bool { story, face := shown(); return !story && !face })
		require.EqualValues(t, 2, w.count(t, "SELECT count(*) FROM consents WHERE end_note = 'expired'"))

		// A shop that is closed shows nobody, whoever consents.
		give(account.ConsentPhoto, time.Hour)
		served(http.StatusOK)
		require.NoError(t, w.accounts.WithdrawConsent(ctx, w.officer, w.maker.UserID, account.ConsentPhoto, ""))
		w.clean(t)
	})
}

// A hidden number is shown once, to who may see it, for a reason that its owner
// reads; who may not learns nothing, and nothing shows it on a page.
func TestRevealsAreAnswered(t *testing.T) {
	const makerBank = "7788990011223"
	const nik = "3519034101900001"
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		require.NoError(t, w.accounts.SetNIK(ctx, w.officer, w.maker.UserID, nik))
		w.bank(t, makerBank)
		bank := w.count(t, "SELECT id FROM bank_accounts WHERE state = 'active'")
		officer := w.visitor(t)
		w.enter(t, officer, w.officer.UserID)
		at := fmt.Sprintf("/dinas/perajin/%d", w.shop)
		p, err := officer.get(at)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status)
		require.Contains(t, p.body, "3519••••••••0001")
		require.NotContains(t, p.body, nik)
		for _, c := range []struct{ address, value string }{
			{at + "/nik/lihat", nik}, {fmt.Sprintf("/dinas/rekening/%d/lihat", bank), makerBank},
		} {
			p, err = officer.post(c.address, url.Values{"reason": {"pendek"}})
			require.NoError(t, err)
			require.Equal(t, http.StatusUnprocessableEntity, p.status)
			require.NotContains(t, p.body, c.value)
			p, err = officer.post(c.address, url.Values{"reason": {"mencocokkan dengan KTP di kantor"}})
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, p.status, p.body)
			require.Contains(t, p.body, c.value)
			p, err = officer.get(c.address)
			require.NoError(t, err)
			require.NotEqual(t, http.StatusOK, p.status, "only a form that was sent shows it")
		}
		require.EqualValues(t, 2, w.count(t, "SELECT count(*) FROM reveals WHERE actor_id = ? AND subject_id = ?", w.officer.UserID, w.maker.UserID))
		require.EqualValues(t, 2, w.count(t, "SELECT count(*) FROM trail WHERE verb = 'reveal' AND actor_id = ? AND subject_id = ?", w.officer.UserID, w.maker.UserID))
		require.EqualValues(t, 2, w.count(t, "SELECT count(*) FROM inbox WHERE user_id = ? AND kind LIKE 'revealed_%' AND body LIKE '%mencocokkan dengan KTP%'", w.maker.UserID))
		require.EqualValues(t, 2, w.count(t, "SELECT count(*) FROM messages WHERE kind LIKE 'revealed_%' AND channel = 'whatsapp'"))
		nowhere(t, w.dump(t), nik, makerBank)

		// Nobody else, not even that there is something.
		_, err = w.accounts.RevealNIK(ctx, w.curator, w.maker.UserID, "ingin tahu saja")
		require.Error(t, err)
		_, err = w.app.finance.RevealBank(ctx, w.curator, bank, "ingin tahu saja")
		require.Error(t, err)
		_, err = w.accounts.RevealNIK(ctx, w.maker, w.maker.UserID, "nomor saya sendiri")
		require.Error(t, err)
		require.EqualValues(t, 2, w.count(t, "SELECT count(*) FROM reveals"))

		// Not without end: the rest of the hour is refused.
		for range 40 {
			_, err = w.accounts.RevealNIK(ctx, w.officer, w.maker.UserID, "mencocokkan dengan KTP di kantor")
			if err != nil {
				break
			}
		}
		require.ErrorContains(t, err, "limit")
	})
}
