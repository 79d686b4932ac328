package catalog_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

func faulty(err error) (names []string) {
	for _, f := range fault.As(err).Fields {
		names = append(names, f.Name)
	}
	return names
}

func TestProposedAllergens(t *testing.T) {
	for composition, want := range map[string][]catalog.Allergen{
		"Tepung terigu, mentega, telur, gula, nanas":         {"wheat", "egg", "milk"},
		"Terigunya segitiga biru, KUNING TELUR":              {"wheat", "egg"},
		"Jahe, gula aren":                                    nil,
		"Tepung beras, kacang tanah, daun jeruk, teri":       {"peanut", "fish"},
		"Tepung tapioka, tepung ketan, garam":                nil,
		"Susu kedelai, gula":                                 {"soy"},
		"Mentega putih, keju edam":                           {"milk"},
		"Ikan tongkol, bawang, kemiri, natrium metabisulfit": {"treenut", "fish", "sulphite"},
		"Udang rebon, wijen, kecap, almond":                  {"treenut", "soy", "shellfish", "sesame"},
		"":                                                   nil,
	} {
		require.Equal(t, want, catalog.ProposeAllergens(composition), composition)
	}
	require.Len(t, catalog.Allergens(), 10)
}

// What the law asks for without blocking; TestHardRules has the rest.
func TestWhatTheLawAsks(t *testing.T) {
	asked := func(r catalog.Revision) (keys []string) {
		for _, x := range catalog.Missing(r, 0) {
			require.NotEmpty(t, x.Source)
			if !x.Must {
				keys = append(keys, x.Key())
			}
		}
		return keys
	}
	cookies := catalog.Revision{CategorySlug: "kue-kering", Title: "Nastar"}
	require.True(t, catalog.AsksForLabel(cookies))
	require.Equal(t, []string{"storage", "production", "kitchen"}, asked(cookies))
	cookies.Label.ShelfDays = 90
	require.Equal(t, []string{"storage", "production"}, asked(cookies), "what is demanded is not asked for once more")
	require.Equal(t, []string{"facts"}, asked(catalog.Revision{CategorySlug: "rajut", Title: "Tas rajut"}))
	require.False(t, catalog.AsksForLabel(catalog.Revision{CategorySlug: "besi", Title: "Rak besi"}))
}

// A label travels with its revision: copied into the next, seen by the public only
// once approved, and sealed with it.
func TestLabelIsPartOfTheRevision(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		sub := w.draft(shop, maker, goods{title: "Nastar"})
		for name, bad := range map[string]catalog.LabelChange{
			"net_amount": {NetAmount: ptr(int64(-1))}, "net_unit": {NetUnit: ptr("kg")}, "shelf_days": {ShelfDays: ptr(int64(4000))},
			"allergens": {Allergens: &[]catalog.Allergen{"dust"}},
		} {
			_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Label: bad})
			require.Contains(t, faulty(err), name)
		}
		save := func(change catalog.LabelChange) {
			t.Helper()
			_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Label: change})
			require.NoError(t, err)
		}
		save(catalog.LabelChange{Composition: ptr("Terigu, telur"), NetAmount: ptr(int64(500)), ShelfDays: ptr(int64(90))})
		save(catalog.LabelChange{Allergens: &[]catalog.Allergen{"egg", "wheat"}, Facts: ptr("Bentuk: bulat\nTanpa pengawet")})
		live := w.approve(maker, sub)
		view, err := w.cat.ProductBySlug(ctx, w.sellable(live.ProductID).Slug)
		require.NoError(t, err)
		require.Equal(t, catalog.Label{Composition: "Terigu, telur", NetAmount: 500, NetUnit: "g", ShelfDays: 90, AllergensKnown: true,
			Allergens: []catalog.Allergen{"wheat", "egg"}, Facts: "Bentuk: bulat\nTanpa pengawet"}, view.Label)
		require.Equal(t, []catalog.LabelFact{{Name: "Bentuk", Value: "bulat"}, {Value: "Tanpa pengawet"}}, view.Label.FactRows())

		for _, sql := range []string{
			`UPDATE revision_labels SET composition = 'pasir'`, `DELETE FROM revision_labels`,
			`INSERT INTO revision_labels (revision_id) SELECT revision_id + 0 FROM revision_labels`,
		} {
			require.Error(t, w.exec(sql), sql)
		}
		edit, err := w.cat.StartEdit(ctx, maker, live.ProductID, w.form())
		require.NoError(t, err)
		require.Equal(t, view.Label, edit.Revision.Label, "an edit begins with the live label")
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Label: catalog.LabelChange{Allergens: &[]catalog.Allergen{}}})
		require.NoError(t, err)
		view, err = w.cat.ProductBySlug(ctx, view.Slug)
		require.NoError(t, err)
		require.Len(t, view.Label.Allergens, 2, "the live page waits for the review")
		w.sound()
	})
}

