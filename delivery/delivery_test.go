package delivery_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

const shop = int64(5)

var (
	jne       = delivery.Weighing{ToleranceGrams: 300, Divisor: 6_000}
	ctx       = context.Background()
	maker     = account.Actor{UserID: 1, Memberships: []account.Membership{{ShopID: shop, Role: account.MemberOwner}}}
	companion = account.Actor{UserID: 2, Roles: []account.Role{account.RoleCompanion}, Assisting: []account.Assistance{{ShopID: shop, MakerID: 1}}}
	officer   = account.Actor{UserID: 3, Roles: []account.Role{account.RoleOfficer}, Territory: []string{"35"}}
	faraway   = account.Actor{UserID: 4, Roles: []account.Role{account.RoleOfficer}, Territory: []string{"36"}}
	admin     = account.Actor{UserID: 5, Roles: []account.Role{account.RoleAdmin}}
	stranger  = account.Actor{UserID: 6, Memberships: []account.Membership{{ShopID: 9}}}
	geger     = delivery.Settings{
		Address: delivery.Address{DistrictCode: "35.19.03", Village: "Sumberejo", Street: "Jl. Melati 4, RT 004/RW 001", Hint: "rumah cat hijau"},
		Pickup:  true, Own: true, OwnFee: 5_000, Courier: true,
	}
)

func setUp(t *testing.T, db *database.DB, in delivery.Settings) *delivery.Service {
	t.Helper()
	s := delivery.NewService(db)
	require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return s.SetUpTx(ctx, tx, officer, shop, in) }))
	return s
}

func TestWeighing(t *testing.T) {
	for grams, want := range map[int64]int64{
		0: 1, 1: 1, 1000: 1, 1300: 1, 1301: 2, 2300: 2, 2301: 3, 2590: 3, 10_000: 10, 10_301: 11,
	} {
		require.Equal(t, want, jne.Kilograms(delivery.Parcel{Grams: grams}), grams)
	}
	box := delivery.Parcel{Grams: 2_100, VolumeCM3: 36 * 24 * 18} // 2,592 kg by size
	require.EqualValues(t, 3, jne.Kilograms(box))
	require.EqualValues(t, 4, delivery.Weighing{Divisor: 5_000}.Kilograms(box), "another divisor, and every gram counts")
	require.EqualValues(t, 2, delivery.Weighing{ToleranceGrams: 100, Divisor: 8_000}.Kilograms(delivery.Parcel{Grams: 2_100, VolumeCM3: 36 * 24 * 18}))
	require.EqualValues(t, 1, jne.Kilograms(delivery.Parcel{VolumeCM3: 7_800}), "1,3 kg by size")
	require.EqualValues(t, 2, jne.Kilograms(delivery.Parcel{VolumeCM3: 7_801}))
	require.Positive(t, jne.Kilograms(delivery.Parcel{VolumeCM3: math.MaxInt64}))
	rapid.Check(t, func(t *rapid.T) {
		grams := rapid.Int64Range(0, 1e12).Draw(t, "grams")
		kilograms := jne.Kilograms(delivery.Parcel{Grams: grams})
		require.GreaterOrEqual(t, kilograms*1000+300, grams, "nobody pays for less than they send")
		require.True(t, kilograms == 1 || (kilograms-1)*1000+300 < grams, "nobody pays a kilogram too much")
	})
}

