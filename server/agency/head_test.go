package agency_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/document/papertest"
)

// member makes a shop one that the agency brought in.
func (h *house) member(db *database.DB, shop ordertest.Shop, officerID int64) {
	h.t.Helper()
	h.Tx(func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO invitations (agency_id, shop_id, maker_id, invited_by, form_key, created_at) VALUES (?, ?, ?, ?, ?, (SELECT created_at FROM shops WHERE id = ?))`,
			h.agency, shop.ID, shop.OwnerID, officerID, fmt.Sprintf("m%d", shop.ID), shop.ID).Error
	})
}

// The head's page adds up what its lines say, in the territory only; the files say the
// same, and nothing on either tells of health, category or disability.
func TestTheHeadSeesTheAgencyOnOnePage(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		h.Noon() // the page shows this month
		head, officer := h.staff(account.RoleHead, h.agency, "35"), h.staff(account.RoleOfficer, h.agency, "35")
		shop, still := h.Shop("Toples Bu Wening"), h.Shop("Jahit Sunyi")
		h.member(db, shop, officer)
		h.member(db, still, officer)
		productID := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		h.paid(shop, productID)
		h.paid(shop, productID)
		b := h.as(head)
		actor := h.Actor(head)
		body := b.see("/dinas")
		require.Contains(t, body, "Rp110.000")
		require.NotContains(t, body, text.T("agency.head.days", "count", 60))

		// Seventy days later both stand still.
		h.Pass(70 * 24 * time.Hour)
		b = h.as(head)
		body = b.see("/dinas")
		require.Contains(t, body, text.T("agency.head.idle"))
		require.Contains(t, body, text.T("agency.head.days", "count", 70))
		lines, err := h.program.Overview(ctx, actor, program.YearSpan(actor.Proof.Now.AddDate(0, 0, 70)))
		require.NoError(t, err)
		require.Len(t, lines, 2)
		for _, l := range lines {
			require.True(t, l.Has(program.Idle), l.Shop.Name)
			require.True(t, l.Visit())
		}
		require.Equal(t, program.Unopened, lines[0].Reasons[0].Matter, "an order nobody opened comes before a quiet shop")

		// Every figure opens to its list, and the list to what it says.
		for _, at := range regexp.MustCompile(`href="(/dinas/rincian[^"]*)"`).FindAllStringSubmatch(body, -1) {
			require.Contains(t, b.see(strings.ReplaceAll(at[1], "&amp;", "&")), text.T("agency.head.detail"))
		}
		require.Contains(t, b.see("/dinas/rincian?isi=sepi"), "Jahit Sunyi")
		require.NotContains(t, b.see("/dinas/rincian?isi=tayang"), "Jahit Sunyi")
		require.NotContains(t, b.see("/dinas/rincian?wilayah=35.01"), "Jahit Sunyi")

		sheet := func(at string) [][]string {
			p := b.get(at)
			require.Equal(t, http.StatusOK, p.status)
			f, err := excelize.OpenReader(bytes.NewReader([]byte(p.body)))
			require.NoError(t, err)
			rows, err := f.GetRows("Sheet1")
			require.NoError(t, err)
			require.NoError(t, f.Close())
			return rows
		}
		rows := sheet("/dinas/ringkasan.xlsx")
		total := rows[len(rows)-1]
		require.Equal(t, "2", total[2])
		require.Equal(t, rows[1][2:], total[2:], "one regency is the whole")
		require.Len(t, sheet("/dinas/rincian.xlsx"), 3)

		// Nothing of it is another agency's or another territory's.
		far := h.as(h.staff(account.RoleHead, h.agency, "36")).see("/dinas")
		require.NotContains(t, far, "Toples Bu Wening")
		require.Equal(t, http.StatusNotFound, h.as(h.Companion(shop).UserID).get("/dinas").status)
	})
}

