package delivery_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
)

var (
	cepat = delivery.CarrierInfo{Code: "cepat", Name: "Kirim Cepat", Kind: delivery.KindTable, Active: true, Weighing: jne}
	only  = []delivery.CarrierInfo{cepat}
)

func csvOf(lines ...string) []byte {
	return []byte("\ufeff" + strings.Join(append([]string{strings.Join(delivery.TariffColumns, ";")}, lines...), "\r\n") + "\r\n")
}

// use makes a file the table in use.
func use(t *testing.T, s *delivery.Service, file []byte) {
	t.Helper()
	faults, err := s.StageTariff(ctx, admin, "tarif.csv", file)
	require.NoError(t, err)
	require.Empty(t, faults)
	versions, err := s.TariffVersions(ctx, admin)
	require.NoError(t, err)
	require.True(t, versions[0].Draft())
	require.NoError(t, s.UseTariff(ctx, admin, versions[0].ID))
	require.NoError(t, s.UseTariff(ctx, admin, versions[0].ID), "pressed twice")
}

// Story 1 of the demo world, and which of several lines counts.
func TestATariffTablePricesParcels(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := setUp(t, db, geger)
		require.NoError(t, s.SaveCarrier(ctx, admin, cepat))
		in := geger
		in.Carriers = []string{"cepat"}
		require.NoError(t, s.SaveSettings(ctx, maker, shop, in))
		jars := delivery.Parcel{Grams: 2_100, VolumeCM3: 36 * 24 * 18}
		options := func(regency string) (out []delivery.Option) {
			t.Helper()
			all, err := s.Options(ctx, shop, delivery.Destination{RegencyCode: regency}, jars)
			require.NoError(t, err)
			for _, o := range all {
				if o.Method == delivery.Courier {
					out = append(out, o)
				}
			}
			return out
		}
		require.Empty(t, options("35.78"), "no table yet")
		use(t, s, csvOf(
			"cepat;Reguler;Kabupaten Madiun;Kota Surabaya;9.000;1;3;2020-01-01",
			"cepat;Reguler;Kabupaten Madiun;Kota Surabaya;9.900;1;3;2099-01-01",
			"cepat;Reguler;Provinsi Jawa Timur;Provinsi Jawa Timur;12.000;2;4;",
			"cepat;Kilat;35.19;3578;Rp15.000;1;1;",
			"Kirim Cepat;Reguler;Kab. Madiun;Provinsi Bali;20000;2;5;2020-01-01",
			"cepat;Reguler;Kab. Madiun;Provinsi Bali;21000;2;5;2021-01-01",
		))
		got := options("35.78")
		require.Len(t, got, 2)
		require.Equal(t, []money.Rupiah{27_000, 45_000}, []money.Rupiah{got[0].Fee, got[1].Fee}, "2,59 kg by size are 3 kg; what begins later does not count")
		require.Equal(t, []string{"Kirim Cepat", "Reguler"}, []string{got[0].Carrier, got[0].Service})
		require.EqualValues(t, 3, got[0].Kilograms)
		require.EqualValues(t, 36_000, options("35.23")[0].Fee, "elsewhere in the province")
		require.EqualValues(t, 63_000, options("51.71")[0].Fee, "the newest of those that hold")
		require.Empty(t, options("94.01"), "it does not go there")

		cheapest, found := delivery.Pick(got, delivery.Courier)
		require.True(t, found)
		require.EqualValues(t, 27_000, cheapest.Fee)
		fast, found := delivery.Pick(got, delivery.ChoiceOf("cepat", "Kilat"))
		require.True(t, found && fast.Fee == 45_000 && fast.Choice.Known() && fast.Choice.Base() == delivery.Courier)
		_, found = delivery.Pick(got, delivery.ChoiceOf("cepat", "Gratis"))
		require.False(t, found)

		in.Carriers = []string{"cepat", delivery.ZoneCarrier}
		require.NoError(t, s.SaveSettings(ctx, maker, shop, in))
		require.Len(t, options("35.78"), 3, "a shop may use several")
		require.Len(t, options("94.01"), 1)
		off := cepat
		off.Active = false
		require.NoError(t, s.SaveCarrier(ctx, admin, off))
		require.Len(t, options("35.78"), 1, "a carrier that is switched off offers nothing")
		in.Carriers = []string{"nobody"}
		require.True(t, fault.Is(s.SaveSettings(ctx, maker, shop, in), fault.KindInvalid))

		require.NoError(t, s.SaveCarrier(ctx, admin, cepat))
		use(t, s, csvOf("cepat;Reguler;Kabupaten Madiun;Kota Surabaya;10.000;1;3;"))
		got = options("35.78")
		require.Len(t, got, 2, "the whole table was replaced; the other carrier prices by zone")
		require.EqualValues(t, 30_000, got[1].Fee)
		findings, err := delivery.Prove(ctx, db)
		require.NoError(t, err)
		require.Empty(t, findings)
		// A lost line, a place that does not exist and a carrier nobody prices are found.
		for _, broken := range []string{
			"UPDATE tariff_versions SET row_count = 2 WHERE state = 'live'", "UPDATE carriers SET kind = 'drone' WHERE code = 'cepat'",
			"INSERT INTO own_areas (shop_id, code, fee) VALUES (5, '99.99', 0)",
		} {
			require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return tx.Exec(broken).Error }))
		}
		findings, err = delivery.Prove(ctx, db)
		require.NoError(t, err)
		var names []string
		for _, f := range findings {
			names = append(names, f.Invariant)
		}
		require.Equal(t, []string{"D1 tariff whole", "D2 carrier kind", "D3 place"}, names)
	})
}

