package catalog_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/media"
)

// certify enters and confirms a certificate; a zero end is none.
func (w *world) certify(maker account.Actor, in catalog.NewCertificate) catalog.Certificate {
	w.t.Helper()
	in.FormKey = w.form()
	c, err := w.cat.EnterCertificate(ctx, maker, maker.Memberships[0].ShopID, in)
	require.NoError(w.t, err)
	require.NoError(w.t, w.cat.DecideCertificate(ctx, curator, c.ID, "confirm", ""))
	return c
}

// scan stores the photo of a paper.
func (w *world) scan(shopID int64) int64 {
	w.t.Helper()
	p, err := w.media.Store(ctx, account.System, media.Upload{Reader: dot(w.t), OwnerKind: catalog.CertificatePicture, OwnerID: shopID, Name: "surat.png"})
	require.NoError(w.t, err)
	return p.ID
}

// watch does what the job does, and returns the steps.
func (w *world) watch() []catalog.CertificateStep {
	w.t.Helper()
	ids, err := w.cat.DueCertificates(ctx)
	require.NoError(w.t, err)
	var out []catalog.CertificateStep
	for _, id := range ids {
		w.must(func(tx *gorm.DB) error {
			step, err := w.cat.StepCertificateTx(ctx, tx, id)
			if step != nil {
				out = append(out, *step)
			}
			return err
		})
	}
	return out
}

func nov(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }

// Each warning is sent once, 60, 30 and 7 days ahead by the shop's calendar; who
// comes late gets the next one alone; a renewal on its way silences them.
func TestWarningsComeOnceEach(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar"})
		last := time.Date(2027, 2, 10, 0, 0, 0, 0, time.UTC)
		end := time.Date(2027, 2, 10, 17, 0, 0, 0, time.UTC) // midnight in Madiun
		long := w.certify(maker, catalog.NewCertificate{ProductID: p.ProductID, Kind: catalog.Halal, Number: "ID1", Ends: last})
		require.Empty(t, w.watch(), "nothing is due for 98 days")
		late := w.certify(maker, catalog.NewCertificate{Kind: catalog.SNI, Number: "12", Ends: nov(28)}) // 24.5 days ahead
		steps := w.watch()
		require.Len(t, steps, 1, "not the one of 60 days as well")
		require.EqualValues(t, 25, steps[0].DaysLeft)
		require.Equal(t, late.ID, steps[0].Certificate.ID)
		require.Empty(t, steps[0].Product, "for all the shop makes")

		in := catalog.NewCertificate{FormKey: w.form(), Kind: catalog.SNI, Number: "13", Ends: nov(28).AddDate(2, 0, 0), RenewsID: late.ID}
		_, err := w.cat.EnterCertificate(ctx, maker, shop.ID, in)
		require.Equal(t, []string{"photo"}, faulty(err), "a renewal shows the paper")
		in.PictureID = w.scan(shop.ID)
		next, err := w.cat.EnterCertificate(ctx, maker, shop.ID, in)
		require.NoError(t, err)
		again := in
		again.FormKey = w.form()
		_, err = w.cat.EnterCertificate(ctx, maker, shop.ID, again)
		require.True(t, fault.Is(err, fault.KindConflict), "one waits already: %v", err)
		w.at(nov(25))
		require.Empty(t, w.watch(), "the renewal is on its way")
		require.NoError(t, w.cat.DecideCertificate(ctx, curator, next.ID, "refuse", "Fotonya kabur."))
		require.Len(t, w.watch(), 1, "and now it is not")
		w.at(nov(30))
		steps = w.watch()
		require.Len(t, steps, 1)
		require.Empty(t, steps[0].Suspended, "the law asks for none of its kind here")

		for _, days := range []int{60, 30, 7} {
			w.at(end.AddDate(0, 0, -days).Add(-time.Second))
			require.Empty(t, w.watch(), "%d days and a second before", days)
			w.at(end.AddDate(0, 0, -days))
			ids, err := w.cat.DueCertificates(ctx)
			require.NoError(t, err)
			require.Equal(t, []int64{long.ID}, ids)
			var sent atomic.Int64 // several instances at once
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					_ = w.tx(func(tx *gorm.DB) error {
						step, err := w.cat.StepCertificateTx(ctx, tx, long.ID)
						if step != nil {
							sent.Add(1)
						}
						return err
					})
				})
			}
			all.Wait()
			require.EqualValues(t, 1, sent.Load(), "%d days", days)
			require.Empty(t, w.watch(), "%d days, once", days)
		}
		w.sound()
	})
}

