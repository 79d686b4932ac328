package advice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/curation/advice"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
)

var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// good is a submission about which there is nothing to say.
func good() advice.Input {
	in := advice.Input{
		Revision: catalog.Revision{
			ProductID: 1, Title: "Nastar nanas", Description: "Lembut, isi nanas dari kebun sendiri.", CategorySlug: "kue-kering", Price: 45_000,
			Mode: catalog.ModeStock, UnitKind: catalog.UnitJar, Unit: "toples 400 g", WeightGrams: 500, MinQuantity: 1, Pictures: []int64{11, 12},
			Label: catalog.Label{Composition: "terigu, mentega, telur, nanas", NetAmount: 400, NetUnit: "g", AllergensKnown: true, ShelfDays: 60},
		},
		Pictures: map[int64]media.Picture{11: picture(1600, 1200, 800, 100, 230), 12: picture(1200, 1600, 61, 0, 255)},
		Now:      now,
	}
	in.Revision.Label.Allergens = catalog.ProposeAllergens(in.Revision.Label.Composition)
	return in
}

func picture(w, h int, sharpness, shadow, highlight int64) media.Picture {
	return media.Picture{Width: w, Height: h, State: media.StateReady, Sharpness: &sharpness, Shadow: &shadow, Highlight: &highlight}
}

// keys are the keys of the advice, and every sentence is complete.
func keys(t *testing.T, in advice.Input) []string {
	t.Helper()
	aspects := []string{}
	for _, a := range curation.Aspects() {
		aspects = append(aspects, string(a))
	}
	var out []string
	for _, i := range advice.Of(in) {
		require.Contains(t, aspects, i.Aspect, "curation knows it")
		require.NotContains(t, i.Text(), "{", "every place of the sentence is filled")
		require.NotContains(t, i.Text(), "advice.", "the sentence exists")
		require.NotEmpty(t, i.Part)
		out = append(out, strings.TrimPrefix(i.Key, "advice."))
	}
	return out
}

func TestNothingToSay(t *testing.T) {
	require.Empty(t, keys(t, good()))
	require.Empty(t, keys(t, advice.Input{}), "nor about nothing")
}

func TestPhotosAreNamedByTheirNumber(t *testing.T) {
	in := good()
	in.Revision.Pictures = nil
	for i := range int64(12) {
		in.Revision.Pictures = append(in.Revision.Pictures, 20+i)
		in.Pictures[20+i] = picture(1600, 1200, 800, 100, 230)
	}
	require.Empty(t, keys(t, in))
	delete(in.Pictures, 26) // the seventh is lost
	require.Equal(t, []string{"photo_broken"}, keys(t, in))
	require.Equal(t, "Foto 7 tidak bisa dibuka. Unggah ulang foto itu.", advice.Of(in)[0].Text())

	broken := in.Pictures[20]
	broken.State = media.StateFailed
	in.Pictures[20] = broken
	in.Pictures[21] = picture(999, 700, 59, 100, 230)                                   // small and blurred
	in.Pictures[22] = picture(1600, 1200, 800, 0, 99)                                   // dark
	in.Pictures[23] = picture(800, 1200, 0, 236, 255)                                   // pale
	in.Pictures[24] = media.Picture{Width: 1600, Height: 1200, State: media.StateReady} // not measured
	require.Equal(t, []string{"photo_broken", "photo_blurred", "photo_dark", "photo_pale", "photo_small"}, keys(t, in))
	require.Contains(t, advice.Of(in)[0].Text(), "Foto 1 dan 7 ")
	require.Contains(t, advice.Of(in)[4].Text(), "1.000 piksel")

	in = good()
	in.Revision.Pictures = []int64{11}
	require.Equal(t, []string{"photo_one"}, keys(t, in))
}

