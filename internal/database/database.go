// Package database opens the one store of Lapak Berdaya on SQLite (embedded)
// or PostgreSQL, and is the only way into a transaction.
//
// The two databases must behave alike: every rule that guards money or
// promises is a conditional UPDATE, a unique insert or a check, never a read
// followed by a write. SQLite has one writer handle with immediate
// transactions and a query-only read pool; PostgreSQL has one pool.
package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/lapak-berdaya/lapak/internal/clock"
)

// Dialect names, as GORM and the migrations folder spell them.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// DB is the opened store.
type DB struct {
	dialect string
	path    string // SQLite file
	write   *gorm.DB
	read    *gorm.DB
	sqlW    *sql.DB
	sqlR    *sql.DB
	pool    *pgxpool.Pool
	gate    chan struct{} // SQLite: one waiting place per writer, so that deadlines hold
	shift   clock.Shift

	watchers watchers // of committed invalidations
}

// Open opens "sqlite:PATH" or a "postgres://…" URL and checks that it answers and
// that no newer program migrated it (ErrNewerSchema). It does not migrate: see
// Migrate.
func Open(ctx context.Context, address string) (*DB, error) {
	db, err := openAny(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := db.refuseNewer(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openAny(ctx context.Context, address string) (*DB, error) {
	switch {
	case strings.HasPrefix(address, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(address, "sqlite:"))
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		return openPostgres(ctx, address)
	}
	return nil, fmt.Errorf("database: %q is neither sqlite:PATH nor postgres://…", redact(address))
}

func redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(unreadable address)"
	}
	return u.Redacted()
}

// SQLiteDSN is the driver's address of an embedded database: durable, UTC,
// foreign keys on, immediate transactions.
func SQLiteDSN(path string, queryOnly bool) string {
	q := url.Values{}
	q.Set("_time_format", "sqlite")
	q.Set("_timezone", "UTC")
	q.Set("_texttotime", "1")
	q.Set("_txlock", "immediate")
	for _, p := range []string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"} {
		q.Add("_pragma", p)
	}
	if queryOnly {
		q.Set("_txlock", "deferred")
		q.Add("_pragma", "query_only(1)")
	}
	// SQLite reads an address: the characters that end or escape a path are escaped.
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?" + q.Encode()
}

func config() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	}
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db := &DB{dialect: SQLite, path: path, gate: make(chan struct{}, 1)}
	// Nobody else on the machine reads it, whatever the folder allows; the files
	// beside it follow.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if db.sqlW, err = sql.Open("sqlite", SQLiteDSN(path, false)); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db.sqlW.SetMaxOpenConns(1)
	if err := db.sqlW.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("database: open %s: %w", path, err)
	}
	if db.sqlR, err = sql.Open("sqlite", SQLiteDSN(path, true)); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db.sqlR.SetMaxOpenConns(8)
	db.sqlR.SetMaxIdleConns(8)
	if db.write, err = gorm.Open(sqliteDialector{db.sqlW}, config()); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if db.read, err = gorm.Open(sqliteDialector{db.sqlR}, config()); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := named(db.write); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db.attach()
	return db, nil
}

// plainPostgres never writes values into a statement's text: GORM would, for its
// log, after each Scan, whether or not anybody logs.
type plainPostgres struct{ *postgres.Dialector }

// Explain is the statement as it was sent.
func (plainPostgres) Explain(sql string, _ ...any) string { return sql }

func openPostgres(ctx context.Context, address string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("database: %s: unreadable address", redact(address))
	}
	// A statement that hangs must not hold others; sums checked in reliability rule 8.
	for name, value := range map[string]string{
		"statement_timeout":                   "15000",
		"lock_timeout":                        "5000",
		"idle_in_transaction_session_timeout": "15000",
		"timezone":                            "UTC",
	} {
		if _, set := cfg.ConnConfig.RuntimeParams[name]; !set {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
	}
	if cfg.MaxConns < 16 {
		cfg.MaxConns = 16
	}
	db := &DB{dialect: Postgres}
	if db.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := db.pool.Ping(ctx); err != nil {
		db.pool.Close()
		return nil, fmt.Errorf("database: PostgreSQL does not answer: %w", err)
	}
	db.sqlW = stdlib.OpenDBFromPool(db.pool)
	db.sqlR = db.sqlW
	if db.write, err = gorm.Open(plainPostgres{postgres.New(postgres.Config{Conn: db.sqlW}).(*postgres.Dialector)}, config()); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := named(db.write); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db.read = db.write
	db.attach()
	return db, nil
}

