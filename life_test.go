package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/program"
)

// life is the story of one purchase from the cart to the maker's bank, with a
// part refunded and a picture uploaded on the way. Everybody in it behaves like
// a person or a gateway whose connection broke: they send the same form again
// until they are answered. So it ends well whenever the program dies, or the
// test has found something.
type life struct {
	*theatre
	t       *testing.T
	number  int
	shop    int64
	maker   account.Actor
	clerk   int64
	product int64
	v       *visitor
	byTimer bool // delivery and completion by the timers instead of the buyer

	form      url.Values // the checkout form, as sent
	bought    checkout.Purchase
	earned    money.Rupiah
	withdrawn int64
	uploaded  int64
	keys      map[string]string
}

// born opens a shop with one product and a resting bank account of its own.
func (th *theatre) born(t *testing.T, number int) *life {
	t.Helper()
	ctx := t.Context()
	own := *th.world
	invited, err := th.program.Invite(ctx, th.officer, program.Invitation{
		FormKey: id.Token(), Name: fmt.Sprintf("Pembuat %d", number), Phone: fmt.Sprintf("0813%08d", number), ShopName: fmt.Sprintf("Dapur %d", number),
		Kind: catalog.Individual, District: "35.19.03", Village: "Sareng", Street: "Jl. Melati 6", Consent: "formulir", Courier: true,
	})
	require.NoError(t, err)
	require.NoError(t, th.program.Verify(ctx, th.officer, invited.ShopID))
	require.NoError(t, th.program.Open(ctx, th.officer, invited.ShopID))
	own.shop, own.maker = invited.ShopID, th.actor(t, invited.MakerID)
	product := own.product(t, fmt.Sprintf("Nastar %d", number), 55_000, catalog.ModeStock, 3)
	own.bank(t, fmt.Sprintf("77%09d", number))
	v := own.visitor(t)
	v.from = fmt.Sprintf("10.%d.%d.%d", number>>16&255, number>>8&255, number&255)
	return &life{theatre: th, t: t, number: number, shop: own.shop, maker: own.maker, product: product, v: v, keys: map[string]string{},
		clerk: own.person(t, "Keuangan Uji", fmt.Sprintf("0814%08d", number), account.RoleFinance, th.officer.AgencyID).UserID}
}

// until is the test's until with the life's number.
func (l *life) until(what string, try func() error) {
	l.t.Helper()
	until(l.t, fmt.Sprintf("life %d: %s", l.number, what), try, l.m)
}

var errNotYet = errors.New("not yet")

// comes waits for something that the program does by itself.
func (l *life) comes(what string, is func() bool) {
	l.t.Helper()
	l.until(what, func() error {
		if is() {
			return nil
		}
		return errNotYet
	})
}

// do has a deed done, with the same form key however often it is sent.
func (l *life) do(what string, d deed) (result int64) {
	l.t.Helper()
	if l.keys[what] == "" {
		l.keys[what] = id.Token()
	}
	d.Key = l.keys[what]
	l.until(what, func() (err error) {
		result, err = l.m.do(d)
		return err
	})
	return result
}

// send posts a form until it is answered with want.
func (l *life) send(path string, form url.Values, want int) (answer page) {
	l.t.Helper()
	l.until("POST "+path, func() error {
		p, err := l.v.post(path, form)
		if err == nil && p.status != want {
			err = fmt.Errorf("answered %d %.200s", p.status, p.body)
		}
		answer = p
		return err
	})
	return answer
}

func (l *life) read(path string) (answer page) {
	l.t.Helper()
	l.until("GET "+path, func() error {
		p, err := l.v.get(path)
		if err == nil && p.status != http.StatusOK {
			err = fmt.Errorf("answered %d", p.status)
		}
		answer = p
		return err
	})
	return answer
}

// number reads one number of the database, which may be away.
func (l *life) one(query string, args ...any) (n int64) {
	l.t.Helper()
	l.until(query, func() error { return l.db.Read(context.Background()).Raw(query, args...).Scan(&n).Error })
	return n
}

func (l *life) now() (p checkout.Purchase) {
	l.t.Helper()
	l.until("read the purchase", func() (err error) {
		p, err = l.app.checkout.ByToken(context.Background(), l.bought.Token)
		return err
	})
	return p
}

func (l *life) balance(kind ledger.AccountKind, owner int64) (amount money.Rupiah) {
	l.t.Helper()
	l.until("read the books", func() (err error) {
		amount, err = l.books.Balance(context.Background(), ledger.Account{Kind: kind, Owner: owner})
		return err
	})
	return amount
}

// live tells the whole story.
func (l *life) live() {
	l.t.Helper()
	l.buy()
	l.pay()
	l.giveBack()
	l.upload()
	l.deliver()
	l.takeOut()
}

