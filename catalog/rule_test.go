package catalog_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

var full = catalog.Label{Composition: "terigu, telur", NetAmount: 500, AllergensKnown: true, ShelfDays: 90, Kitchen: catalog.KitchenHome}

// kitchen is a full label of food from that kitchen, which keeps so many days.
func kitchen(k catalog.Kitchen, days int64) catalog.Label {
	l := full
	l.Kitchen, l.ShelfDays = k, days
	return l
}

// What every hard rule asks of which goods, and what meets it.
var ruleTable = []struct {
	name string
	x    catalog.Revision
	have []catalog.CertificateKind
	want []string // rule and what, of what blocks; with a * what only warns
}{
	{"cookies without a label", catalog.Revision{CategorySlug: "kue-kering", Title: "Nastar"}, nil,
		[]string{"label composition", "label net", "label allergens", "label shelf", "halal halal"}},
	{"cookies without papers", catalog.Revision{CategorySlug: "kue-kering", Title: "Nastar", Label: full}, nil, []string{"pirt pirt", "halal halal"}},
	{"cookies with both", catalog.Revision{CategorySlug: "kue-kering", Title: "Nastar", Label: full}, []catalog.CertificateKind{catalog.PIRT, catalog.Halal}, nil},
	{"cookies that are not halal", catalog.Revision{CategorySlug: "kue-kering", Label: full}, []catalog.CertificateKind{catalog.PIRT, catalog.NotHalal}, nil},
	{"cookies with an exception", catalog.Revision{CategorySlug: "kue-kering", Label: full}, []catalog.CertificateKind{catalog.PIRT, catalog.HalalPending}, nil},
	{"a registered trade is no licence", catalog.Revision{CategorySlug: "kue-kering", Label: full}, []catalog.CertificateKind{catalog.NIB, catalog.Halal}, []string{"pirt pirt"}},
	{"nobody asked for the kitchen", catalog.Revision{CategorySlug: "camilan", Label: kitchen("", 90)}, []catalog.CertificateKind{catalog.PIRT, catalog.Halal}, []string{"kitchen kitchen"}},
	{"a P-IRT of a prison's kitchen", catalog.Revision{CategorySlug: "camilan", Label: kitchen(catalog.KitchenInstitution, 90)}, []catalog.CertificateKind{catalog.PIRT, catalog.Halal}, []string{"kitchen kitchen_other"}},
	{"a P-IRT of a rented kitchen", catalog.Revision{CategorySlug: "camilan", Label: kitchen(catalog.KitchenRented, 90)}, []catalog.CertificateKind{catalog.PIRT, catalog.Halal}, []string{"kitchen kitchen_other"}},
	{"BPOM of a prison's kitchen", catalog.Revision{CategorySlug: "camilan", Label: kitchen(catalog.KitchenInstitution, 90)}, []catalog.CertificateKind{catalog.BPOM, catalog.Halal}, nil},
	{"cakes of the day need no licence", catalog.Revision{CategorySlug: "camilan", Label: kitchen("", 1)}, []catalog.CertificateKind{catalog.Halal}, nil},
	{"seven days need none", catalog.Revision{CategorySlug: "camilan", Label: kitchen("", 7)}, []catalog.CertificateKind{catalog.Halal}, nil},
	{"eight days need one", catalog.Revision{CategorySlug: "camilan", Label: kitchen("", 8)}, []catalog.CertificateKind{catalog.Halal}, []string{"pirt pirt", "kitchen kitchen"}},
	{"pasteurised", catalog.Revision{CategorySlug: "camilan", Title: "Sambal basah", Label: full}, []catalog.CertificateKind{catalog.PIRT, catalog.Halal}, []string{"bpom bpom"}},
	{"pasteurised with BPOM", catalog.Revision{CategorySlug: "camilan", Description: "Dipasteurisasi.", Label: full}, []catalog.CertificateKind{catalog.BPOM, catalog.Halal}, nil},
	{"frozen", catalog.Revision{CategorySlug: "camilan", Description: "Disimpan beku", Label: kitchen(catalog.KitchenHome, 5)}, []catalog.CertificateKind{catalog.Halal}, []string{"bpom bpom"}},
	{"baby shoes", catalog.Revision{CategorySlug: "rajut", Title: "Sepatu bayi rajut"}, nil, []string{"baby sni"}},
	{"baby shoes with SNI", catalog.Revision{CategorySlug: "rajut", Title: "Sepatu bayi rajut"}, []catalog.CertificateKind{catalog.SNI}, nil},
	{"a toy", catalog.Revision{CategorySlug: "rajut", Title: "Boneka", Description: "Mainan anak"}, nil, []string{"toys sni *"}},
	{"no toy", catalog.Revision{CategorySlug: "rajut", Title: "Boneka", Description: "Pajangan, bukan mainan anak."}, nil, nil},
	{"not for babies", catalog.Revision{CategorySlug: "rajut", Title: "Topi", Description: "Bukan untuk bayi."}, nil, nil},
	{"a life jacket", catalog.Revision{CategorySlug: "jahitan-seragam", Title: "Jaket pelampung dewasa"}, nil, []string{"jacket btkp"}},
	{"a tested life jacket", catalog.Revision{CategorySlug: "jahitan-seragam", Title: "Jaket pelampung dewasa"}, []catalog.CertificateKind{catalog.BTKP}, nil},
	{"contract sewing", catalog.Revision{CategorySlug: "jahitan-seragam", Title: "Jahit rompi pelampung", Mode: catalog.ModeQuote}, nil, nil},
	{"a rack", catalog.Revision{CategorySlug: "besi", Title: "Rak besi"}, nil, nil},
}

