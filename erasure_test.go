package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// canaries are what is known of the maker of the test world, and of nobody else.
var canaries = []string{"Pembuat Uji", "81200000103", "Jl. Melati 4", "3519034101900001", "7788990011223", makerStory}

// trade is the name her shop had, which buyers read.
var trade = []string{"Dapur Uji", "dapur-uji"}

// notExported are the tables in which the person's words or numbers stand and
// that the person's own copy leaves out, each with the reason.
var notExported = map[string]string{
	"order_addresses": "of buyers",
}

// earned gives the maker a finished, paid-out order: everything a maker can have.
func (w *world) earned(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, w.accounts.SetNIK(ctx, w.officer, w.maker.UserID, "3519034101900001"))
	w.portrayed(t)
	for _, kind := range []account.ConsentKind{account.ConsentStory, account.ConsentPhoto} {
		_, err := w.accounts.GiveConsent(ctx, w.officer, account.NewConsent{UserID: w.maker.UserID, Kind: kind, Evidence: "formulir Pembuat Uji"})
		require.NoError(t, err)
	}
	jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
	w.bank(t, "7788990011223")
	v := w.visitor(t)
	bought := w.buy(t, v, map[int64]int{jar: 1}, w.shop)
	w.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})
	soon(t, "paid and settled", func() bool {
		w.db.Clock().Advance(time.Second)
		return w.see(t, bought.Token).Payment.State == payment.Settled
	})
	w.ship(t, bought.Orders[0].ID)
	w.confirm(t, v, bought.Orders[0])
	w.fees(t)
	soon(t, "the money is hers", func() bool { return w.balance(t, ledger.ShopPayable, w.shop) == bought.Orders[0].Total })
}

// fees waits until the gateway told what it kept.
func (w *world) fees(t *testing.T) {
	t.Helper()
	soon(t, "every fee is known", func() bool {
		n, err := w.payments.FeesUnknown(context.Background())
		return err == nil && n == 0
	})
}

// A person takes a copy of everything that is stored of her, asks to be forgotten,
// and is refused with what is open; once it is settled, one of the agency checks
// and an admin forgets. Then no table and no picture holds a word of her, nobody
// signs in as her, the audit is clean and every amount stands as it stood.
func TestAPersonIsCopiedAndForgotten(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.earned(t)
		admin := w.person(t, "Admin Uji", "081200000115", account.RoleAdmin, w.officer.AgencyID)
		her := w.visitor(t)
		w.enter(t, her, w.maker.UserID)

		// The copy.
		res, err := her.http.Get(her.base + "/akun/data/unduh")
		require.NoError(t, err)
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
		z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		require.NoError(t, err)
		var all strings.Builder
		for _, f := range z.File {
			file, err := f.Open()
			require.NoError(t, err)
			_, err = io.Copy(&all, file)
			require.NoError(t, err)
		}
		copied := all.String()
		for _, word := range append(trade, canaries...) {
			require.Contains(t, copied, word, "the copy lacks it")
		}
		for _, word := range []string{"Pembeli Uji", "81200000099", "Jalan Melati 7"} {
			require.NotContains(t, copied, word, "the copy gives away a buyer")
		}
		sections, err := w.program.DataOf(ctx, w.maker)
		require.NoError(t, err)
		w.everyTableIsCopied(t, sections)

		// Asked, and refused while something is open.
		post := func(v *visitor, path string, form url.Values) {
			t.Helper()
			p, err := v.post(path, form)
			require.NoError(t, err)
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
		}
		post(her, "/akun/data/hapus", nil)
		post(her, "/akun/data/hapus", nil)
		request := w.count(t, "SELECT id FROM erasures WHERE state = 'asked'")
		p, err := her.get("/akun/data")
		require.NoError(t, err)
		require.Contains(t, p.body, "Toko yang masih punya uang: 1")
		require.True(t, fault.Is(w.program.CheckErasure(ctx, w.officer, request), fault.KindConflict))
		w.takeOut(t, w.balance(t, ledger.ShopPayable, w.shop), finance.Paid)
		w.simulator(t, "advance", map[string]any{"duration": "10m"})

		w.fees(t)
		before := w.amounts(t)
		var pictures []string
		require.NoError(t, w.db.Read(ctx).Raw("SELECT key FROM pictures WHERE owner_kind IN ('portrait', 'consent')").Scan(&pictures).Error)
		require.NotEmpty(t, pictures)
		require.True(t, fault.Is(w.program.DoErasure(ctx, admin, request), fault.KindConflict), "nobody checked")
		require.True(t, fault.Is(w.program.CheckErasure(ctx, w.maker, request), fault.KindNotFound))
		require.NoError(t, w.program.CheckErasure(ctx, w.officer, request))
		require.True(t, fault.Is(w.program.DoErasure(ctx, w.officer, request), fault.KindNotFound), "only an admin")
		held := w.dump(t)
		for _, word := range []string{"Pembuat Uji", "81200000103", makerStory} {
			require.Contains(t, held["users"]+held["shops"], word, "the control: before, she is there")
		}
		require.NoError(t, w.program.DoErasure(ctx, admin, request))

		// Words of hers that were frozen on purpose stand in docs/personal-data.md.
		after := w.dump(t)
		nowhere(t, after, canaries...)
		// Keys of forgotten pages live for minutes, mails to buyers for ninety days.
		delete(after, "invalidations")
		delete(after, "messages")
		nowhere(t, after, trade...)
		require.Contains(t, after["users"], personal.Erased)
		for _, key := range pictures {
			ok, err := w.bucket.Exists(ctx, "pictures/"+key+"/master.jpg")
			require.NoError(t, err)
			require.False(t, ok, "her picture is still stored")
		}
		require.Equal(t, before, w.amounts(t), "the books changed")
		p, err = her.get("/akun/data")
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, "she is signed out")
		_, err = w.accounts.UserByPhone(ctx, "081200000103")
		require.True(t, fault.Is(err, fault.KindNotFound))
		require.True(t, fault.Is(w.program.DoErasure(ctx, admin, request), fault.KindConflict), "twice")
		w.clean(t)
	})
}