// A certificate counts from the confirmation by another person to the end of its
// last day in the shop's zone, and then no longer, without anybody doing a thing.
func TestCertificateHoldsWhileItHolds(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		stranger, other := w.shop("Toples", "35.20.08")
		p := w.live(shop, maker, goods{title: "Nastar"})
		q := w.live(shop, maker, goods{title: "Kastengel"})
		day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
		in := catalog.NewCertificate{FormKey: w.form(), ProductID: p.ProductID, Kind: catalog.PIRT, Number: "CONTOH-0001", Ends: day(10)}

		for field, bad := range map[string]catalog.NewCertificate{
			"kind":    {FormKey: "a", Kind: catalog.HalalPending, Ends: day(20)},
			"number":  {FormKey: "a", Kind: catalog.Halal},
			"ends":    {FormKey: "a", Kind: catalog.PIRT, Number: "12"},
			"product": {FormKey: "a", Kind: catalog.NotHalal, ProductID: w.live(stranger, other, goods{title: "Keripik"}).ProductID},
		} {
			_, err := w.cat.EnterCertificate(ctx, maker, shop.ID, bad)
			require.True(t, fault.Is(err, fault.KindInvalid), field)
			require.Contains(t, faulty(err), field)
		}
		_, err := w.cat.EnterCertificate(ctx, other, shop.ID, in)
		require.True(t, fault.Is(err, fault.KindNotFound))
		c, err := w.cat.EnterCertificate(ctx, maker, shop.ID, in)
		require.NoError(t, err)
		again, err := w.cat.EnterCertificate(ctx, maker, shop.ID, in)
		require.NoError(t, err)
		require.Equal(t, c.ID, again.ID, "a second send finds the first")
		require.Zero(t, w.sellable(p.ProductID).Marks, "entered is not confirmed")

		both := curator
		both.Memberships = maker.Memberships
		for name, actor := range map[string]account.Actor{"maker": maker, "stranger": other, "interested": both} {
			require.Error(t, w.cat.DecideCertificate(ctx, actor, c.ID, "confirm", ""), name)
		}
		require.NoError(t, w.cat.DecideCertificate(ctx, curator, c.ID, "confirm", ""))
		require.True(t, fault.Is(w.cat.DecideCertificate(ctx, curator, c.ID, "refuse", "kabur"), fault.KindConflict))
		require.True(t, w.sellable(p.ProductID).Marks.Has(catalog.PIRT))
		require.Zero(t, w.sellable(q.ProductID).Marks, "it is of one product")

		halal, err := w.cat.EnterCertificate(ctx, officer, shop.ID, catalog.NewCertificate{FormKey: w.form(), Kind: catalog.Halal, Number: "ID0001"})
		require.NoError(t, err)
		require.True(t, fault.Is(w.cat.DecideCertificate(ctx, officer, halal.ID, "confirm", ""), fault.KindForbidden), "nobody confirms what they entered")
		require.NoError(t, w.cat.DecideCertificate(ctx, curator, halal.ID, "confirm", ""))
		all, err := w.cat.MarksOf(ctx)
		require.NoError(t, err)
		require.Equal(t, map[int64]catalog.Marks{p.ProductID: catalog.Marks(0).With(catalog.PIRT).With(catalog.Halal), q.ProductID: catalog.Marks(0).With(catalog.Halal)}, all)
		require.Equal(t, []catalog.CertificateKind{catalog.PIRT, catalog.Halal}, all[p.ProductID].Shown())

		w.at(time.Date(2026, 11, 10, 16, 59, 59, 0, time.UTC)) // its last second, WIB
		valid, err := w.cat.ValidCertificates(ctx, w.sellable(p.ProductID))
		require.NoError(t, err)
		require.Len(t, valid, 2)
		require.Equal(t, 10, valid[0].LastDay().Day())
		require.True(t, valid[1].LastDay().IsZero())
		w.at(time.Date(2026, 11, 10, 17, 0, 0, 0, time.UTC)) // midnight in Madiun
		require.False(t, w.sellable(p.ProductID).Marks.Has(catalog.PIRT), "over")
		require.True(t, w.sellable(p.ProductID).Marks.Has(catalog.Halal))
		_, err = w.cat.EnterCertificate(ctx, maker, shop.ID, catalog.NewCertificate{FormKey: w.form(), Kind: catalog.PIRT, Number: "CONTOH-0002", Ends: day(10)})
		require.Contains(t, faulty(err), "ends", "what is over is not entered")

		require.NoError(t, w.withdraw(maker, halal.ID))
		require.Zero(t, w.sellable(p.ProductID).Marks)
		except := func(actor account.Actor) error {
			return w.tx(func(tx *gorm.DB) error {
				_, err := w.cat.ExceptHalalTx(ctx, tx, actor, p.ProductID, day(30), "sedang diurus", "pengecualian")
				return err
			})
		}
		require.Error(t, except(maker), "an exception is a curator's")
		require.True(t, fault.Is(except(both), fault.KindForbidden), "without an interest in the shop")
		require.NoError(t, except(curator))
		require.NoError(t, except(curator), "a second send finds the first")
		require.True(t, w.sellable(p.ProductID).Marks.Has(catalog.HalalPending))
		require.Empty(t, w.sellable(p.ProductID).Marks.Shown(), "an exception is no mark of trust")

		// Each kind has its own bit, the same in SQL as in Go.
		rest := w.live(stranger, other, goods{title: "Peyek"})
		require.NoError(t, w.exec(`INSERT INTO certificates (shop_id, kind, state, form_key, entered_by, entered_at, decided_by, decided_at, ends_at)
			SELECT shop_id, 'nib', 'confirmed', 'bit', 1, created_at, 2, created_at, ? FROM products WHERE id = ?`, day(25), rest.ProductID))
		for _, k := range catalog.CertificateKinds() {
			require.NoError(t, w.exec(`UPDATE certificates SET kind = ? WHERE form_key = 'bit'`, k))
			require.Equal(t, catalog.Marks(0).With(k), w.sellable(rest.ProductID).Marks, k)
		}
		list, err := w.cat.Certificates(ctx, maker, shop.ID, 0)
		require.NoError(t, err)
		require.Len(t, list, 2, "withdrawn ones are history")
		_, err = w.cat.Certificates(ctx, other, shop.ID, 0)
		require.True(t, fault.Is(err, fault.KindNotFound))
		w.sound()
	})
}