// at of the table: after the day of halal.
func TestHardRules(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		for _, row := range ruleTable {
			product := w.draft(shop, maker, goods{title: "Uji"}).ProductID
			for _, k := range row.have {
				w.papers(shop, product, k)
			}
			row.x.ProductID = product
			require.Equal(t, row.want, w.unmet(shop.ID, row.x), row.name)
		}
		// Each rule is met by somebody and blocks somebody.
		for _, r := range catalog.HardRules() {
			require.NotEmpty(t, r.Source(), r.Name)
			require.True(t, slices.ContainsFunc(ruleTable, func(row struct {
				name string
				x    catalog.Revision
				have []catalog.CertificateKind
				want []string
			}) bool {
				return slices.ContainsFunc(row.want, func(s string) bool { return len(s) > len(r.Name) && s[:len(r.Name)+1] == string(r.Name)+" " })
			}), "no goods trip %s", r.Name)
		}
	})
}

// unmet are the unmet checks of a revision, as ruleTable writes them.
func (w *world) unmet(shopID int64, x catalog.Revision) (out []string) {
	w.t.Helper()
	w.must(func(tx *gorm.DB) error {
		list, err := w.cat.ChecksTx(ctx, tx, shopID, x)
		for _, c := range list {
			require.NotEmpty(w.t, c.Source)
			switch {
			case c.Blocks():
				out = append(out, string(c.Rule)+" "+c.What)
			case !c.Met && c.Mode == catalog.RuleWarns:
				out = append(out, string(c.Rule)+" "+c.What+" *")
			}
		}
		return err
	})
	return out
}

// papers enters and confirms a certificate of a product that holds for a year.
func (w *world) papers(shop catalog.Shop, productID int64, kind catalog.CertificateKind) int64 {
	w.t.Helper()
	until := noon.AddDate(1, 0, 0)
	if kind == catalog.HalalPending {
		var c catalog.Certificate
		w.must(func(tx *gorm.DB) (err error) {
			c, err = w.cat.ExceptHalalTx(ctx, tx, curator, productID, until, "sedang diurus", w.form())
			return err
		})
		return c.ID
	}
	c, err := w.cat.EnterCertificate(ctx, officer, shop.ID, catalog.NewCertificate{FormKey: w.form(), ProductID: productID, Kind: kind, Number: "CONTOH-1", Ends: until})
	require.NoError(w.t, err)
	require.NoError(w.t, w.cat.DecideCertificate(ctx, curator, c.ID, "confirm", ""))
	return c.ID
}

func (w *world) switchRule(actor account.Actor, in catalog.NewSwitch) error {
	return w.tx(func(tx *gorm.DB) error { return w.cat.SwitchRuleTx(ctx, tx, actor, in) })
}

