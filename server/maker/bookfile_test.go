package maker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/server/document/papertest"
)

// A month with several sales a day, with own money put in and taken out: the page folds
// the sales, and the files say what the service says, as numbers.
func TestAMonthOfTheBookIsReadBack(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Dapur Baca")
		productID := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		owner := h.Owner(shop)
		service := book.NewService(db, h.regencyTx, h.Media)
		var day string
		sold := func(goods money.Rupiah) {
			t.Helper()
			orderID := h.paid(shop, productID, 1)
			h.Tx(func(tx *gorm.DB) error {
				now, err := clock.Now(ctx, tx)
				if err != nil {
					return err
				}
				return book.SaleTx(ctx, tx, book.Ended{OrderID: orderID, Number: fmt.Sprint("LB-UJI", orderID), ShopID: shop.ID, RegencyCode: shop.RegencyCode, At: now, Goods: goods, Delivery: 20_000, Courier: 20_000})
			})
		}
		sold(55_000)
		sold(55_000)
		b := h.as(shop.OwnerID)
		require.NotContains(t, b.see("/toko-saya/buku"), "book-fold", "two sales stay two lines")
		sold(110_000)
		for _, n := range []book.New{{Kind: book.Material, Amount: 62_500, Words: "Tepung"}, {Kind: book.Wage, Amount: 40_000}, {Kind: book.Capital, Amount: 500_000}, {Kind: book.Drawing, Amount: 75_000}} {
			e, _, err := service.Record(ctx, owner, shop.ID, n)
			require.NoError(t, err)
			day = e.Day
		}
		month := day[:7]
		m, err := service.Month(ctx, owner, shop.ID, month)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(220_000-62_500-40_000), m.Net(), "own money is no income and no cost")
		require.Equal(t, money.Rupiah(220_000+60_000+500_000), m.In())

		page := b.see("/toko-saya/buku?bulan=" + month)
		require.Contains(t, page, text.T("bookpage.sales", "count", 3))
		require.Contains(t, page, "Rp220.000", "what the day's orders brought")
		require.Equal(t, 1, strings.Count(page, "<details class=\"book-fold\""))

		file, err := excelize.OpenReader(strings.NewReader(b.see("/toko-saya/buku/bulan.xlsx?bulan=" + month)))
		require.NoError(t, err)
		defer func() { require.NoError(t, file.Close()) }()
		sheet := file.GetSheetName(0)
		rows, err := file.GetRows(sheet, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		found := map[string]string{}
		for i, r := range rows {
			for at, cell := range r {
				if at != 3 && at != 4 || cell == "" || i == 0 {
					continue
				}
				name, err := excelize.CoordinatesToCellName(at+1, i+1)
				require.NoError(t, err)
				kind, err := file.GetCellType(sheet, name)
				require.NoError(t, err)
				require.Contains(t, []excelize.CellType{excelize.CellTypeNumber, excelize.CellTypeUnset}, kind, "%s says %s", name, cell)
				if r[0] == "" {
					found[r[2]] = cell
				}
			}
		}
		require.Equal(t, map[string]string{text.T("bookpage.in"): fmt.Sprint(int64(m.In())), text.T("bookpage.out"): fmt.Sprint(int64(m.Out())),
			text.T("bookpage.left"): fmt.Sprint(int64(m.Left())), text.T("bookpage.net"): fmt.Sprint(int64(m.Net()))}, found)

		pages, err := papertest.Pages([]byte(b.see("/toko-saya/buku/laporan.pdf?bulan=" + month)))
		require.NoError(t, err)
		require.Len(t, pages, 1, "one page")
		said := strings.Join(pages[0], "\n")
		for _, amount := range []money.Rupiah{m.In(), m.Out(), m.Left(), m.Net(), 220_000, 500_000, 75_000} {
			require.Contains(t, said, amount.String())
		}
		require.Contains(t, strings.Join(pages[0], " "), m.Net().Words())
		require.Contains(t, said, shop.Name)
	})
}
