package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/backup"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/ledger"
)

func address(t *testing.T, dialect string) string {
	t.Helper()
	if dialect == database.Postgres {
		return dbtest.PostgresURL(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "lapak.db")
}

// installed points the commands at an installation, as its environment does.
func installed(t *testing.T, database, pictures string) {
	t.Helper()
	for name, value := range map[string]string{
		"LAPAK_DATABASE_URL": database, "LAPAK_MEDIA_URL": pictures, "LAPAK_SECRET_KEYS": testSecret,
	} {
		t.Setenv(name, value)
	}
}

// The drill: a shop is backed up while people buy, burns down, and is restored on
// the other engine, encrypted on the way. Money that came in after the backup is
// found, what was being bought while the backup ran is not half there, nobody's
// old link opens a stranger's order, and every row agrees.
func TestARestoredShopFindsTheMoneyThatCameMeanwhile(t *testing.T) {
	for from, to := range map[string]string{database.SQLite: database.Postgres, database.Postgres: database.SQLite} {
		t.Run(from+" to "+to, func(t *testing.T) {
			ctx := t.Context()
			w := serving(t, address(t, from), "file://"+filepath.Join(t.TempDir(), "pictures"), "")
			w.people(t)
			product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
			bought := w.buy(t, w.visitor(t), map[int64]int{product: 2}, w.shop)
			require.Equal(t, checkout.Awaiting, bought.State)

			key, err := age.GenerateX25519Identity()
			require.NoError(t, err)
			file := filepath.Join(t.TempDir(), "cadangan.age")
			// In the middle of the backup somebody buys: it neither waits nor is copied.
			var during checkout.Purchase
			keys := id.NewKeys(testSecret)
			_, err = backup.WriteFile(ctx, backup.Store{DB: w.db, Bucket: w.bucket, Keys: keys}, file, backup.FileOptions{Options: backup.Options{
				Recipients: []age.Recipient{key.Recipient()},
				Progress: func(phase string, _, _ int64) {
					if phase == backup.PhaseRows && during.ID == 0 {
						during = w.buy(t, w.visitor(t), map[int64]int{product: 3}, w.shop)
					}
				},
			}})
			require.NoError(t, err)
			require.NotZero(t, during.ID)
			w.stop()
			w.simulator(t, "settings", map[string]any{"callback_drop": -1}) // the old address is gone
			w.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})

			identity := filepath.Join(t.TempDir(), "kunci")
			require.NoError(t, os.WriteFile(identity, []byte(key.String()), 0o600))
			target, pictures := address(t, to), "file://"+filepath.Join(t.TempDir(), "pulih")
			installed(t, target, pictures)
			require.NoError(t, restoreCommand{File: file, Identity: []string{identity}}.Run(ctx), "and the audit that follows is clean")

			n := serving(t, target, pictures, w.gateway)
			n.db.Clock().Advance(5 * time.Minute)
			soon(t, "the poller finds what was paid after the backup", func() bool { return n.see(t, bought.Token).State == checkout.Paid })
			require.EqualValues(t, 1, n.count(t, "SELECT count(*) FROM journal_entries WHERE kind = 'paid'"))
			require.Equal(t, bought.Total, n.balance(t, ledger.Held, bought.Orders[0].ID))
			require.EqualValues(t, 2, n.count(t, "SELECT sum(taken) FROM allotments"), "the three bought meanwhile are not promised here")

			// The purchase that was lost has a link, and it leads nowhere, also after new
			// people bought.
			v := n.visitor(t)
			p, err := v.get("/pembayaran/" + bought.Token)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, p.status, "links of before the backup open")
			again := n.buy(t, n.visitor(t), map[int64]int{product: 1}, w.shop)
			require.NotEqual(t, during.Token, again.Token)
			require.NotEqual(t, during.Payment.Reference, again.Payment.Reference)
			p, err = v.get("/pembayaran/" + during.Token)
			require.NoError(t, err)
			require.Equal(t, http.StatusNotFound, p.status)
			page, err := v.get("/produk")
			require.NoError(t, err)
			require.Contains(t, page.body, "Nastar uji")
			n.clean(t)
			last, err := n.runs.LastDone(ctx, runs.Restore)
			require.NoError(t, err)
			require.Positive(t, last.Counts["rows"])
		})
	}
}

