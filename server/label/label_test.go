package label_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/server/label"
	"github.com/lapak-berdaya/lapak/server/public/sheet"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// words is the label from its first to its last word; bold words in capitals.
func words(s sheet.Sticker) string {
	var b strings.Builder
	b.WriteString(s.Name + "\n")
	for _, p := range s.Parts {
		for _, r := range p.Runs {
			if r.Bold {
				b.WriteString(strings.ToUpper(r.Text))
			} else {
				b.WriteString(r.Text)
			}
		}
		b.WriteString("\n")
	}
	b.WriteString(s.NetWord + " " + s.Net)
	return strings.ReplaceAll(b.String(), "\u00a0", " ")
}

func nastar() label.Goods {
	product := int64(7)
	day := func(days int) *time.Time { t := now.AddDate(0, 0, days); return &t }
	held := func(kind catalog.CertificateKind, number string, p *int64, ends *time.Time) catalog.Certificate {
		return catalog.Certificate{Kind: kind, Number: number, ProductID: p, State: catalog.CertificateConfirmed, EndsAt: ends}
	}
	return label.Goods{
		Revision: catalog.Revision{
			Title: "Nastar", CategorySlug: "kue-kering", Price: 55_000, Mode: catalog.ModeStock,
			Label: catalog.Label{Composition: "terigu, mentega, gula", NetAmount: 250, NetUnit: "g", Allergens: []catalog.Allergen{"wheat", "milk"}, AllergensKnown: true, ShelfDays: 90, Storage: "tempat sejuk"},
		},
		Shop: catalog.Shop{Name: "KUBE Dapur Gayeng", Village: "Sareng", DistrictCode: "35.19.03"},
		Certificates: []catalog.Certificate{
			held(catalog.PIRT, "2063519010123-26", nil, day(-1)), held(catalog.PIRT, "2063519010123-31", &product, day(300)),
			held(catalog.Halal, "ID35110001234567", nil, nil), {Kind: catalog.SNI, Number: "SNI 1", State: catalog.CertificateEntered},
		},
		Now: now, Address: "https://lapak.example/produk/nastar",
	}
}

func TestALabelSaysWhatTheLawAsks(t *testing.T) {
	g := nastar()
	l := label.Of(g, label.Options{Made: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Price: true})
	require.Empty(t, l.Missing)
	require.Empty(t, l.Sticker.Stamp)
	require.Equal(t, `Nastar
KOMPOSISI: TERIGU, MENTEGA, gula
MENGANDUNG: GANDUM (GLUTEN), SUSU.
SIMPAN: tempat sejuk
DIPRODUKSI OLEH: KUBE Dapur Gayeng, Sareng, `+strings.TrimPrefix(g.Shop.Place(), "Sareng, ")+`
TGL./KODE PRODUKSI: 20 November 2026 / 261120
BAIK DIGUNAKAN SEBELUM: 18 Februari 2027
RP55.000
P-IRT No. 2063519010123-31
Sertifikat halal ID35110001234567
Berat bersih 250 g`, words(l.Sticker))
	require.Equal(t, []string{"SNI (Standar Nasional Indonesia): menunggu dicocokkan petugas."}, l.Left)
	require.EqualValues(t, 4, l.Sticker.NetHeight)

	l = label.Of(g, label.Options{Made: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Code: "B7"})
	require.Contains(t, words(l.Sticker), "20 November 2026 / B7")
	require.NotContains(t, words(l.Sticker), "RP55.000", "the price is optional")
	g.Certificates[1].Number = "P-IRT No. 77"
	l = label.Of(g, label.Options{})
	require.Contains(t, words(l.Sticker), "\nP-IRT No. 77\n")
	require.Contains(t, words(l.Sticker), "BAIK DIGUNAKAN SEBELUM: ______________", "left for a pen")
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	g := nastar()
	g.Certificates, g.Address = g.Certificates[:1], ""
	g.Revision.Label.NetAmount, g.Revision.Label.AllergensKnown, g.Revision.Label.Allergens = 0, false, nil
	l := label.Of(g, label.Options{})
	var keys []string
	for _, m := range l.Missing {
		keys = append(keys, m.Key())
		require.NotEmpty(t, m.Source)
	}
	require.ElementsMatch(t, []string{"net", "allergens", "pirt", "halal"}, keys)
	require.Equal(t, "BELUM LENGKAP", l.Sticker.Stamp)
	require.NotContains(t, words(l.Sticker), "2063519010123-26", "what is over is not printed")
	require.Equal(t, []string{"P-IRT (pangan industri rumah tangga): sudah tidak berlaku.", "Kode QR: produk belum punya halaman untuk pembeli."}, l.Left)

	g.Certificates = []catalog.Certificate{{Kind: catalog.NotHalal, State: catalog.CertificateConfirmed}}
	require.Contains(t, words(label.Of(g, label.Options{}).Sticker), "TIDAK HALAL")
}

func TestGoodsThatAreNoFoodHaveNoDates(t *testing.T) {
	l := label.Of(label.Goods{
		Revision: catalog.Revision{Title: "Tas rajut", CategorySlug: "rajut", Label: catalog.Label{Facts: "Bahan: katun\nCuci dengan tangan"}},
		Shop:     catalog.Shop{Name: "Rajut Bu Sri", DistrictCode: "35.19.03"}, Now: now,
	}, label.Options{})
	require.Empty(t, l.Missing)
	require.Contains(t, words(l.Sticker), "BAHAN: katun\nCuci dengan tangan\n")
	require.NotContains(t, words(l.Sticker), "PRODUKSI:")
}

func TestTheWeightIsAsTallAsItsAmountAsks(t *testing.T) {
	for amount, want := range map[int64]struct {
		text   string
		height float64
	}{5: {"5 g", 2}, 50: {"50 g", 2}, 51: {"51 g", 3}, 200: {"200 g", 3}, 1000: {"1 kg", 4}, 1500: {"1.500 g", 6}, 2000: {"2 kg", 6}} {
		g := nastar()
		g.Revision.Label.NetAmount = amount
		l := label.Of(g, label.Options{})
		require.Equal(t, want.text, strings.ReplaceAll(l.Sticker.Net, "\u00a0", " "))
		require.InDelta(t, want.height, l.Sticker.NetHeight, 0)
	}
}
