package curation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
)

// The life of a certificate as maker and companion are told it: a warning, the end
// with the products it takes down, the renewal with those that are back. Each once.
func TestALifeOfACertificateIsTold(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		sub := w.food(shop, maker, "Nastar")
		w.certify(shop, maker, 0, catalog.PIRT, 900)
		old, err := w.cat.EnterCertificate(ctx, maker, shop.ID, catalog.NewCertificate{FormKey: w.form(), Kind: catalog.Halal, Number: "ID 1", Ends: noon.AddDate(0, 0, 24)})
		require.NoError(t, err)
		_, err = w.desk.DecideCertificate(ctx, maker, old.ID, "confirm", "")
		key(t, err, fault.KindNotFound)
		w.post.take()
		_, err = w.desk.DecideCertificate(ctx, dimas, old.ID, "confirm", "")
		require.NoError(t, err)
		told := func(kind string, link string) {
			t.Helper()
			sent := w.post.take()
			require.Len(t, sent, 2, "maker and companion, once each")
			for _, m := range sent {
				require.Equal(t, []string{kind, link}, []string{m.Kind, m.Link})
				args := []any{"nama", m.To.Name}
				for name, value := range m.Data {
					args = append(args, name, value)
				}
				require.NotContains(t, text.T("notify."+kind+".title", args...)+text.T("notify."+kind+".body", args...), "{")
			}
		}
		told("certificate_confirmed", "/toko-saya/izin")
		d := w.claimed(maker, sub, dimas)
		require.NoError(t, w.approve(dimas, d))
		w.post.take()
		run := func(steps int) {
			t.Helper()
			n, err := w.desk.RunCertificates(ctx)
			require.NoError(t, err)
			require.Equal(t, steps, n)
		}
		run(1)
		told("certificate_warning", curation.RenewalPath(old.ID))
		run(0)
		w.db.Clock().Advance(26 * 24 * time.Hour)
		run(1)
		told("certificate_lapsed", curation.RenewalPath(old.ID))
		run(0)
		require.Empty(t, w.post.take())

		p, err := w.media.Store(ctx, account.System, media.Upload{Reader: dot(t), OwnerKind: catalog.CertificatePicture, OwnerID: shop.ID, Name: "surat.png"})
		require.NoError(t, err)
		next, err := w.cat.EnterCertificate(ctx, maker, shop.ID, catalog.NewCertificate{FormKey: w.form(), Kind: catalog.Halal, Number: "ID 2", RenewsID: old.ID, PictureID: p.ID})
		require.NoError(t, err)
		_, err = w.desk.DecideCertificate(ctx, dimas, next.ID, "refuse", "Fotonya kabur.")
		require.NoError(t, err)
		told("certificate_refused", curation.RenewalPath(old.ID))
		next, err = w.cat.EnterCertificate(ctx, maker, shop.ID, catalog.NewCertificate{FormKey: w.form(), Kind: catalog.Halal, Number: "ID 2", RenewsID: old.ID, PictureID: p.ID})
		require.NoError(t, err)
		out, err := w.desk.DecideCertificate(ctx, dimas, next.ID, "confirm", "")
		require.NoError(t, err)
		require.Equal(t, []string{"Nastar"}, out.Lifted)
		told("certificate_lifted", "/toko-saya/izin")
		out, err = w.desk.WithdrawCertificate(ctx, maker, next.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"Nastar"}, out.Suspended)
		told("certificate_withdrawn", "/toko-saya/izin")
		w.sound()
	})
}
