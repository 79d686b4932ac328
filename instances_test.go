package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/notify"
)

// second is another instance over the same database and bucket.
func (th *theatre) second(t *testing.T) *theatre {
	t.Helper()
	c := th.m.child
	c.Listen, c.Control = spare(t), spare(t)
	other := *th
	world := *th.world
	world.url = "http://" + c.Listen
	other.world, other.m = &world, &machine{t: t, child: c}
	return &other
}

// migrations reads from a child's first line how many it made.
func (m *machine) migrations(t *testing.T) (n int) {
	t.Helper()
	_, rest, found := strings.Cut(m.out.String(), "ready after ")
	require.True(t, found)
	_, err := fmt.Sscan(rest, &n)
	require.NoError(t, err)
	return n
}

// many queues messages to the buyer and returns how many there are in all.
func (th *theatre) many(t *testing.T, n int) {
	t.Helper()
	for range n / 20 {
		require.NoError(t, database.InTx(t.Context(), th.db, func(tx *gorm.DB) error {
			for range 20 {
				err := th.messages.SendTx(t.Context(), tx, notify.Message{Kind: "purchase_paid", To: notify.Recipient{Name: "Uji", Phone: "+6281500000000"}})
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// Two instances share one PostgreSQL and one bucket: they are one shop.
func TestTwoInstancesAreOneShop(t *testing.T) {
	t.Parallel()
	door := spare(t)
	a := stage(t, dbtest.PostgresURL(t), "http://"+door)
	b := a.second(t)

	// Started at the same moment on an empty database: one migrates, both serve.
	require.NoError(t, a.m.launch())
	require.NoError(t, b.m.launch())
	a.m.adopt()
	b.m.adopt()
	one, two := a.m.migrations(t), b.m.migrations(t)
	require.True(t, one > 0 && two == 0 || one == 0 && two > 0, "migrations made: %d and %d", one, two)
	a.people(t)
	balance(t, a.url, b.url).open(t, door)
	address := b.url
	*b.world = *a.world
	b.url = address
	a.simulator(t, "settings", quick)

	t.Run("a session is the same everywhere", func(t *testing.T) {
		user, err := a.accounts.User(t.Context(), a.maker.UserID)
		require.NoError(t, err)
		code, _, err := a.accounts.IssueCode(t.Context(), account.System, user.ID)
		require.NoError(t, err)
		v := a.visitor(t) // cookies do not know ports
		p, err := v.post("/masuk/kode", url.Values{"hp": {user.Phone}, "kode": {code}})
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		at := func(base string) int {
			v.base = base
			p, err := v.get("/toko-saya/pesanan")
			require.NoError(t, err)
			return p.status
		}
		require.Equal(t, http.StatusOK, at(b.url))
		v.base = a.url
		kept := v.http.Jar.Cookies(&url.URL{Scheme: "http", Host: "127.0.0.1"})
		p, err = v.post("/keluar", nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		v.http.Jar, err = cookiejar.New(nil) // somebody kept the cookie
		require.NoError(t, err)
		v.http.Jar.SetCookies(&url.URL{Scheme: "http", Host: "127.0.0.1"}, kept)
		require.Equal(t, http.StatusSeeOther, at(b.url), "ended at one instance, dead at the other at once")
	})

	t.Run("limits are counted together", func(t *testing.T) {
		hour := func() time.Time {
			now, err := a.now(t.Context())
			require.NoError(t, err)
			return now.Truncate(time.Hour)
		}
		var answers []int
		began := time.Time{}
		for n := 7; !began.Equal(hour()); n++ { // they are counted by the hour: once more should it turn meanwhile
			began, answers = hour(), nil
			v := a.visitor(t)
			v.from = fmt.Sprintf("203.0.113.%d", n)
			for i := range 11 {
				v.base = []string{a.url, b.url}[i%2]
				p, err := v.post("/pesanan", url.Values{"nomor": {"LP-1"}, "hp": {fmt.Sprintf("0812 0000 00%02d", 70+n)}})
				require.NoError(t, err)
				answers = append(answers, p.status)
			}
		}
		require.Equal(t, append(slices.Repeat([]int{http.StatusSeeOther}, 10), http.StatusTooManyRequests), answers)
	})

	t.Run("jobs are done once", func(t *testing.T) {
		until(t, "both instances work", func() error { // one may have sent all before the other woke up
			a.many(t, 200)
			a.quiet(t)
			if a.count(t, "SELECT count(DISTINCT attempted_by) FROM river_job WHERE kind = 'notify_deliver'") != 2 {
				return errNotYet
			}
			return nil
		})
		require.EqualValues(t, 1, a.count(t, "SELECT max(attempts) FROM messages"))
		require.EqualValues(t, 1, a.count(t, "SELECT max(attempt) FROM river_job WHERE kind = 'notify_deliver'"))
	})

	t.Run("what is periodic is done once per turn", func(t *testing.T) {
		var made []time.Time
		until(t, "eight turns", func() error {
			err := a.db.Read(context.Background()).Raw("SELECT created_at FROM river_job WHERE kind = 'payment.poll' ORDER BY id").Scan(&made).Error
			if err == nil && len(made) < 8 {
				err = errNotYet
			}
			return err
		})
		// The demo's turn is two seconds. One instance may be late with one; were both
		// to make them, there would be twice as many.
		turns := int(made[len(made)-1].Sub(made[0])/(2*time.Second)) + 1
		require.LessOrEqual(t, len(made), turns+2, "%v", made)
	})

	t.Run("bought at one, paid at the other", func(t *testing.T) {
		own := *a.world
		jar := own.product(t, "Nastar uji", 55_000, catalog.ModeStock, 5)
		a.simulator(t, "settings", map[string]any{"callback_drop": -1})
		bought := own.buy(t, a.visitor(t), map[int64]int{jar: 1}, own.shop)
		a.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "DANA"})
		claim := map[string]any{
			"id": bought.Payment.GatewayID, "external_id": bought.Payment.Reference, "status": "PAID", "currency": "IDR",
			"amount": int64(bought.Total), "paid_amount": int64(bought.Total), "payment_method": "EWALLET", "payment_channel": "DANA",
		}
		var wg sync.WaitGroup
		for _, w := range []*theatre{b, a, b, a, b} {
			wg.Go(func() {
				if status, err := w.callback(testToken, claim); err != nil || status != http.StatusOK {
					t.Errorf("callback answered %d %v", status, err)
				}
			})
		}
		wg.Wait()
		soon(t, "paid", func() bool { return own.see(t, bought.Token).State == checkout.Paid })
		require.EqualValues(t, 1, a.count(t, "SELECT count(*) FROM journal_entries WHERE kind = 'paid'"))
		require.EqualValues(t, 1, a.count(t, "SELECT count(*) FROM messages WHERE kind = 'purchase_paid' AND address <> '+6281500000000'"))
		a.simulator(t, "settings", map[string]any{"callback_drop": 0})
	})

	t.Run("a visitor in turn at both", func(t *testing.T) {
		l := a.born(t, 1)
		l.v.turns = []string{a.url, b.url}
		l.live()
	})

	t.Run("one is killed, the other goes on", func(t *testing.T) {
		a.m.mortal()
		a.many(t, 400)
		soon(t, "half of them are sent", func() bool { return a.count(t, "SELECT count(*) FROM messages WHERE state = 'queued'") < 300 })
		a.m.kill()
		l := b.born(t, 2)
		l.live()
		b.quiet(t)
		require.Zero(t, a.count(t, "SELECT count(*) FROM river_job WHERE state = 'running' AND kind = 'notify_deliver'"))
		// Nobody leads from the end of the dead one's term until the next election.
		soon(t, "one leads", func() bool { return a.count(t, "SELECT count(*) FROM river_leader") == 1 })
	})
	b.m.stop()
	a.clean(t)
}

// adopt waits for a launched child and keeps it.
func (m *machine) adopt() {
	m.t.Helper()
	up, err := m.ready()
	require.NoError(m.t, err)
	require.True(m.t, up, "%s", m.out)
	m.keeping = make(chan struct{})
	go m.keep()
	m.t.Cleanup(func() { m.stop() })
}

// mortal lets the child's next death be its last.
func (m *machine) mortal() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
}

// balancer is a reverse proxy that sends visitors to instances whose /readyz says
// yes, asked ten times a second.
type balancer struct {
	proxies map[string]*httputil.ReverseProxy
	mu      sync.Mutex
	ready   map[string]bool
	next    atomic.Int64
	end     chan struct{}
	done    sync.WaitGroup
}

func balance(t *testing.T, urls ...string) *balancer {
	t.Helper()
	b := &balancer{proxies: map[string]*httputil.ReverseProxy{}, ready: map[string]bool{}, end: make(chan struct{})}
	asking := &http.Client{Timeout: patience} // who is slow to answer is not gone
	look := func(u string) {
		res, err := asking.Get(u + "/readyz")
		if err == nil {
			_ = res.Body.Close()
		}
		b.mu.Lock()
		b.ready[u] = err == nil && res.StatusCode == http.StatusOK
		b.mu.Unlock()
	}
	for _, u := range urls {
		target, err := url.Parse(u)
		require.NoError(t, err)
		b.proxies[u] = &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
				http.Error(w, "balancer: "+err.Error(), http.StatusBadGateway)
			},
		}
		look(u)
		b.done.Go(func() {
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-b.end:
					return
				case <-tick.C:
					look(u)
				}
			}
		})
	}
	t.Cleanup(func() { close(b.end); b.done.Wait() })
	return b
}

