package curator_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// Two curators arrange the first page: the one who looked at an older order is
// told and nothing moves; days decide what the public sees.
func TestTheFirstPageIsArrangedByHand(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		product := d.Publish(d.Shop("Toples Bu Wening"), ordertest.Product{Title: "Nastar klasik", Price: 50_000, Quantity: 10})
		dimas, head, admin := d.Staff("Dimas", account.RoleCurator), d.Staff("Bambang", account.RoleHead), d.Staff("Nadia", account.RoleAdmin)
		now, err := d.Accounts.Now(ctx)
		require.NoError(t, err)
		start := func(title string, from int) int64 {
			t.Helper()
			made, err := d.Catalog.StartCollection(ctx, dimas, title)
			require.NoError(t, err)
			require.NoError(t, d.Catalog.AddToCollection(ctx, dimas, made, product))
			require.NoError(t, d.Catalog.SaveCollection(ctx, dimas, made, catalog.CollectionWords{Title: title, Home: true, From: now.AddDate(0, 0, from)}))
			return made
		}
		lebaran, sekolah, natal := start("Lebaran", 0), start("Sekolah", 0), start("Natal", 9)
		public := func() string {
			t.Helper()
			shown, err := d.Catalog.Collections(ctx, true)
			require.NoError(t, err)
			var names []string
			for _, c := range shown {
				names = append(names, c.Title)
			}
			return strings.Join(names, " ")
		}
		at := func(id int64) string { return fmt.Sprintf("/kurasi/beranda/%d", id) }
		seen := fmt.Sprintf("%d,%d,%d", lebaran, sekolah, natal)

		desk := d.As(dimas)
		page := desk.Get("/kurasi/beranda").Body
		require.Contains(t, page, `name="urutan" value="`+seen+`"`)
		require.Less(t, strings.Index(page, ">Lebaran</a>"), strings.Index(page, ">Sekolah</a>"))
		require.Less(t, strings.Index(page, ">Sekolah</a>"), strings.Index(page, ">Natal</a>"), "what comes later has its place")
		require.Equal(t, "Lebaran Sekolah", public())

		require.Equal(t, "/kurasi/beranda", desk.Post(at(sekolah), "aksi", "naik", "urutan", seen).Location)
		require.Equal(t, "Sekolah Lebaran", public())
		late := d.As(head).Post(at(natal), "aksi", "naik", "urutan", seen)
		require.Equal(t, http.StatusConflict, late.Status)
		require.Contains(t, late.Body, "Urutan baru saja diubah orang lain.")
		require.Equal(t, "Sekolah Lebaran", public())
		seen = fmt.Sprintf("%d,%d,%d", sekolah, lebaran, natal)
		require.Equal(t, "/kurasi/beranda", d.As(head).Post(at(sekolah), "aksi", "naik", "urutan", seen).Location, "the first stays the first")
		require.Equal(t, "Sekolah Lebaran", public())

		// Off the page and on again; saving words keeps the place.
		desk.Post(at(sekolah), "aksi", "lepas")
		require.Equal(t, "Lebaran", public())
		require.Contains(t, desk.Get("/kurasi/beranda").Body, "Pasang di depan")
		desk.Post(at(sekolah), "aksi", "pasang")
		require.NoError(t, d.Catalog.SaveCollection(ctx, dimas, sekolah, catalog.CollectionWords{Title: "Sekolah", Home: true, From: now}))
		require.Equal(t, "Sekolah Lebaran", public())

		// The preview of a day has what begins until then.
		for day, count := range map[int]int{0: 2, 8: 2, 9: 3} {
			chosen, err := d.Catalog.HomeOn(ctx, admin, now.AddDate(0, 0, day))
			require.NoError(t, err)
			require.Len(t, chosen, count, "in %d days", day)
		}
		_, err = d.Catalog.HomeOn(ctx, d.Owner(d.Shop("Kebun")), time.Time{})
		require.Error(t, err)

		// An admin looks on.
		require.Equal(t, http.StatusOK, d.As(admin).Get("/kurasi/beranda").Status)
		require.Equal(t, http.StatusForbidden, d.As(admin).Post(at(lebaran), "aksi", "lepas").Status)
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post(at(lebaran), "aksi", "karangan").Status)
	})
}

// Two curators with one collection open: the second one's words stay in the form, what
// stands now is said, and the next press is meant.
func TestACollectionChangedMeanwhile(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		dimas, head := d.Staff("Dimas", account.RoleCurator), d.Staff("Bambang", account.RoleHead)
		made, err := d.Catalog.StartCollection(ctx, dimas, "Lebaran")
		require.NoError(t, err)
		at := fmt.Sprintf("/kurasi/koleksi/%d", made)
		mark := regexp.MustCompile(`name="dilihat" value="([0-9a-f]+)"`)
		seen := mark.FindStringSubmatch(d.As(dimas).Get(at).Body)[1]

		require.Equal(t, at, d.As(head).Post(at, "judul", "Lebaran", "kata", "Dari dapur Magetan", "dilihat", seen).Location)
		told := d.As(dimas).Post(at, "judul", "Hari raya", "dilihat", seen)
		require.Equal(t, http.StatusUnprocessableEntity, told.Status)
		require.Contains(t, told.Body, "Dari dapur Magetan", "what stands now")
		require.Contains(t, told.Body, `value="Hari raya"`, "what was typed")
		again := mark.FindStringSubmatch(told.Body)[1]
		require.NotEqual(t, seen, again)
		require.Equal(t, at, d.As(dimas).Post(at, "judul", "Hari raya", "dilihat", again).Location)

		// Another fault does not hide that somebody changed it.
		require.Equal(t, at, d.As(head).Post(at, "judul", "Idulfitri").Location)
		seen = mark.FindStringSubmatch(d.As(dimas).Post(at, "judul", "", "dilihat", again).Body)[1]
		require.Equal(t, again, seen)
	})
}