// The commands of a technician's Monday: back up every night into a folder, keep
// two, verify, and hear of it on the admin page.
func TestTheBackupCommandKeepsTwo(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 5)
	ctx := t.Context()
	installed(t, w.settings.DatabaseURL, w.settings.MediaURL)
	folder := filepath.Join(t.TempDir(), "cadangan") + "/"
	keep := backupCommand{File: folder, Keep: 2}
	for day := range 3 {
		if day > 0 { // the name is the second it was taken
			yesterday := time.Now().UTC().Add(-time.Duration(day) * 24 * time.Hour)
			files, err := filepath.Glob(folder + "*")
			require.NoError(t, err)
			require.NoError(t, os.Rename(files[len(files)-1], folder+backup.Name(yesterday, false)))
		}
		require.NoError(t, keep.Run(ctx))
	}
	files, err := filepath.Glob(folder + "*")
	require.NoError(t, err)
	require.Len(t, files, 2)
	require.NoError(t, verifyCommand{File: files[1]}.Run(ctx))
	last, err := w.runs.LastDone(ctx, runs.Backup)
	require.NoError(t, err)
	require.Equal(t, runs.OK, last.Outcome)
	require.Equal(t, filepath.Base(files[1]), last.Note)
	require.Positive(t, last.Counts["rows"])

	require.Error(t, backupCommand{File: filepath.Join(folder, "satu"), Keep: 2}.Run(ctx), "--keep needs a folder")
	require.ErrorIs(t, backupCommand{File: files[1]}.Run(ctx), backup.ErrExists)
	last, err = w.runs.Last(ctx, runs.Backup)
	require.NoError(t, err)
	require.Equal(t, runs.Failed, last.Outcome)

	var lost string
	require.NoError(t, w.db.Read(ctx).Raw("SELECT 'pictures/' || key || '/master.jpg' FROM pictures").Scan(&lost).Error)
	require.NoError(t, w.bucket.Delete(ctx, lost))
	require.ErrorIs(t, backupCommand{File: folder + "bolong"}.Run(ctx), errProblems)
	last, err = w.runs.LastDone(ctx, runs.Backup)
	require.NoError(t, err)
	require.Equal(t, runs.Findings, last.Outcome)
	require.Equal(t, lost+": missing", last.Report)

	t.Setenv("LAPAK_DATABASE_URL", "sqlite:"+filepath.Join(folder, "tidak-ada.db"))
	require.Error(t, backupCommand{File: folder}.Run(ctx))
	require.NoFileExists(t, filepath.Join(folder, "tidak-ada.db"), "a wrong folder is not made into an empty shop")
}

// From the embedded database to PostgreSQL in one command; the source stays.
func TestImportMovesAShopToPostgreSQL(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
	bought := w.buy(t, w.visitor(t), map[int64]int{product: 2}, w.shop)
	w.stop()
	ctx := t.Context()
	path, pictures := strings.TrimPrefix(w.settings.DatabaseURL, "sqlite:"), "file://"+filepath.Join(t.TempDir(), "pindah")
	target := dbtest.PostgresURL(t)
	installed(t, target, pictures)
	require.NoError(t, importCommand{Path: path, Media: w.settings.MediaURL}.Run(ctx))
	require.ErrorIs(t, importCommand{Path: path, Media: w.settings.MediaURL}.Run(ctx), backup.ErrNotEmpty)

	n := serving(t, target, pictures, w.gateway)
	n.simulator(t, "settings", map[string]any{"callback_drop": -1})
	n.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})
	n.db.Clock().Advance(5 * time.Minute)
	soon(t, "the moved shop hears of money", func() bool { return n.see(t, bought.Token).State == checkout.Paid })
	next := n.buy(t, n.visitor(t), map[int64]int{product: 1}, w.shop)
	require.Equal(t, bought.ID+1, next.ID, "ids go on where they were")
	n.clean(t)

	t.Setenv("LAPAK_DATABASE_URL", "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	require.Error(t, importCommand{Path: path}.Run(ctx), "the target is PostgreSQL")
}

