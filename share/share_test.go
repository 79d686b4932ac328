package share_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/share"
)

var ctx = context.Background()

// world is a group and an institution with the people who run them.
type world struct {
	t      *testing.T
	db     *database.DB
	books  *ledger.Service
	people *account.Service
	shares *share.Service

	kube, lapas                               int64
	lastri, member, stranger                  account.Actor
	wahyu, kuncoro, head, relative, companion account.Actor
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	keys := id.NewKeys("kunci uji")
	people, shops := account.NewService(db, keys), catalog.NewService(db, keys, nil)
	w := &world{t: t, db: db, books: ledger.NewService(db), people: people}
	w.shares = share.NewService(db, w.books, shops, people)
	number := 0
	w.tx(func(tx *gorm.DB) error {
		person := func(name string) account.Actor {
			number++
			u, err := people.InviteTx(ctx, tx, account.System, account.NewUser{Name: name, Phone: fmt.Sprintf("+628120000%04d", number), DistrictCode: "35.20.08"})
			require.NoError(t, err)
			return account.Actor{UserID: u.ID, Name: name}
		}
		shop := func(name string, kind catalog.ShopKind) int64 {
			s, err := shops.CreateShopTx(ctx, tx, account.System, catalog.NewShop{Name: name, Kind: kind, DistrictCode: "35.20.08", Village: "Sumberdodol"})
			require.NoError(t, err)
			return s.ID
		}
		join := func(name string, shopID int64, role account.MemberRole) account.Actor {
			a := person(name)
			require.NoError(t, people.AddMembershipTx(ctx, tx, account.System, a.UserID, shopID, role))
			a.Memberships = []account.Membership{{ShopID: shopID, Role: role}}
			return a
		}
		w.kube, w.lapas = shop("KUBE Dapur Gayeng", catalog.Group), shop("Karya Binaan", catalog.Institution)
		w.lastri, w.member = join("Lastri", w.kube, account.MemberOwner), join("Anggota", w.kube, account.MemberMember)
		w.wahyu, w.kuncoro = join("Wahyu", w.lapas, account.MemberOfficer), join("Kuncoro", w.lapas, account.MemberOfficer)
		w.stranger, w.head, w.relative, w.companion = person("Lain"), person("Bambang"), person("Saudara"), person("Hendro")
		w.head.Roles, w.head.Territory = []account.Role{account.RoleHead}, []string{"35"}
		w.relative.Roles, w.relative.Territory, w.relative.KinShops = []account.Role{account.RoleHead}, []string{"35"}, []int64{w.lapas}
		w.companion.Roles = []account.Role{account.RoleCompanion}
		w.companion.Assisting = []account.Assistance{{GrantID: 1, ShopID: w.kube, ExpiresAt: time.Now().Add(time.Hour)}}
		return nil
	})
	return w
}

func (w *world) tx(do func(tx *gorm.DB) error) {
	w.t.Helper()
	require.NoError(w.t, database.InTx(ctx, w.db, do))
}

// earn gives a shop money it may take.
func (w *world) earn(shopID int64, amount money.Rupiah) {
	w.t.Helper()
	w.tx(func(tx *gorm.DB) error {
		return w.books.PostTx(ctx, tx, ledger.Entry{Key: fmt.Sprint("earned ", shopID, amount), Kind: ledger.ReleasedGoods, RefKind: "order", RefID: 1,
			Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.ShopPayable, Owner: shopID}, amount)})
	})
}

func (w *world) balance(a ledger.Account) money.Rupiah {
	w.t.Helper()
	got, err := w.books.Balance(ctx, a)
	require.NoError(w.t, err)
	return got
}

func (w *world) free(shopID int64) money.Rupiah {
	return w.balance(ledger.Account{Kind: ledger.ShopPayable, Owner: shopID})
}

