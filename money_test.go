package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/program"
)

// simulator asks the gateway's process for something on its control address.
func (w *world) simulator(t *testing.T, address string, in any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(in)
	require.NoError(t, err)
	res, err := http.Post(w.gateway+"/_simulator/"+address, "application/json", bytes.NewReader(raw))
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s: %s", address, body)
	var out map[string]any
	require.NoError(t, json.Unmarshal(body, &out))
	return out
}

// callback sends what a gateway would and returns the status.
func (w *world) callback(token string, body any) (int, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequest(http.MethodPost, w.url+"/webhook/xendit/invoice", bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Callback-Token", token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// soon waits for something that jobs and callbacks bring about.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, patience, 50*time.Millisecond, what)
}

func (w *world) count(t *testing.T, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, w.db.Read(context.Background()).Raw(query, args...).Scan(&n).Error)
	return n
}

func (w *world) balance(t *testing.T, kind ledger.AccountKind, owner int64) money.Rupiah {
	t.Helper()
	amount, err := w.books.Balance(context.Background(), ledger.Account{Kind: kind, Owner: owner})
	require.NoError(t, err)
	return amount
}

// another opens a second shop and returns the world as its maker sees it.
func (w *world) another(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	invited, err := w.program.Invite(ctx, w.officer, program.Invitation{
		FormKey: id.Token(), Name: "Pembuat Kedua", Phone: "081200000104", ShopName: "Jahit Uji", Kind: catalog.Individual,
		District: "35.19.03", Village: "Sareng", Street: "Jl. Melati 5", Consent: "formulir", Courier: true,
	})
	require.NoError(t, err)
	require.NoError(t, w.program.Verify(ctx, w.officer, invited.ShopID))
	require.NoError(t, w.program.Open(ctx, w.officer, invited.ShopID))
	second := *w
	second.shop = invited.ShopID
	second.maker, err = w.accounts.Actor(ctx, invited.MakerID)
	require.NoError(t, err)
	return &second
}

// bank gives the shop a confirmed account whose rest is over.
func (w *world) bank(t *testing.T, number string) {
	t.Helper()
	ctx := t.Context()
	const ago = account.RestAfterReset + time.Hour
	w.db.Clock().Advance(-ago)
	defer w.db.Clock().Advance(ago)
	proposed, err := w.app.finance.SetBankAccount(ctx, w.maker, w.shop, payment.Bank{ChannelCode: "ID_BRI", AccountNumber: number, HolderName: "Pembuat Uji"}, id.Token())
	require.NoError(t, err)
	require.NoError(t, w.app.finance.ConfirmBankAccount(ctx, w.officer, proposed.ID))
}

// buy sends a filled cart through checkout to the gateway's page, by courier, and
// returns the purchase as the payment page knows it.
func (w *world) buy(t *testing.T, v *visitor, quantities map[int64]int, shops ...int64) checkout.Purchase {
	t.Helper()
	for product, n := range quantities {
		p, err := v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {fmt.Sprint(n)}})
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
	}
	p, err := v.get("/checkout")
	require.NoError(t, err)
	fill := func(p page, step string) url.Values {
		form := p.fields("form[data-checkout]")
		for name, value := range map[string]string{
			"nama": "Pembeli Uji", "hp": "0812 0000 0099", "provinsi": "35", "kabupaten": "35.78", "kecamatan": "35.78.16",
			"desa": "Ampel", "jalan": "Jalan Melati 7", "kodepos": "60151", "langkah": step,
		} {
			form.Set(name, value)
		}
		for _, shop := range shops {
			form.Set(fmt.Sprintf("kirim_%d", shop), "courier")
		}
		return form
	}
	p, err = v.post("/checkout", fill(p, "hitung"))
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, p.status, p.body)
	p, err = v.post("/checkout", fill(p, "bayar"))
	require.NoError(t, err)
	return w.bought(t, p)
}

func (w *world) see(t *testing.T, token string) checkout.Purchase {
	t.Helper()
	p, err := w.app.checkout.ByToken(context.Background(), token)
	require.NoError(t, err)
	return p
}

func (w *world) move(t *testing.T, orderID int64, name order.Transition, in order.MoveInput) order.Order {
	t.Helper()
	in.FormKey = id.Token()
	o, err := w.orders.Move(t.Context(), w.maker, orderID, name, in)
	require.NoError(t, err)
	return o
}