// open serves the balancer at the address until the test ends.
func (b *balancer) open(t *testing.T, address string) {
	server := &http.Server{Handler: b, ReadHeaderTimeout: time.Minute}
	listener := doorAt(t, address)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
}

// up are the instances that are ready.
func (b *balancer) up() (urls []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for u, ready := range b.ready {
		if ready {
			urls = append(urls, u)
		}
	}
	slices.Sort(urls)
	return urls
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ready := b.up()
	if len(ready) == 0 {
		http.Error(w, "balancer: nobody is ready", http.StatusBadGateway)
		return
	}
	b.proxies[ready[int(b.next.Add(1))%len(ready)]].ServeHTTP(w, r)
}

// crowd reads and writes without pause until end is closed and counts.
type crowd struct {
	answered, refused atomic.Int64
	mu                sync.Mutex
	failed            []string
}

func (c *crowd) fail(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, text)
}

// keptIdle is how long a visitor uses an idle connection again. HTTP/1.1 lets a
// server close one at any moment, and a browser does not send a form twice: who
// stops gives notice for longer, so that every connection that is in use hears of
// it ("Connection: close") before the end.
const keptIdle = 500 * time.Millisecond

// visit has people visit base: a page, a cart. An unanswered or a 5xx request
// fails; a refused connection only where gone allows it.
func (c *crowd) visit(people int, base string, product int64, end chan struct{}, gone bool) *sync.WaitGroup {
	var wg sync.WaitGroup
	for range people {
		client := &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: keptIdle}}
		wg.Go(func() {
			defer client.CloseIdleConnections()
			pace := time.NewTicker(20 * time.Millisecond)
			defer pace.Stop()
			for i := 0; ; i++ {
				select {
				case <-end:
					return
				case <-pace.C:
				}
				req, err := http.NewRequest(http.MethodGet, base+"/produk", nil)
				if i%3 == 0 {
					req, err = http.NewRequest(http.MethodPost, base+"/keranjang", strings.NewReader(fmt.Sprintf("produk=%d&jumlah=1", product)))
				}
				if err != nil {
					c.fail(err.Error())
					return
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				fresh := false
				req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
					GotConn: func(i httptrace.GotConnInfo) { fresh = !i.Reused },
				}))
				res, err := client.Do(req)
				var body []byte
				if err == nil {
					body, err = io.ReadAll(res.Body)
					_ = res.Body.Close()
				}
				switch {
				case gone && (errors.Is(err, syscall.ECONNREFUSED) || fresh && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF))):
					// At the door: what the kernel took and the program has not is reset
					// when it closes, and the client's reader may find that already told
					// to its writer, and an end of file.
					c.refused.Add(1)
				case err != nil:
					c.fail(err.Error())
				case res.StatusCode >= 500:
					c.fail(fmt.Sprintf("%s %.200s", res.Status, body))
				default:
					c.answered.Add(1)
				}
			}
		})
	}
	return &wg
}