func (w *world) party(by account.Actor, shopID int64, kind share.PartyKind, label string) share.Party {
	w.t.Helper()
	p, err := w.shares.AddParty(ctx, by, shopID, share.NewParty{Kind: kind, Label: label})
	require.NoError(w.t, err)
	return p
}

// today is the shops' day by the database's clock.
func (w *world) today() string {
	w.t.Helper()
	now, err := clock.Now(ctx, w.db.Read(ctx))
	require.NoError(w.t, err)
	return now.In(calendar.WIB).Format("2006-01-02")
}

func (w *world) clean() {
	w.t.Helper()
	findings, err := w.shares.Prove(ctx)
	require.NoError(w.t, err)
	require.Empty(w.t, findings)
	findings, err = w.books.Prove(ctx)
	require.NoError(w.t, err)
	require.Empty(w.t, findings)
}

// Story 4: 15.675.000 from the jars; the eight get their 900.000 back first, and
// the surplus is 1.059.375 for each.
func TestAGroupSharesItsSurplus(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.kube, 15_675_000)
		back := map[int64]money.Rupiah{}
		var parties []share.Party
		for i := range 8 {
			n := share.NewParty{Kind: share.Member, Label: fmt.Sprint("Anggota ", i+1)}
			if i == 0 {
				n.UserID = w.member.UserID
			}
			p, err := w.shares.AddParty(ctx, w.lastri, w.kube, n)
			require.NoError(t, err)
			parties, back[p.ID] = append(parties, p), 900_000
		}
		_, err := w.shares.Divide(ctx, w.lastri, w.kube, share.New{Month: "2027-03", Amount: 15_675_000, Back: back, FormKey: "a"})
		require.True(t, fault.Is(err, fault.KindConflict), "no table yet: %v", err)
		_, err = w.shares.SetGroup(ctx, w.lastri, w.kube, share.Equal, "Anggota")
		require.NoError(t, err)

		ask := share.New{Month: "2027-03", Amount: 15_675_000, Back: back, FormKey: "a"}
		_, err = w.shares.Plan(ctx, w.lastri, w.kube, ask)
		require.True(t, fault.Is(err, fault.KindInvalid), "nobody is given back what they never paid in: %v", err)
		for range 2 { // the form sent twice
			require.NoError(t, w.shares.Contribute(ctx, w.lastri, w.kube, w.today(), "Tepung", back, "modal"))
		}
		plan, err := w.shares.Plan(ctx, w.lastri, w.kube, ask)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(8_475_000), plan.Surplus())
		require.Equal(t, money.Rupiah(15_675_000), w.free(w.kube), "a plan moves nothing")
		d, err := w.shares.Divide(ctx, w.lastri, w.kube, ask)
		require.NoError(t, err)
		require.Equal(t, share.Done, d.State)
		for _, p := range parties {
			require.Equal(t, money.Rupiah(900_000+1_059_375), w.balance(share.Due(p.ID)))
		}
		require.Zero(t, w.free(w.kube))
		again, err := w.shares.Divide(ctx, w.lastri, w.kube, ask)
		require.NoError(t, err)
		require.Equal(t, d.ID, again.ID, "the form sent twice")

		mine, found, err := w.shares.Mine(ctx, w.member, w.kube)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, money.Rupiah(1_959_375), mine.Due)
		book, err := w.shares.Statement(ctx, w.member, mine.ID, time.Time{}, time.Time{})
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(1_959_375), book.Closing)
		_, err = w.shares.Statement(ctx, w.member, parties[1].ID, time.Time{}, time.Time{})
		require.True(t, fault.Is(err, fault.KindForbidden) || fault.Is(err, fault.KindNotFound), "another member's: %v", err)
		for who, a := range map[string]account.Actor{"member": w.member, "companion": w.companion, "stranger": w.stranger} {
			_, err := w.shares.Divide(ctx, a, w.kube, share.New{Month: "2027-03", Amount: 1, FormKey: "b"})
			require.True(t, fault.Is(err, fault.KindForbidden) || fault.Is(err, fault.KindNotFound), "%s: %v", who, err)
			_, err = w.shares.Parties(ctx, a, w.kube)
			require.Error(t, err, who)
		}

		w.earn(w.kube, 15_675_001)
		_, err = w.shares.Divide(ctx, w.lastri, w.kube, share.New{Month: "2027-03", Amount: 15_675_000, FormKey: "b"})
		require.True(t, fault.Is(err, fault.KindConflict), "the same amount of the same month: %v", err)
		_, err = w.shares.Undo(ctx, w.lastri, d.ID, " ")
		require.True(t, fault.Is(err, fault.KindInvalid))
		_, err = w.shares.Undo(ctx, w.lastri, d.ID, "Salah bulan")
		require.NoError(t, err)
		_, err = w.shares.Undo(ctx, w.lastri, d.ID, "Salah bulan")
		require.NoError(t, err, "pressed twice")
		require.Zero(t, w.balance(share.Due(parties[0].ID)))
		require.Equal(t, money.Rupiah(31_350_001), w.free(w.kube))
		w.clean()
	})
}