func (w *world) ship(t *testing.T, orderID int64) {
	t.Helper()
	w.move(t, orderID, order.Start, order.MoveInput{})
	w.move(t, orderID, order.Finish, order.MoveInput{})
	w.move(t, orderID, order.Dispatch, order.MoveInput{Courier: "JNE", TrackingNumber: "UJI123"})
}

func (w *world) confirm(t *testing.T, v *visitor, o order.Order) {
	t.Helper()
	address := "/pesanan/" + o.Token
	p, err := v.get(address)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, p.status)
	form := p.fields(fmt.Sprintf("form[action=%q]", address+"/terima"))
	require.NotEmpty(t, form.Get("form_key"))
	for range 2 { // pressed twice
		p, err = v.post(address+"/terima", form)
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
	}
}

// From the cart to the makers' bank accounts, to the last rupiah: two shops, one
// payment, callbacks that lie, come early, twentyfold or never, a part refused,
// one order finished before and one after the money settled, a payout that stays
// and one that comes back. At the end the books hold what the gateway holds.
func TestTheMoneyOfAPurchaseOverTwoShops(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		w.simulator(t, "settings", map[string]any{"settle_after_ms": 3_600_000, "callback_repeat": 3})
		tailor := w.another(t)
		jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
		mask := tailor.product(t, "Masker uji", 7_500, catalog.ModeStock, 20)
		w.bank(t, "1234567890123")
		tailor.bank(t, "654321") // arrives, and comes back
		v := w.visitor(t)
		bought := w.buy(t, v, map[int64]int{jar: 3, mask: 2}, w.shop, tailor.shop)
		require.Len(t, bought.Orders, 2)
		jars, masks := bought.Orders[0], bought.Orders[1]
		require.Equal(t, bought.Total, jars.Total+masks.Total)
		require.Positive(t, jars.Delivery.Fee)
		require.Positive(t, masks.Delivery.Fee)

		// Forged, and early: nothing is believed.
		claim := map[string]any{
			"id": bought.Payment.GatewayID, "external_id": bought.Payment.Reference, "status": "PAID", "currency": "IDR",
			"amount": int64(bought.Total), "paid_amount": int64(bought.Total), "payment_method": "QR_CODE", "payment_channel": "QRIS",
		}
		status, err := w.callback("a wrong token", claim)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, status)
		require.Zero(t, w.count(t, "SELECT count(*) FROM callbacks"))
		status, err = w.callback(testToken, claim)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		soon(t, "the early callback is held", func() bool { return w.count(t, "SELECT count(*) FROM callbacks WHERE state = 'held'") == 1 })
		require.Equal(t, checkout.Awaiting, w.see(t, bought.Token).State)

		// Paid once, told many times at the same moment.
		w.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if status, err := w.callback(testToken, claim); err != nil || status != http.StatusOK {
					t.Errorf("callback answered %d %v", status, err)
				}
			})
		}
		wg.Wait()
		soon(t, "paid", func() bool { return w.see(t, bought.Token).State == checkout.Paid })
		require.Equal(t, jars.Total, w.balance(t, ledger.Held, jars.ID))
		require.Equal(t, masks.Total, w.balance(t, ledger.Held, masks.ID))
		require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM journal_entries WHERE kind = 'paid'"))
		require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM messages WHERE kind = 'purchase_paid'"))
		p, err := v.get("/pembayaran/" + bought.Token)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status)
		require.Contains(t, p.body, jars.Number)

		// One jar cannot be made. QRIS takes no part back, so the buyer names an account.
		w.move(t, jars.ID, order.RefusePart, order.MoveInput{Reason: "toples pecah", Lines: map[int64]int64{jars.Lines[0].ID: 1}})
		require.Equal(t, money.Rupiah(55_000), w.balance(t, ledger.RefundDue, jars.ID))
		p, err = v.get("/pesanan/" + jars.Token)
		require.NoError(t, err)
		link := p.Find(`a[href^="/pengembalian/"]`).AttrOr("href", "")
		require.NotEmpty(t, link, p.body)
		for i, number := range []string{"1111122222333", "9999988888777"} { // the second one comes too late
			p, err = v.post(link, url.Values{"bank": {"ID_BRI"}, "rekening": {number}, "pemilik": {"Pembeli Uji"}})
			require.NoError(t, err)
			require.Equal(t, http.StatusSeeOther, p.status, "%d: %s", i, p.body)
		}
		soon(t, "the refund left", func() bool { return w.balance(t, ledger.RefundDue, jars.ID) == 0 })
		require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM payouts"))

		// Finished before it settled: held. Settled before it finished: delivery only.
		tailor.ship(t, masks.ID)
		w.confirm(t, v, masks)
		w.ship(t, jars.ID)
		require.Zero(t, w.balance(t, ledger.ShopPayable, tailor.shop))
		require.Equal(t, masks.Total, w.balance(t, ledger.Held, masks.ID))
		w.simulator(t, "advance", map[string]any{"duration": "2h"})
		w.db.Clock().Advance(2 * time.Minute)
		soon(t, "settled", func() bool { return w.see(t, bought.Token).Payment.State == payment.Settled })
		require.Equal(t, masks.Total, w.balance(t, ledger.ShopPayable, tailor.shop))
		require.Equal(t, jars.Delivery.Fee, w.balance(t, ledger.ShopPayable, w.shop))
		w.confirm(t, v, jars)
		earned := jars.Total - 55_000
		require.Equal(t, earned, w.balance(t, ledger.ShopPayable, w.shop))

		// Numbers of makers and buyers passed through forms, payouts and callbacks; a
		// copy of the database holds none.
		w.takeOut(t, earned, finance.Paid)
		tailor.takeOut(t, masks.Total, finance.Paid)
		w.simulator(t, "advance", map[string]any{"duration": "10m"})
		soon(t, "the bank sent it back", func() bool { return w.balance(t, ledger.ShopPayable, tailor.shop) == masks.Total })
		require.Zero(t, w.balance(t, ledger.ShopPayable, w.shop))
		require.Zero(t, w.balance(t, ledger.PayoutTransit, 0))

		// The callback never comes: the poller finds the money.
		w.simulator(t, "settings", map[string]any{"callback_drop": -1})
		lost := w.buy(t, v, map[int64]int{jar: 1}, w.shop)
		w.simulator(t, "invoices/"+lost.Payment.GatewayID+"/pay", map[string]any{"channel": "BNI"})
		w.db.Clock().Advance(5 * time.Minute)
		soon(t, "found by asking", func() bool { return w.see(t, lost.Token).Payment.State == payment.Settled })
		soon(t, "every fee is known", func() bool {
			n, err := w.payments.FeesUnknown(context.Background())
			return err == nil && n == 0
		})
		nowhere(t, w.dump(t), "1234567890123", "654321", "1111122222333")

		var state struct {
			Balance int64 `json:"balance"`
		}
		res, err := http.Get(w.gateway + "/_simulator/state")
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		require.NoError(t, json.NewDecoder(res.Body).Decode(&state))
		const start = 50_000_000 // what the simulator begins with
		require.EqualValues(t, state.Balance-start, w.balance(t, ledger.Gateway, 0), "the books hold what the gateway holds")
		fees := bought.Total*7/1000 + 4_440 + 3*2_775 // QRIS, a virtual account, and three payouts: a refund, one that stays, one that comes back
		require.Equal(t, fees, w.balance(t, ledger.Subsidy, 0), "we bear them")
		require.Equal(t, masks.Total+lost.Total-fees, w.balance(t, ledger.Gateway, 0))
		w.clean(t)
	})
}