// Instances are stopped and started in turn under load, behind a proxy that
// watches /readyz: no visitor notices.
func TestStoppingUnderLoadIsNotNoticed(t *testing.T) {
	a := stage(t, dbtest.PostgresURL(t))
	a.populate(t)
	product := a.product(t, "Nastar uji", 55_000, catalog.ModeStock, 5)
	b := a.second(t)
	for _, m := range []*machine{a.m, b.m} {
		m.child.Notice = 5 * time.Second // the balancer asks every tenth of one
		m.start()
	}
	address := spare(t)
	proxy := balance(t, a.url, b.url)
	proxy.open(t, address)

	var c crowd
	end := make(chan struct{})
	wg := c.visit(8, "http://"+address, product, end, false)
	for range 2 {
		for _, th := range []*theatre{a, b} {
			before := c.answered.Load()
			a.many(t, 100)
			th.m.stop() // which fails the test unless it exits with 0
			require.NotContains(t, th.m.out.String(), "panic")
			th.m.again()
			soon(t, "the balancer sees it", func() bool { return len(proxy.up()) == 2 })
			require.Greater(t, c.answered.Load(), before+20)
		}
	}
	close(end)
	wg.Wait()
	require.Empty(t, c.failed)
	t.Logf("%d requests answered over four stops", c.answered.Load())
	a.quiet(t)
	require.EqualValues(t, 1, a.count(t, "SELECT max(attempts) FROM messages"), "no message was sent twice")
	a.clean(t)
}