func TestATariffFileIsReadLineByLine(t *testing.T) {
	right := "cepat;Reguler;Kabupaten Madiun;Kota Surabaya;9.000;1;3;2026-01-01"
	for name, c := range map[string]struct {
		line string
		key  string
	}{
		"both Madiuns":        {"cepat;Reguler;Madiun;Kota Surabaya;9.000;1;3;", "delivery.tariff.ambiguous"},
		"no such place":       {"cepat;Reguler;Kabupaten Atlantis;Kota Surabaya;9.000;1;3;", "delivery.tariff.place"},
		"a code without zero": {"cepat;Reguler;35.1;Kota Surabaya;9.000;1;3;", "delivery.tariff.place"},
		"no destination":      {"cepat;Reguler;35.19;;9.000;1;3;", "delivery.tariff.missing"},
		"negative":            {"cepat;Reguler;35.19;35.78;-9.000;1;3;", "delivery.tariff.negative"},
		"English thousands":   {"cepat;Reguler;35.19;35.78;9,000;1;3;", "delivery.tariff.price"},
		"a fraction":          {"cepat;Reguler;35.19;35.78;9000,50;1;3;", "delivery.tariff.price"},
		"a slip of the thumb": {"cepat;Reguler;35.19;35.78;90.000.000;1;3;", "delivery.tariff.dear"},
		"days":                {"cepat;Reguler;35.19;35.78;9.000;satu;3;", "delivery.tariff.days"},
		"days backwards":      {"cepat;Reguler;35.19;35.78;9.000;4;3;", "delivery.tariff.order"},
		"no day":              {"cepat;Reguler;35.19;35.78;9.000;1;3;besok", "delivery.tariff.date"},
		"unknown carrier":     {"kilat;Reguler;35.19;35.78;9.000;1;3;", "delivery.tariff.carrier"},
		"a formula":           {"cepat;=HYPERLINK(1);35.19;35.78;9.000;1;3;", "delivery.tariff.service"},
		"the same line":       {"Kirim Cepat;Reguler;3519;Kota Surabaya;8.000;1;3;01/01/2026", "delivery.tariff.twice"},
	} {
		tariffs, faults := delivery.ReadTariff(csvOf(right, "", c.line), only)
		require.Empty(t, tariffs, name)
		require.Len(t, faults, 1, name)
		require.Equal(t, c.key, faults[0].Key, name)
		require.Equal(t, 4, faults[0].Line, name)
		sentence := text.T(faults[0].Key, faults[0].Args...)
		require.NotContains(t, sentence, "{", name)
		require.NotContains(t, sentence, "[", name)
	}
	_, faults := delivery.ReadTariff(csvOf("cepat;Reguler;Madiun;Kota Surabaya;9.000;1;3;"), only)
	require.Contains(t, text.T(faults[0].Key, faults[0].Args...), "Kabupaten Madiun (35.19) / Kota Madiun (35.77)")
	_, faults = delivery.ReadTariff(csvOf("x;;;;;;;", right, "y;;;;;;;"), only)
	require.Greater(t, len(faults), 10, "all that is wrong is told at once")
	for name, c := range map[string]struct {
		file []byte
		key  string
	}{
		"nothing":          {nil, "delivery.tariff.column"},
		"only a heading":   {csvOf(), "delivery.tariff.empty"},
		"other columns":    {[]byte("a,b\n1,2\n"), "delivery.tariff.column"},
		"a picture":        {[]byte{0xff, 0xd8, 0, 1}, "delivery.tariff.unreadable"},
		"a broken zip":     {[]byte("PK\x03\x04rest"), "delivery.tariff.unreadable"},
		"too big":          {make([]byte, delivery.MaxTariffBytes+1), "delivery.tariff.big"},
		"too many lines":   {csvOf(strings.Repeat(right+"\r\n", delivery.MaxTariffRows+1)), "delivery.tariff.many"},
		"an endless quote": {csvOf(`cepat;"Reguler`), "delivery.tariff.carrier"},
	} {
		_, faults := delivery.ReadTariff(c.file, only)
		require.NotEmpty(t, faults, name)
		if name != "an endless quote" {
			require.Equal(t, c.key, faults[0].Key, name)
		}
		require.NotContains(t, text.T(faults[0].Key, faults[0].Args...), "{", name)
	}
}