// takeOut asks for money from two windows and has it approved by a hasty clerk.
func (w *world) takeOut(t *testing.T, amount money.Rupiah, end finance.State) {
	t.Helper()
	ctx := t.Context()
	clerk := w.person(t, "Keuangan Uji", fmt.Sprintf("0812000002%02d", w.shop), account.RoleFinance, w.officer.AgencyID)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var asked []finance.Withdrawal
	for range 4 {
		wg.Go(func() {
			r, err := w.app.finance.RequestWithdrawal(ctx, w.maker, w.shop, amount, id.Token())
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				asked = append(asked, r)
			} else if !fault.Is(err, fault.KindConflict) {
				t.Errorf("request: %v", err)
			}
		})
	}
	wg.Wait()
	require.Len(t, asked, 1, "one request at a time")
	for range 4 {
		wg.Go(func() {
			if _, err := w.app.finance.Approve(ctx, clerk, asked[0].ID); err != nil {
				t.Errorf("approve: %v", err)
			}
		})
	}
	wg.Wait()
	require.Zero(t, w.balance(t, ledger.ShopPayable, w.shop), "out of the shop's hands at once")
	_, err := w.app.finance.RequestWithdrawal(ctx, w.maker, w.shop, amount, id.Token())
	var faulty *fault.Error
	require.True(t, errors.As(err, &faulty) && faulty.Kind == fault.KindInvalid, "%v", err)
	soon(t, "paid out", func() bool {
		return w.count(t, "SELECT count(*) FROM withdrawals WHERE id = ? AND state = ?", asked[0].ID, string(end)) == 1
	})
}