// named gives constraint errors their name for statements that answer with rows too:
// GORM translates the others only, and INSERT ... RETURNING is how rows get their ids.
func named(g *gorm.DB) error {
	return g.Callback().Row().After("gorm:row").Register("lapak:named", func(tx *gorm.DB) {
		if err := tx.Error; err != nil {
			tx.Error = nil
			_ = tx.AddError(err)
		}
	})
}

func (db *DB) attach() {
	db.write = clock.Attach(db.write, &db.shift).Session(&gorm.Session{})
	db.read = clock.Attach(db.read, &db.shift).Session(&gorm.Session{})
}

// Dialect is SQLite or Postgres.
func (db *DB) Dialect() string { return db.dialect }

// Clock is the shift that tests and the demo put on this database's time.
func (db *DB) Clock() *clock.Shift { return &db.shift }

// Path is the file of an embedded database, "" on PostgreSQL.
func (db *DB) Path() string { return db.path }

// Pool is the PostgreSQL pool (jobs listen on it), nil on SQLite.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// SQL is the write handle for libraries that speak database/sql (goose, jobs).
func (db *DB) SQL() *sql.DB { return db.sqlW }

// Read returns a handle for queries outside any transaction. On SQLite it
// refuses to write. Never use it inside InTx: it would not see the
// transaction's own rows.
func (db *DB) Read(ctx context.Context) *gorm.DB {
	return db.read.Session(&gorm.Session{Context: ctx})
}

// Ping asks the database for an answer.
func (db *DB) Ping(ctx context.Context) error { return db.sqlR.PingContext(ctx) }

// Close closes every handle.
func (db *DB) Close() error {
	err := db.sqlW.Close()
	if db.sqlR != db.sqlW {
		err = errors.Join(err, db.sqlR.Close())
	}
	if db.pool != nil {
		db.pool.Close()
	}
	return err
}

const hooksKey = "lapak:after-commit"

type insideTx struct{}

// attempts bounds the retries of a transaction that lost against another one.
const attempts = 5

// InTx runs fn in one write transaction and commits when fn returns nil. It is
// the only way to write. fn gets the transaction explicitly and must pass it,
// and its ctx, to …Tx methods; it must do no network, file or image work, and
// may run again when the database asks for a retry (serialization, deadlock,
// busy), so it must have no effect outside the transaction: use AfterCommit.
// Nesting is refused.
func InTx(ctx context.Context, db *DB, fn func(tx *gorm.DB) error) error {
	if ctx.Value(insideTx{}) != nil {
		return errors.New("database: a transaction inside a transaction")
	}
	if db.gate != nil {
		select {
		case db.gate <- struct{}{}:
			defer func() { <-db.gate }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	inside := context.WithValue(ctx, insideTx{}, true)
	var err error
	for try := range attempts {
		var hooks []func()
		err = db.write.WithContext(inside).Transaction(func(tx *gorm.DB) error {
			hooks = nil
			// Session makes the handle safe to reuse for statement after statement.
			state := tx.Set(hooksKey, &hooks).Set(changedKey, &changed{db: db, keys: map[string]bool{}})
			return fn(clock.Begin(state).Session(&gorm.Session{}))
		})
		if err == nil {
			for _, hook := range hooks {
				hook()
			}
			return nil
		}
		if !retryable(err) {
			return err
		}
		select {
		case <-time.After(time.Duration(5<<(2*try)) * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
	return err
}

// AfterCommit runs hook once the transaction is committed, and never if it is
// not. tx must come from InTx.
func AfterCommit(tx *gorm.DB, hook func()) {
	if h, ok := tx.Get(hooksKey); ok {
		hooks := h.(*[]func())
		*hooks = append(*hooks, hook)
		return
	}
	panic("database: AfterCommit outside InTx")
}

// SQLTx is the driver's transaction under tx, for libraries that insert their
// own rows into it (jobs).
func SQLTx(tx *gorm.DB) *sql.Tx {
	t, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		panic("database: not inside InTx")
	}
	return t
}

// retryable reports lost races that a fresh attempt can win.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	return sqliteBusy(err)
}

// Down reports whether err, which came from this package, means that the database
// itself cannot be reached, has just gone away or has no room, rather than that a
// statement was wrong. A connection that ends in the middle of an answer is handed
// on by pgconn as it came, an end of file or a reset.
func Down(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "57P")
	}
	// Every trouble of pgconn's with its connection has this method, and nothing else has.
	var connection interface{ SafeToRetry() bool }
	var connect *pgconn.ConnectError
	var broken *net.OpError
	return errors.As(err, &connection) || errors.As(err, &connect) || errors.As(err, &broken) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgx.ErrTxClosed) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || sqliteBusy(err) || sqliteFull(err)
}