func TestLabel(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *catalog.Revision)
		want   []string
	}{
		"no net weight":            {func(r *catalog.Revision) { r.Label.NetAmount = 0 }, []string{"net_missing"}},
		"not asked of a bag":       {func(r *catalog.Revision) { r.Label, r.CategorySlug = catalog.Label{}, "rajut" }, nil},
		"more inside than outside": {func(r *catalog.Revision) { r.WeightGrams = 399 }, []string{"net_heavier"}},
		"another weight in words":  {func(r *catalog.Revision) { r.Unit = "toples 500 gram" }, []string{"net_differs"}},
		"kilograms":                {func(r *catalog.Revision) { r.Unit, r.Label.NetAmount, r.WeightGrams = "1 kg", 1000, 1100 }, nil},
		"two weights say nothing":  {func(r *catalog.Revision) { r.Unit = "250 g atau 500 g" }, nil},
		"another measure":          {func(r *catalog.Revision) { r.Unit = "500 ml" }, nil},
		"sizes have their own": {func(r *catalog.Revision) {
			r.Unit = "500 g"
			r.Variants = []catalog.DraftVariant{{Name: "Kecil"}, {Name: "Besar"}}
		}, nil},
		"an allergen is not named":     {func(r *catalog.Revision) { r.Label.Allergens = r.Label.Allergens[:1] }, []string{"allergens_missing"}},
		"nobody said":                  {func(r *catalog.Revision) { r.Label.Allergens, r.Label.AllergensKnown = nil, false }, []string{"allergens_open"}},
		"a promise in the composition": {func(r *catalog.Revision) { r.Label.Composition += ", jahe penurun kolesterol" }, []string{"claim"}},
		"a promise in the name":        {func(r *catalog.Revision) { r.Title = "Nastar obat kuat" }, []string{"claim"}},
		"an address in the label":      {func(r *catalog.Revision) { r.Label.Production = "Jl. Mawar 12 RT 3" }, []string{"address"}},
		"a number in a variant":        {func(r *catalog.Revision) { r.Variants = []catalog.DraftVariant{{Name: "WA 081234567890"}} }, []string{"phone"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := good()
			c.change(&in.Revision)
			require.Equal(t, c.want, keys(t, in))
		})
	}
}

func TestCertificates(t *testing.T) {
	day := func(y int, m time.Month, d int) *time.Time { // the end of a last day
		at := time.Date(y, m, d+1, 0, 0, 0, 0, calendar.WIB)
		return &at
	}
	for name, c := range map[string]struct {
		kind   catalog.CertificateKind
		number string
		ends   *time.Time
		want   []string
	}{
		"usual":                {catalog.PIRT, "2063514010123-29", day(2029, 3, 1), nil},
		"with its name":        {catalog.PIRT, "P-IRT No. 206 3514 010123-29", day(2029, 3, 1), nil},
		"an example":           {catalog.PIRT, "P-IRT CONTOH-P01", day(2029, 3, 1), nil},
		"old form":             {catalog.PIRT, "P-IRT 206351401012", day(2029, 3, 1), []string{"pirt_old"}},
		"too short":            {catalog.PIRT, "12345", day(2029, 3, 1), []string{"pirt_shape"}},
		"unknown packaging":    {catalog.PIRT, "9063514010123-29", day(2029, 3, 1), []string{"pirt_shape"}},
		"another year":         {catalog.PIRT, "2063514010123-28", day(2029, 3, 1), []string{"pirt_year"}},
		"longer than allowed":  {catalog.PIRT, "2063514010123-33", day(2033, 3, 1), []string{"certificate_long"}},
		"ends in 60 days":      {catalog.PIRT, "2063514010123-27", day(2027, 1, 20), []string{"certificate_ending"}},
		"ends in 61 days":      {catalog.PIRT, "2063514010123-27", day(2027, 1, 21), nil},
		"ended yesterday":      {catalog.PIRT, "2063514010123-26", day(2026, 11, 21), []string{"certificate_over"}},
		"halal":                {catalog.Halal, "ID35110001234560921", nil, nil},
		"halal, spaced":        {catalog.Halal, "id 3511 0001 2345 60921", nil, nil},
		"halal without ID":     {catalog.Halal, "35110001234560921", nil, []string{"halal_shape"}},
		"halal example":        {catalog.Halal, "ID CONTOH-P01", nil, nil},
		"others have no shape": {catalog.NIB, "abc", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := good()
			in.Certificates = []catalog.Certificate{{Kind: c.kind, Number: c.number, EndsAt: c.ends, State: catalog.CertificateConfirmed}}
			require.Equal(t, c.want, keys(t, in))
			in.Certificates[0].State = catalog.CertificateRefused
			require.Empty(t, keys(t, in), "what does not count is not read")
		})
	}
}

// live are goods of 400 g at these prices in thousands.
func live(title string, thousands ...int64) (out []catalog.LivePrice) {
	for i, p := range thousands {
		out = append(out, catalog.LivePrice{ProductID: int64(100 + i), Title: title, Price: money.Rupiah(p * 1000), UnitKind: catalog.UnitJar, NetAmount: 400, NetUnit: "g"})
	}
	return out
}