// Buyers pay and give up at the same moment, while two pollers look, callbacks
// come in and the closing job runs: each purchase ends paid or let go, no money is
// lost and nothing stays held for nobody.
func TestPayingRacesWithGivingUp(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		const buyers = 12
		w.simulator(t, "settings", map[string]any{"settle_after_ms": 0, "callback_repeat": 2})
		jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, buyers)
		var bought []checkout.Purchase
		for range buyers {
			bought = append(bought, w.buy(t, w.visitor(t), map[int64]int{jar: 1}, w.shop))
		}
		var wg sync.WaitGroup
		for i, p := range bought {
			asked := make(chan struct{})
			wg.Go(func() { // the closing job runs after the answer
				defer close(asked)
				if i%4 == 0 {
					return // this one only pays
				}
				answer, err := w.visitor(t).post("/pembayaran/"+p.Token+"/batal", nil)
				if err != nil || answer.status != http.StatusSeeOther {
					t.Errorf("giving up answered %d %v", answer.status, err)
				}
			})
			wg.Go(func() { // money is taken by a closed invoice too: then it is late
				switch i % 4 {
				case 1:
					return // this one only gives up
				case 2:
					<-asked
				}
				body := strings.NewReader(`{"channel":"DANA"}`)
				res, err := http.Post(w.gateway+"/_simulator/invoices/"+p.Payment.GatewayID+"/pay", "application/json", body)
				if err != nil {
					t.Error(err)
					return
				}
				_ = res.Body.Close()
			})
			wg.Go(func() {
				if err := w.payments.Reconcile(context.Background()); err != nil {
					t.Errorf("poll: %v", err)
				}
			})
		}
		wg.Wait()
		soon(t, "every payment ends", func() bool {
			return w.count(t, "SELECT count(*) FROM payments WHERE state IN ('created', 'unknown', 'open', 'paid')") == 0
		})
		soon(t, "every callback is handled", func() bool { return w.count(t, "SELECT count(*) FROM callbacks WHERE state = 'new'") == 0 })
		soon(t, "nothing that the gateway took is still on its way", func() bool {
			var truth gatewayState
			w.truth(t, &truth)
			var took int64
			for _, v := range truth.Invoices {
				if v.Status == "PAID" || v.Status == "SETTLED" {
					took++
				}
			}
			return took == w.count(t, "SELECT count(*) FROM payments WHERE state = 'settled'")
		})
		var paid int64
		for _, p := range bought {
			switch now := w.see(t, p.Token); now.State {
			case checkout.Paid:
				paid++
				require.Equal(t, order.ToDo, now.Orders[0].State)
			case checkout.Lapsed:
				require.Contains(t, []order.State{order.Cancelled, order.Lapsed}, now.Orders[0].State)
			default:
				t.Errorf("purchase %d is %s", p.ID, now.State)
			}
		}
		require.GreaterOrEqual(t, paid, int64(buyers/4))
		require.LessOrEqual(t, paid, int64(buyers-buyers/4))
		require.Equal(t, paid, w.count(t, "SELECT sum(taken) FROM allotments"), "held for those who paid")
		soon(t, "every fee is known", func() bool {
			n, err := w.payments.FeesUnknown(context.Background())
			return err == nil && n == 0
		})
		fee := bought[0].Total * 15 / 1000 // DANA
		fee += fee * 11 / 100
		received := w.count(t, "SELECT count(*) FROM payments WHERE state = 'settled'") // late money too
		require.Equal(t, fee*money.Rupiah(received), w.balance(t, ledger.Subsidy, 0))
		require.Equal(t, bought[0].Total*money.Rupiah(paid), w.balance(t, ledger.Gateway, 0)+w.balance(t, ledger.Subsidy, 0))
		w.clean(t)
	})
}