// Every move of a certificate is tried from every state.
func TestEveryForbiddenMoveOfACertificate(t *testing.T) {
	require.ElementsMatch(t, []string{"entered -> confirmed", "entered -> refused", "entered -> withdrawn", "confirmed -> withdrawn", "refused -> withdrawn"},
		arrows(catalog.CertificateMoves))
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		moves := map[string]func(id int64) error{
			"confirm":  func(id int64) error { return w.cat.DecideCertificate(ctx, curator, id, "confirm", "") },
			"refuse":   func(id int64) error { return w.cat.DecideCertificate(ctx, curator, id, "refuse", "kabur") },
			"withdraw": func(id int64) error { return w.withdraw(maker, id) },
		}
		for _, from := range []catalog.CertificateState{catalog.CertificateEntered, catalog.CertificateConfirmed, catalog.CertificateRefused, catalog.CertificateWithdrawn} {
			for name, move := range moves {
				c, err := w.cat.EnterCertificate(ctx, maker, shop.ID, catalog.NewCertificate{FormKey: w.form(), Kind: catalog.NotHalal})
				require.NoError(t, err)
				w.must(func(tx *gorm.DB) error {
					return tx.Exec(`UPDATE certificates SET state = ?, decided_at = entered_at WHERE id = ?`, from, c.ID).Error
				})
				err = move(c.ID)
				if catalog.CertificateMoves.Allows(name, from) {
					require.NoError(t, err, "%s from %s", name, from)
				} else {
					require.True(t, fault.Is(err, fault.KindConflict), "%s from %s: %v", name, from, err)
				}
			}
		}
	})
}