func TestASpreadsheetIsReadAsItStands(t *testing.T) {
	empty, err := delivery.TariffTemplate(only)
	require.NoError(t, err)
	f, err := excelize.OpenReader(bytes.NewReader(empty))
	require.NoError(t, err)
	require.NoError(t, f.SetCellValue("Sheet1", "E2", 9_000))
	require.NoError(t, f.SetCellValue("Sheet1", "H2", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)))
	require.NoError(t, f.SetCellFormula("Sheet1", "E3", "1000*21"))
	var file bytes.Buffer
	require.NoError(t, f.Write(&file))
	tariffs, faults := delivery.ReadTariff(file.Bytes(), only)
	require.Empty(t, tariffs)
	require.Equal(t, []delivery.LineFault{{Key: "delivery.tariff.formula"}}, faults, "what a formula holds is not what its author saw")
	require.NoError(t, f.SetCellFormula("Sheet1", "E3", ""))
	require.NoError(t, f.SetCellValue("Sheet1", "E3", "21.000"))
	file.Reset()
	require.NoError(t, f.Write(&file))
	tariffs, faults = delivery.ReadTariff(file.Bytes(), only)
	require.Empty(t, faults)
	require.Equal(t, []delivery.Tariff{
		{Carrier: "cepat", Service: "Reguler", Origin: "35.19", Destination: "35.78", ValidFrom: "2026-03-01", PerKg: 9_000, DaysMin: 1, DaysMax: 3},
		{Carrier: "cepat", Service: "Reguler", Origin: "35", Destination: "51", ValidFrom: "2026-01-01", PerKg: 21_000, DaysMin: 2, DaysMax: 5},
	}, tariffs)
}

