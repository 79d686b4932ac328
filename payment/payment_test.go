package payment_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

func TestPay(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.start(50_000)
		require.Equal(t, payment.Created, p.State)
		require.Empty(t, p.InvoiceURL)
		p, err := w.svc.Open(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.Open, p.State)
		require.Contains(t, p.InvoiceURL, "/web/"+p.GatewayID)

		inv := w.sim.State().Invoices[0]
		require.Equal(t, p.Reference, inv.ExternalID)
		require.EqualValues(t, 50_000, inv.Amount)
		require.WithinDuration(t, p.ExpiresAt, time.Time(inv.ExpiryDate), 2*time.Second)
		require.False(t, p.ExpiresAt.Before(time.Time(inv.ExpiryDate)), "the invoice must not outlive what is held for it")

		require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
		require.Equal(t, []int{200}, w.callbacks(1))
		p = w.payment(p.ID)
		require.Equal(t, payment.Paid, p.State)
		require.True(t, p.Exact())
		require.Equal(t, "DANA", p.Channel)
		require.EqualValues(t, 50_000, p.PaidAmount)
		require.Equal(t, []string{"paid"}, w.told.heard())
		require.Equal(t, p.Purpose(), w.told.last.Purpose())

		w.advance(time.Hour)
		w.reconcile()
		require.Equal(t, payment.Settled, w.payment(p.ID).State)
		require.Equal(t, []string{"paid", "settled"}, w.told.heard())
		w.advance(24 * time.Hour)
		w.reconcile()
		require.Equal(t, []string{"paid", "settled"}, w.told.heard())
		w.proven()
	})
}

// A channel that settles at once: the record passes through paid all the same.
func TestPay_SettledAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "BNI")
		require.Equal(t, payment.Settled, p.State)
		require.Equal(t, []string{"paid", "settled"}, w.told.heard())
		w.proven()
	})
}

func TestStart_Rules(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		purpose := payment.Purpose{Kind: "purchase", ID: 1}
		for _, c := range []struct {
			name string
			n    payment.New
			kind fault.Kind
			says string
		}{
			{"below the smallest", payment.New{Purpose: purpose, Amount: payment.Smallest - 1}, fault.KindInvalid, "Rp10.000"},
			{"negative", payment.New{Purpose: purpose, Amount: -5}, fault.KindInvalid, "Rp10.000"},
			{"above the largest", payment.New{Purpose: purpose, Amount: payment.Largest() + 1}, fault.KindInvalid, "Rp1.000.000.000"},
			{"over before it starts", payment.New{Purpose: purpose, Amount: 20_000, ExpiresAt: time.Now().Add(-time.Hour)}, fault.KindInvalid, "Waktu bayar"},
		} {
			_, err := w.tryStart(c.n)
			require.True(t, fault.Is(err, c.kind), "%s: %v", c.name, err)
			f := fault.As(err)
			require.Contains(t, text.T(f.Key, f.Args...), c.says, c.name)
		}
		_, err := w.tryStart(payment.New{Purpose: payment.Purpose{Kind: "nobody's", ID: 1}, Amount: 20_000})
		require.Error(t, err)

		first, err := w.tryStart(payment.New{Purpose: purpose, Amount: payment.Smallest})
		require.NoError(t, err)
		_, err = w.tryStart(payment.New{Purpose: purpose, Amount: 20_000})
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		list, err := w.svc.PaymentsFor(w.ctx, purpose)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, first.ID, list[0].ID)
	})
}

// Request, job and impatient tabs at once: one invoice.
func TestOpen_Once(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.start(50_000)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				got, err := w.svc.Open(w.ctx, p.ID)
				if err != nil || (got.State != payment.Open && got.State != payment.Created) {
					t.Errorf("got %s, %v", got.State, err)
				}
			})
		}
		wg.Wait()
		require.Len(t, w.sim.State().Invoices, 1)
		require.Equal(t, payment.Open, w.payment(p.ID).State)
	})
}

