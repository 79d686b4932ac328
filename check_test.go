package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// checked runs the check as the command does and returns what it printed.
func checked(t *testing.T, env map[string]string) (string, bool) {
	t.Helper()
	var lines []string
	for k, v := range env {
		lines = append(lines, k+"="+v)
	}
	s, err := config.Read(lines)
	require.NoError(t, err)
	var out bytes.Buffer
	well := check(t.Context(), &out, s, s.CheckServe())
	return out.String(), well
}

func TestCheckTriesEverythingAndSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	wa := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer pR5nJ8cW2kY6tQ0m" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer wa.Close()
	env := map[string]string{
		"LAPAK_DATABASE_URL": dbtest.PostgresURL(t), "LAPAK_BASE_URL": "http://127.0.0.1:8080", "LAPAK_MEDIA_URL": "file://" + dir + "/gambar",
		"LAPAK_SECRET_KEYS": "b2f1c09de47a8365f1e2d3c4b5a69788", "LAPAK_SMTP_URL": "file://" + dir + "/surat",
		"LAPAK_WHATSAPP_URL": wa.URL, "LAPAK_WHATSAPP_TOKEN": "pR5nJ8cW2kY6tQ0m",
		"XENDIT_SECRET_KEY": testKey, "XENDIT_CALLBACK_TOKENS": testToken, "XENDIT_BASE_URL": startGatewayProcess(t, "http://127.0.0.1:1"),
	}
	out, well := checked(t, env)
	require.True(t, well, "%s", out)
	for _, name := range []string{"pengaturan", "basis data", "gambar", "surel", "WhatsApp", "Xendit"} {
		require.Regexp(t, `(?m)^ok     `+name, out)
	}
	require.Contains(t, out, "`lapak migrate`", "an empty database is said to be empty")

	const nobody = "127.0.0.1:1" // a port that was let go may be somebody's again
	for name, change := range map[string]map[string]string{
		"basis data": {"LAPAK_DATABASE_URL": "postgres://lapak:geheim@" + nobody + "/lapak"},
		"gambar":     {"LAPAK_MEDIA_URL": "s3://lapak?region=x&endpoint=http://" + nobody, "LAPAK_MEDIA_KEY": "lapak", "LAPAK_MEDIA_SECRET": "geheim"},
		"surel":      {"LAPAK_SMTP_URL": "smtp://lapak:geheim@" + nobody},
		"WhatsApp":   {"LAPAK_WHATSAPP_TOKEN": "falsch-geheim-7kQ2"},
		"Xendit":     {"XENDIT_SECRET_KEY": "xnd_development_geheim"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := map[string]string{}
			for _, m := range []map[string]string{env, change} {
				for k, v := range m {
					changed[k] = v
				}
			}
			out, well := checked(t, changed)
			require.False(t, well)
			require.Regexp(t, `(?m)^TIDAK  `+name+` .*\n +→ `, out)
			require.Equal(t, 1, strings.Count(out, "TIDAK"), "%s", out)
			require.NotContains(t, out, "geheim")
		})
	}
}

// The pictures, and the object store behind them, keep nothing of a check.
func TestCheckLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "gambar"), 0o700))
	_, well := checked(t, map[string]string{"LAPAK_MEDIA_URL": "file://" + dir + "/gambar", "LAPAK_DATABASE_URL": "sqlite:" + dir + "/gone/lapak.db"})
	require.False(t, well)
	require.NoFileExists(t, filepath.Join(dir, "gone"), "a misspelt folder is not made")
	var files []string
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "gambar"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	}))
	require.Empty(t, files)
}

func TestHealthAsksThisMachine(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	at, err := url.Parse(w.url)
	require.NoError(t, err)
	t.Setenv("LAPAK_LISTEN", ":"+at.Port())
	soon(t, "ready once its jobs run", func() bool { return healthCommand{}.Run(t.Context()) == nil })
	require.NoError(t, healthCommand{Alive: true}.Run(t.Context()))
	schema := func(from, to string) {
		_, err := w.db.SQL().ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to)
		require.NoError(t, err)
	}
	schema("goose_db_version", "nowhere")
	require.ErrorContains(t, healthCommand{}.Run(t.Context()), "503")
	require.NoError(t, healthCommand{Alive: true}.Run(t.Context()), "alive, though not ready")
	schema("nowhere", "goose_db_version")
	t.Setenv("LAPAK_LISTEN", "127.0.0.1:1")
	require.Error(t, healthCommand{}.Run(t.Context()))
}

// A second process on the same embedded database does not start, and removes
// nothing.
func TestOneProcessServesAnEmbeddedDatabase(t *testing.T) {
	dir := t.TempDir()
	release, err := own("sqlite:" + filepath.Join(dir, "lapak.db"))
	require.NoError(t, err)
	defer func() { _ = release() }()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "demo.json"), []byte("{}"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lapak.db"), []byte("data"), 0o600))
	err = demoCommand{place: place{Data: dir}, Fresh: true, Listen: "127.0.0.1:0", GatewayListen: "127.0.0.1:0"}.Run(t.Context())
	require.ErrorContains(t, err, "sedang memakai basis data ini")
	raw, err := os.ReadFile(filepath.Join(dir, "lapak.db"))
	require.NoError(t, err)
	require.Equal(t, "data", string(raw), "not even --fresh")

	for k, v := range map[string]string{
		"LAPAK_BASE_URL": "http://127.0.0.1:8080", "LAPAK_SECRET_KEYS": "b2f1c09de47a8365f1e2d3c4b5a69788",
		"XENDIT_SECRET_KEY": testKey, "XENDIT_CALLBACK_TOKENS": testToken, "XENDIT_BASE_URL": "http://127.0.0.1:1",
	} {
		t.Setenv(k, v)
	}
	require.ErrorContains(t, serveCommand{place{Data: dir}}.Run(t.Context()), "sedang memakai basis data ini")
}
