package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/demo"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
)

// programEnv makes the test binary the whole program in a process of its own: one
// that can be killed, stopped and started again like the real one.
const programEnv = "LAPAK_TEST_PROGRAM"

// child is what a child process is told, as JSON in its environment. Production reads
// none of it.
type child struct {
	Database, Media, Base, Gateway string
	Listen, Control                string         // addresses; the control address takes what staff do
	Arm                            map[string]int // crash points and the visit at which to die
	Shift                          time.Duration  // how far the database's clock is moved
	Notice                         time.Duration  // between SIGTERM and the closing of the listener
	FileLimit                      uint64         // RLIMIT_FSIZE in bytes, 0 is none
	Production                     bool           // the real pace and composition, not the demo's
}

func (p child) settings() (config.Settings, error) {
	base, err := url.Parse(p.Base)
	return config.Settings{
		DatabaseURL: p.Database, BaseURL: base, MediaURL: p.Media, SecretKeys: []string{"0123456789abcdef0123456789abcdef"},
		XenditKey: testKey, XenditTokens: []string{testToken}, XenditBaseURL: p.Gateway,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}, err
}

// die ends the process as the kernel does when memory is short: nothing is
// flushed, closed or said, except which point it was.
func die(point string) {
	_, _ = os.Stdout.WriteString("died at " + point + "\n")
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// runProgram is the child's main.
func runProgram(raw string) error {
	var p child
	if err := json.Unmarshal([]byte(raw), &p); err != nil {
		return err
	}
	var mu sync.Mutex
	visits := map[string]int{}
	crash.Arm(func(point string) {
		mu.Lock()
		defer mu.Unlock()
		visits[point]++
		if at := p.Arm[point]; at > 0 && visits[point] == at {
			die(point)
		}
	})
	if p.FileLimit > 0 {
		signal.Ignore(syscall.SIGXFSZ)
		if err := limitFiles(p.FileLimit); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s, err := p.settings()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	slog.SetDefault(log)
	a, err := open(ctx, s, log, choices{demo: !p.Production})
	if err != nil {
		return err
	}
	a.db.Clock().Advance(p.Shift)
	steps, err := migrate(ctx, a.db)
	if err != nil {
		return errors.Join(err, a.close(ctx))
	}
	listener, err := net.Listen("tcp", p.Listen)
	if err != nil {
		return errors.Join(err, a.close(ctx))
	}
	control, err := net.Listen("tcp", p.Control)
	if err != nil {
		return errors.Join(err, a.close(ctx))
	}
	go func() { _ = http.Serve(control, staff(a)) }()
	return a.run(ctx, listener, p.Notice, func(*web.Site) { fmt.Printf("ready after %d migrations\n", steps) })
}

func limitFiles(bytes uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: math.MaxUint64})
}

// deed is one thing that somebody signed in does: the same service calls as the
// pages make, in the process that may die, without the signing in.
type deed struct {
	Do     string
	Actor  int64
	Shop   int64
	ID     int64
	Move   order.Transition
	Key    string
	Input  order.MoveInput
	Amount money.Rupiah
	Bytes  uint64
	By     time.Duration
}

// staff serves deeds.
func staff(a *app) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var d deed
		err := json.NewDecoder(r.Body).Decode(&d)
		var result int64
		if err == nil {
			result, err = a.deed(r.Context(), d)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprint(w, result)
	})
}