// Whatever the gateway does while an invoice is made, there is exactly one in
// the end, and the buyer can pay it.
func TestOpen_Trouble(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   string
		commit bool
		state  payment.State
	}{
		{"timeout", true, payment.Unknown}, {"timeout", false, payment.Unknown}, {"hangup", true, payment.Unknown},
		{"500", true, payment.Unknown}, {"500", false, payment.Unknown}, {"html", true, payment.Unknown}, {"html", false, payment.Unknown},
		{"html200", true, payment.Unknown}, {"truncated", true, payment.Unknown}, {"429", false, payment.Created},
	} {
		each(t, fmt.Sprint(c.kind, " commit=", c.commit), func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, nil)
			p := w.start(50_000)
			w.fault("create_invoice", c.kind, c.commit, 1)
			got, err := w.svc.Open(w.ctx, p.ID)
			require.True(t, fault.Is(err, fault.KindUnavailable), "%s: %v", c.kind, err)
			require.Equal(t, c.state, got.State, c.kind)
			require.Equal(t, c.state, w.payment(p.ID).State, c.kind)
			// The look-up before the next try fails too, once.
			w.fault("find_invoices", "500", false, 1)
			_, err = w.svc.Open(w.ctx, p.ID)
			require.True(t, fault.Is(err, fault.KindUnavailable), "%s: %v", c.kind, err)
			if !c.commit && c.state == payment.Unknown {
				// Not found yet is not yet "not there".
				_, err = w.svc.Open(w.ctx, p.ID)
				require.True(t, fault.Is(err, fault.KindUnavailable), "%s: %v", c.kind, err)
				require.Empty(t, w.sim.State().Invoices)
				w.advance(21 * time.Second)
			}
			got, err = w.svc.Open(w.ctx, p.ID)
			require.NoError(t, err, c.kind)
			require.Equal(t, payment.Open, got.State, c.kind)
			require.Len(t, w.sim.State().Invoices, 1, "%s commit=%v", c.kind, c.commit)
			require.Equal(t, got.GatewayID, w.sim.State().Invoices[0].ID)
			require.Empty(t, w.told.heard())
		})
	}
}

// A refused invoice ends the payment at once; a wrong e-mail address is no
// reason; a wrong key is ours to mend and ends nothing.
func TestOpen_Refused(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		purpose := payment.Purpose{Kind: "purchase", ID: 7_000_001}
		p, err := w.tryStart(payment.New{Purpose: purpose, Amount: 50_000, PayerName: "Rina", Email: "not an address"})
		require.NoError(t, err)
		p, err = w.svc.Open(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.Open, p.State)

		wrong := *w
		wrong.svc = w.service(&refusing{Gateway: w.gateway, with: payment.Rejected{Status: 401, Code: "INVALID_API_KEY"}})
		p = w.start(50_000)
		_, err = wrong.svc.Open(w.ctx, p.ID)
		require.True(t, fault.Is(err, fault.KindUnavailable), "%v", err)
		require.Equal(t, payment.Created, w.payment(p.ID).State)

		wrong.svc = w.service(&refusing{Gateway: w.gateway, with: payment.Rejected{Status: 400, Code: "NO_COLLECTION_METHODS_ERROR"}})
		p, err = wrong.svc.Open(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.Failed, p.State)
		require.Equal(t, "NO_COLLECTION_METHODS_ERROR", p.FailureCode)
		require.Equal(t, []string{"lapsed"}, w.told.heard())
		w.proven()
	})
}

// 50 callbacks, received and worked off in parallel: one effect, all 2xx.
func TestCallback_FiftyTimes(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.CallbackRepeat = 50 })
		p := w.open(50_000)
		require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
		var statuses []int
		for range 50 {
			statuses = append(statuses, <-w.answers)
		}
		for _, s := range statuses {
			require.Equal(t, 200, s)
		}
		rows := w.stored("new")
		require.Len(t, rows, 1)
		require.Equal(t, 50, rows[0].Times)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := w.svc.HandleCallback(w.ctx, rows[0].ID); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() { // the browser comes back at the same moment
				if _, err := w.svc.Refresh(w.ctx, p.ID); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, []string{"paid"}, w.told.heard())
		require.Equal(t, payment.Paid, w.payment(p.ID).State)
		require.Len(t, w.stored("done"), 1)
		w.proven()
	})
}