func TestNothingIsStoredUnlessAllLinesAreRight(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := setUp(t, db, geger)
		require.NoError(t, s.SaveCarrier(ctx, admin, cepat))
		faults, err := s.StageTariff(ctx, admin, "a.csv", csvOf("cepat;Reguler;35.19;35.78;9.000;1;3;", "cepat;Reguler;Madiun;35.78;9.000;1;3;"))
		require.NoError(t, err)
		require.Len(t, faults, 1)
		versions, err := s.TariffVersions(ctx, admin)
		require.NoError(t, err)
		require.Empty(t, versions)
		use(t, s, csvOf("cepat;Reguler;35.19;35.78;9.000;1;3;", "cepat;Kilat;35.19;35.78;12.000;1;1;"))
		faults, err = s.StageTariff(ctx, admin, strings.Repeat("é", 90)+".csv", csvOf("cepat;Reguler;35.19;35.78;9.500;1;3;", "cepat;Reguler;35.19;35.79;9.000;1;3;"))
		require.NoError(t, err)
		require.Empty(t, faults)
		versions, err = s.TariffVersions(ctx, admin)
		require.NoError(t, err)
		change, err := s.CompareTariff(ctx, admin, versions[0].ID)
		require.NoError(t, err)
		require.Equal(t, delivery.TariffChange{New: 1, Changed: 1, Gone: 1}, change)
		sums, err := s.TariffSums(ctx, admin, versions[0].ID)
		require.NoError(t, err)
		require.Equal(t, []delivery.TariffSum{{Carrier: "cepat", Service: "Reguler", RowCount: 2, Cheapest: 9_000, Dearest: 9_500}}, sums)
		require.NoError(t, s.DropTariff(ctx, admin))
		require.True(t, fault.Is(s.UseTariff(ctx, admin, versions[0].ID), fault.KindConflict))
		versions, err = s.TariffVersions(ctx, admin)
		require.NoError(t, err)
		require.Len(t, versions, 1)
		require.False(t, versions[0].Draft(), "the table in use stays")
		for name, a := range map[string]account.Actor{"maker": maker, "officer": officer, "visitor": {}} {
			_, err := s.StageTariff(ctx, a, "a.csv", csvOf())
			require.True(t, fault.Is(err, fault.KindForbidden), name)
			require.True(t, fault.Is(s.UseTariff(ctx, a, versions[0].ID), fault.KindForbidden), name)
			require.True(t, fault.Is(s.DropTariff(ctx, a), fault.KindForbidden), name)
			require.True(t, fault.Is(s.SaveCarrier(ctx, a, cepat), fault.KindForbidden), name)
			_, err = s.TariffVersions(ctx, a)
			require.True(t, fault.Is(err, fault.KindForbidden), name)
			_, err = s.TariffSums(ctx, a, 1)
			require.True(t, fault.Is(err, fault.KindForbidden), name)
			_, err = s.CompareTariff(ctx, a, 1)
			require.True(t, fault.Is(err, fault.KindForbidden), name)
		}
		for _, faulty := range []delivery.CarrierInfo{
			{Code: "J N E", Name: "x", Weighing: jne}, {Code: "jne", Weighing: jne}, {Code: "jne", Name: "x", Weighing: delivery.Weighing{ToleranceGrams: 1000, Divisor: 6000}},
			{Code: "jne", Name: "x", Weighing: delivery.Weighing{Divisor: 6}},
		} {
			require.True(t, fault.Is(s.SaveCarrier(ctx, admin, faulty), fault.KindInvalid), faulty)
		}
	})
}