// amounts is every amount of the books, order by order and line by line.
func (w *world) amounts(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, sql := range []string{
		"SELECT id, entry_id AS a, owner AS b, amount AS c FROM journal_lines ORDER BY id",
		"SELECT 0 AS id, owner AS a, 0 AS b, amount AS c FROM balances ORDER BY kind, owner",
		"SELECT id, goods AS a, total AS b, refunded AS c FROM orders ORDER BY id",
		"SELECT id, amount AS a, payout_id AS b, 0 AS c FROM withdrawals ORDER BY id",
		"SELECT id, amount AS a, 0 AS b, 0 AS c FROM payouts ORDER BY id",
		"SELECT id, actor_id AS a, subject_id AS b, object_id AS c FROM trail WHERE object <> 'erasure' AND (actor_id > 0 OR object <> 'consent') ORDER BY id", // consents end by themselves
	} {
		var rows []struct{ ID, A, B, C int64 }
		require.NoError(t, w.db.Read(context.Background()).Raw(sql).Scan(&rows).Error)
		fmt.Fprintln(&b, sql, rows)
	}
	return b.String()
}

// everyTableIsCopied finds each table in which the person stands, by her words or
// by her number, and asks that a section of her copy has its rows, or a reason.
func (w *world) everyTableIsCopied(t *testing.T, sections []personal.Section) {
	t.Helper()
	var copied strings.Builder
	for _, s := range sections {
		raw, err := s.JSON()
		require.NoError(t, err)
		copied.Write(raw)
	}
	for table, content := range w.dump(t) {
		if _, excused := notExported[table]; excused {
			continue
		}
		for _, word := range canaries {
			if strings.Contains(content, word) && !strings.Contains(copied.String(), word) {
				t.Errorf("table %s holds %q, which her copy lacks", table, word)
			}
		}
	}
}

// Buyers without an account are forgotten when complaints and claims are over;
// amounts stay.
func TestWhatNobodyNeedsIsForgotten(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.earned(t)
		buyer := []string{"Pembeli Uji", "81200000099", "Jalan Melati 7"}
		held := w.dump(t)
		for _, word := range buyer {
			require.Contains(t, held["orders"]+held["order_addresses"], word, "the control: before, they are there")
		}
		before := w.amounts(t)
		require.NoError(t, w.forgetOld(ctx))
		require.Contains(t, w.dump(t)["orders"], "Pembeli Uji", "nothing is forgotten too early")
		w.db.Clock().Advance(order.KeepBuyers + 24*time.Hour)
		require.NoError(t, w.forgetOld(ctx))
		// The jump made timers write to the buyer once more.
		w.db.Clock().Advance(notify.KeepMessages + 24*time.Hour)
		require.NoError(t, w.forgetOld(ctx))
		nowhere(t, w.dump(t), buyer...)
		require.Equal(t, before, w.amounts(t))
		require.Zero(t, w.count(t, "SELECT count(*) FROM callbacks WHERE body_sealed <> '' AND state = 'done'"))
		w.clean(t)
	})
}