// At midnight in the shop's zone nothing that needs the certificate is sold any
// more, before the job has seen it; the job then suspends exactly what no other
// certificate covers, and the renewal brings it back, but for what a curator holds.
func TestALapseSuspendsAndARenewalLifts(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		nastar := w.live(shop, maker, goods{title: "Nastar"})
		covered := w.live(shop, maker, goods{title: "Kastengel"})
		paused := w.live(shop, maker, goods{title: "Putri salju"})
		held := w.live(shop, maker, goods{title: "Semprit"})
		never := w.live(shop, maker, goods{title: "Taplak", category: "kriya"})
		require.NoError(t, w.cat.Pause(ctx, maker, paused.ProductID))
		halal := w.certify(maker, catalog.NewCertificate{Kind: catalog.Halal, Number: "ID1", Ends: nov(10)})
		w.certify(maker, catalog.NewCertificate{ProductID: covered.ProductID, Kind: catalog.NotHalal})
		w.watch()
		open, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: nastar.ProductID, Quantity: 1})
		require.NoError(t, err)
		state := func(id int64) catalog.ProductState { return w.sellable(id).State }
		sold := func(id int64) bool {
			_, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: id, Quantity: 1})
			_, page := w.cat.ProductBySlug(ctx, w.sellable(id).Slug)
			require.Equal(t, err == nil, page == nil, "%v, %v", err, page)
			require.Equal(t, err == nil, w.sellable(id).Orderable())
			return err == nil
		}

		w.at(time.Date(2026, 11, 10, 16, 59, 59, 0, time.UTC)) // its last second, WIB
		require.True(t, sold(nastar.ProductID))
		w.at(time.Date(2026, 11, 10, 17, 0, 0, 0, time.UTC))
		require.False(t, sold(nastar.ProductID), "over, and no job ran")
		require.True(t, sold(covered.ProductID))
		page, err := w.cat.Products(ctx, catalog.Filter{})
		require.NoError(t, err)
		require.Len(t, page.Products, 2)
		w.sound() // the row is still published: the job has its time

		w.must(func(tx *gorm.DB) error {
			return w.cat.SuspendProductTx(ctx, tx, curator, held.ProductID, catalog.NewSuspension{Reason: "keluhan", Complaint: "ADU-1"})
		})
		steps := w.watch()
		require.Len(t, steps, 1)
		require.Zero(t, steps[0].DaysLeft)
		require.Equal(t, []string{"Nastar", "Putri salju", "Semprit"}, steps[0].Suspended)
		require.Empty(t, w.watch())
		require.Equal(t, catalog.ProductSuspended, state(nastar.ProductID))
		require.Equal(t, catalog.ProductPublished, state(covered.ProductID))
		require.Equal(t, catalog.ProductPublished, state(never.ProductID))
		require.EqualValues(t, "private", w.visibility(nastar.PictureID))
		w.must(func(tx *gorm.DB) error { return w.cat.KeepTx(ctx, tx, []int64{open[0].LineID}) }) // the open order stays
		why, err := w.cat.SuspensionsOf(ctx, maker, nastar.ProductID)
		require.NoError(t, err)
		require.Len(t, why, 1)
		require.Equal(t, []any{catalog.ByCertificate, halal.ID, int64(0)}, []any{why[0].Cause, why[0].CertificateID, why[0].BegunBy})
		err = w.tx(func(tx *gorm.DB) error { return w.cat.LiftProductTx(ctx, tx, curator, nastar.ProductID, "coba") })
		require.True(t, fault.Is(err, fault.KindConflict), "not without the certificate: %v", err)
		w.sound()

		list, counts, err := w.cat.SuspendedProducts(ctx, curator, "")
		require.NoError(t, err)
		require.Equal(t, catalog.SuspendedCounts{All: 3, Complaint: 1, Certificate: 3}, counts)
		require.Len(t, list, 3)
		list, _, err = w.cat.SuspendedProducts(ctx, curator, catalog.ByComplaint)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Len(t, list[0].Open, 2)
		_, _, err = w.cat.SuspendedProducts(ctx, maker, "")
		notFound(t, err)

		renewal, err := w.cat.Renewable(ctx, maker, halal.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"Nastar", "Putri salju", "Semprit"}, renewal.Needs)
		next, err := w.cat.EnterCertificate(ctx, maker, shop.ID, catalog.NewCertificate{FormKey: w.form(), Kind: catalog.Halal, Number: "ID2", PictureID: w.scan(shop.ID), RenewsID: halal.ID})
		require.NoError(t, err)
		waiting, err := w.cat.WaitingCertificates(ctx, curator)
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		require.Equal(t, []any{"ID1", "Dapur Gayeng", int64(3)}, []any{waiting[0].OldNumber, waiting[0].ShopName, waiting[0].Holds})
		both := curator
		both.Memberships = maker.Memberships
		waiting, err = w.cat.WaitingCertificates(ctx, both)
		require.NoError(t, err)
		require.Empty(t, waiting, "never those of a shop of one's own")
		require.Equal(t, catalog.ProductSuspended, state(nastar.ProductID), "entered is not confirmed")
		w.must(func(tx *gorm.DB) error {
			out, err := w.cat.DecideCertificateTx(ctx, tx, curator, next.ID, "confirm", "")
			require.Equal(t, []string{"Nastar", "Putri salju"}, out.Lifted)
			return err
		})
		require.Equal(t, catalog.ProductPublished, state(nastar.ProductID))
		require.Equal(t, catalog.ProductPaused, state(paused.ProductID), "back to where it was")
		require.Equal(t, catalog.ProductSuspended, state(held.ProductID), "the curator's stays")
		require.EqualValues(t, "public", w.visibility(nastar.PictureID))
		require.True(t, sold(nastar.ProductID))
		w.must(func(tx *gorm.DB) error { return w.cat.LiftProductTx(ctx, tx, curator, held.ProductID, "sudah diganti") })
		require.True(t, sold(held.ProductID))
		w.sound()

		require.NoError(t, w.withdraw(maker, next.ID)) // taking it back ends it as well
		require.Equal(t, catalog.ProductSuspended, state(nastar.ProductID))
		w.must(func(tx *gorm.DB) error { // now a curator too: a renewal alone does not lift it
			return w.cat.SuspendProductTx(ctx, tx, curator, nastar.ProductID, catalog.NewSuspension{Reason: "keluhan"})
		})
		w.must(func(tx *gorm.DB) error {
			_, err := w.cat.ExceptHalalTx(ctx, tx, curator, nastar.ProductID, nov(30), "sedang diurus", w.form())
			return err
		})
		require.Equal(t, catalog.ProductSuspended, state(nastar.ProductID))
		require.NoError(t, w.cat.Archive(ctx, maker, paused.ProductID))
		w.sound()
	})
}

