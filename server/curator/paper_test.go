package curator_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// A paper is confirmed from the list, its end suspends, the curator cannot lift it,
// and the renewal does; after a complaint a curator holds the product and lifts it.
func TestPapersAndSuspensions(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Rajut Bu Ning")
		owner := d.Owner(shop)
		product := d.Publish(shop, ordertest.Product{Title: "Topi bayi rajut", Price: 40_000, Quantity: 5})
		file := fmt.Sprintf("/kurasi/produk/%d", product)
		in := catalog.NewCertificate{FormKey: id.Token(), Kind: catalog.SNI, Number: "SNI-1", Ends: time.Now().AddDate(0, 0, 20)}
		paper, err := d.Catalog.EnterCertificate(ctx, owner, shop.ID, in)
		require.NoError(t, err)
		one := fmt.Sprintf("/kurasi/sertifikat/%d", paper.ID)
		curator := d.Staff("Dimas", account.RoleCurator)
		desk := d.As(curator)

		here, elsewhere := d.As(d.Officer("35")), d.As(d.Officer("11"))
		before := d.Fingerprint()
		page := desk.Get("/kurasi/sertifikat")
		require.Equal(t, http.StatusOK, page.Status)
		for _, words := range []string{"1 surat menunggu.", "Semua (1)", "Perpanjangan (0)", "SNI-1", "Rajut Bu Ning", "Tidak ada foto"} {
			require.Contains(t, page.Body, words)
		}
		require.NotContains(t, elsewhere.Get("/kurasi/sertifikat").Body, "SNI-1", "an officer of elsewhere")
		require.Contains(t, here.Get("/kurasi/sertifikat").Body, "SNI-1")
		faulty := desk.Post(one, "langkah", "tolak", "alasan", "…")
		require.Equal(t, http.StatusUnprocessableEntity, faulty.Status)
		require.Contains(t, faulty.Body, "Tulis alasannya.")
		require.Equal(t, before, d.Fingerprint(), "looking and a faulty form change nothing")
		require.Equal(t, http.StatusSeeOther, desk.Post(one, "langkah", "cocok").Status)
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post(one, "langkah", "cocok").Status, "decided already")
		require.Contains(t, desk.Get("/kurasi/sertifikat").Body, "Tidak ada yang menunggu")

		d.Pass(22 * 24 * time.Hour)
		steps, err := d.Curation.RunCertificates(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, steps)
		desk = d.As(curator) // a session of staff does not last three weeks
		page = desk.Get("/kurasi/produk?sebab=sertifikat")
		require.Contains(t, page.Body, "Topi bayi rajut")
		require.Contains(t, page.Body, "Surat habis (1)")
		require.NotContains(t, desk.Get("/kurasi/produk?sebab=petugas").Body, file)
		page = desk.Get(file)
		require.Contains(t, page.Body, "Surat yang diwajibkan sudah habis")
		require.NotContains(t, page.Body, file+"/buka")
		refused := desk.Post(file+"/buka", "reason", "Coba saja.")
		require.Equal(t, http.StatusUnprocessableEntity, refused.Status)
		require.Contains(t, refused.Body, "sudah habis masa berlakunya")

		var photo bytes.Buffer
		require.NoError(t, png.Encode(&photo, image.NewGray(image.Rect(0, 0, 40, 40))))
		scan, err := d.Media.Store(ctx, owner, media.Upload{Reader: &photo, OwnerKind: catalog.CertificatePicture, OwnerID: shop.ID, Name: "surat.png"})
		require.NoError(t, err)
		renewal, err := d.Catalog.EnterCertificate(ctx, owner, shop.ID, catalog.NewCertificate{FormKey: id.Token(), Kind: catalog.SNI, Number: "SNI-2", Ends: time.Now().AddDate(2, 0, 0), PictureID: scan.ID, RenewsID: paper.ID})
		require.NoError(t, err)
		page = desk.Get("/kurasi/sertifikat?antrean=perpanjangan")
		require.Contains(t, page.Body, "1 produk toko ini berhenti tayang")
		require.Contains(t, page.Body, "/gambar/"+scan.Key)
		done := desk.Post(fmt.Sprintf("/kurasi/sertifikat/%d", renewal.ID), "langkah", "cocok")
		require.Equal(t, http.StatusSeeOther, done.Status)
		require.Contains(t, desk.Get(done.Location).Body, "Tayang lagi: Topi bayi rajut")

		complaint, err := program.NewService(db, d.Accounts, d.Catalog, d.Delivery).Complain(ctx, program.NewComplaint{Name: "Bu Rina", Contact: "0812-0000-0177", Body: "Benangnya luntur ke kulit bayi.", Source: "10.0.0.1"})
		require.NoError(t, err)
		page = desk.Get("/kurasi/produk?q=topi&pengaduan=" + complaint.Number)
		require.Contains(t, page.Body, file+"?pengaduan="+complaint.Number)
		require.Contains(t, desk.Get(file+"?pengaduan="+complaint.Number).Body, `value="`+complaint.Number+`"`)
		before = d.Fingerprint()
		for field, pairs := range map[string][]string{
			"Tulis alasannya":           {"reason", "!", "complaint", complaint.Number},
			"Nomor pengaduan itu tidak": {"reason", "Warnanya luntur.", "complaint", "ADU-00000000"},
		} {
			bad := desk.Post(file+"/tahan", pairs...)
			require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
			require.Contains(t, faults(bad)+bad.Body, field)
		}
		require.Equal(t, before, d.Fingerprint())
		kin := d.Owner(shop)
		_, err = d.Accounts.AssignRole(ctx, account.System, kin.UserID, account.RoleCurator, 0, nil)
		require.NoError(t, err)
		own := d.As(d.Actor(kin.UserID))
		require.NotContains(t, own.Get(file).Body, file+"/tahan")
		require.Equal(t, http.StatusForbidden, own.Post(file+"/tahan", "reason", "Warnanya luntur.").Status)
		require.Equal(t, catalog.ProductPublished, d.Sellable(product).State)
		require.Equal(t, http.StatusSeeOther, desk.Post(file+"/tahan", "reason", "Warnanya luntur.", "complaint", complaint.Number).Status)
		require.Equal(t, catalog.ProductSuspended, d.Sellable(product).State)
		page = desk.Get(file)
		for _, words := range []string{"Warnanya luntur.", "Pengaduan " + complaint.Number, "Dimas", "sistem", file + "/buka"} {
			require.Contains(t, page.Body, words)
		}
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post(file+"/tahan", "reason", "Sekali lagi.").Status)
		require.Equal(t, http.StatusSeeOther, desk.Post(file+"/buka", "reason", "Benangnya sudah diganti.").Status)
		require.Equal(t, catalog.ProductPublished, d.Sellable(product).State)
		require.Contains(t, desk.Get(file).Body, "Benangnya sudah diganti.")
		require.Equal(t, http.StatusNotFound, desk.Get("/kurasi/produk/999999").Status)
	})
}