func TestPricesOfSimilarGoods(t *testing.T) {
	in := good()
	in.Similar = live("Nastar keju", 20, 28, 30, 35, 42, 42, 99)
	around, ok := advice.Similar(in.Revision, in.Similar)
	require.True(t, ok)
	require.Equal(t, advice.Range{Low: 28_000, Median: 35_000, High: 42_000, Goods: 7, ByNet: true}, around)
	for price, want := range map[money.Rupiah]string{18_666: "price_low", 18_667: "price_range", 45_000: "price_range", 63_000: "price_range", 63_001: "price_high"} {
		in.Revision.Price = price
		require.Equal(t, []string{want}, keys(t, in), price)
		require.Contains(t, advice.Of(in)[0].Text(), "Rp28.000 sampai Rp42.000")
	}

	half := good().Revision // half as much is compared with half the price
	half.Label.NetAmount = 200
	around, ok = advice.Similar(half, in.Similar)
	require.True(t, ok)
	require.EqualValues(t, 14_000, around.Low)
	require.True(t, around.ByNet)

	r := good().Revision
	_, ok = advice.Similar(r, live("Nastar keju", 28, 30, 35, 42))
	require.False(t, ok, "four are too few")
	_, ok = advice.Similar(r, live("Kastengel keju", 28, 30, 35, 42, 42))
	require.False(t, ok, "and five others")
	around, ok = advice.Similar(r, live("Kastengel keju", 28, 30, 35, 42, 42, 43, 44, 45))
	require.True(t, ok)
	require.Equal(t, 8, around.Goods)
	around, ok = advice.Similar(r, slices.Concat(live("Nastar keju", 28, 30, 35, 42, 42), live("Kastengel", 1, 1, 1, 1, 1)))
	require.True(t, ok)
	require.Equal(t, 5, around.Goods, "nastar with nastar")

	own := live("Nastar keju", 28, 30, 35, 42, 42)
	own[0].ProductID = r.ProductID
	_, ok = advice.Similar(r, own)
	require.False(t, ok, "not with itself")

	r.Label.NetAmount = 0
	around, ok = advice.Similar(r, in.Similar)
	require.True(t, ok)
	require.False(t, around.ByNet)
	r.UnitKind = catalog.UnitKilo
	_, ok = advice.Similar(r, in.Similar)
	require.False(t, ok, "a kilo is not a jar")
	r = good().Revision
	r.Mode = catalog.ModeQuote
	_, ok = advice.Similar(r, in.Similar)
	require.False(t, ok)
}

func TestPricesAmongThemselves(t *testing.T) {
	in := good()
	in.Revision.Tiers = []catalog.PriceTier{{MinQuantity: 24, Price: 40_000}, {MinQuantity: 100, Price: 22_500}}
	require.Empty(t, keys(t, in))
	in.Revision.Tiers[1].Price = 22_499
	require.Equal(t, []string{"tier_deep"}, keys(t, in))
	in.Revision.Tiers[0].Price = 45_000
	require.Equal(t, []string{"tier_above"}, keys(t, in))
	in.Revision.Tiers = nil
	in.Revision.Variants = []catalog.DraftVariant{{Name: "500 g", Price: 40_000, WeightGrams: 550}, {Name: "250 g", Price: 45_000, WeightGrams: 280}}
	require.Equal(t, []string{"variant_price"}, keys(t, in))
	in.Revision.Variants[0].Price = 45_000
	require.Empty(t, keys(t, in))
}

// TestLongAndStrangeTexts: whatever was typed, advice comes, soon and short.
func TestLongAndStrangeTexts(t *testing.T) {
	for _, s := range []string{strings.Repeat("obat diabetes di Jl. Mawar 0812-3456-7890 ", 500), strings.Repeat("a", 20_000), strings.Repeat("0", 20_000),
		strings.Repeat("😀", 5_000), strings.Repeat("rt ", 7_000), "\xff\xfe", strings.Repeat("@", 9_000)} {
		in := good()
		in.Revision.Title, in.Revision.Description, in.Revision.Label.Composition = s, s, s
		for _, i := range advice.Of(in) {
			require.Less(t, len(i.Text()), 600)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	in := good()
	in.Revision.Description = strings.Repeat("Dibuat di dapur bersama, dua kali seminggu, tanpa pewarna. ", 80)
	for i := range 500 {
		in.Similar = append(in.Similar, catalog.LivePrice{ProductID: int64(1000 + i), Title: fmt.Sprintf("Nastar keju %d", i), Price: 40_000, NetAmount: 400, NetUnit: "g"})
	}
	for b.Loop() {
		advice.Of(in)
	}
}
