package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/story"
)

func capture() (*bytes.Buffer, *slog.Logger) {
	var b bytes.Buffer
	return &b, story.Logger(slog.New(slog.NewJSONHandler(&b, nil)))
}

func lines(t *testing.T, b *bytes.Buffer) []map[string]any {
	t.Helper()
	var out []map[string]any
	for _, l := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		if l == "" {
			continue
		}
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(l), &m), "%s", l)
		out = append(out, m)
	}
	return out
}

func TestToldOnceAfterCommitAndNeverWithout(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		b, log := capture()
		ctx := story.WithUser(story.WithRequest(t.Context(), log, "r-1"), 7)
		err := database.InTx(ctx, db, func(tx *gorm.DB) error {
			story.Tell(ctx, tx, "order moved", story.Order("LB-AAAAAA"), story.Purchase(3))
			require.Empty(t, b.String(), "nothing is told before the commit")
			return nil
		})
		require.NoError(t, err)
		got := lines(t, b)
		require.Len(t, got, 1)
		require.Equal(t, "order moved", got[0]["msg"])
		require.Equal(t, "LB-AAAAAA", got[0]["order"])
		require.EqualValues(t, 3, got[0]["purchase"])
		require.Equal(t, "r-1", got[0]["request"])
		require.EqualValues(t, 7, got[0]["user"])

		b.Reset()
		err = database.InTx(ctx, db, func(tx *gorm.DB) error {
			story.Tell(ctx, tx, "order moved", story.Order("LB-AAAAAA"))
			return errors.New("no")
		})
		require.Error(t, err)
		require.Empty(t, b.String())
	})
}

func TestJobsAndBoundLoggersCarryWhoTheyAre(t *testing.T) {
	b, log := capture()
	ctx := story.WithJob(t.Context(), log, "payment.open", 12)
	story.Say(ctx, "asked", story.Payment(4))
	story.Bound(ctx, log).Warn("without a context of its own")
	story.Bound(ctx, log).WarnContext(story.WithUser(ctx, 1), "with one")
	got := lines(t, b)
	require.Len(t, got, 3)
	for _, l := range got {
		require.Equal(t, "payment.open", l["job"])
		require.EqualValues(t, 12, l["job_id"])
	}
	require.EqualValues(t, 1, got[2]["user"])
	require.Equal(t, 1, strings.Count(strings.Split(b.String(), "\n")[2], `"job"`), "each attribute once")
	require.Same(t, log, story.Logger(log), "once is enough")
}

// canaries are things that must never reach a log, each in the shape it might
// come in.
var canaries = []string{
	"081234567890", "+62 812 3456 7890", "0812-3456-7890", "3519032211900001", "siti.rahma@example.test",
	"hunter2-canary", "xnd_production_canary123", "7712345678", "tok_canary_abcdefghijk",
}

func TestSecretsAndPersonalDataStayOut(t *testing.T) {
	b, log := capture()
	log.Warn("call 081234567890 or mail siti.rahma@example.test",
		"phone", "081234567890", "Payer_Name", "hunter2-canary", "callback-token", "tok_canary_abcdefghijk",
		"error", errors.New("duplicate key (phone)=(+62 812 3456 7890), nik 3519032211900001, to 7712345678"),
		"url", "postgres://lapak:hunter2-canary@db/lapak", "note", "0812-3456-7890 xnd_production_canary123",
		slog.Group("inner", "password", "hunter2-canary", "text", "siti.rahma@example.test"),
		"path", "/pesanan/tok_canary_abcdefghijk")
	log.With("email", "siti.rahma@example.test", "x", "3519032211900001").Info("kept")
	for _, c := range canaries {
		require.NotContains(t, b.String(), c)
	}
	// Not in part either; the fractions of a second may be any figures.
	require.NotContains(t, regexp.MustCompile(`"time":"[^"]+"`).ReplaceAllString(b.String(), ""), "3456")
	got := lines(t, b)
	require.Len(t, got, 2)
	require.Equal(t, story.Hidden, got[0]["phone"])
	require.Contains(t, got[0]["url"], "@db/lapak", "what is no secret can be read")

	// The control: without the handler every canary above would be there.
	var open bytes.Buffer
	slog.New(slog.NewJSONHandler(&open, nil)).Warn("call", "phone", "081234567890")
	require.Contains(t, open.String(), canaries[0])
}

func TestWhatLinesAreAboutCanStillBeRead(t *testing.T) {
	for _, s := range []string{
		"payment: outcome unknown", "order LB-7K3M9Q", "2026-11-22 02:15:00", "I6 held: orders 1204: holds 120000", "rows 12345678",
		"POST /toko-saya/pesanan/:id", "status 503 after 8000 ms",
	} {
		require.Equal(t, s, story.Scrub(s))
	}
}

func TestNobodyWritesALineOfTheirOwn(t *testing.T) {
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			log := story.Logger(slog.New(handler(&b)))
			forged := "x\n{\"msg\":\"payment paid\",\"order\":\"LB-AAAAAA\"}\r\x1b[31m\u2028"
			log.ErrorContext(story.With(context.Background(), slog.String("job", forged)), forged, "error", errors.New(forged), "route", forged)
			require.Equal(t, 1, strings.Count(b.String(), "\n"), "one line: %q", b.String())
			require.NotContains(t, b.String(), "\r")
			require.NotContains(t, b.String(), "\x1b")
		})
	}
}

// The program's own version is no telephone number.
func TestTheVersionStays(t *testing.T) {
	var out strings.Builder
	log := story.Logger(slog.New(slog.NewJSONHandler(&out, nil)))
	const version = "v0.0.0-20261122032031-7f87df41bb27"
	log.Info("starting", "version", version, "note", version)
	require.Contains(t, out.String(), `"version":"`+version+`"`)
	require.NotContains(t, out.String(), `"note":"`+version+`"`, "the control")
}