// Story 5: 2.880.000 for forty bags; cost 1.680.000 stays, the profit goes 50/15/35,
// premi by the bags each coded worker made; WB-03 is released.
func TestAnInstitutionSharesItsProfit(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.lapas, 2_880_000)
		_, err := w.shares.AddParty(ctx, w.wahyu, w.lapas, share.NewParty{Kind: share.Worker, Label: "Budi Santoso"})
		require.True(t, fault.Is(err, fault.KindInvalid), "never a name")
		_, err = w.shares.AddParty(ctx, w.wahyu, w.lapas, share.NewParty{Kind: share.Member, Label: "Budi"})
		require.True(t, fault.Is(err, fault.KindInvalid))
		bags := []int64{12, 10, 8, 5, 3, 2}
		pieces := map[int64]int64{}
		var workers []share.Party
		for i, n := range bags {
			p := w.party(w.wahyu, w.lapas, share.Worker, fmt.Sprintf("wb-%02d", i+1))
			require.Equal(t, fmt.Sprintf("WB-%02d", i+1), p.Label)
			workers, pieces[p.ID] = append(workers, p), n
		}
		_, err = w.shares.AddParty(ctx, w.kuncoro, w.lapas, share.NewParty{Kind: share.Worker, Label: "WB-01"})
		require.True(t, fault.Is(err, fault.KindInvalid), "a code is used once")
		names := [3]string{"Premi", "PNBP", "Modal"}
		_, err = w.shares.SetInstitution(ctx, w.wahyu, w.lapas, 50, 15, 34, names)
		require.True(t, fault.Is(err, fault.KindInvalid))
		table, err := w.shares.SetInstitution(ctx, w.wahyu, w.lapas, share.Premi.Workers, share.Premi.PNBP, share.Premi.Capital, names)
		require.NoError(t, err)
		same, err := w.shares.SetInstitution(ctx, w.wahyu, w.lapas, 50, 15, 35, names)
		require.NoError(t, err)
		require.Equal(t, table.Version, same.Version, "setting it again changes nothing")

		ask := share.New{Month: "2026-11", Amount: 2_880_000, Cost: 1_680_000, Pieces: pieces, FormKey: "lapas"}
		none := ask
		none.Pieces = nil
		_, err = w.shares.Divide(ctx, w.wahyu, w.lapas, none)
		require.True(t, fault.Is(err, fault.KindInvalid), "nobody made anything: %v", err)
		more := ask
		more.Amount = 5_000_000
		_, err = w.shares.Divide(ctx, w.wahyu, w.lapas, more)
		require.True(t, fault.Is(err, fault.KindInvalid), "more than there is: %v", err)
		d, err := w.shares.Divide(ctx, w.wahyu, w.lapas, ask)
		require.NoError(t, err)
		require.Equal(t, share.Proposed, d.State)
		require.Equal(t, money.Rupiah(2_880_000), w.free(w.lapas), "nothing moved yet")
		for who, a := range map[string]account.Actor{"proposer": w.wahyu, "relative": w.relative, "stranger": w.stranger} {
			_, err := w.shares.Confirm(ctx, a, d.ID)
			require.True(t, fault.Is(err, fault.KindForbidden) || fault.Is(err, fault.KindNotFound), "%s: %v", who, err)
		}
		require.True(t, fault.Is(w.shares.CloseParty(ctx, w.wahyu, workers[0].ID), fault.KindConflict), "something is proposed for them")
		_, err = w.shares.Confirm(ctx, w.kuncoro, d.ID)
		require.NoError(t, err)
		_, err = w.shares.Confirm(ctx, w.kuncoro, d.ID)
		require.NoError(t, err, "pressed twice")
		_, err = w.shares.Confirm(ctx, w.head, d.ID)
		require.True(t, fault.Is(err, fault.KindConflict))

		parties, err := w.shares.Parties(ctx, w.kuncoro, w.lapas)
		require.NoError(t, err)
		due := map[string]money.Rupiah{}
		for _, p := range parties {
			due[p.Label] = p.Due
		}
		require.Equal(t, map[string]money.Rupiah{"WB-01": 180_000, "WB-02": 150_000, "WB-03": 120_000, "WB-04": 75_000, "WB-05": 45_000, "WB-06": 30_000,
			"PNBP": 180_000, "Modal": 420_000}, due)
		require.Equal(t, money.Rupiah(1_680_000), w.free(w.lapas), "the cost of materials stays")

		third := workers[2]
		require.True(t, fault.Is(w.shares.CloseParty(ctx, w.wahyu, third.ID), fault.KindConflict), "120.000 are still owed")

		_, err = w.shares.Undo(ctx, w.wahyu, d.ID, "Salah hitung")
		require.NoError(t, err)
		_, err = w.shares.Undo(ctx, w.wahyu, d.ID, "")
		require.True(t, fault.Is(err, fault.KindForbidden), "who asked does not do it: %v", err)
		_, err = w.shares.Undo(ctx, w.kuncoro, d.ID, "")
		require.NoError(t, err, "nobody has taken theirs: package finance tells the rest of the story")
		for _, statement := range []string{ // one person alone, to divide and to take back
			"UPDATE share_divisions SET decided_by = proposed_by", "UPDATE share_divisions SET decided_by = 0",
			"UPDATE share_divisions SET reversed_by = undo_by", "UPDATE share_divisions SET reversed_by = 0",
		} {
			dbtest.Harm(t, db, []string{"share_divisions"}, func(tx *gorm.DB) {
				require.NoError(t, tx.Exec(statement).Error)
				found, err := share.ProveTx(ctx, tx)
				require.NoError(t, err)
				require.Len(t, found, 1, statement)
				require.Equal(t, []string{"share four eyes", fmt.Sprint("share_divisions ", d.ID)}, []string{found[0].Invariant, found[0].Row})
			})
		}
		require.Equal(t, money.Rupiah(2_880_000), w.free(w.lapas))
		require.NoError(t, w.shares.CloseParty(ctx, w.wahyu, third.ID))
		require.NoError(t, w.shares.CloseParty(ctx, w.wahyu, third.ID), "pressed twice")
		w.clean()
	})
}