// A database that a newer program migrated is closed to every command, and the
// sentence says what to do.
func TestNoCommandTouchesTheDatabaseOfANewerProgram(t *testing.T) {
	for _, dialect := range []string{database.SQLite, database.Postgres} {
		t.Run(dialect, func(t *testing.T) {
			ctx := t.Context()
			where, pictures := address(t, dialect), "file://"+filepath.Join(t.TempDir(), "pictures")
			db, err := database.Open(ctx, where)
			require.NoError(t, err)
			_, err = migrate(ctx, db)
			require.NoError(t, err)
			installed(t, where, pictures)
			for name, value := range map[string]string{
				"LAPAK_BASE_URL": "http://localhost:8080", "LAPAK_SECRET_KEYS": id.Token() + id.Token(),
				"XENDIT_SECRET_KEY": "xnd_development_" + id.Token(), "XENDIT_CALLBACK_TOKENS": id.Token(),
			} {
				t.Setenv(name, value)
			}
			folder := t.TempDir()
			require.NoError(t, backupCommand{File: filepath.Join(folder, "lama")}.Run(ctx), "the control: the program's own schema is fine")
			before := rowsOf(t, db)
			require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
				return tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)").Error
			}))
			for name, run := range map[string]func(context.Context) error{
				"serve": serveCommand{}.Run, "migrate": migrateCommand{}.Run, "audit": auditCommand{}.Run, "rotate": rotateCommand{}.Run,
				"backup":  backupCommand{File: filepath.Join(folder, "baru")}.Run,
				"restore": restoreCommand{File: filepath.Join(folder, "lama")}.Run,
				"demo":    demoCommand{place: place{Data: t.TempDir()}, Listen: "127.0.0.1:0", GatewayListen: "127.0.0.1:0"}.Run,
			} {
				err := run(ctx)
				require.ErrorIs(t, err, database.ErrNewerSchema, name)
				require.True(t, strings.HasPrefix(explain(err).Error(), "Basis data ini sudah dipakai versi Lapak yang lebih baru"), "%s: %s", name, explain(err))
			}
			require.NoFileExists(t, filepath.Join(folder, "baru"))
			after := rowsOf(t, db)
			require.Equal(t, before, after)
			require.NoError(t, db.Close())
		})
	}
}

func rowsOf(t *testing.T, db *database.DB) (n int64) {
	t.Helper()
	require.NoError(t, db.Read(t.Context()).Raw("SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM users) + (SELECT count(*) FROM trail)").Scan(&n).Error)
	return n
}

func TestExplainSaysWhatToDo(t *testing.T) {
	for _, e := range explained {
		said := explain(errors.Join(e.err))
		require.ErrorIs(t, said, e.err)
		require.NotEqual(t, e.err.Error(), said.Error())
	}
	other := errors.New("x")
	require.Equal(t, other, explain(other))
}

func TestTheMeterDrawsLinesWhereThereIsNoTerminal(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "keluaran"))
	require.NoError(t, err)
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	m := newMeter(out)
	m.now = func() time.Time { return at }
	for n := int64(1); n <= 1024; n++ {
		at = at.Add(50 * time.Millisecond)
		m.tell(backup.PhaseRows, n, 1024)
	}
	m.tell(backup.PhasePictures, 1_500_000, 1_500_000)
	m.tell(backup.PhasePictures, 1_500_000, 1_500_000)
	m.finish()
	require.NoError(t, out.Close())
	raw, err := os.ReadFile(out.Name())
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	require.Len(t, lines, 5, "%s", raw)
	require.Contains(t, lines[0], "25%  256 / 1.024  20/detik  sisa 38s")
	require.Contains(t, lines[4], "1,5 MB / 1,5 MB")
	require.NotContains(t, string(raw), "\x1b")
	require.NotContains(t, string(raw), "█")
	require.False(t, bytes.ContainsRune(raw, '\r'))
}

// A backup of the first public schema (a shop with a finished, a paid and an
// unpaid order, and a withdrawal asked for; bank accounts still in plain text)
// restores into today's program on both engines: every migration since ran over
// its rows, what is sealed today was sealed, and every row agrees.
func TestABackupOfTheFirstSchemaStillRestores(t *testing.T) {
	for _, dialect := range []string{database.SQLite, database.Postgres} {
		t.Run(dialect, func(t *testing.T) {
			where, pictures := address(t, dialect), "file://"+filepath.Join(t.TempDir(), "pictures")
			installed(t, where, pictures)
			require.NoError(t, restoreCommand{File: "testdata/backup/schema-13.tar.zst"}.Run(t.Context()))
			n := serving(t, where, pictures, "")
			version, err := database.Version(t.Context(), n.db)
			require.NoError(t, err)
			latest, err := database.Latest(dialect)
			require.NoError(t, err)
			require.Equal(t, latest, version)
			require.EqualValues(t, 3, n.count(t, "SELECT count(*) FROM orders"))
			require.EqualValues(t, 1, n.count(t, "SELECT count(*) FROM orders WHERE state = 'completed' AND settled_at IS NOT NULL"))
			require.EqualValues(t, 1, n.count(t, "SELECT count(*) FROM withdrawals WHERE state = 'requested'"))
			nowhere(t, n.dump(t), "1234567890123")
			page, err := n.visitor(t).get("/produk")
			require.NoError(t, err)
			require.Contains(t, page.body, "Nastar uji")
			n.clean(t)
		})
	}
}