// Story 4: the courier's last day is H-10, picking up goes on until H-3.
func TestLastDaysBeforeAHoliday(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		db.Clock().Advance(time.Until(time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC))) // what is long over is not listed
		s := setUp(t, db, geger)
		cut := func(c delivery.Cutoff) delivery.Cutoff {
			c.Name = "Lebaran"
			return c
		}
		day := func(s string) time.Time {
			d, err := time.ParseInLocation(time.DateOnly, s, calendar.Zone("35.19"))
			require.NoError(t, err)
			return d.UTC()
		}
		require.NoError(t, s.AddCutoff(ctx, admin, cut(delivery.Cutoff{Method: delivery.Courier, LastDay: "2027-02-28", Resumes: "2027-03-15"})))
		require.NoError(t, s.AddCutoff(ctx, admin, cut(delivery.Cutoff{Method: delivery.Pickup, LastDay: "2027-03-07", Resumes: "2027-03-15"})))
		require.NoError(t, s.AddCutoff(ctx, maker, cut(delivery.Cutoff{Method: delivery.Own, ShopID: shop, LastDay: "2027-02-25", Resumes: "2027-03-20"})))
		open := func(ready string) (out []delivery.Method) {
			t.Helper()
			p := delivery.Parcel{Grams: 100}
			if ready != "" {
				p.ReadyBy = day(ready)
			}
			options, err := s.Options(ctx, shop, delivery.Destination{RegencyCode: "35.19"}, p)
			require.NoError(t, err)
			require.Len(t, options, 3, "what is closed is still told")
			for _, o := range options {
				if o.Closed == nil {
					out = append(out, o.Method)
				} else {
					_, found := delivery.Pick(options, o.Choice)
					require.False(t, found)
				}
			}
			return out
		}
		require.Len(t, open(""), 3, "nobody knows when")
		require.Len(t, open("2027-02-25"), 3)
		require.Equal(t, []delivery.Method{delivery.Pickup, delivery.Courier}, open("2027-02-28"), "on the last day it still goes")
		require.Equal(t, []delivery.Method{delivery.Pickup}, open("2027-03-01"))
		require.Equal(t, []delivery.Method{delivery.Pickup}, open("2027-03-07"))
		require.Empty(t, open("2027-03-08"))
		require.Equal(t, []delivery.Method{delivery.Pickup, delivery.Courier}, open("2027-03-15"), "and from the day after")
		require.Len(t, open("2027-03-20"), 3)

		all, err := s.Cutoffs(ctx, 0)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, "2027-03-01", all[0].First().Format(time.DateOnly))
		require.Equal(t, "2027-03-14", all[0].Last().Format(time.DateOnly))
		own, err := s.Cutoffs(ctx, shop)
		require.NoError(t, err)
		require.Len(t, own, 1)
		require.NoError(t, s.RemoveCutoff(ctx, maker, shop, all[0].ID))
		require.Equal(t, []delivery.Method{delivery.Pickup}, open("2027-03-01"), "a maker ends only her own")
		require.NoError(t, s.RemoveCutoff(ctx, admin, 0, all[0].ID))
		require.Equal(t, []delivery.Method{delivery.Pickup, delivery.Courier}, open("2027-03-01"))

		good := cut(delivery.Cutoff{Method: delivery.Courier, LastDay: "2027-02-28", Resumes: "2027-03-15"})
		for name, a := range map[string]account.Actor{"maker": maker, "officer": officer, "visitor": {}} {
			require.True(t, fault.Is(s.AddCutoff(ctx, a, good), fault.KindForbidden), name)
		}
		good.ShopID = shop
		for name, a := range map[string]account.Actor{"admin": admin, "companion": companion, "another maker": stranger} {
			require.True(t, fault.Is(s.AddCutoff(ctx, a, good), fault.KindNotFound), name)
			require.True(t, fault.Is(s.RemoveCutoff(ctx, a, shop, own[0].ID), fault.KindNotFound), name)
		}
		for name, change := range map[string]func(*delivery.Cutoff){
			"name": func(c *delivery.Cutoff) { c.Name = " " }, "method": func(c *delivery.Cutoff) { c.Method = "drone" },
			"last_day": func(c *delivery.Cutoff) { c.LastDay = "besok" }, "resumes": func(c *delivery.Cutoff) { c.Resumes = "2027-03-01" },
			"carrier": func(c *delivery.Cutoff) { c.Carrier = "nobody" },
		} {
			faulty := good
			change(&faulty)
			err := s.AddCutoff(ctx, maker, faulty)
			require.True(t, fault.Is(err, fault.KindInvalid), name)
			require.Equal(t, name, fault.As(err).Fields[0].Name)
			require.True(t, text.Has(fault.As(err).Fields[0].Key))
		}
	})
}