func TestAProposalThatIsDropped(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.lapas, 100_000)
		worker := w.party(w.wahyu, w.lapas, share.Worker, "WB-1")
		_, err := w.shares.SetInstitution(ctx, w.wahyu, w.lapas, 100, 0, 0, [3]string{"Premi", "PNBP", "Modal"})
		require.NoError(t, err)
		ask := share.New{Month: "2026-11", Amount: 100_000, Pieces: map[int64]int64{worker.ID: 3}, FormKey: "1"}
		d, err := w.shares.Divide(ctx, w.wahyu, w.lapas, ask)
		require.NoError(t, err)
		other := ask
		other.FormKey, other.Amount = "2", 50_000
		_, err = w.shares.Divide(ctx, w.wahyu, w.lapas, other)
		require.True(t, fault.Is(err, fault.KindConflict), "one proposal at a time: %v", err)
		dropped, err := w.shares.Drop(ctx, w.head, d.ID)
		require.NoError(t, err)
		require.Equal(t, share.Refused, dropped.State)
		ask.FormKey = "3"
		d, err = w.shares.Divide(ctx, w.wahyu, w.lapas, ask)
		require.NoError(t, err, "and asked again")
		dropped, err = w.shares.Drop(ctx, w.wahyu, d.ID)
		require.NoError(t, err)
		require.Equal(t, share.Cancelled, dropped.State)
		require.Equal(t, money.Rupiah(100_000), w.free(w.lapas))
		w.clean()

		for name, harm := range map[string]struct{ sql, invariant string }{
			"sum":  {"UPDATE share_division_parts SET amount = amount - 1", "share sum"},
			"code": {"UPDATE share_parties SET label = 'Budi' WHERE kind = 'worker'", "share worker code"},
			"shop": {fmt.Sprintf("UPDATE share_parties SET shop_id = %d", w.kube), "share party"},
		} {
			dbtest.Harm(t, db, []string{"share_parties", "share_division_parts"}, func(tx *gorm.DB) {
				require.NoError(t, tx.Exec(harm.sql).Error)
				findings, err := share.ProveTx(ctx, tx)
				require.NoError(t, err)
				require.NotEmpty(t, findings, name)
				require.Equal(t, harm.invariant, findings[0].Invariant)
			})
		}
	})
}