func (a *app) deed(ctx context.Context, d deed) (int64, error) {
	switch d.Do {
	case "advance":
		a.db.Clock().Advance(d.By)
		return 0, nil
	case "timers":
		n, err := a.orders.RunTimers(ctx)
		return int64(n), err
	case "limit":
		return 0, limitFiles(d.Bytes)
	}
	actor, err := a.accounts.Actor(ctx, d.Actor)
	if err != nil {
		return 0, err
	}
	switch d.Do {
	case "move":
		d.Input.FormKey = d.Key
		o, err := a.orders.Move(ctx, actor, d.ID, d.Move, d.Input)
		return o.ID, err
	case "withdraw":
		w, err := a.finance.RequestWithdrawal(ctx, actor, d.Shop, d.Amount, d.Key)
		return w.ID, err
	case "approve":
		w, err := a.finance.Approve(ctx, actor, d.ID)
		return w.ID, err
	case "upload":
		raw, err := demo.Art.ReadFile("art/p01-nastar.jpg")
		if err != nil {
			return 0, err
		}
		p, err := a.pictures.Store(ctx, actor, media.Upload{Reader: bytes.NewReader(raw), OwnerKind: catalog.PictureOwner, OwnerID: d.ID, Name: "foto.jpg"})
		return p.ID, err
	}
	return 0, fmt.Errorf("no deed %q", d.Do)
}

// machine keeps a child running: when it dies it is started again, on the same
// addresses and the same data, as systemd or compose would.
type machine struct {
	t       testing.TB
	rest    time.Duration // how far the database's clock moves while it is down, for leases to run out
	down    func()        // done while it is down, if anything
	mu      sync.Mutex
	child   child
	cmd     *exec.Cmd
	out     *lockedBuffer
	exited  chan error
	keeping chan struct{} // closed when the keeper has ended
	stopped bool
	deaths  []death
}

type death struct {
	point string // "" is a kill from outside
	at    time.Time
	back  time.Duration // until it answered again
}

// spared are the addresses that spare gave away.
var spared sync.Map

// spare returns a free address, to each caller another, whose port no outgoing
// connection takes meanwhile: it lies below the range that the kernel gives away.
func spare(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 12_000+rand.IntN(18_000))
		if _, given := spared.LoadOrStore(address, true); given {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			require.NoError(t, l.Close())
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// launch starts a child without waiting for it.
func (m *machine) launch() error {
	raw, err := json.Marshal(m.child)
	if err != nil {
		return err
	}
	m.cmd = exec.Command(os.Args[0])
	m.cmd.Env = append(os.Environ(), programEnv+"="+string(raw))
	m.out, m.exited = &lockedBuffer{}, make(chan error, 1)
	m.cmd.Stdout = m.out
	m.cmd.Stderr = m.out
	if err := m.cmd.Start(); err != nil {
		return err
	}
	cmd, exited := m.cmd, m.exited
	go func() { exited <- cmd.Wait() }()
	return nil
}

func doorAt(t testing.TB, address string) net.Listener {
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	return l
}

// ready waits until the child serves; false when it ended before. One that dies
// where it was told to, even in the moment of serving, has come up as it should.
func (m *machine) ready() (bool, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for {
		if strings.Contains(m.out.String(), "ready after") {
			return true, nil
		}
		select {
		case err := <-m.exited:
			m.exited <- err
			return strings.Contains(m.out.String(), "ready after") || strings.Contains(m.out.String(), "died at "), nil
		case <-limit:
			return false, fmt.Errorf("the program does not come up:\n%s", m.out.String())
		case <-tick.C:
		}
	}
}

// start launches the child, waits for it, and keeps it alive until stop.
func (m *machine) start() {
	m.t.Helper()
	require.NoError(m.t, m.launch())
	m.adopt()
}

func (m *machine) keep() {
	defer close(m.keeping)
	for {
		<-m.exited
		m.mu.Lock()
		if m.stopped {
			m.mu.Unlock()
			return
		}
		d := death{at: time.Now()}
		for line := range strings.Lines(m.out.String()) {
			if at, found := strings.CutPrefix(strings.TrimSpace(line), "died at "); found {
				d.point = at
				delete(m.child.Arm, at)
			}
		}
		if status := m.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
			m.t.Errorf("the program ended by itself: %s\n%s", m.cmd.ProcessState, m.out)
		}
		m.child.Shift += m.rest
		if m.down != nil {
			m.down()
		}
		err := m.launch()
		m.mu.Unlock()
		if err == nil {
			_, err = m.ready()
		}
		if err != nil {
			m.t.Errorf("starting again after %q: %v", d.point, err)
		}
		d.back = time.Since(d.at)
		m.mu.Lock()
		m.deaths = append(m.deaths, d)
		m.mu.Unlock()
	}
}