func TestAreasAndHours(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := setUp(t, db, geger)
		require.NoError(t, s.ChangeSettings(ctx, maker, shop, func(in *delivery.Settings) {
			in.Areas = []delivery.Area{{Code: "35.19", Fee: 8_000}, {Code: "35.19.03", Fee: 3_000}, {Code: "35.77", Fee: 12_000}}
			in.Hours = delivery.Week{{Weekday: time.Sunday, Opens: 540, Closes: 720}, {Weekday: time.Monday, Opens: 480, Closes: 960}, {Weekday: time.Tuesday, Opens: 480, Closes: 960}}
		}))
		for place, want := range map[[2]string]money.Rupiah{{"35.19", "35.19.03"}: 3_000, {"35.19", "35.19.01"}: 8_000, {"35.77", ""}: 12_000} {
			options, err := s.Options(ctx, shop, delivery.Destination{RegencyCode: place[0], DistrictCode: place[1]}, delivery.Parcel{})
			require.NoError(t, err)
			own, found := delivery.Pick(options, delivery.Own)
			require.True(t, found, place)
			require.Equal(t, want, own.Fee, place)
		}
		options, err := s.Options(ctx, shop, delivery.Destination{RegencyCode: "35.20"}, delivery.Parcel{})
		require.NoError(t, err)
		_, found := delivery.Pick(options, delivery.Own)
		require.False(t, found, "she does not go there")
		offers, err := s.Offers(ctx, shop)
		require.NoError(t, err)
		require.Equal(t, delivery.Offer{Method: delivery.Own, Fee: 3_000, From: true, Places: []string{region.Name("35.19"), region.Name("35.19.03"), region.Name("35.77")}}, offers[1])
		week, err := s.PickupHours(ctx, shop)
		require.NoError(t, err)
		require.Equal(t, []delivery.Run{{First: time.Monday, Last: time.Tuesday, Opens: 480, Closes: 960}, {First: time.Sunday, Last: time.Sunday, Opens: 540, Closes: 720}}, week.Runs())

		got, err := s.Settings(ctx, maker, shop)
		require.NoError(t, err)
		require.Len(t, got.Areas, 3)
		require.True(t, got.Pickup && got.Courier && got.Address.Street != "", "the rest stayed")
		for name, change := range map[string]func(*delivery.Settings){
			"area":    func(in *delivery.Settings) { in.Areas = []delivery.Area{{Code: "35"}} },
			"fee":     func(in *delivery.Settings) { in.Areas = []delivery.Area{{Code: "35.19", Fee: delivery.MaxOwnFee + 1}} },
			"hours_1": func(in *delivery.Settings) { in.Hours = delivery.Week{{Weekday: time.Monday, Opens: 900, Closes: 800}} },
		} {
			err := s.ChangeSettings(ctx, maker, shop, change)
			require.True(t, fault.Is(err, fault.KindInvalid), name)
			require.Equal(t, name, fault.As(err).Fields[0].Name)
			require.True(t, text.Has(fault.As(err).Fields[0].Key))
		}
		require.True(t, fault.Is(s.ChangeSettings(ctx, companion, shop, func(*delivery.Settings) {}), fault.KindNotFound))
	})
}

func TestTheFirstHourToCollect(t *testing.T) {
	wib := calendar.Zone("35.19")
	week := delivery.Week{{Weekday: time.Monday, Opens: 480, Closes: 960}, {Weekday: time.Friday, Opens: 780, Closes: 1440}}
	at := func(s string) time.Time {
		d, err := time.ParseInLocation("2006-01-02 15:04", s, wib)
		require.NoError(t, err)
		return d
	}
	monday, next := "2026-11-23", "2026-11-30"
	off := func(days ...string) func(time.Time) bool {
		return func(d time.Time) bool { return strings.Contains(strings.Join(days, " "), d.Format(time.DateOnly)) }
	}
	for name, c := range map[string]struct {
		now, ready string
		off        func(time.Time) bool
		want       string
	}{
		"before the hours":      {monday + " 05:00", monday + " 00:00", nil, monday + " 08:00"},
		"during the hours":      {monday + " 09:30", monday + " 00:00", nil, monday + " 09:30"},
		"a minute too late":     {monday + " 16:00", monday + " 00:00", nil, "2026-11-27 13:00"},
		"until midnight":        {"2026-11-27 23:59", monday + " 00:00", nil, "2026-11-27 23:59"},
		"ready later":           {monday + " 09:00", "2026-11-24 00:00", nil, "2026-11-27 13:00"},
		"the shop is away":      {monday + " 09:00", monday + " 00:00", off(monday, "2026-11-27"), next + " 08:00"},
		"ready on a closed day": {monday + " 09:00", "2026-11-29 00:00", nil, next + " 08:00"},
	} {
		got, ok := week.Earliest(at(c.now).UTC(), at(c.ready).UTC(), wib, c.off)
		require.True(t, ok, name)
		require.Equal(t, at(c.want), got.In(wib), name)
	}
	_, ok := delivery.Week(nil).Earliest(at(monday+" 09:00"), at(monday+" 09:00"), wib, nil)
	require.False(t, ok, "by appointment")
	_, ok = week.Earliest(at(monday+" 09:00"), at(monday+" 09:00"), wib, func(time.Time) bool { return true })
	require.False(t, ok, "closed for ever")
}