func TestCallback_Dropped(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.CallbackDrop = -1 })
		p := w.open(50_000)
		w.advance(30 * time.Minute)
		w.reconcile()
		require.Equal(t, payment.Open, w.payment(p.ID).State)
		require.NoError(t, w.sim.Pay(p.Reference, "QRIS", 0))
		w.advance(5 * time.Minute)
		w.reconcile()
		require.Equal(t, payment.Paid, w.payment(p.ID).State)
		require.Equal(t, []string{"paid"}, w.told.heard())
	})
}

// The page a buyer returns to asks the gateway itself, but not at every reload.
func TestRefresh(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.CallbackDrop = -1 })
		p := w.open(50_000)
		require.NoError(t, w.sim.Pay(p.Reference, "QRIS", 0))
		got, err := w.svc.Refresh(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.Open, got.State, "asked within ten seconds of the last look")
		w.advance(11 * time.Second)
		w.fault("get_invoice", "html", false, 1)
		got, err = w.svc.Refresh(w.ctx, p.ID)
		require.NoError(t, err, "the buyer sees our record while the gateway is down")
		require.Equal(t, payment.Open, got.State)
		w.advance(11 * time.Second)
		got, err = w.svc.Refresh(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.Paid, got.State)
	})
}

func TestCallback_Forged(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.open(50_000)
		body := func(change map[string]string) []byte {
			s := fmt.Sprintf(`{"id":%q,"external_id":%q,"status":"PAID","amount":50000,"paid_amount":50000,"currency":"IDR","payment_channel":"DANA","payment_id":"x"}`, p.GatewayID, p.Reference)
			for from, to := range change {
				s = strings.Replace(s, from, to, 1)
			}
			return []byte(s)
		}
		for _, bad := range []string{"", "wrong", token + "x", token[:len(token)-1]} {
			err := w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, bad, body(nil))
			require.True(t, fault.Is(err, fault.KindUnauthenticated), "token %q: %v", bad, err)
		}
		require.Empty(t, w.stored("new", "done", "held", "unmatched", "unreadable"))
		require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, "an older token", body(map[string]string{`"x"`: `"first"`})))

		// With a stolen token: what the gateway does not confirm is not believed.
		cases := []map[string]string{
			nil, // plainly not paid
			{`"amount":50000`: `"amount":50001`},
			{`"amount":50000`: `"amount":49999`},
			{`"IDR"`: `"USD"`},
			{p.Reference: "lapak-purchase-somebody-elses"},
		}
		for _, c := range cases {
			require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, token, body(c)))
			w.handle()
		}
		require.Equal(t, payment.Open, w.payment(p.ID).State)
		require.Empty(t, w.told.heard())
		held := w.stored("held")
		require.NotEmpty(t, held)
		for _, h := range held {
			require.NotEmpty(t, h.Note)
		}

		// Unknown references are answered 2xx and kept; so are bodies of no sense.
		require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, token, []byte(`{"id":"579c8d61f23fa4ca35e52da4","external_id":"invoice_123124123","status":"PAID","amount":50000,"currency":"IDR"}`)))
		for _, junk := range []string{"", "null", "[]", "{", "<html>", `{"id":7}`, "\x00\xff"} {
			require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, token, []byte(junk)), "%q", junk)
			require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackPayout, token, []byte(junk)), "%q", junk)
			require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackRefund, token, []byte(junk)), "%q", junk)
		}
		require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, token, []byte(`{"id":"a\u0000b","external_id":"\u0000","status":"PAID","amount":1,"currency":"IDR"}`)))
		w.handle()
		require.Len(t, w.stored("unmatched"), 2)
		require.Len(t, w.stored("unreadable"), 3*7)
		err := w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, token, make([]byte, payment.MaxCallback+1))
		require.True(t, fault.Is(err, fault.KindTooLarge), "%v", err)
		err = w.svc.ReceiveCallback(w.ctx, "other", token, nil)
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)

		// The true callback still gets through afterwards.
		require.NoError(t, w.sim.Pay(p.Reference, "OVO", 0))
		w.callbacks(1)
		require.Equal(t, payment.Paid, w.payment(p.ID).State)
		require.Equal(t, []string{"paid"}, w.told.heard())
		w.proven()
	})
}

