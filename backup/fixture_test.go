package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/backup"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

const secret = "secret for tests" // of ordertest

// world is a shop with two products, one of them still without renditions, a
// journal, jobs that wait, sessions and codes.
func world(t *testing.T, db *database.DB) backup.Store {
	t.Helper()
	ctx := t.Context()
	w := ordertest.New(t, db)
	shop := w.Shop("KUBE Dapur Gayeng")
	w.Companion(shop)
	for i, title := range []string{"Nastar \"isi\" nanas\n500 g", "Masker kain \U0001F33A"} {
		w.Publish(shop, ordertest.Product{Title: title, Price: 55_000, Quantity: 20, Grams: 700})
		if i == 0 {
			require.NoError(t, w.Media.MakeRenditions(ctx, 1))
		}
	}
	w.Tx(func(tx *gorm.DB) error {
		return w.Books.PostTx(ctx, tx, ledger.Entry{Key: "uji", Kind: "paid", Lines: []ledger.Line{
			{Account: ledger.Account{Kind: ledger.Gateway}, Amount: 9_000_000_000_000_001}, {Account: ledger.Account{Kind: ledger.Held, Owner: 1}, Amount: -9_000_000_000_000_001},
		}})
	})
	run(t, db, `INSERT INTO sessions (token_hash, data, created_at, seen_at, expires_at) SELECT 'x', '', created_at, created_at, created_at FROM users WHERE id = 1`)
	run(t, db, `INSERT INTO sign_in_codes (user_id, code_hash, created_at, expires_at) SELECT id, 'x', created_at, created_at FROM users WHERE id = 1`)
	run(t, db, `INSERT INTO callbacks (source, reference, gateway_id, status, gateway_payment_id, body, state, note, times, created_at, last_at)
		SELECT 'invoice', '', '', '', '', ?, 'done', '', 1, created_at, created_at FROM users WHERE id = 1`, []byte{0, 1, 255})
	run(t, db, `INSERT INTO callbacks (source, reference, gateway_id, status, gateway_payment_id, body, state, note, times, created_at, last_at)
		SELECT 'invoice', 'kosong', '', '', '', ?, 'done', '', 1, created_at, created_at FROM users WHERE id = 1`, []byte{})
	run(t, db, "INSERT INTO messages (channel, kind, address, body, secret, created_at) SELECT 'mail', 'x', 'a@b', ?, TRUE, created_at FROM users WHERE id = 1",
		id.NewKeys(secret).Seal("nik", "3519030101900001"))
	return backup.Store{DB: db, Bucket: w.Bucket, Keys: w.Keys}
}

func run(t *testing.T, db *database.DB, query string, args ...any) {
	t.Helper()
	require.NoError(t, database.InTx(context.Background(), db, func(tx *gorm.DB) error { return tx.Exec(query, args...).Error }))
}

func number(t *testing.T, db *database.DB, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, db.Read(t.Context()).Raw(query, args...).Scan(&n).Error)
	return n
}

// emptyStore is an installation that was never migrated.
func emptyStore(t *testing.T, dialect string) backup.Store {
	t.Helper()
	address := "sqlite:" + filepath.Join(t.TempDir(), "baru.db")
	if dialect == database.Postgres {
		address = dbtest.PostgresURL(t)
	}
	db, err := database.Open(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	bucket := memblob.OpenBucket(nil)
	t.Cleanup(func() { _ = bucket.Close() })
	return backup.Store{DB: db, Bucket: bucket, Keys: id.NewKeys(secret)}
}

func migrated(t *testing.T, dialect string) *database.DB {
	if dialect == database.Postgres {
		return dbtest.PostgresDB(t)
	}
	return dbtest.SQLiteDB(t)
}

func write(t *testing.T, from backup.Store, o backup.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	found, err := backup.Write(t.Context(), from, &out, o)
	require.NoError(t, err)
	require.Empty(t, found.Problems)
	return out.Bytes()
}

func opened(file []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil }
}

// sums are what a database holds, in the form that compares between engines.
func sums(t *testing.T, s backup.Store) []backup.TableSum {
	t.Helper()
	found, err := backup.Write(t.Context(), s, io.Discard, backup.Options{})
	require.NoError(t, err)
	return found.Tables
}

func blobs(t *testing.T, b *blob.Bucket) map[string]string {
	t.Helper()
	out := map[string]string{}
	for list := b.List(nil); ; {
		o, err := list.Next(t.Context())
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		data, err := b.ReadAll(t.Context(), o.Key)
		require.NoError(t, err)
		sum := sha256.Sum256(data)
		out[o.Key] = fmt.Sprint(len(data), " ", hex.EncodeToString(sum[:]))
	}
}

// nothing proves that a refusal changed nothing: no table, no picture.
func nothing(t *testing.T, s backup.Store) {
	t.Helper()
	version, err := database.Version(t.Context(), s.DB)
	require.NoError(t, err)
	require.Zero(t, version)
	require.Empty(t, blobs(t, s.Bucket))
}