// The system's moves are tried from every state: what the table does not allow
// changes nothing.
func TestEveryForbiddenMoveOfTheSystem(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		id := w.live(shop, maker, goods{title: "Nastar"}).ProductID
		for _, from := range []catalog.ProductState{catalog.ProductUnpublished, catalog.ProductPublished, catalog.ProductPaused, catalog.ProductSuspended, catalog.ProductArchived} {
			for _, resume := range []catalog.ProductState{catalog.ProductPublished, catalog.ProductPaused} {
				paper := w.certify(maker, catalog.NewCertificate{Kind: catalog.NotHalal})
				back := ""
				if from == catalog.ProductSuspended {
					back = string(resume)
				}
				require.NoError(t, w.exec(`UPDATE products SET state = ?, resume_state = ? WHERE id = ?`, from, back, id))
				require.NoError(t, w.withdraw(maker, paper.ID))
				to := from
				if catalog.ProductMoves.Allows("lapse", from) {
					to = catalog.ProductMoves.Move("lapse").To
					resume = from
				}
				require.Equal(t, to, w.sellable(id).State, "lapse from %s", from)
				w.certify(maker, catalog.NewCertificate{Kind: catalog.NotHalal})
				if catalog.ProductMoves.Allows("renew_"+string(resume), to) {
					to = catalog.ProductMoves.Move("renew_" + string(resume)).To
				}
				require.Equal(t, to, w.sellable(id).State, "renew from %s", from)
				require.NoError(t, w.exec(`UPDATE certificates SET state = 'withdrawn', lapsed_at = NULL`))
				require.NoError(t, w.exec(`UPDATE product_suspensions SET ended_at = begun_at WHERE ended_at IS NULL`))
			}
		}
	})
}