// A switch counts from its day on, and the latest decision counts; the past stays.
func TestSwitchingARule(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Rajut", "35.73.04")
		shoes := catalog.Revision{ProductID: w.draft(shop, maker, goods{title: "Sepatu bayi"}).ProductID, CategorySlug: "rajut", Title: "Sepatu bayi"}
		baby := catalog.NewSwitch{FormKey: "satu", Rule: catalog.RuleBaby, Mode: catalog.RuleWarns, Reason: "sambil menunggu balai", Note: "Balai Besar Tekstil menguji."}
		blocked, warned := []string{"baby sni"}, []string{"baby sni *"}
		require.Equal(t, blocked, w.unmet(shop.ID, shoes))
		require.NoError(t, w.switchRule(curator, baby))
		require.NoError(t, w.switchRule(curator, baby), "a second send of the same form")
		require.Equal(t, warned, w.unmet(shop.ID, shoes))

		later := baby
		later.FormKey, later.Mode, later.From = "dua", catalog.RuleBlocks, noon.AddDate(0, 0, 10)
		require.NoError(t, w.switchRule(curator, later))
		require.Equal(t, warned, w.unmet(shop.ID, shoes), "planned")
		settings, err := w.cat.RuleSettings(ctx)
		require.NoError(t, err)
		i := slices.IndexFunc(settings, func(s catalog.RuleSetting) bool { return s.Now.Rule == catalog.RuleBaby })
		require.Equal(t, catalog.RuleWarns, settings[i].Now.Mode)
		require.Equal(t, catalog.RuleBlocks, settings[i].Planned.Mode)
		require.Len(t, settings[i].History, 2)
		require.Contains(t, settings[i].Now.Source, "SNI 7617", "the built-in law")
		w.at(noon.AddDate(0, 0, 11))
		require.Equal(t, blocked, w.unmet(shop.ID, shoes))
		off := baby
		off.FormKey, off.Mode, off.From = "tiga", catalog.RuleOff, noon.AddDate(0, 0, 11)
		require.NoError(t, w.switchRule(curator, off))
		require.Empty(t, w.unmet(shop.ID, shoes), "today is at once")

		for name, in := range map[string]catalog.NewSwitch{
			"from":   {FormKey: "x", Rule: catalog.RuleBaby, Mode: catalog.RuleOff, Reason: "uji coba", From: noon.AddDate(0, 0, 9)},
			"mode":   {FormKey: "x", Rule: catalog.RuleBaby, Mode: "jarang", Reason: "uji coba"},
			"reason": {FormKey: "x", Rule: catalog.RuleBaby, Mode: catalog.RuleOff, Reason: "…"},
		} {
			require.Equal(t, []string{name}, faulty(w.switchRule(curator, in)))
		}
		require.Equal(t, []string{"mode"}, faulty(w.switchRule(curator, catalog.NewSwitch{FormKey: "x", Rule: "cuaca", Mode: catalog.RuleOff, Reason: "uji"})))
		w.at(time.Date(2026, 10, 17, 16, 59, 59, 0, time.UTC)) // the last second before the day of halal
		food := catalog.Revision{ProductID: shoes.ProductID, CategorySlug: "camilan", Label: kitchen("", 1)}
		require.Equal(t, []string{"halal halal *"}, w.unmet(shop.ID, food))
		w.at(time.Date(2026, 10, 17, 17, 0, 0, 0, time.UTC))
		require.Equal(t, []string{"halal halal"}, w.unmet(shop.ID, food))
	})
}

