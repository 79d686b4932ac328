package curator_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

var ctx = context.Background()

func address(sub catalog.Submission, what ...string) string {
	return strings.Join(append([]string{fmt.Sprintf("/kurasi/%d", sub.ID)}, what...), "/")
}

func revision(sub catalog.Submission) string { return fmt.Sprint(sub.Revision.ID) }

var summary = regexp.MustCompile(`(?s)id="kesalahan">.*?</ul>`)

func contains(body, words string) bool { return strings.Contains(body, words) }

// faults is what a page says is wrong.
func faults(a desktest.Answer) string { return summary.FindString(a.Body) }

func TestQueueClaimReturnImproveApprove(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub := d.Submitted(shop, "Lidah kucing")
		dimas, yuni := d.Staff("Dimas", account.RoleCurator), d.Staff("Yuni", account.RoleCurator)
		desk, other := d.As(dimas), d.As(yuni)

		page := desk.Get("/kurasi")
		require.Equal(t, http.StatusOK, page.Status)
		require.Contains(t, page.Body, "Lidah kucing")
		require.Contains(t, page.Body, "1 menunggu putusan.")
		require.Contains(t, page.Body, "Belum dipegang")
		require.Contains(t, page.Body, "/gambar/", "the queue shows the photo's place")

		// Reading claims nothing; nobody can decide from an unclaimed page.
		before := d.Fingerprint()
		page = desk.Get(address(sub))
		require.Equal(t, before, d.Fingerprint(), "GET changes nothing")
		require.Contains(t, page.Body, "/pegang")
		require.NotContains(t, page.Body, "/setujui")

		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "pegang")).Status)
		require.Contains(t, desk.Get(address(sub)).Body, "/setujui")

		// The other curator sees who reads it, in the list and on the page, and is refused.
		require.Contains(t, other.Get("/kurasi").Body, "Dimas memeriksa")
		require.Contains(t, other.Get(address(sub)).Body, "Dimas sedang memeriksa")
		before = d.Fingerprint()
		refused := other.Post(address(sub, "setujui"), "revisi", revision(sub))
		require.Equal(t, http.StatusUnprocessableEntity, refused.Status)
		require.Contains(t, refused.Body, "Dimas sedang memeriksa pengajuan ini.")
		require.Equal(t, before, d.Fingerprint())

		// Returning needs a note; what was typed stays.
		empty := desk.Post(address(sub, "kembalikan"), "revisi", revision(sub))
		require.Equal(t, http.StatusUnprocessableEntity, empty.Status)
		require.Contains(t, empty.Body, "Tandai paling sedikit satu butir")
		bad := desk.Post(address(sub, "kembalikan"), "revisi", revision(sub), "comment_label-use", "…", "verdict_packaging-travel", "improve", "comment_packaging-travel", "Ganti staples dengan segel.")
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, "Ganti staples dengan segel.</textarea>")
		require.Equal(t, before, d.Fingerprint(), "a faulty form changes nothing")

		done := desk.Post(address(sub, "kembalikan"), "revisi", revision(sub), "verdict_packaging-travel", "improve", "comment_packaging-travel", "Ganti staples dengan segel.")
		require.Equal(t, http.StatusSeeOther, done.Status)
		require.Equal(t, "/kurasi", done.Location, "nothing else waits")
		require.Contains(t, desk.Get("/kurasi").Body, "Lidah kucing dikembalikan.")

		// The maker improves it and sends it again; the history stands on the page.
		owner := d.Owner(shop)
		d.Photo(owner, sub)
		again, err := d.Curation.Submit(ctx, owner, sub.ID, id.Token())
		require.NoError(t, err)
		page = desk.Get(address(again))
		require.Contains(t, page.Body, "Putaran 2")
		require.Contains(t, page.Body, "Ganti staples dengan segel.")
		require.Contains(t, desk.Get("/kurasi").Body, "Putaran 2")

		// A decision about the version read before is refused.
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "pegang")).Status)
		stale := desk.Post(address(sub, "setujui"), "revisi", revision(sub))
		require.Equal(t, http.StatusUnprocessableEntity, stale.Status)
		require.Contains(t, stale.Body, "Pembuat sudah mengirim versi baru.")
		list, err := d.Catalog.Products(ctx, catalog.Filter{})
		require.NoError(t, err)
		require.Zero(t, list.Total)

		next := d.Submitted(shop, "Kue semprit")
		open := desk.Post(address(sub, "setujui"), "revisi", revision(again), "verdict_photo-clear", "fine")
		require.Equal(t, http.StatusUnprocessableEntity, open.Status)
		require.Contains(t, faults(open), "Belum dijawab: 9 butir.")
		ok := desk.Post(address(sub, "setujui"), "revisi", revision(again), "sisanya", "true")
		require.Equal(t, http.StatusSeeOther, ok.Status)
		require.Equal(t, address(next), ok.Location, "on to the next one")
		require.Contains(t, desk.Get(ok.Location).Body, "Lidah kucing disetujui dan sudah tayang.")
		list, err = d.Catalog.Products(ctx, catalog.Filter{})
		require.NoError(t, err)
		require.EqualValues(t, 1, list.Total)

		// Pressed twice, it is done once.
		before = d.Fingerprint()
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "setujui"), "revisi", revision(again)).Status)
		require.Equal(t, before, d.Fingerprint())
	})
}