func (l *life) buy() {
	l.t.Helper()
	l.fill()
	l.place()
}

// fill fills the cart and the checkout form.
func (l *life) fill() {
	l.t.Helper()
	l.send("/keranjang", url.Values{"produk": {fmt.Sprint(l.product)}, "jumlah": {"3"}}, http.StatusSeeOther)
	fill := func(p page, step string) url.Values {
		form := p.fields("form[data-checkout]")
		for name, value := range map[string]string{
			"nama": "Pembeli Uji", "hp": fmt.Sprintf("0815%08d", l.number), "provinsi": "35", "kabupaten": "35.78", "kecamatan": "35.78.16",
			"desa": "Ampel", "jalan": "Jalan Melati 7", "kodepos": "60151", "langkah": step, fmt.Sprintf("kirim_%d", l.shop): "courier",
		} {
			form.Set(name, value)
		}
		return form
	}
	l.form = fill(l.send("/checkout", fill(l.read("/checkout"), "hitung"), http.StatusOK), "bayar")
}

// place sends the form until it is answered, and waits for the invoice.
func (l *life) place() {
	l.t.Helper()
	l.send("/checkout", l.form, http.StatusSeeOther)
	purchase := l.one("SELECT id FROM purchases WHERE form_key = ?", l.form.Get("form_key"))
	require.Positive(l.t, purchase, "acknowledged, and not there")
	var back string
	l.until("read the payment", func() error {
		return l.db.Read(context.Background()).Raw("SELECT return_url FROM payments WHERE purpose_kind = 'purchase' AND purpose_id = ?", purchase).Scan(&back).Error
	})
	l.bought.Token = path.Base(back)
	l.comes("the invoice", func() bool { return l.now().Payment.State == payment.Open })
	l.bought = l.now()
}

func (l *life) pay() {
	l.t.Helper()
	l.simulator(l.t, "invoices/"+l.bought.Payment.GatewayID+"/pay", map[string]any{"channel": "DANA"})
	l.comes("paid", func() bool { return l.now().State == checkout.Paid })
}

func (l *life) giveBack() {
	l.t.Helper()
	o := l.bought.Orders[0]
	l.do("refuse one of three", deed{Do: "move", Actor: l.maker.UserID, ID: o.ID, Move: order.RefusePart,
		Input: order.MoveInput{Reason: "toples pecah", Lines: map[int64]int64{o.Lines[0].ID: 1}}})
	l.comes("refunded", func() bool {
		return l.one("SELECT count(*) FROM refunds WHERE purpose_id = ? AND state = 'succeeded'", o.ID) == 1
	})
	require.Zero(l.t, l.balance(ledger.RefundDue, o.ID))
	l.earned = o.Total - 55_000
}

func (l *life) upload() {
	l.t.Helper()
	l.uploaded = l.do("upload", deed{Do: "upload", Actor: l.maker.UserID, ID: l.product})
	l.comes("renditions", func() bool {
		return l.one("SELECT count(*) FROM pictures WHERE id = ? AND state = 'ready'", l.uploaded) == 1
	})
}

func (l *life) deliver() {
	l.t.Helper()
	o := l.bought.Orders[0]
	for _, move := range []order.Transition{order.Start, order.Finish, order.Dispatch} {
		l.do(string(move), deed{Do: "move", Actor: l.maker.UserID, ID: o.ID, Move: move, Input: order.MoveInput{Courier: "JNE", TrackingNumber: "UJI123"}})
	}
	state := func() order.State { return l.now().Orders[0].State }
	if l.byTimer {
		for _, want := range []order.State{order.Delivered, order.Completed} {
			l.moveClock(l.t, 20*24*time.Hour)
			l.until("timers", func() error {
				if _, err := l.m.do(deed{Do: "timers"}); err != nil {
					return err
				}
				if now := state(); now != want {
					return fmt.Errorf("is %s, not %s", now, want)
				}
				return nil
			})
		}
	} else {
		l.send("/pesanan/"+o.Token+"/terima", l.read("/pesanan/"+o.Token).fields(fmt.Sprintf("form[action=%q]", "/pesanan/"+o.Token+"/terima")), http.StatusSeeOther)
		require.Equal(l.t, order.Completed, state(), "acknowledged, and not so")
	}
	l.comes("settled", func() bool { return l.now().Payment.State == payment.Settled })
	l.comes("released", func() bool { return l.balance(ledger.ShopPayable, l.shop) == l.earned })
}

func (l *life) takeOut() {
	l.t.Helper()
	l.withdrawn = l.do("withdraw", deed{Do: "withdraw", Actor: l.maker.UserID, Shop: l.shop, Amount: l.earned})
	l.do("approve", deed{Do: "approve", Actor: l.clerk, ID: l.withdrawn})
	l.comes("paid out", func() bool {
		return l.one("SELECT count(*) FROM withdrawals WHERE id = ? AND state = ?", l.withdrawn, string(finance.Paid)) == 1
	})
}