// What an approval was measured with is kept, and the audit holds it against the
// switches and certificates of its moment.
func TestProveHardRules(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		other, stranger := w.shop("Toples", "35.20.08")
		approve := func(measured bool) catalog.Submission {
			sub := w.draft(shop, maker, goods{title: "Sepatu bayi", category: "rajut"})
			w.papers(shop, sub.ProductID, catalog.SNI)
			sub = w.review(maker, sub)
			w.must(func(tx *gorm.DB) (err error) {
				if sub, err = w.cat.ApproveTx(ctx, tx, curator, sub.ID, sub.Revision.ID); err == nil && measured {
					_, err = w.cat.MeasureTx(ctx, tx, shop.ID, sub.Revision)
				}
				return err
			})
			return sub
		}
		require.NoError(t, w.switchRule(curator, catalog.NewSwitch{FormKey: "satu", Rule: catalog.RuleBaby, Mode: catalog.RuleBlocks, Reason: "tetap wajib"}))
		approve(true)
		w.sound()
		require.NoError(t, w.exec(`UPDATE rule_checks SET checked_at = ?`, noon.Add(time.Hour)))
		invariants := func() (names []string) {
			found, err := w.cat.Prove(ctx)
			require.NoError(t, err)
			for _, f := range found {
				names = append(names, f.Invariant)
			}
			slices.Sort(names)
			return slices.Compact(names)
		}
		for _, broken := range []struct {
			want, change string
			bad, good    any
		}{
			{"C11 approved against a rule", `UPDATE rule_check_lines SET mode = ?`, "warn", "block"},
			{"C11 certificate that met a rule", `UPDATE rule_checks SET checked_at = ?`, noon.AddDate(2, 0, 0), noon.Add(time.Hour)},
			{"C11 measured with a rule that no longer held", `UPDATE rule_checks SET upto = ?`, 0, 1},
		} {
			require.NoError(t, w.exec(broken.change, broken.bad))
			require.Equal(t, []string{broken.want}, invariants())
			require.NoError(t, w.exec(broken.change, broken.good))
		}
		w.sound()
		elsewhere := w.papers(other, w.draft(other, stranger, goods{title: "Topi"}).ProductID, catalog.SNI)
		require.NoError(t, w.exec(`UPDATE rule_check_lines SET certificate_id = ?`, elsewhere))
		require.Equal(t, []string{"C11 certificate that met a rule"}, invariants())
		require.NoError(t, w.exec(`UPDATE rule_check_lines SET certificate_id = 1`))
		require.Error(t, w.exec(`UPDATE rule_check_lines SET met = ?, certificate_id = 0`, false), "what blocks is never approved")
		require.Error(t, w.exec(`UPDATE rule_switches SET holds_from = ?`, noon.AddDate(-1, 0, 0)), "the past stays as it was")
		w.db.Clock().Advance(2 * time.Hour)
		approve(false)
		require.Equal(t, []string{"C11 live without the hard rules"}, invariants())
	})
}

// A rule that begins to block suspends nothing; it lists what it would not let
// through, for people to speak with.
func TestStandingAgainstANewRule(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		near, a := w.shop("Dapur Gayeng", "35.19.03")
		far, b := w.shop("Jahe", "36.01.17")
		cookies := w.live(near, a, goods{title: "Nastar"})
		w.live(near, a, goods{title: "Rak", category: "besi"})
		doll := w.live(far, b, goods{title: "Boneka mainan anak", category: "rajut"})
		standing := func(f catalog.StandingFilter) (ids []int64, next int64) {
			list, next, err := w.cat.Standing(ctx, f)
			require.NoError(t, err)
			for _, p := range list {
				require.NotEmpty(t, p.Unmet)
				require.NotEmpty(t, p.Title)
				ids = append(ids, p.ProductID)
			}
			return ids, next
		}
		ids, next := standing(catalog.StandingFilter{})
		require.Equal(t, []int64{cookies.ProductID}, ids)
		require.Zero(t, next)
		ids, _ = standing(catalog.StandingFilter{Rule: catalog.RuleToys})
		require.Equal(t, []int64{doll.ProductID}, ids, "what it would stop if it blocked")
		require.NoError(t, w.switchRule(curator, catalog.NewSwitch{FormKey: "satu", Rule: catalog.RuleToys, Mode: catalog.RuleBlocks, From: noon.AddDate(0, 1, 0), Reason: "mulai bulan depan"}))
		ids, _ = standing(catalog.StandingFilter{})
		require.Equal(t, []int64{cookies.ProductID, doll.ProductID}, ids, "planned")
		ids, next = standing(catalog.StandingFilter{Limit: 1})
		require.Equal(t, []int64{cookies.ProductID}, ids)
		ids, _ = standing(catalog.StandingFilter{After: next})
		require.Equal(t, []int64{doll.ProductID}, ids)
		ids, _ = standing(catalog.StandingFilter{Regions: []string{"36"}})
		require.Equal(t, []int64{doll.ProductID}, ids)
		require.True(t, w.sellable(cookies.ProductID).Public(), "it stays on sale")
		w.sound()
	})
}