func TestOptions(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := setUp(t, db, geger)
		for _, c := range []struct {
			name  string
			to    delivery.Destination
			grams int64
			want  []delivery.Option
		}{
			{"no address yet", delivery.Destination{}, 500, []delivery.Option{
				{Method: delivery.Pickup},
			}},
			{"next door", delivery.Destination{RegencyCode: "35.19", DistrictCode: "35.19.01"}, 1_300, []delivery.Option{
				{Method: delivery.Pickup},
				{Method: delivery.Own, Fee: 5_000, DaysMax: 2},
				{Method: delivery.Courier, Fee: 7_000, Zone: region.SameRegency, Kilograms: 1, DaysMin: 1, DaysMax: 2},
			}},
			{"the town of the same name is another regency", delivery.Destination{RegencyCode: "35.77"}, 1_301, []delivery.Option{
				{Method: delivery.Pickup},
				{Method: delivery.Courier, Fee: 18_000, Zone: region.SameProvince, Kilograms: 2, DaysMin: 1, DaysMax: 3},
			}},
			{"the same island", delivery.Destination{RegencyCode: "31.71"}, 2_590, []delivery.Option{
				{Method: delivery.Pickup},
				{Method: delivery.Courier, Fee: 54_000, Zone: region.SameIsland, Kilograms: 3, DaysMin: 2, DaysMax: 5},
			}},
			{"elsewhere", delivery.Destination{RegencyCode: "94.01"}, 0, []delivery.Option{
				{Method: delivery.Pickup},
				{Method: delivery.Courier, Fee: 38_000, Zone: region.Elsewhere, Kilograms: 1, DaysMin: 3, DaysMax: 9},
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				for i := range c.want {
					c.want[i].LabelKey, c.want[i].Choice = c.want[i].Method.LabelKey(), c.want[i].Method
					if c.want[i].Method == delivery.Courier {
						c.want[i].Carrier, c.want[i].Choice = "Kurir", delivery.ChoiceOf(delivery.ZoneCarrier, "")
					}
				}
				got, err := s.Options(ctx, shop, c.to, delivery.Parcel{Grams: c.grams})
				require.NoError(t, err)
				require.Empty(t, cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(delivery.Option{})))
			})
		}

		for name, to := range map[string]delivery.Destination{
			"unknown regency":             {RegencyCode: "35.99"},
			"unknown district":            {RegencyCode: "35.19", DistrictCode: "35.19.99"},
			"district of another regency": {RegencyCode: "35.19", DistrictCode: "35.77.01"},
			"district without regency":    {DistrictCode: "35.19.03"},
		} {
			_, err := s.Options(ctx, shop, to, delivery.Parcel{Grams: 1})
			require.True(t, fault.Is(err, fault.KindInvalid), name)
		}
		_, err := s.Options(ctx, shop, delivery.Destination{}, delivery.Parcel{Grams: -1})
		require.Error(t, err)
		_, err = s.Options(ctx, shop, delivery.Destination{RegencyCode: "35.19"}, delivery.Parcel{Grams: math.MaxInt64})
		require.ErrorIs(t, err, money.ErrOverflow)
		none, err := s.Options(ctx, 77, delivery.Destination{RegencyCode: "35.19"}, delivery.Parcel{Grams: 1})
		require.NoError(t, err)
		require.Empty(t, none, "a shop without settings offers nothing")
	})
}

func TestChooseTx_refuses_what_is_no_longer_offered(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := setUp(t, db, geger)
		choose := func(m delivery.Method, regency string) (o delivery.Option, err error) {
			err = database.InTx(ctx, db, func(tx *gorm.DB) error {
				o, err = s.ChooseTx(ctx, tx, shop, m, delivery.Destination{RegencyCode: regency}, delivery.Parcel{Grams: 900})
				return err
			})
			return o, err
		}
		o, err := choose(delivery.Courier, "35.78")
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(9_000), o.Fee)
		_, err = choose(delivery.Own, "35.78")
		require.True(t, fault.Is(err, fault.KindConflict))
		_, err = choose("drone", "35.78")
		require.True(t, fault.Is(err, fault.KindConflict))

		pickupOnly := geger
		pickupOnly.Own, pickupOnly.Courier = false, false
		require.NoError(t, s.SaveSettings(ctx, maker, shop, pickupOnly))
		_, err = choose(delivery.Courier, "35.78")
		require.True(t, fault.Is(err, fault.KindConflict))
		_, err = choose(delivery.Pickup, "")
		require.NoError(t, err)
	})
}

func TestSettings_who_may(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := delivery.NewService(db)
		setUpBy := func(a account.Actor) error {
			return database.InTx(ctx, db, func(tx *gorm.DB) error { return s.SetUpTx(ctx, tx, a, shop, geger) })
		}
		for name, a := range map[string]account.Actor{"maker": maker, "companion": companion, "officer of elsewhere": faraway, "visitor": {}} {
			require.True(t, fault.Is(setUpBy(a), fault.KindForbidden), name)
		}
		_, err := s.PickupAddress(ctx, shop)
		require.True(t, fault.Is(err, fault.KindNotFound), "nothing was stored")
		require.NoError(t, setUpBy(officer))

		want := geger
		want.Address.RegencyCode = "35.19"
		got, err := s.Settings(ctx, maker, shop)
		require.NoError(t, err)
		require.Equal(t, want, got)

		changed := geger
		changed.OwnFee, changed.Address.Street = 0, "  Jl. Kenanga 2  "
		for name, a := range map[string]account.Actor{"companion": companion, "officer": officer, "admin": admin, "another maker": stranger, "visitor": {}} {
			_, err := s.Settings(ctx, a, shop)
			require.True(t, fault.Is(err, fault.KindNotFound), "%s reads the address", name)
			require.True(t, fault.Is(s.SaveSettings(ctx, a, shop, changed), fault.KindNotFound), name)
		}
		got, err = s.Settings(ctx, maker, shop)
		require.NoError(t, err)
		require.Equal(t, want, got, "refusals change nothing")

		require.NoError(t, s.SaveSettings(ctx, maker, shop, changed))
		address, err := s.PickupAddress(ctx, shop)
		require.NoError(t, err)
		require.Equal(t, "Jl. Kenanga 2, Sumberejo, Geger, Kabupaten Madiun, Jawa Timur", address.Place())

		rows, err := trail.Of(ctx, db.Read(ctx), "shop", shop)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, []int64{3, 1}, []int64{rows[0].ActorID, rows[1].ActorID})
		for _, r := range rows {
			require.NotContains(t, r.Note, "Jl.", "the trail holds no address")
		}
	})
}