func TestNobodyDecidesAboutTheirOwnKinsOrAssistedShop(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub := d.Submitted(shop, "Lidah kucing")
		kin := d.Staff("Sepupu", account.RoleCurator)
		d.Tx(func(tx *gorm.DB) error {
			return d.Accounts.DeclareKinTx(ctx, tx, account.System, kin.UserID, shop.OwnerID)
		})
		own, assisted := d.Owner(shop), d.Companion(shop)
		for _, a := range []account.Actor{own, assisted} {
			_, err := d.Accounts.AssignRole(ctx, account.System, a.UserID, account.RoleCurator, 0, nil)
			require.NoError(t, err)
		}
		for who, a := range map[string]account.Actor{"kin": kin, "own": own, "assisted": assisted} {
			desk := d.As(a)
			require.NotContains(t, desk.Get("/kurasi").Body, "Lidah kucing", who)
			page := desk.Get(address(sub))
			require.Equal(t, http.StatusOK, page.Status, who)
			require.Contains(t, page.Body, "Anda tidak boleh memeriksa produk sendiri, keluarga, atau toko yang Anda dampingi.", who)
			require.NotContains(t, page.Body, "/pegang", who)
			before := d.Fingerprint()
			for _, what := range []string{"pegang", "jawaban", "setujui", "kembalikan", "tolak"} {
				got := desk.Post(address(sub, what), "revisi", revision(sub), "verdict_photo-clear", "improve", "comment_photo-clear", "Foto ulang.", "reason", "Tidak boleh dijual.")
				require.Equal(t, http.StatusForbidden, got.Status, "%s %s", who, what)
			}
			require.Equal(t, before, d.Fingerprint(), who)
		}
	})
}