// Whatever order a lapse and the confirmation of its renewal come in, the product
// is on sale afterwards.
func TestALapseAndItsRenewalAtOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		id := w.live(shop, maker, goods{title: "Nastar"}).ProductID
		for n := range 6 {
			old := w.certify(maker, catalog.NewCertificate{Kind: catalog.Halal, Number: "ID1", Ends: nov(10 + n)})
			next, err := w.cat.EnterCertificate(ctx, maker, shop.ID, catalog.NewCertificate{FormKey: w.form(), Kind: catalog.Halal, Number: "ID2", Ends: nov(11 + n), PictureID: w.scan(shop.ID), RenewsID: old.ID})
			require.NoError(t, err)
			w.at(nov(11 + n).Add(-7 * time.Hour))
			var both sync.WaitGroup
			errs := make([]error, 2)
			both.Go(func() {
				errs[0] = w.tx(func(tx *gorm.DB) error { _, err := w.cat.StepCertificateTx(ctx, tx, old.ID); return err })
			})
			both.Go(func() { errs[1] = w.cat.DecideCertificate(ctx, curator, next.ID, "confirm", "") })
			both.Wait()
			require.NoError(t, errs[0])
			require.NoError(t, errs[1])
			require.Equal(t, catalog.ProductPublished, w.sellable(id).State)
		}
		w.sound()
	})
}

// The audit finds what nobody looked after, and a suspension without its cause.
func TestProveFindsWhatALapseLeft(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		id := w.live(shop, maker, goods{title: "Nastar"}).ProductID
		c := w.certify(maker, catalog.NewCertificate{Kind: catalog.Halal, Number: "ID1", Ends: nov(10)})
		found := func() []string {
			all, err := w.cat.Prove(ctx)
			require.NoError(t, err)
			out := []string{}
			for _, f := range all {
				out = append(out, f.Invariant)
			}
			return out
		}
		w.at(nov(12))
		require.Empty(t, found(), "no job ever ran: nothing is known of it")
		_, err := w.cat.DueCertificates(ctx) // it looks, and does nothing
		require.NoError(t, err)
		require.Equal(t, []string{"C11 lapse nobody saw", "C11 on sale without its certificate"}, found())
		require.Len(t, w.watch(), 1)
		require.Empty(t, found())
		broken := map[string]string{
			`UPDATE product_suspensions SET ended_at = begun_at`:                 "C12 suspension",
			`UPDATE certificates SET lapsed_at = NULL, state = 'refused'`:        "C12 cause of another shop",
			`UPDATE products SET state = 'published', resume_state = ''`:         "C11 on sale without its certificate",
			`UPDATE certificates SET lapsed_at = NULL WHERE state = 'confirmed'`: "C11 lapse nobody saw",
		}
		for sql, invariant := range broken {
			require.NoError(t, w.exec(sql))
			require.Contains(t, found(), invariant, sql)
			require.NoError(t, w.exec(`UPDATE certificates SET lapsed_at = ends_at, state = 'confirmed' WHERE id = ?`, c.ID))
			require.NoError(t, w.exec(`UPDATE products SET state = 'suspended', resume_state = 'published' WHERE id = ?`, id))
			require.NoError(t, w.exec(`UPDATE product_suspensions SET ended_at = NULL`))
		}
		require.Error(t, w.exec(`INSERT INTO product_suspensions (product_id, cause, begun_by, begun_at) SELECT id, 'certificate', 0, created_at FROM products`), "a lapse names its certificate")
	})
}