// A shop's own words are on its page at once and an officer can take them away;
// whose number buyers use is decided by the person alone.
func TestShopWordsAndContact(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		_, other := w.shop("Toples", "35.20.08")
		helper := account.Actor{UserID: 77, Assisting: []account.Assistance{{ShopID: shop.ID, MakerID: maker.UserID}}}
		require.NoError(t, w.cat.DescribeShop(ctx, helper, shop.ID, catalog.ShopWords{About: " Kue  kering ", Members: 8, SinceYear: 2019}))
		now, err := w.cat.Shop(ctx, shop.ID)
		require.NoError(t, err)
		require.Equal(t, []any{"Kue kering", int64(0), int64(2019)}, []any{now.About, now.Members, now.SinceYear}, "one person has no members")
		require.Equal(t, []string{"since"}, faulty(w.cat.DescribeShop(ctx, maker, shop.ID, catalog.ShopWords{SinceYear: 2030})))
		require.True(t, fault.Is(w.cat.DescribeShop(ctx, other, shop.ID, catalog.ShopWords{}), fault.KindNotFound))
		require.True(t, fault.Is(w.cat.ResetAbout(ctx, maker, shop.ID), fault.KindNotFound))
		require.NoError(t, w.cat.ResetAbout(ctx, officer, shop.ID))

		require.True(t, fault.Is(w.cat.ShowContact(ctx, helper, shop.ID, true), fault.KindForbidden), "never a companion")
		require.True(t, fault.Is(w.cat.ShowContact(ctx, other, shop.ID, true), fault.KindNotFound))
		require.NoError(t, w.cat.ShowContact(ctx, maker, shop.ID, true))
		now, err = w.cat.Shop(ctx, shop.ID)
		require.NoError(t, err)
		require.Empty(t, now.About)
		require.Equal(t, maker.UserID, now.ContactUserID)
		require.NoError(t, w.exec(`UPDATE shops SET kind = 'institution' WHERE id = ?`, shop.ID))
		require.True(t, fault.Is(w.cat.ShowContact(ctx, maker, shop.ID, true), fault.KindConflict))
		require.NoError(t, w.cat.ShowContact(ctx, maker, shop.ID, false))
		w.sound()
	})
}

func TestAllergensAreSetOffInTheComposition(t *testing.T) {
	bold := func(l catalog.Label) string {
		var b, all strings.Builder
		for _, s := range l.Stretches() {
			all.WriteString(s.Text)
			if s.Allergen {
				b.WriteString("[" + s.Text + "]")
			}
		}
		require.Equal(t, l.Composition, all.String(), "nothing is lost")
		return b.String()
	}
	for composition, want := range map[string]string{
		"": "", "gula, garam": "",
		"tepung Terigu, mentega, KUNING TELUR; gula": "[Terigu][mentega][KUNING TELUR]",
		"susu kedelai, tepung beras":                 "[kedelai]",
		"terigunya,susu.":                            "[terigunya][susu]",
		"susu bubuk (sapi) – kéju":                   "[susu][kéju]",
		strings.Repeat("🎉 udang\n", 2):               "[udang][udang]",
	} {
		require.Equal(t, want, bold(catalog.Label{Composition: composition}), composition)
	}
	confirmed := catalog.Label{Composition: "terigu, telur", AllergensKnown: true, Allergens: []catalog.Allergen{"egg"}}
	require.Equal(t, "[telur]", bold(confirmed), "what the maker confirmed counts")
}