func TestTheQueueIsNarrowedByItsAddressAndCountsWhatItShows(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		first, second := d.Submitted(shop, "Lidah kucing"), d.Submitted(shop, "Rengginang")
		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		require.Equal(t, http.StatusSeeOther, desk.Post(address(first, "pegang")).Status)

		for query, want := range map[string]struct{ sees, not string }{
			"":                               {"Lidah kucing", ""},
			"antrean=saya":                   {"Lidah kucing", "Rengginang"},
			"antrean=bebas":                  {"Rengginang", "Lidah kucing"},
			"q=rengginang":                   {"Rengginang", "Lidah kucing"},
			"wilayah=35":                     {"Rengginang", ""},
			"wilayah=36":                     {"Tidak ada yang cocok", "Rengginang"},
			"jenis=edit":                     {"Tidak ada yang cocok", "Rengginang"},
			"antrean=saya&q=rengginang":      {"Tidak ada yang cocok", "Lidah kucing"},
			"wilayah=tidak%27ada&jenis=aneh": {"Tidak ada yang cocok", "Rengginang"},
		} {
			page := desk.Get("/kurasi?" + query)
			require.Equal(t, http.StatusOK, page.Status, query)
			require.Contains(t, page.Body, want.sees, query)
			if want.not != "" {
				require.NotContains(t, page.Body, ">"+want.not+"<", query)
			}
		}
		require.Contains(t, desk.Get("/kurasi").Body, "2 menunggu putusan.")
		require.Contains(t, desk.Get("/kurasi?q=rengginang").Body, "1 menunggu putusan.")
		require.Equal(t, http.StatusUnprocessableEntity, desk.Get("/kurasi?lanjut=karangan").Status)

		// The queue's narrowing rides along to the next submission and back.
		from := url.Values{"wilayah": {"35"}}.Encode()
		got := desk.Post(address(first, "tolak"), "revisi", revision(first), "dari", from, "reason", "Tidak boleh dijual di sini.")
		require.Equal(t, http.StatusSeeOther, got.Status)
		require.Equal(t, address(second)+"?dari="+url.QueryEscape(from), got.Location)
		require.Contains(t, desk.Get(got.Location).Body, `href="/kurasi?wilayah=35"`)
		require.Equal(t, "/kurasi", desk.Post(address(second, "lepas"), "dari", "//jahat.example/").Location)
	})
}

func TestAnEditStandsBesideWhatIsLive(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		product := d.Publish(shop, ordertest.Product{Title: "Nastar klasik", Price: 55_000, Quantity: 10})
		owner := d.Owner(shop)
		require.NoError(t, d.Catalog.SetPrice(ctx, owner, product, 60_000))
		sub, err := d.Catalog.StartEdit(ctx, owner, product, id.Token())
		require.NoError(t, err)
		title, price := "Nastar keju", money.Rupiah(90_000)
		_, err = d.Catalog.SaveDraft(ctx, owner, sub.ID, catalog.DraftChange{Title: &title, Price: &price})
		require.NoError(t, err)
		sub, err = d.Curation.Submit(ctx, owner, sub.ID, id.Token())
		require.NoError(t, err)

		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		page := desk.Get(address(sub)).Body
		require.Contains(t, page, "<del>klasik</del>")
		require.Contains(t, page, "<ins>keju</ins>")
		require.Contains(t, page, "<del>Rp60.000</del>")
		require.Contains(t, page, "<ins>Rp90.000</ins>")
		require.Contains(t, page, "Harga yang terakhir disetujui Rp55.000.")
		require.NotContains(t, page, "Stok 10", "stock needs no review")
	})
}

func TestARefusalGoesToAnotherCuratorOnAppeal(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub := d.Submitted(shop, "Sambal basah")
		first, second := d.As(d.Staff("Dimas", account.RoleCurator)), d.As(d.Staff("Yuni", account.RoleCurator))
		require.Equal(t, http.StatusSeeOther, first.Post(address(sub, "pegang")).Status)
		got := first.Post(address(sub, "tolak"), "revisi", revision(sub), "reason", "Perlu izin BPOM MD.")
		require.Equal(t, http.StatusSeeOther, got.Status)
		require.Contains(t, first.Get(address(sub)).Body, "Perlu izin BPOM MD.")
		_, err := d.Curation.Appeal(ctx, d.Owner(shop), sub.ID, "Izinnya sudah ada.", id.Token())
		require.NoError(t, err)
		require.Contains(t, first.Get(address(sub)).Body, "Keberatan ini harus diputuskan petugas lain")
		require.Equal(t, http.StatusForbidden, first.Post(address(sub, "setujui"), "revisi", revision(sub)).Status)
		require.Contains(t, second.Get(address(sub)).Body, "Izinnya sudah ada.")
		done := second.Post(address(sub, "setujui"), "revisi", revision(sub), "sisanya", "true")
		require.Equal(t, http.StatusSeeOther, done.Status, faults(done))
		history, err := d.Curation.History(ctx, d.Owner(shop), sub.ID)
		require.NoError(t, err)
		require.Equal(t, curation.Approved, history[1].Outcome)
	})
}

