package backup_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/backup"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

func TestImportCopiesRowForRow(t *testing.T) {
	source := world(t, dbtest.SQLiteDB(t))
	into := emptyStore(t, database.Postgres)
	ctx := t.Context()
	found, err := backup.Import(ctx, source, into, backup.ImportOptions{})
	require.NoError(t, err)
	require.Equal(t, blobs(t, source.Bucket), blobs(t, into.Bucket))
	require.Equal(t, pending(t, source.DB), pending(t, into.DB))
	want := sums(t, source)
	require.Equal(t, want, found.Tables)
	for i, got := range sums(t, into) {
		if got.Name != "trail" {
			require.Equal(t, want[i], got)
		}
	}
	require.EqualValues(t, 1, number(t, into.DB, "SELECT count(*) FROM trail WHERE verb = 'import'"))
	guarded(t, into.DB)
	var next int64
	require.NoError(t, into.DB.Read(ctx).Raw("SELECT nextval(pg_get_serial_sequence('users', 'id'))").Scan(&next).Error)
	require.Equal(t, number(t, source.DB, "SELECT max(id) FROM users")+1, next, "ids go on where they were")
}

// What SQLite keeps and PostgreSQL does not is refused with table, row and column,
// and nothing is left behind; a backup keeps it.
func TestImportNamesTheRowThatPostgreSQLRefuses(t *testing.T) {
	source, into := world(t, dbtest.SQLiteDB(t)), emptyStore(t, database.Postgres)
	run(t, source.DB, "PRAGMA ignore_check_constraints = 1")
	for _, c := range []struct{ row, column, odd, sound, want string }{
		{"shop_delivery WHERE method = 'own'", "fee", "'lima ribu'", "5000", "shop_delivery, shop_id 1 method own, column fee: backup: a value does not fit its column: a text stands in a column of kind integer"},
		{"shop_delivery WHERE method = 'own'", "fee", "5000.5", "5000", "a number with a fraction stands in a column of kind integer"},
		{"users WHERE id = 2", "withdrawals_rest_until", "'besok'", "NULL", "users, id 2, column withdrawals_rest_until: backup: a value does not fit its column: a text stands in a column of kind time"},
		{"users WHERE id = 2", "withdrawals_rest_until", "1763683200", "NULL", "a whole number stands in a column of kind time"},
		{"users WHERE id = 2", "withdrawals_rest_until", "'2026-11-22T01:02:03Z'", "NULL", "users, id 2, column withdrawals_rest_until"},
		{"messages WHERE id = 1", "secret", "'ya'", "0", "messages, id 1, column secret"},
		{"messages WHERE id = 1", "secret", "7", "0", "messages, id 1, column secret"},
		{"users WHERE id = 3", "email", "'a' || char(0) || 'b'", "''", "users, id 3, column email: backup: a value does not fit its column: the text holds a NUL character"},
		{"users WHERE id = 3", "email", "CAST(x'61ff62' AS TEXT)", "''", "users, id 3, column email: backup: a value does not fit its column: the text is not valid UTF-8"},
	} {
		table, where, _ := strings.Cut(c.row, " WHERE ")
		set := func(value string) { run(t, source.DB, "UPDATE "+table+" SET "+c.column+" = "+value+" WHERE "+where) }
		set(c.odd)
		_, err := backup.Import(t.Context(), source, into, backup.ImportOptions{})
		require.ErrorIs(t, err, backup.ErrValue, c.odd)
		require.ErrorContains(t, err, c.want)
		require.Zero(t, number(t, into.DB, "SELECT count(*) FROM trail"))

		file := write(t, source, backup.Options{})
		_, err = backup.Restore(t.Context(), opened(file), into, backup.RestoreOptions{})
		require.ErrorIs(t, err, backup.ErrValue, "a backup of it does not fit PostgreSQL either")
		again := emptyStore(t, database.SQLite)
		_, err = backup.Restore(t.Context(), opened(file), again, backup.RestoreOptions{})
		require.NoError(t, err, "odd data never means no backup: %s", c.odd)
		want := sums(t, source)
		for i, got := range sums(t, again) {
			if got.Name != "trail" {
				require.Equal(t, want[i], got, c.odd)
			}
		}
		set(c.sound)
	}
	_, err := backup.Import(t.Context(), source, into, backup.ImportOptions{})
	require.NoError(t, err, "the control: the same world, sound again, after every refusal")
}

func TestAnInterruptedImportIsRepeated(t *testing.T) {
	source, into := world(t, dbtest.SQLiteDB(t)), emptyStore(t, database.Postgres)
	for _, at := range []string{backup.PhasePictures, backup.PhaseRows} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := backup.Import(ctx, source, into, backup.ImportOptions{Progress: func(phase string, _, _ int64) {
			if phase == at {
				cancel()
			}
		}})
		cancel()
		require.Error(t, err)
	}
	_, err := backup.Import(t.Context(), source, into, backup.ImportOptions{})
	require.NoError(t, err)
}

// A row that is doubled or changed on the way never gets past the sums: the
// control of every comparison above. The trigger stands for a fault of ours.
func TestACopyThatDiffersIsTakenBack(t *testing.T) {
	file := write(t, world(t, dbtest.SQLiteDB(t)), backup.Options{})
	for _, fault := range []string{
		"UPDATE users SET name = 'Orang Lain' WHERE id = 1", "UPDATE users SET created_by = created_by + 1 WHERE id = 1",
		"INSERT INTO users (name, state, created_by, created_at) SELECT name, state, created_by, created_at FROM users WHERE id = 1",
		"UPDATE users SET email = NULL WHERE id = 1", "SELECT 1",
	} {
		into := emptyStore(t, database.SQLite)
		_, err := database.Migrate(t.Context(), into.DB)
		require.NoError(t, err)
		require.NoError(t, jobs.Migrate(t.Context(), into.DB))
		// On a table of the queue, which the load does not put to sleep.
		run(t, into.DB, "CREATE TRIGGER salah AFTER INSERT ON river_job WHEN NOT EXISTS (SELECT 1 FROM users WHERE name = 'Orang Lain') BEGIN "+fault+"; END")
		_, err = backup.Restore(t.Context(), opened(file), into, backup.RestoreOptions{})
		if fault == "SELECT 1" {
			require.NoError(t, err, "the control: a trigger that changes nothing")
			continue
		}
		require.Error(t, err, fault)
		require.Zero(t, number(t, into.DB, "SELECT count(*) FROM users"))
	}
}