// kill ends the child from outside.
func (m *machine) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.cmd.Process.Kill()
}

// stop ends the child in order and reports how that went.
func (m *machine) stop() {
	m.mu.Lock()
	if m.stopped {
		m.mu.Unlock()
		return
	}
	m.stopped = true
	_ = m.cmd.Process.Signal(syscall.SIGTERM)
	m.mu.Unlock()
	<-m.keeping
	if !m.cmd.ProcessState.Success() {
		m.t.Errorf("the program did not stop in order: %s\n%s", m.cmd.ProcessState, m.out)
	}
}

// died lists the deaths whose restart is over.
func (m *machine) died() []death {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.deaths)
}

// do has the child do a deed.
func (m *machine) do(d deed) (int64, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return 0, err
	}
	res, err := http.Post("http://"+m.child.Control, "application/json", bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	var n int64
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", d.Do, body)
	}
	_, err = fmt.Sscan(string(body), &n)
	return n, err
}

// theatre is a world whose program runs in other processes; this process only
// prepares and looks.
type theatre struct {
	*world
	m        *machine
	pictures string
}

// stage prepares a program on an empty database; nothing serves it yet. The
// gateway calls back to door, else to the program itself.
func stage(t *testing.T, address string, door ...string) *theatre {
	t.Helper()
	p := child{Database: address, Listen: spare(t), Control: spare(t)}
	th := &theatre{world: &world{url: "http://" + p.Listen}, pictures: filepath.Join(t.TempDir(), "pictures")}
	th.gateway = startGatewayProcess(t, append(door, th.url)[0])
	p.Base, p.Gateway, p.Media = th.url, th.gateway, "file://"+th.pictures
	th.m = &machine{t: t, child: p}
	s, err := p.settings()
	require.NoError(t, err)
	th.app, err = open(t.Context(), s, slog.New(slog.DiscardHandler), choices{demo: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = th.close(context.Background()) })
	return th
}

// populate migrates and founds the agency, the people and the first shop.
func (th *theatre) populate(t *testing.T) {
	t.Helper()
	_, err := migrate(t.Context(), th.db)
	require.NoError(t, err)
	th.people(t)
}

// moveClock moves the clocks of the database, for the child and for this process,
// and of the gateway.
func (th *theatre) moveClock(t *testing.T, by time.Duration) {
	t.Helper()
	th.m.mu.Lock()
	th.m.child.Shift += by
	th.m.mu.Unlock()
	_, err := th.m.do(deed{Do: "advance", By: by})
	require.NoError(t, err)
	th.db.Clock().Advance(by)
	th.simulator(t, "advance", map[string]any{"duration": by.String()})
}

// until tries again and again, as a person or a program would who was cut off,
// and fails the test after two minutes (the promise of design and plan), counted
// from the last death of a machine if one is named.
func until(t testing.TB, what string, try func() error, machines ...*machine) {
	t.Helper()
	const limit = 2 * time.Minute
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for {
		err := try()
		if err == nil {
			return
		}
		for _, m := range machines {
			if died := m.died(); len(died) > 0 && died[len(died)-1].at.After(began) {
				began = died[len(died)-1].at
			}
		}
		if time.Since(began) > limit {
			t.Fatalf("%s: not after %s: %v", what, limit, err)
		}
		<-tick.C
	}
}

func (th *theatre) actor(t *testing.T, userID int64) account.Actor {
	t.Helper()
	a, err := th.accounts.Actor(t.Context(), userID)
	require.NoError(t, err)
	return a
}
