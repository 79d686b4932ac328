package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
)

// told is one line of the log.
type told map[string]any

func (l told) is(key string, value any) bool { return fmt.Sprint(l[key]) == fmt.Sprint(value) }

// event is what a line tells, with the words that tell moves apart.
func (l told) event() string {
	what := fmt.Sprint(l["msg"])
	for _, key := range []string{"move", "part", "callback"} {
		if v, there := l[key]; there {
			what += " " + fmt.Sprint(v)
		}
	}
	if l["msg"] == "withdrawal moved" {
		what += " " + fmt.Sprint(l["to"])
	}
	return what
}

func lines(t *testing.T, raw string) []told {
	t.Helper()
	var all []told
	for s := bufio.NewScanner(strings.NewReader(raw)); s.Scan(); {
		var l told
		require.NoError(t, json.Unmarshal(s.Bytes(), &l), "%s", s.Text())
		all = append(all, l)
	}
	return all
}

// storyOf filters as docs/operating.md says: the events with that attribute.
func storyOf(all []told, key string, value any) (events []string, with []told) {
	for _, l := range all {
		if l.is("event", true) && l.is(key, value) {
			events, with = append(events, l.event()), append(with, l)
		}
	}
	return events, with
}

// inOrder requires that the wanted events are told once each, in that order;
// others may stand between them.
func inOrder(t *testing.T, events []string, wanted ...string) {
	t.Helper()
	at := -1
	for _, w := range wanted {
		found, times := -1, 0
		for i, e := range events {
			if e == w {
				times++
				found = i
			}
		}
		require.Equal(t, 1, times, "%q is told once in\n%s", w, strings.Join(events, "\n"))
		require.Greater(t, found, at, "%q comes in its place in\n%s", w, strings.Join(events, "\n"))
		at = found
	}
}

// From the cart to the bank, with a part sent back: the log alone tells it, by the
// order's number, by the purchase and by the withdrawal, and says nothing about
// anybody.
func TestTheLogTellsOneOrdersStory(t *testing.T) {
	test := func(t *testing.T, address string) {
		log := &lockedBuffer{}
		before := slog.Default()
		slog.SetDefault(newLog(log)) // as serve does: what runs outside request and job tells it there
		t.Cleanup(func() { slog.SetDefault(before) })
		w := servingLogged(t, address, "file://"+filepath.Join(t.TempDir(), "pictures"), "", slog.Default())
		w.people(t)
		jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
		w.bank(t, "1234567890123")
		v := w.visitor(t)
		bought := w.buy(t, v, map[int64]int{jar: 3}, w.shop)
		jars := bought.Orders[0]
		w.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})
		soon(t, "paid", func() bool { return w.see(t, bought.Token).State == checkout.Paid })
		w.move(t, jars.ID, order.RefusePart, order.MoveInput{Reason: "toples pecah", Lines: map[int64]int64{jars.Lines[0].ID: 1}})
		p, err := v.get("/pesanan/" + jars.Token)
		require.NoError(t, err)
		link := p.Find(`a[href^="/pengembalian/"]`).AttrOr("href", "")
		require.NotEmpty(t, link)
		p, err = v.post(link, url.Values{"bank": {"ID_BRI"}, "rekening": {"1111122222333"}, "pemilik": {"Pembeli Uji"}})
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		soon(t, "the refund left", func() bool { return w.balance(t, ledger.RefundDue, jars.ID) == 0 })
		w.ship(t, jars.ID)
		w.confirm(t, v, jars)
		soon(t, "settled", func() bool {
			w.db.Clock().Advance(time.Minute) // the poller looks by the shop's clock
			return w.balance(t, ledger.ShopPayable, w.shop) == jars.Total-55_000
		})
		w.takeOut(t, jars.Total-money.Rupiah(55_000), finance.Paid)
		status, err := w.callback("forged-canary-token", map[string]any{"id": "x"})
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, status)

		raw := log.String()
		all := lines(t, raw)
		events, with := storyOf(all, "order", jars.Number)
		inOrder(t, events, "order placed", "order moved pay", "order moved refuse_part", "refund booked",
			"order moved dispatch", "order moved deliver", "order moved complete", "money released goods")
		inOrder(t, events, "order moved refuse_part", "refund owed", "refund booked")
		inOrder(t, events, "order settled", "money released goods")
		for _, l := range with {
			require.True(t, l.is("purchase", bought.ID), "%v", l)
		}
		events, with = storyOf(all, "purchase", bought.ID)
		inOrder(t, events, "order placed", "purchase placed", "invoice opened", "callback received invoice", "payment paid",
			"refund requested", "refund awaits an account", "refund account given", "refund succeeded", "order moved dispatch")
		inOrder(t, events, "payment paid", "payment settled")
		var refund any
		for _, l := range with {
			if l["msg"] == "refund requested" {
				refund = l["refund"]
			}
		}
		events, _ = storyOf(all, "refund", refund)
		inOrder(t, events, "refund requested", "payout requested", "payout succeeded", "refund succeeded")
		var withdrawal any // on PostgreSQL a try that was rolled back keeps its number
		for _, l := range all {
			if l["msg"] == "withdrawal requested" {
				withdrawal = l["withdrawal"]
			}
		}
		events, _ = storyOf(all, "withdrawal", withdrawal)
		inOrder(t, events, "withdrawal requested", "payout requested", "withdrawal moved paying", "payout succeeded", "withdrawal moved paid")

		// Each step leads to the request or job that made it.
		requests := map[string]bool{}
		for _, l := range all {
			if l["msg"] == "request" {
				requests[fmt.Sprint(l["request"])] = true
			}
		}
		_, with = storyOf(all, "purchase", bought.ID)
		for _, l := range with {
			made, byJob := l["request"], l["job"]
			switch l.event() {
			case "purchase placed", "order placed", "callback received invoice", "refund account given":
				require.True(t, requests[fmt.Sprint(made)], "%v names a request of the log", l)
			case "payment paid", "payment settled", "refund succeeded":
				require.True(t, byJob != nil || made != nil, "%v", l)
			}
		}

		// Nobody is in it: neither people nor accounts nor secret addresses.
		for _, canary := range []string{
			"Pembeli Uji", "Pembuat Uji", "Petugas Uji", "0812 0000 0099", "81200000099", "81200000103", "Jalan Melati", "Jl. Melati", "toples pecah",
			"1111122222333", "1234567890123", bought.Token, jars.Token, strings.TrimPrefix(link, "/pengembalian/"), testToken, testKey,
			"forged-canary-token", w.settings.SecretKeys[0],
		} {
			if at := strings.Index(raw, canary); at >= 0 {
				t.Errorf("the log holds %q: %s", canary, raw[max(0, at-200):min(len(raw), at+200)])
			}
		}
		for _, l := range all {
			require.False(t, l.is("level", "ERROR"), "%v", l)
		}
	}
	t.Run(database.SQLite, func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "lapak.db")) })
	t.Run(database.Postgres, func(t *testing.T) { test(t, dbtest.PostgresURL(t)) })
}