// The webhook arrives before our own transaction knows the invoice.
func TestCallback_BeforeTheAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.start(50_000)
		w.fault("create_invoice", "timeout", true, 1)
		_, err := w.svc.Open(w.ctx, p.ID)
		require.Error(t, err)
		require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
		w.callbacks(1)
		got := w.payment(p.ID)
		require.Equal(t, payment.Paid, got.State)
		require.NotEmpty(t, got.GatewayID)
		// The job that made the invoice comes late and changes nothing.
		got, err = w.svc.Open(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.Paid, got.State)
		require.Len(t, w.sim.State().Invoices, 1)
		require.Equal(t, []string{"paid"}, w.told.heard())
	})
}

// The settler fails: nothing of the payment is kept, and the next try is whole.
func TestSettlerFails(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.open(50_000)
		w.told.refuse = 1
		require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
		require.Equal(t, 200, <-w.answers)
		row := w.stored("new")[0]
		require.ErrorIs(t, w.svc.HandleCallback(w.ctx, row.ID), errBooks)
		require.Equal(t, payment.Open, w.payment(p.ID).State)
		require.NoError(t, w.svc.HandleCallback(w.ctx, row.ID))
		require.Equal(t, payment.Paid, w.payment(p.ID).State)
		require.Equal(t, []string{"paid"}, w.told.heard())
	})
}

// Every order in which readings can come ends the same, and tells each thing
// once: paid beats expired beats pending.
func TestMerge_EveryOrder(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.CallbackDrop = -1 })
		statuses := []payment.InvoiceStatus{payment.InvoicePending, payment.InvoicePaid, payment.InvoiceSettled, payment.InvoiceExpired}
		g := &liar{Gateway: w.gateway}
		svc := w.service(g)
		n := 0
		for _, order := range permutations(statuses) {
			p := w.open(50_000)
			before := len(w.told.heard())
			for _, status := range append(order, order...) { // and all over again
				g.invoice = func(inv payment.Invoice) payment.Invoice {
					inv.Status = status
					if status == payment.InvoicePaid || status == payment.InvoiceSettled {
						inv.PaidAmount, inv.PaidAt, inv.Channel = inv.Amount, time.Now(), "DANA"
					}
					return inv
				}
				n++
				body := fmt.Sprintf(`{"id":%q,"external_id":%q,"status":"TRY-%d","amount":50000,"currency":"IDR"}`, p.GatewayID, p.Reference, n)
				require.NoError(t, svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, token, []byte(body)))
				for _, row := range w.stored("new") {
					require.NoError(t, svc.HandleCallback(w.ctx, row.ID))
				}
			}
			require.Equal(t, payment.Settled, w.payment(p.ID).State, "%v", order)
			events := w.told.heard()[before:]
			seen := map[string]int{}
			for _, e := range events {
				seen[e]++
				require.Equal(t, 1, seen[e], "%v told %v", order, events)
			}
			require.Equal(t, 1, seen["paid"])
			require.Equal(t, 1, seen["settled"])
			if seen["lapsed"] == 1 {
				require.Equal(t, "lapsed", events[0], "%v", order)
				require.True(t, w.payment(p.ID).Late)
			}
		}
		w.proven()
	})
}

func permutations[T any](list []T) (all [][]T) {
	if len(list) == 1 {
		return [][]T{{list[0]}}
	}
	for i := range list {
		rest := append(append([]T{}, list[:i]...), list[i+1:]...)
		for _, p := range permutations(rest) {
			all = append(all, append([]T{list[i]}, p...))
		}
	}
	return all
}

func (w *world) cancel(p payment.Payment) {
	w.t.Helper()
	require.NoError(w.t, database.InTx(w.ctx, w.db, func(tx *gorm.DB) error { return w.svc.CancelTx(w.ctx, tx, p.ID) }))
}