// pending counts what has been begun and not ended: in the end it must be
// nothing.
const pending = `SELECT (SELECT count(*) FROM payments WHERE state IN ('created', 'unknown', 'open', 'paid'))
	+ (SELECT count(*) FROM callbacks WHERE state = 'new')
	+ (SELECT count(*) FROM refunds WHERE state NOT IN ('succeeded', 'failed'))
	+ (SELECT count(*) FROM payouts WHERE state IN ('created', 'unknown', 'accepted'))
	+ (SELECT count(*) FROM payments WHERE state = 'settled' AND fee IS NULL)
	+ (SELECT count(*) FROM payouts WHERE state = 'succeeded' AND fee IS NULL)
	+ (SELECT count(*) FROM messages WHERE state <> 'sent')
	+ (SELECT count(*) FROM pictures WHERE state <> 'ready')
	+ (SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable') AND max_attempts > 3)`

// quiet waits until nothing is under way.
func (th *theatre) quiet(t *testing.T) {
	t.Helper()
	until(t, "everything comes to its end", func() error {
		var n int64
		if err := th.db.Read(context.Background()).Raw(pending).Scan(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%d things are under way", n)
		}
		return nil
	})
}

// gatewayState is the ground truth: what the gateway, a process that never died,
// was asked to do.
type gatewayState struct {
	Balance  int64
	Invoices []struct {
		ID, Status string
		Reference  string `json:"external_id"`
	}
	Payouts []struct {
		Status    string
		Reference string `json:"reference_id"`
	}
	Refunds []struct {
		Status    string
		Reference string `json:"reference_id"`
	}
}

// truth asks the gateway for everything.
func (w *world) truth(t *testing.T, into *gatewayState) {
	t.Helper()
	res, err := http.Get(w.gateway + "/_simulator/state")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.NoError(t, json.NewDecoder(res.Body).Decode(into))
}

// lies compares the books with the gateway and with what people were told, and
// returns every difference.
func (th *theatre) lies(t *testing.T, lives ...*life) (found []string) {
	t.Helper()
	say := func(text string, args ...any) { found = append(found, fmt.Sprintf(text, args...)) }
	var truth gatewayState
	th.truth(t, &truth)
	seen := map[string]int{}
	for _, v := range truth.Invoices {
		seen[v.Reference]++
		if n := th.count(t, "SELECT count(*) FROM payments WHERE reference = ? AND gateway_id = ?", v.Reference, v.ID); n != 1 {
			say("invoice %s (%s) of %s is known %d times", v.ID, v.Status, v.Reference, n)
		}
	}
	for _, p := range truth.Payouts {
		seen[p.Reference]++
		if n := th.count(t, "SELECT count(*) FROM payouts WHERE reference = ? AND state = 'succeeded'", p.Reference); n != 1 {
			say("payout %s (%s) is known %d times", p.Reference, p.Status, n)
		}
	}
	for _, r := range truth.Refunds {
		seen[r.Reference]++
		if n := th.count(t, "SELECT count(*) FROM refunds WHERE reference = ? AND state = 'succeeded'", r.Reference); n != 1 {
			say("refund %s (%s) is known %d times", r.Reference, r.Status, n)
		}
	}
	for reference, n := range seen {
		if n > 1 {
			say("the gateway was made to do %s %d times", reference, n)
		}
	}
	const start = 50_000_000 // what the simulator begins with
	if there, ours := truth.Balance-start, int64(th.world.balance(t, ledger.Gateway, 0)); there != ours {
		say("the gateway holds %d, the books say %d", there, ours)
	}
	for _, l := range lives {
		for what, query := range map[string]string{
			"purchase": "SELECT count(*) FROM purchases WHERE form_key = ?",
			"payment":  "SELECT count(*) FROM payments q JOIN purchases p ON q.purpose_kind = 'purchase' AND q.purpose_id = p.id WHERE p.form_key = ? AND q.state = 'settled'",
		} {
			if n := th.count(t, query, l.form.Get("form_key")); n != 1 {
				say("life %d: its %s is there %d times", l.number, what, n)
			}
		}
		if n := th.count(t, "SELECT count(*) FROM withdrawals WHERE shop_id = ?", l.shop); n != 1 {
			say("life %d: %d withdrawals", l.number, n)
		}
		if left := th.world.balance(t, ledger.ShopPayable, l.shop); left != 0 {
			say("life %d: the shop still has %d", l.number, int64(left))
		}
		if n := th.count(t, "SELECT count(*) FROM pictures WHERE id = ? AND state = 'ready'", l.uploaded); n != 1 {
			say("life %d: its picture is there %d times", l.number, n)
		}
	}
	return found
}