// again starts a stopped child once more.
func (m *machine) again() {
	m.t.Helper()
	m.mu.Lock()
	m.stopped = false
	err := m.launch()
	m.mu.Unlock()
	require.NoError(m.t, err)
	m.adopt()
}

// Without a proxy nobody can be sent elsewhere, but nobody is cut off either:
// every request that the program has begun to read is answered, however long it
// takes; only new ones are refused once the door is closed.
func TestStoppingCutsNobodyOff(t *testing.T) {
	a := stage(t, dbtest.PostgresURL(t))
	a.populate(t)
	product := a.product(t, "Nastar uji", 55_000, catalog.ModeStock, 5)
	a.m.child.Notice = 10 * keptIdle
	a.m.start()
	var c crowd
	end := make(chan struct{})
	wg := c.visit(8, a.url, product, end, true)
	soon(t, "a crowd", func() bool { return c.answered.Load() > 100 })
	slow := make([]*slowForm, 5)
	for i := range slow {
		slow[i] = a.beginForm(t, product)
	}
	gone := make(chan struct{})
	go func() { defer close(gone); a.m.stop() }()
	soon(t, "the door is closed", func() bool { return c.refused.Load() > 20 })
	for _, f := range slow {
		f.finish(t)
	}
	<-gone
	close(end)
	wg.Wait()
	require.Empty(t, c.failed)
}

// slowForm is a form that the program reads and a slow line has not sent whole.
type slowForm struct {
	conn   net.Conn
	answer *bufio.Reader
	rest   string
}

// beginForm sends the head of a form and waits for "100 Continue", which the
// program says when it reads on.
func (th *theatre) beginForm(t *testing.T, product int64) *slowForm {
	t.Helper()
	address := strings.TrimPrefix(th.url, "http://")
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	f := &slowForm{conn: conn, answer: bufio.NewReader(conn), rest: fmt.Sprintf("produk=%d&jumlah=1", product)}
	_, err = fmt.Fprintf(conn, "POST /keranjang HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", address, len(f.rest))
	require.NoError(t, err)
	said, err := f.answer.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", said)
	_, err = f.answer.ReadString('\n')
	require.NoError(t, err)
	return f
}

// finish sends the rest and reads the answer.
func (f *slowForm) finish(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(f.conn, f.rest)
	require.NoError(t, err)
	res, err := http.ReadResponse(f.answer, nil)
	require.NoError(t, err)
	_ = res.Body.Close()
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
}