// The parts of any division sum to the rupiah, whatever the weights, the pieces and
// what is given back first; nobody gets less than nothing.
func TestAllocate_sums_to_the_rupiah(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parties []share.Party
		pieces := map[int64]int64{}
		back, weights := map[int64]money.Rupiah{}, map[int64]int64{}
		amount := money.Rupiah(rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "amount"))
		cost := money.Rupiah(rapid.Int64Range(0, int64(amount)).Draw(t, "cost"))
		rest := amount - cost
		for i := range rapid.IntRange(1, 12).Draw(t, "people") {
			p := share.Party{ID: int64(i + 1), Kind: share.Member}
			weights[p.ID] = rapid.Int64Range(0, 1000).Draw(t, "weight of a member")
			parties = append(parties, p)
			pieces[p.ID] = rapid.Int64Range(0, 1_000_000).Draw(t, "pieces")
			b := money.Rupiah(rapid.Int64Range(0, int64(rest)/4).Draw(t, "back"))
			rest -= b
			back[p.ID] = b
		}
		table := share.Table{Weights: weights}
		for i := range rapid.IntRange(1, 5).Draw(t, "parts") {
			part := share.Part{Label: "Bagian", Weight: rapid.Int64Range(1, 1_000_000).Draw(t, "weight"), Basis: rapid.SampledFrom([]share.Basis{share.ToFund, share.Equal, share.ByWork, share.ByWeight}).Draw(t, "basis")}
			if part.Basis == share.ToFund {
				fund := share.Party{ID: int64(100 + i), Kind: share.Fund}
				parties, part.PartyID = append(parties, fund), fund.ID
			}
			table.Parts = append(table.Parts, part)
		}
		lines, err := share.Allocate(share.New{Month: "2026-11", Amount: amount, Cost: cost, Back: back, Pieces: pieces}, table, parties)
		if err != nil {
			return // nobody worked, or nothing is left to share
		}
		sum := money.Rupiah(0)
		for _, l := range lines {
			if l.Amount <= 0 {
				t.Fatalf("a part of %d", l.Amount)
			}
			sum += l.Amount
		}
		if sum != amount-cost {
			t.Fatalf("%d of %d was shared", sum, amount-cost)
		}
	})
}