func TestSettings_faulty(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := setUp(t, db, geger)
		for field, change := range map[string]func(*delivery.Settings){
			"district": func(in *delivery.Settings) { in.Address.DistrictCode = "35.19.99" },
			"street":   func(in *delivery.Settings) { in.Address.Street = "   " },
			"hint":     func(in *delivery.Settings) { in.Address.Hint = strings.Repeat("é", 201) },
			"own_fee":  func(in *delivery.Settings) { in.OwnFee = -1 },
			"methods":  func(in *delivery.Settings) { in.Pickup, in.Own, in.Courier = false, false, false },
		} {
			in := geger
			change(&in)
			err := s.SaveSettings(ctx, maker, shop, in)
			require.True(t, fault.Is(err, fault.KindInvalid), field)
			f := fault.As(err)
			require.Len(t, f.Fields, 1)
			require.Equal(t, field, f.Fields[0].Name)
			require.True(t, text.Has(f.Fields[0].Key) && text.Has(f.Key), f.Fields[0].Key)
		}
		tooMuch := geger
		tooMuch.OwnFee = delivery.MaxOwnFee + 1
		require.True(t, fault.Is(s.SaveSettings(ctx, maker, shop, tooMuch), fault.KindInvalid))
		courierOnly := geger
		courierOnly.Pickup, courierOnly.Own, courierOnly.Address.Street = false, false, ""
		require.NoError(t, s.SaveSettings(ctx, maker, shop, courierOnly), "no street is needed when nobody collects")
	})
}

func TestRates(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := setUp(t, db, geger)
		rates, err := s.Rates(ctx)
		require.NoError(t, err)
		require.Len(t, rates, 4)
		for i, r := range rates {
			require.Equal(t, region.Zones[i], r.Zone)
			require.True(t, i == 0 || r.PerKg > rates[i-1].PerKg, "farther costs more")
		}
		change := delivery.Rate{Zone: region.Elsewhere, PerKg: 45_000, DaysMin: 4, DaysMax: 12}
		for name, a := range map[string]account.Actor{"maker": maker, "officer": officer, "visitor": {}} {
			require.True(t, fault.Is(s.SetRate(ctx, a, change), fault.KindForbidden), name)
		}
		for _, faulty := range []delivery.Rate{
			{Zone: region.Elsewhere, PerKg: -1}, {Zone: region.Elsewhere, PerKg: delivery.MaxPerKg + 1},
			{Zone: region.Elsewhere, DaysMin: 3, DaysMax: 2}, {Zone: region.Elsewhere, DaysMin: -1}, {Zone: region.Elsewhere, DaysMax: 61},
		} {
			require.True(t, fault.Is(s.SetRate(ctx, admin, faulty), fault.KindInvalid), faulty)
		}
		require.True(t, fault.Is(s.SetRate(ctx, admin, delivery.Rate{Zone: "moon"}), fault.KindNotFound))
		require.NoError(t, s.SetRate(ctx, admin, change))
		rates, err = s.Rates(ctx)
		require.NoError(t, err)
		require.Equal(t, change, rates[3])
		options, err := s.Options(ctx, shop, delivery.Destination{RegencyCode: "51.71"}, delivery.Parcel{Grams: 1})
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(45_000), options[1].Fee)
	})
}

func TestMethods_have_names(t *testing.T) {
	for _, m := range delivery.Methods {
		require.True(t, m.Known() && text.Has(m.LabelKey()), m)
	}
	require.False(t, delivery.Method("drone").Known())
}