func TestTheDeskIsForItsPeople(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub := d.Submitted(shop, "Lidah kucing")
		strangers := map[string]*desktest.Client{
			"maker": d.As(d.Owner(shop)), "companion": d.As(d.Companion(shop)), "officer": d.As(d.Officer("35")), "finance": d.As(d.Staff("Rina", account.RoleFinance)),
		}
		before := d.Fingerprint()
		for who, c := range strangers {
			require.Equal(t, http.StatusNotFound, c.Get("/kurasi").Status, who)
			require.Equal(t, http.StatusNotFound, c.Get(address(sub)).Status, who)
			for _, what := range []string{"pegang", "lepas", "jawaban", "setujui", "kembalikan", "tolak"} {
				require.Equal(t, http.StatusNotFound, c.Post(address(sub, what), "revisi", revision(sub), "reason", "Tidak boleh.").Status, "%s %s", who, what)
			}
		}
		require.Equal(t, before, d.Fingerprint())
		for who, c := range map[string]*desktest.Client{"head": d.As(d.Staff("Bambang", account.RoleHead, "35")), "admin": d.As(d.Staff("Admin", account.RoleAdmin))} {
			require.Equal(t, http.StatusOK, c.Get("/kurasi").Status, who)
			page := c.Get(address(sub))
			require.Contains(t, page.Body, "Yang memutuskan adalah kurator.", who)
			require.Equal(t, http.StatusForbidden, c.Post(address(sub, "setujui"), "revisi", revision(sub)).Status, who)
		}
		visitor := d.Visitor()
		got := visitor.Get("/kurasi")
		require.Equal(t, http.StatusSeeOther, got.Status)
		require.Equal(t, "/masuk?lanjut=%2Fkurasi", got.Location)
		require.Equal(t, http.StatusSeeOther, visitor.Post(address(sub, "setujui"), "revisi", revision(sub)).Status)
		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		for _, missing := range []string{"/kurasi/999999", "/kurasi/0", "/kurasi/-1", "/kurasi/x", "/kurasi/99999999999999999999"} {
			require.Equal(t, http.StatusNotFound, desk.Get(missing).Status, missing)
		}
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post(address(sub, "setujui"), "revisi", "satu").Status)
		after, err := d.Catalog.Submission(ctx, d.Owner(shop), sub.ID)
		require.NoError(t, err)
		require.Equal(t, catalog.SubmissionSubmitted, after.State)
	})
}

func TestOverviewPageAndItsFiles(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		desk := d.As(d.Staff("Ratna", account.RoleAdmin))
		page := desk.Get("/kurasi/ringkasan")
		require.Equal(t, http.StatusOK, page.Status)
		require.Contains(t, page.Body, "Tidak ada yang menunggu.")
		require.NotContains(t, page.Body, "<figure", "nothing is drawn of nothing")
		require.NotContains(t, page.Body, ".csv")

		shop := d.Shop("Toples Bu Wening")
		d.Submitted(shop, "Lidah kucing")
		page = desk.Get("/kurasi/ringkasan?periode=30")
		require.Contains(t, page.Body, "<figure")
		require.Contains(t, page.Body, `/kurasi/ringkasan.csv?periode=30&amp;tabel=usia`)
		file := desk.Get("/kurasi/ringkasan.csv?tabel=usia")
		require.Equal(t, http.StatusOK, file.Status)
		require.True(t, strings.HasPrefix(file.Body, "\ufeffLama menunggu;Pengajuan\r\nHari ini;1\r\n"), file.Body)
		require.Equal(t, http.StatusNotFound, desk.Get("/kurasi/ringkasan.csv?tabel=lain").Status)
		for _, table := range []string{"putaran", "waktu", "harga", "alasan-kategori", "alasan-wilayah", "beban"} {
			require.Equal(t, 1, strings.Count(desk.Get("/kurasi/ringkasan.csv?tabel="+table).Body, "\n"), "%s: a heading over nothing", table)
		}
	})
}

