package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/build"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

func TestServeRefusesToStartAndNamesTheSetting(t *testing.T) {
	t.Setenv("LAPAK_BASE_URL", "https://lapak.example.go.id")
	t.Setenv("LAPAK_SECRET_KEYS", strings.Repeat("k", 32))
	t.Setenv("XENDIT_SECRET_KEY", "xnd_development_abc")
	err := serveCommand{place{Data: t.TempDir()}}.Run(t.Context())
	require.ErrorContains(t, err, "XENDIT_CALLBACK_TOKENS")
	require.ErrorContains(t, err, "development key")
}

// The first line of a log says what runs with which settings, and no secret.
func TestTheFirstLineSaysWhatRuns(t *testing.T) {
	s, err := config.Read([]string{
		"LAPAK_DATABASE_URL=postgres://lapak:geheim@db/lapak", "LAPAK_SECRET_KEYS=geheim-one,geheim-two", "LAPAK_SMTP_URL=smtp://lapak:geheim@mail:587",
		"XENDIT_SECRET_KEY=xnd_production_geheim", "XENDIT_CALLBACK_TOKENS=geheim", "LAPAK_MEDIA_SECRET=geheim",
	})
	require.NoError(t, err)
	var out bytes.Buffer
	introduce(newLog(&out), s)
	require.NotContains(t, out.String(), "geheim")
	var first struct {
		Msg, Version, Database string
		Settings               map[string]string
	}
	line, rest, _ := strings.Cut(out.String(), "\n")
	require.NoError(t, json.Unmarshal([]byte(line), &first))
	require.Equal(t, "starting", first.Msg)
	require.Equal(t, build.Version(), first.Version)
	require.Equal(t, "postgres", first.Database)
	require.Equal(t, "2 × ••••••", first.Settings["LAPAK_SECRET_KEYS"])
	require.Equal(t, "Asia/Jakarta", first.Settings["LAPAK_TIMEZONE"])
	require.NotContains(t, first.Settings, "LAPAK_WHATSAPP_URL", "what is not set is not said")
	require.Contains(t, rest, "LAPAK_WHATSAPP_URL: kosong")
}

// Metrics never listen where the internet is, also when a name hid it.
func TestMetricsListenInPrivate(t *testing.T) {
	a := &app{}
	_, err := a.serveMetrics(":0")
	require.ErrorContains(t, err, "LAPAK_METRICS_LISTEN")
}

// A draining server says that it is not ready, and still answers.
func TestDrain(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	soon(t, "ready once the job runner has proved itself", func() bool {
		res, err := http.Get(w.url + "/readyz")
		require.NoError(t, err)
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	site, err := w.site()
	require.NoError(t, err)
	site.Drain()
	status := func(path string) int {
		rec := httptest.NewRecorder()
		site.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		return rec.Code
	}
	require.Equal(t, http.StatusServiceUnavailable, status("/readyz"))
	require.Equal(t, http.StatusOK, status("/healthz"), "alive, only not for new visitors")
}

// Every route of the composed table has a policy; and what no stranger may see
// sends them to sign in, or does not exist, and changes nothing.
func TestStrangersReachNothingPrivate(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 5)
	site, err := w.site()
	require.NoError(t, err)
	v := w.visitor(t)
	before := w.fingerprint(t)
	private := 0
	for _, r := range site.Routes() {
		if r.Rule.Open() {
			continue
		}
		private++
		path := strings.NewReplacer(":id", "1", ":grant", "1", ":key", "x", ":file", "160.jpg", ":slug", "x").Replace(r.Path)
		require.NotContains(t, path, ":", "fill this parameter here: %s", r.Path)
		var p page
		if r.Method == http.MethodPost {
			p, err = v.post(path, url.Values{"form_key": {"orang-asing"}})
		} else {
			p, err = v.get(path)
		}
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, "%s %s", r.Method, path)
		require.True(t, strings.HasPrefix(p.location, "/masuk?lanjut="), "%s %s → %s", r.Method, path, p.location)
	}
	require.Greater(t, private, 50)
	require.Equal(t, before, w.fingerprint(t))
}

// fingerprint counts the rows that people's actions make; the pictures of shared
// links a job makes.
func (w *world) fingerprint(t *testing.T) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, table := range []string{"trail", "users", "grants", "consents", "memberships", "shops", "products", "submissions", "revisions", "orders", "payments", "withdrawals", "bank_accounts", "journal_entries", "messages", "pictures"} {
		var n int64
		where := ""
		if table == "pictures" {
			where = " WHERE owner_kind <> '" + catalog.ShareOwner + "'"
		}
		require.NoError(t, w.db.Read(t.Context()).Raw("SELECT count(*) FROM "+table+where).Scan(&n).Error)
		out[table] = n
	}
	return out
}

// The program itself, as its user starts it: the demo is filled within fifteen
// seconds, keeps its data, and stops cleanly when told to.
func TestTheDemoKeepsItsData(t *testing.T) {
	data := t.TempDir()
	first := startDemo(t, data)
	require.Contains(t, first, "menyiapkan data contoh")
	second := startDemo(t, data)
	require.NotContains(t, second, "menyiapkan data contoh", "a second start keeps the data")
}

// startDemo runs this test binary as the demo until its first page is filled,
// then stops it and returns what it printed.
func startDemo(t *testing.T, data string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), demoEnv+"="+data)
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	var base string
	require.Eventually(t, func() bool {
		for line := range strings.Lines(out.String()) {
			if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "toko" {
				base = fields[1]
			}
		}
		return base != ""
	}, patience, 20*time.Millisecond, "%s", &out)
	res, err := http.Get(base + "produk")
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Contains(t, string(body), "Rempeyek")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait(), "%s", &out)
	return out.String()
}

// gatewayAlone keeps the command's contract: it stops when told to.
func TestTheGatewayStopsWhenToldTo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- gatewayCommand{Data: t.TempDir(), Listen: "127.0.0.1:0", Key: testKey, CallbackToken: testToken, Site: "http://127.0.0.1:1"}.Run(ctx)
	}()
	cancel()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(patience):
		t.Fatal("still running")
	}
}
