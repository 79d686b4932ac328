package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cluster is a PostgreSQL of this test's own that keeps what it acknowledged.
func cluster(t *testing.T) (dsn string, run func(what string)) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lapak-pg-outage.")
	require.NoError(t, err)
	command := func(what string) (string, error) {
		cmd := exec.Command("scripts/postgres.sh", what, dir)
		cmd.Env = append(os.Environ(), "LAPAK_POSTGRES_DURABLE=1")
		var said, trouble strings.Builder
		cmd.Stdout, cmd.Stderr = &said, &trouble
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("postgres.sh %s: %w: %s", what, err, trouble.String())
		}
		return strings.TrimSpace(said.String()), nil
	}
	t.Cleanup(func() {
		if _, err := command("stop"); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(dir)
	})
	dsn, err = command("start")
	require.NoError(t, err)
	return dsn, func(what string) {
		t.Helper()
		_, err := command(what)
		require.NoError(t, err)
	}
}

// watcher asks an address again and again and keeps what it was answered.
type watcher struct {
	mu      sync.Mutex
	answers []heard
}

type heard struct {
	at     time.Time
	status int
	page   page
	again  string // Retry-After
}

func watch(t *testing.T, address string, end chan struct{}) (*watcher, *sync.WaitGroup) {
	w, wg := &watcher{}, &sync.WaitGroup{}
	client := &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	wg.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
			}
			req, err := http.NewRequest(http.MethodGet, address, nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.AddCookie(&http.Cookie{Name: "sesi", Value: "a session that nobody has"})
			res, err := client.Do(req)
			if err != nil {
				t.Errorf("%s: %v", address, err)
				return
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			w.mu.Lock()
			w.answers = append(w.answers, heard{time.Now(), res.StatusCode, page{status: res.StatusCode, body: string(body)}, res.Header.Get("Retry-After")})
			w.mu.Unlock()
		}
	})
	return w, wg
}

// first is when a status was first answered after since.
func (w *watcher) first(status int, since time.Time) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.answers {
		if a.status == status && a.at.After(since) {
			return a.at, true
		}
	}
	return time.Time{}, false
}

// The database server dies in the middle of the day and comes back: nothing that
// was acknowledged is lost, visitors read a friendly page meanwhile, and the
// program goes on by itself.
func TestTheDatabaseServerDiesMidLoad(t *testing.T) {
	t.Parallel()
	dsn, run := cluster(t)
	th := stage(t, dsn)
	th.populate(t)
	th.simulator(t, "settings", quick)
	th.m.start()
	lives := []*life{th.born(t, 1), th.born(t, 2), th.born(t, 3)}
	end := make(chan struct{})
	cart, carts := watch(t, th.url+"/keranjang", end)
	ready, probes := watch(t, th.url+"/readyz", end)
	var stories sync.WaitGroup
	lives[0].buy()
	for _, l := range lives[1:] {
		stories.Go(l.live)
	}
	stories.Go(func() {
		lives[0].pay()
		lives[0].giveBack()
		lives[0].upload()
		lives[0].deliver()
		lives[0].takeOut()
	})
	for n := range 2 {
		soon(t, "ready", func() bool { _, yes := ready.first(http.StatusOK, time.Now().Add(-time.Second)); return yes })
		down := time.Now()
		run("crash")
		soon(t, "not ready", func() bool { _, yes := ready.first(http.StatusServiceUnavailable, down); return yes })
		soon(t, "visitors are told", func() bool { _, yes := cart.first(http.StatusServiceUnavailable, down); return yes })
		no, _ := ready.first(http.StatusServiceUnavailable, down)
		back := time.Now()
		run("again")
		up := time.Now()
		soon(t, "ready again", func() bool { _, yes := ready.first(http.StatusOK, up); return yes })
		yes, _ := ready.first(http.StatusOK, back)
		t.Logf("outage %d: not ready after %s, ready %s after the server was started", n+1, no.Sub(down).Round(time.Millisecond), yes.Sub(back).Round(time.Millisecond))
	}
	stories.Wait()
	close(end)
	carts.Wait()
	probes.Wait()
	for _, a := range cart.answers {
		switch a.status {
		case http.StatusOK:
		case http.StatusServiceUnavailable:
			require.NotEmpty(t, a.again, "when to come again")
			require.Contains(t, a.page.body, "Coba lagi sebentar")
			require.Contains(t, a.page.body, "</html>")
		default:
			t.Errorf("a visitor was answered %d: %.300s\n%s", a.status, a.page.body, said(th.m.out.String(), "status=500"))
		}
	}
	th.quiet(t)
	require.Empty(t, th.lies(t, lives...))
	require.Empty(t, th.m.died())
	th.m.stop()
	th.clean(t)
}

// said returns the lines of a log that hold what.
func said(log, what string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, what) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