// An edit that changes what food is made of is not approved before somebody looked
// again at halal certificate and label.
func TestAChangedRecipeIsLookedAtAgain(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		owner, desk := d.Owner(shop), d.As(d.Staff("Dimas", account.RoleCurator))
		bake := func(sub catalog.Submission, composition string) catalog.Submission {
			food, net, days := "kue-kering", int64(250), int64(5)
			_, err := d.Catalog.SaveDraft(ctx, owner, sub.ID, catalog.DraftChange{Category: &food, Label: catalog.LabelChange{
				Composition: &composition, NetAmount: &net, ShelfDays: &days, Allergens: &[]catalog.Allergen{}}})
			require.NoError(t, err)
			sub, err = d.Curation.Submit(ctx, owner, sub.ID, id.Token())
			require.NoError(t, err)
			require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "pegang")).Status)
			return sub
		}
		paper, err := d.Catalog.EnterCertificate(ctx, owner, shop.ID, catalog.NewCertificate{FormKey: id.Token(), Kind: catalog.Halal, Number: "ID 1"})
		require.NoError(t, err)
		require.NoError(t, d.Catalog.DecideCertificate(ctx, d.Curator(), paper.ID, "confirm", ""))
		first := d.Submitted(shop, "Nastar")
		_, err = d.Curation.Withdraw(ctx, owner, first.ID)
		require.NoError(t, err)
		again, err := d.Catalog.StartEdit(ctx, owner, first.ProductID, id.Token())
		require.NoError(t, err)
		sub := bake(again, "tepung, mentega, nanas")
		require.NotContains(t, desk.Get(address(sub)).Body, "Komposisi berubah")
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "setujui"), "revisi", revision(sub), "sisanya", "true").Status, "a new product has no old recipe")

		edit := func(composition string) catalog.Submission {
			sub, err := d.Catalog.StartEdit(ctx, owner, first.ProductID, id.Token())
			require.NoError(t, err)
			return bake(sub, composition)
		}
		sub = edit("Tepung;  mentega. NANAS")
		require.NotContains(t, desk.Get(address(sub)).Body, "Komposisi berubah", "the same words")
		refused := desk.Post(address(sub, "resep"), "revisi", revision(sub), "hasil", "sesuai")
		require.Contains(t, desk.Get(refused.Location).Body, "Komposisinya sama dengan yang tayang")
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "setujui"), "revisi", revision(sub), "sisanya", "true").Status)

		sub = edit("tepung, margarin, nanas")
		page := desk.Get(address(sub))
		require.Contains(t, page.Body, "Komposisi berubah: periksa ulang halal dan label")
		require.Contains(t, page.Body, "<ins>tepung, margarin, nanas</ins>")
		early := desk.Post(address(sub, "setujui"), "revisi", revision(sub), "sisanya", "true")
		require.Equal(t, http.StatusUnprocessableEntity, early.Status)
		require.Contains(t, faults(early), "periksa ulang halal dan label dahulu")
		blank := desk.Post(address(sub, "resep"), "revisi", revision(sub), "hasil", "tetap")
		require.Contains(t, desk.Get(blank.Location).Body, "Tulis mengapa resepnya tidak berubah.")
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post(address(sub, "setujui"), "revisi", revision(sub), "sisanya", "true").Status)
		other := d.As(d.Staff("Yuni", account.RoleCurator))
		held := other.Post(address(sub, "resep"), "revisi", revision(sub), "hasil", "sesuai")
		require.Contains(t, other.Get(held.Location).Body, "Dimas sedang memeriksa", "who does not hold it, does not check")
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "resep"), "revisi", revision(sub), "hasil", "sesuai").Status)
		require.Contains(t, desk.Get(address(sub)).Body, "Halal dan label sesuai, kata Dimas")
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "setujui"), "revisi", revision(sub), "sisanya", "true").Status)
		live, err := d.Catalog.LiveRevision(ctx, owner, first.ProductID)
		require.NoError(t, err)
		require.Equal(t, "tepung, margarin, nanas", live.Label.Composition)
	})
}