func TestASpotIsSetWithoutScripts(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub := d.Submitted(shop, "Lidah kucing")
		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "pegang")).Status)
		photo := fmt.Sprint(sub.Revision.Pictures[0])

		// The button of a question saves what was typed and leads to the pictures.
		got := desk.Post(address(sub, "jawaban"), "revisi", revision(sub), "verdict_photo-clear", "fine", "titik", "packaging-travel")
		require.Equal(t, http.StatusSeeOther, got.Status)
		require.Equal(t, address(sub)+"?tandai=packaging-travel#foto", got.Location)
		require.Contains(t, desk.Get(address(sub)+"?tandai=packaging-travel").Body, `type="image"`)
		got = desk.Post(address(sub, "titik"), "revisi", revision(sub), "butir", "packaging-travel", "foto", photo, "di.x", "152", "di.y", "0")
		require.Equal(t, http.StatusSeeOther, got.Status)
		page := desk.Get(address(sub)).Body
		require.Contains(t, page, `value="`+photo+`:500:0" checked`)
		require.Contains(t, page, "Titik 1 di foto 1")
		require.Contains(t, page, "2 dari 10 dijawab.")

		// Off the picture, of another's, or about another revision: nothing is set.
		before := d.Fingerprint()
		for _, bad := range [][]string{
			{"revisi", revision(sub), "butir", "packaging-travel", "foto", photo, "di.x", "9999", "di.y", "1"},
			{"revisi", revision(sub), "butir", "packaging-travel", "foto", "999999"},
			{"revisi", "999999", "butir", "packaging-travel", "foto", photo},
		} {
			require.Equal(t, http.StatusUnprocessableEntity, desk.Post(address(sub, "titik"), bad...).Status, bad)
		}
		kept := desk.Post(address(sub, "jawaban"), "revisi", revision(sub), "verdict_photo-clear", "waived", "comment_photo-clear", strings.Repeat("ulang ", 4000))
		require.Equal(t, http.StatusUnprocessableEntity, kept.Status)
		require.Contains(t, kept.Body, "ulang ulang ulang", "what was typed stays")
		require.Equal(t, before, d.Fingerprint())
	})
}

func TestAdviceStandsBesideWhatIsDecided(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		sub := d.Submitted(d.Shop("Toples Bu Wening"), "Jahe obat diabetes")
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE pictures SET state = 'failed' WHERE id IN ?", sub.Revision.Pictures).Error
		}))
		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		page := desk.Get(address(sub))
		require.Equal(t, http.StatusOK, page.Status, "a broken photo breaks no page")
		require.Contains(t, page.Body, "Saran otomatis")
		require.Contains(t, page.Body, "Foto 1 tidak bisa dibuka.")

		desk.Post(address(sub, "pegang"), "revisi", revision(sub))
		page = desk.Get(address(sub))
		require.NotContains(t, page.Body, "Saran otomatis", "all of it has its place now")
		legal := page.Body[strings.Index(page.Body, `aria-labelledby="aspek-legal"`):]
		require.Contains(t, legal[:strings.Index(legal, "</fieldset>")], "obat diabetes")
		photo := page.Body[strings.Index(page.Body, `aria-labelledby="aspek-photo"`):]
		require.Contains(t, photo[:strings.Index(photo, "</fieldset>")], "Foto 1 tidak bisa dibuka.")
	})
}