// The number of questions to the database does not grow with the makers.
func TestTheOverviewAsksAsMuchForManyMakers(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		head, officer := h.staff(account.RoleHead, h.agency, "35"), h.staff(account.RoleOfficer, h.agency, "35")
		h.member(db, h.Shop("Toko 0"), officer)
		actor := h.Actor(head)
		asked := func() (n int, makers int) {
			count := func(*gorm.DB) { n++ }
			reads := db.Read(ctx)
			require.NoError(t, reads.Callback().Raw().After("gorm:raw").Register("count", count))
			require.NoError(t, reads.Callback().Row().After("gorm:row").Register("count", count))
			require.NoError(t, reads.Callback().Query().After("gorm:query").Register("count", count))
			lines, err := h.program.Overview(ctx, actor, program.MonthSpan(actor.Proof.Now))
			require.NoError(t, err)
			require.NoError(t, reads.Callback().Raw().Remove("count"))
			require.NoError(t, reads.Callback().Row().Remove("count"))
			require.NoError(t, reads.Callback().Query().Remove("count"))
			return n, len(lines)
		}
		few, one := asked()
		require.Equal(t, 1, one)
		require.Positive(t, few)
		for i := range 5 {
			h.member(db, h.Shop(fmt.Sprintf("Toko %d", i+1)), officer)
		}
		many, six := asked()
		require.Equal(t, 6, six)
		require.Equal(t, few, many)
	})
}

// A caseload says what is urgent where and why, the most urgent first; the address
// narrows it, and it prints.
func TestTheCaseloadIsSortedByUrgency(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		quiet, busy := h.Shop("Anyam Pring"), h.Shop("Toples Bu Wening")
		companion := h.Companion(quiet)
		h.Tx(func(tx *gorm.DB) error {
			_, err := h.Accounts.GiveConsentTx(ctx, tx, account.System, account.NewConsent{UserID: busy.OwnerID, Kind: account.ConsentHelped, Evidence: "surat"})
			return err
		})
		h.let(db, busy, companion.UserID, "", 300*24*time.Hour)
		productID := h.Publish(busy, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 1, Grams: 700})
		h.paid(busy, productID)
		h.Pass(7 * time.Hour)
		cases, err := h.program.Caseload(ctx, h.Actor(companion.UserID))
		require.NoError(t, err)
		require.Len(t, cases, 2)
		require.Equal(t, busy.ID, cases[0].Shop.ID)
		require.Equal(t, program.Unopened, cases[0].Reasons[0].Matter)
		require.True(t, cases[0].Has(program.SoldOut), "the only jar is promised")
		require.True(t, cases[1].Has(program.Unstarted))

		h.Pass(34 * 24 * time.Hour)
		b := h.as(companion.UserID)
		body := b.see("/dampingan")
		require.Less(t, strings.Index(body, "Toples Bu Wening"), strings.Index(body, "Anyam Pring"))
		require.Contains(t, body, "https://wa.me/")
		require.NotContains(t, b.see("/dampingan?perlu=unseen"), "Anyam Pring")
		require.Contains(t, b.see("/dampingan?perlu=quiet"), "Anyam Pring")
		require.Contains(t, b.see("/dampingan?wilayah=36.01"), text.T("agency.companion.none_fit"))
		paper := b.get("/dampingan/kunjungan.pdf")
		require.Equal(t, http.StatusOK, paper.status)
		require.True(t, strings.HasPrefix(paper.body, "%PDF-"))

		// Who helps nobody has no case.
		none, err := h.program.Caseload(ctx, h.Actor(quiet.OwnerID))
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

// Who reads on paper gets new orders and the month printed; the companion prints the
// orders and never the money.
func TestAMakerReadsOnPaper(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		officer := h.staff(account.RoleOfficer, h.agency, "35")
		shop := h.Shop("Toples Bu Wening")
		h.member(db, shop, officer)
		companion := h.as(h.Companion(shop).UserID)
		number := h.paid(shop, h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700}))
		pdf := func(b *browser, at string) string {
			p := b.get(at)
			require.Equal(t, http.StatusOK, p.status, at)
			return papertest.Words([]byte(p.body))
		}
		require.Contains(t, companion.see("/toko-saya/pesanan?tahap=baru"), "/toko-saya/pesanan/baru.pdf")
		orders := pdf(companion, "/toko-saya/pesanan/baru.pdf")
		require.Contains(t, orders, number)
		require.Contains(t, orders, "Nastar")
		require.NotContains(t, orders, "Rina Astuti")

		at := fmt.Sprintf("/dinas/perajin/%d", shop.ID)
		b := h.as(officer)
		require.Contains(t, b.see(at), at+"/bulan.pdf")
		month := pdf(b, at+"/bulan.pdf")
		require.Contains(t, month, "Rp55.000")
		require.Contains(t, month, text.T("monthpaper.title"))
		require.Equal(t, http.StatusNotFound, companion.get(at+"/bulan.pdf").status)
		_, err := h.finance.Printed(ctx, h.Companion(shop), shop.ID, time.Unix(0, 0), time.Unix(1, 0))
		require.True(t, fault.Is(err, fault.KindForbidden), "%v", err)
	})
}
