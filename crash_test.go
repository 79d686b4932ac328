package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// Every point that the source visits is listed, once, every listed one is there,
// and nothing but a test arms them.
func TestCrashPointsAreListed(t *testing.T) {
	visit := regexp.MustCompile(`crash\.Point\("([^"]+)"\)`)
	var found []string
	require.NoError(t, filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range visit.FindAllStringSubmatch(string(raw), -1) {
			found = append(found, m[1])
		}
		if !strings.HasPrefix(path, "internal/crash/") {
			require.NotContains(t, string(raw), "crash.Arm", path)
		}
		return nil
	}))
	slices.Sort(found)
	listed := slices.Clone(crash.Points)
	slices.Sort(listed)
	require.Equal(t, listed, found)
}

// eachStage runs the test against the program in a process of its own, on both
// databases.
func eachStage(t *testing.T, test func(t *testing.T, th *theatre)) {
	t.Helper()
	t.Run(database.SQLite, func(t *testing.T) {
		t.Parallel()
		test(t, stage(t, "sqlite:"+filepath.Join(t.TempDir(), "lapak.db")))
	})
	t.Run(database.Postgres, func(t *testing.T) {
		t.Parallel()
		test(t, stage(t, dbtest.PostgresURL(t)))
	})
}

// quick is how the simulator behaves in these tests: everything within a second,
// failed callbacks come again after two.
var quick = map[string]any{"settle_after_ms": 300, "payout_after_ms": 100, "refund_after_ms": 100, "callback_repeat": 1, "retry_scale": 1.0 / 450}

// hardest are the points at which dying is most likely to cost money, in the
// order in which a story meets them. The soak takes all points.
var hardest = []string{
	"checkout/place/committed", "xendit/invoice/sent", "payment/callback/committed", "payment/merge/written",
	"xendit/refund/sent", "media/master/stored", "order/move/written", "finance/decision/committed",
	"xendit/payout/sent", "notify/deliver/sent", "payment/fee/written", "jobs/worked",
}

// The program dies at the worst moments of one story, once at each, and is started
// again: the story ends as if nothing had happened.
func TestKilledAtTheWorstMoments(t *testing.T) {
	eachStage(t, func(t *testing.T, th *theatre) {
		th.populate(t)
		th.simulator(t, "settings", quick)
		th.m.rest = 31 * time.Second // a dead sender's lease has run out when the program is back
		th.m.child.Arm = map[string]int{}
		for _, point := range hardest {
			th.m.child.Arm[point] = 1
		}
		th.m.start()
		// A process that dies may still reach a second point in its last
		// millisecond, and is then past it: another story meets that one again.
		var lives []*life
		for n := 1; n == 1 || n <= 4 && len(th.m.died()) < len(hardest); n++ {
			l := th.born(t, n)
			l.live()
			th.quiet(t)
			lives = append(lives, l)
		}
		var died []string
		for _, d := range th.m.died() {
			died = append(died, d.point)
			t.Logf("died at %s, back after %s", d.point, d.back.Round(time.Millisecond))
		}
		require.ElementsMatch(t, hardest, died)
		require.Empty(t, th.lies(t, lives...))
		th.m.stop()
		th.swept(t)
		th.clean(t)
	})
}

// swept ages every file by three hours: a picture whose upload died is then found
// by the audit and removed by the sweep.
func (th *theatre) swept(t *testing.T) {
	t.Helper()
	old := time.Now().Add(-3 * time.Hour)
	require.NoError(t, filepath.WalkDir(th.pictures, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, old, old)
	}))
	require.Error(t, runAudit(t.Context(), th.app, io.Discard), "the picture that nobody has is not noticed")
	n, err := th.app.pictures.Sweep(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Positive(t, n)
}

// The control: a program that forgot that it had asked for an invoice, and asks
// again, is found out.
func TestAForgetfulProgramIsFoundOut(t *testing.T) {
	t.Parallel()
	th := stage(t, "sqlite:"+filepath.Join(t.TempDir(), "lapak.db"))
	th.populate(t)
	th.simulator(t, "settings", quick)
	th.m.child.Arm = map[string]int{"xendit/invoice/sent": 1}
	th.m.down = func() {
		_, err := th.db.SQL().ExecContext(context.Background(), "UPDATE payments SET tries = 0, lease_until = NULL")
		if err != nil {
			t.Error(err)
		}
	}
	th.m.start()
	l := th.born(t, 1)
	l.live()
	th.quiet(t)
	require.Contains(t, strings.Join(th.lies(t, l), "\n"), "the gateway was made to do lapak-purchase-")
}
