package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/lapak-berdaya/lapak/audit"
	"github.com/lapak-berdaya/lapak/backup"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
)

// backupCommands: `lapak backup FILE`, `lapak backup verify FILE`, `lapak backup key FILE`.
type backupCommands struct {
	Save   backupCommand    `cmd:"" default:"withargs" help:"Simpan data dan gambar ke satu berkas (sama dengan: lapak backup BERKAS)."`
	Verify verifyCommand    `cmd:"" help:"Periksa berkas cadangan sampai habis, tanpa mengubah apa pun."`
	Key    backupKeyCommand `cmd:"" help:"Buat kunci untuk cadangan yang disandikan."`
}

type backupCommand struct {
	place
	File      string   `arg:"" help:"Berkas tujuan; folder (diakhiri /) memberi nama sendiri; - untuk keluaran."`
	Force     bool     `help:"Timpa berkas yang sudah ada."`
	NoVerify  bool     `help:"Jangan baca ulang berkas yang baru ditulis."`
	Recipient []string `help:"Kunci umum (age1…) yang boleh membuka cadangan; bisa beberapa. Juga: LAPAK_BACKUP_RECIPIENTS."`
	Keep      int      `help:"Simpan N cadangan terbaru di folder itu, hapus yang lebih lama. 0: simpan semua." default:"0" placeholder:"N"`
}

// errProblems ends a backup that lacks pictures: it was written, and somebody has
// to look.
var errProblems = errors.New(text.T("backup.refuse.problems"))

// Run writes a backup of an installation that may be open, and records it.
func (c backupCommand) Run(ctx context.Context) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	recipients, err := readRecipients(append(c.Recipient, s.BackupKeys...))
	if err != nil {
		return err
	}
	from, closeStore, err := openStore(ctx, s, true)
	if err != nil {
		return err
	}
	defer closeStore()
	name, folder, err := c.target(ctx, from.DB, len(recipients) > 0)
	if err != nil {
		return err
	}
	record := runs.NewService(from.DB, runs.ThisProcess())
	run, recordErr := record.Start(ctx, runs.Backup)
	m := newMeter(os.Stderr)
	o := backup.Options{Recipients: recipients, Progress: m.tell}
	var found backup.Summary
	if name == "-" {
		found, err = backup.Write(ctx, from, os.Stdout, o)
	} else {
		found, err = backup.WriteFile(ctx, from, name, backup.FileOptions{Options: o, Force: c.Force, NoVerify: c.NoVerify})
	}
	m.finish()
	if recordErr == nil {
		result := runs.Result{Counts: backupCounts(found), Report: strings.Join(found.Problems, "\n"), Err: err, Found: len(found.Problems) > 0}
		if err == nil {
			result.Note = filepath.Base(name)
		}
		recordErr = record.Finish(ctx, run, result)
	}
	if recordErr != nil { // a backup of a database that cannot be written to is still a backup
		fmt.Fprintln(os.Stderr, text.T("backup.unrecorded"), recordErr)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, text.T("backup.done", "berkas", name, "isi", contents(found), "besar", size(found.Stored)))
	if !c.NoVerify && name != "-" {
		fmt.Fprintln(os.Stderr, text.T("backup.verified"))
	}
	if len(recipients) == 0 {
		fmt.Fprintln(os.Stderr, text.T("backup.open"))
	}
	if len(s.SecretKeys) == 0 {
		fmt.Fprintln(os.Stderr, text.T("backup.keyless"))
	}
	fmt.Fprintln(os.Stderr, text.T("backup.keys"))
	if len(found.Problems) > 0 {
		printProblems(os.Stderr, found.Problems)
		return errProblems
	}
	if c.Keep > 0 {
		deleted, err := backup.Keep(folder, c.Keep)
		for _, old := range deleted {
			fmt.Fprintln(os.Stderr, text.T("backup.deleted", "berkas", old))
		}
		return err
	}
	return nil
}

// target is the file to write and its folder.
func (c backupCommand) target(ctx context.Context, db *database.DB, encrypted bool) (name, folder string, err error) {
	if c.File == "-" {
		info, err := os.Stdout.Stat()
		if err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return "", "", errors.New(text.T("backup.refuse.terminal"))
		}
		return "-", "", nil
	}
	info, err := os.Stat(c.File)
	if isFolder := err == nil && info.IsDir() || strings.HasSuffix(c.File, "/"); !isFolder {
		if c.Keep > 0 {
			return "", "", errors.New(text.T("backup.refuse.keep"))
		}
		return c.File, filepath.Dir(c.File), nil
	}
	if err := os.MkdirAll(c.File, 0o700); err != nil {
		return "", "", err
	}
	now, err := clock.Now(ctx, db.Read(ctx))
	return filepath.Join(c.File, backup.Name(now, encrypted)), c.File, err
}

func backupCounts(s backup.Summary) map[string]int64 {
	return map[string]int64{
		"rows": s.Rows(), "tables": int64(len(s.Tables)), "jobs": s.Jobs, "files": s.Pictures, "bytes": s.Stored, "problems": int64(len(s.Problems)),
	}
}

// contents says in one line what a backup holds.
func contents(s backup.Summary) string {
	return text.T("backup.contents", "baris", count(s.Rows()), "tabel", fmt.Sprint(len(s.Tables)), "tugas", count(s.Jobs),
		"gambar", count(s.Pictures), "besar", size(s.Bytes))
}

const shownProblems = 20

func printProblems(out io.Writer, problems []string) {
	for i, p := range problems {
		if i == shownProblems {
			fmt.Fprintln(out, text.T("backup.more", "n", fmt.Sprint(len(problems)-i)))
			return
		}
		fmt.Fprintln(out, "  "+p)
	}
}

// openStore opens an installation for copying. mustExist refuses an embedded
// database that is not there, instead of making an empty one.
func openStore(ctx context.Context, s config.Settings, mustExist bool) (backup.Store, func(), error) {
	if path, ok := strings.CutPrefix(s.DatabaseURL, "sqlite:"); ok && mustExist {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return backup.Store{}, nil, errors.New(text.T("backup.refuse.nothing", "tempat", path))
		}
	}
	db, err := database.Open(ctx, s.DatabaseURL)
	if err != nil {
		return backup.Store{}, nil, err
	}
	bucket, err := media.OpenBucket(ctx, s.MediaURL, media.Credentials{Key: s.MediaKey, Secret: s.MediaSecret})
	if err != nil {
		return backup.Store{}, nil, errors.Join(err, db.Close())
	}
	store := backup.Store{DB: db, Bucket: bucket, Keys: id.NewKeys(s.SecretKeys...)}
	return store, func() { _ = errors.Join(bucket.Close(), db.Close()) }, nil
}

func readRecipients(keys []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, k := range keys {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(k))
		if err != nil {
			return nil, errors.New(text.T("backup.refuse.recipient", "kunci", k))
		}
		all = append(all, r)
	}
	return all, nil
}

func readIdentities(files []string) ([]age.Identity, error) {
	var all []age.Identity
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		found, err := age.ParseIdentities(f)
		_ = f.Close()
		if err != nil {
			return nil, errors.New(text.T("backup.refuse.identity_file", "berkas", name))
		}
		all = append(all, found...)
	}
	return all, nil
}

type backupKeyCommand struct {
	File string `arg:"" help:"Berkas untuk kunci rahasia; simpan di luar server ini." type:"path"`
}

// Run makes a key pair: the secret half into a new file, the public one printed.
func (c backupKeyCommand) Run() error {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "# %s\n%s\n", key.Recipient(), key)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Println(key.Recipient())
	fmt.Fprintln(os.Stderr, text.T("backup.key_made", "berkas", c.File))
	return nil
}

type verifyCommand struct {
	File     string   `arg:"" help:"Berkas cadangan."`
	Identity []string `help:"Berkas kunci rahasia untuk cadangan yang disandikan."`
}

// Run reads a backup to its end.
func (c verifyCommand) Run(ctx context.Context) error {
	identities, err := readIdentities(c.Identity)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	m := newMeter(os.Stderr)
	found, err := backup.Check(ctx, f, identities, m.tell)
	m.finish()
	if err != nil {
		return err
	}
	describeBackup(os.Stdout, found)
	printProblems(os.Stdout, found.Problems)
	return nil
}

func describeBackup(out io.Writer, s backup.Summary) {
	fmt.Fprintln(out, copyNote(s))
	fmt.Fprintln(out, contents(s))
}

type restoreCommand struct {
	place
	File           string   `arg:"" help:"Berkas cadangan."`
	Check          bool     `help:"Hanya periksa berkasnya, jangan pulihkan (sama dengan: lapak backup verify)."`
	Identity       []string `help:"Berkas kunci rahasia untuk cadangan yang disandikan."`
	ReusePictures  bool     `help:"Penyimpanan gambar ini milik pemasangan yang sama, dan yang lama sudah berhenti."`
	AcceptLostKeys bool     `help:"Pulihkan walau kunci lama hilang: NIK dan nomor rekening yang disegel tidak terbaca lagi."`
}

// Run fills an empty installation from a backup, audits it, and says what is left
// to do.
func (c restoreCommand) Run(ctx context.Context) error {
	if c.Check {
		return verifyCommand{File: c.File, Identity: c.Identity}.Run(ctx)
	}
	s, err := c.settings()
	if err != nil {
		return err
	}
	identities, err := readIdentities(c.Identity)
	if err != nil {
		return err
	}
	begun := time.Now()
	into, closeStore, err := openStore(ctx, s, false)
	if err != nil {
		return err
	}
	m := newMeter(os.Stderr)
	found, err := backup.Restore(ctx, func() (io.ReadCloser, error) { return os.Open(c.File) }, into, backup.RestoreOptions{
		Identities: identities, ReusePictures: c.ReusePictures, LostKeys: c.AcceptLostKeys, Progress: m.tell,
	})
	m.finish()
	if err == nil {
		err = jobs.Migrate(ctx, into.DB)
	}
	closeStore()
	if err != nil {
		return err
	}
	describeBackup(os.Stdout, found)
	printProblems(os.Stdout, found.Problems)
	if err := settle(ctx, s, runs.Restore, begun, found); err != nil {
		return err
	}
	fmt.Println(text.T("backup.restored", "baris", count(found.Rows()), "gambar", count(found.Pictures)))
	fmt.Println(text.T("backup.after_restore", "waktu", found.Manifest.TakenAt.UTC().Format("2006-01-02 15:04 UTC")))
	return nil
}

// settle ends a copy: what older versions left open is sealed, every row is
// audited, and both operations are recorded.
func settle(ctx context.Context, s config.Settings, kind string, begun time.Time, found backup.Summary) error {
	keys := len(s.SecretKeys)
	s.SecretKeys = append(s.SecretKeys, "audit reads no token")
	a, err := open(ctx, s, slog.New(slog.DiscardHandler), choices{})
	if err != nil {
		return err
	}
	defer func() { _ = a.close(ctx) }()
	err = a.runs.Record(ctx, kind, time.Since(begun), runs.Result{
		Counts: backupCounts(found), Note: copyNote(found), Report: strings.Join(found.Problems, "\n"), Found: len(found.Problems) > 0,
	})
	if err != nil {
		return err
	}
	if keys > 0 {
		if _, err := a.reseal(ctx); err != nil {
			return err
		}
	}
	begun = time.Now()
	findings, err := audit.Run(ctx, a.db, a.provers()...)
	if err := errors.Join(err, a.runs.Record(ctx, runs.Audit, time.Since(begun), auditResult(findings, err))); err != nil {
		return err
	}
	return printAudit(os.Stdout, findings)
}

// copyNote says which moment a copy is of; an import has no other than now.
func copyNote(s backup.Summary) string {
	if s.Manifest.TakenAt.IsZero() {
		return ""
	}
	return text.T("backup.described", "waktu", s.Manifest.TakenAt.UTC().Format("2006-01-02 15:04:05 UTC"),
		"versi", s.Manifest.Program, "bentuk", fmt.Sprint(s.Manifest.Schema), "asal", s.Manifest.Dialect)
}

// importCommands: `lapak import sqlite PATH`.
type importCommands struct {
	SQLite importCommand `cmd:"" name:"sqlite" help:"Pindahkan pemasangan SQLite ke PostgreSQL kosong di LAPAK_DATABASE_URL."`
}

type importCommand struct {
	Path          string `arg:"" help:"Berkas basis data lama, misalnya lapak-data/lapak.db." type:"path"`
	Media         string `help:"Tempat gambar lama, misalnya file:///srv/lapak/pictures. Bila kosong: folder pictures di sebelah basis data." placeholder:"URL"`
	ReusePictures bool   `help:"Penyimpanan gambar ini milik pemasangan yang sama, dan yang lama sudah berhenti."`
}

// Run copies an embedded installation into PostgreSQL and compares both.
func (c importCommand) Run(ctx context.Context) error {
	s, err := config.Environment()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(s.DatabaseURL, "postgres") || s.MediaURL == "" {
		return errors.New(text.T("backup.refuse.import_target"))
	}
	old := s
	old.DatabaseURL, old.MediaURL = "sqlite:"+c.Path, c.Media
	if old.MediaURL == "" {
		old.MediaURL = "file://" + filepath.Join(filepath.Dir(c.Path), "pictures")
	}
	begun := time.Now()
	from, closeFrom, err := openStore(ctx, old, true)
	if err != nil {
		return err
	}
	defer closeFrom()
	into, closeInto, err := openStore(ctx, s, false)
	if err != nil {
		return err
	}
	m := newMeter(os.Stderr)
	found, err := backup.Import(ctx, from, into, backup.ImportOptions{
		ReusePictures: c.ReusePictures, SamePictures: old.MediaURL == s.MediaURL, Progress: m.tell,
	})
	m.finish()
	if err == nil {
		err = jobs.Migrate(ctx, into.DB)
	}
	closeInto()
	if err != nil {
		return err
	}
	printSums(os.Stdout, found.Tables)
	fmt.Println(contents(found))
	printProblems(os.Stdout, found.Problems)
	if err := settle(ctx, s, runs.Import, begun, found); err != nil {
		return err
	}
	fmt.Println(text.T("backup.imported", "baris", count(found.Rows()), "gambar", count(found.Pictures)))
	return nil
}

// printSums prints what was compared: for each table its rows, the sum of its
// columns of numbers, and a sum of every value in it.
func printSums(out io.Writer, tables []backup.TableSum) {
	fmt.Fprintf(out, "%-24s %12s %24s  %-16s\n", text.T("backup.table"), text.T("backup.rows"), text.T("backup.sum"), text.T("backup.digest"))
	for _, t := range tables {
		var total int64
		for _, n := range t.Sums {
			total += n
		}
		fmt.Fprintf(out, "%-24s %12s %24d  %-16.16s  %s\n", t.Name, count(t.Rows), total, t.Digest, text.T("backup.agrees"))
	}
}

// explained are the errors of copying in words for who sees them; the error itself
// follows, for who helps.
var explained = []struct {
	err error
	key string
}{
	{database.ErrNewerSchema, "backup.explain.newer_schema"},
	{backup.ErrFormat, "backup.explain.format"},
	{backup.ErrNotEmpty, "backup.explain.not_empty"},
	{backup.ErrDamaged, "backup.explain.damaged"},
	{backup.ErrNoBackup, "backup.explain.no_backup"},
	{backup.ErrKeys, "backup.explain.keys"},
	{backup.ErrPictures, "backup.explain.pictures"},
	{backup.ErrIdentity, "backup.explain.identity"},
	{backup.ErrMismatch, "backup.explain.mismatch"},
	{backup.ErrSchema, "backup.explain.schema"},
	{backup.ErrValue, "backup.explain.value"},
	{backup.ErrExists, "backup.explain.exists"},
}

// explain puts a sentence that tells what to do before an error that has one.
func explain(err error) error {
	for _, e := range explained {
		if errors.Is(err, e.err) {
			return fmt.Errorf("%s\n  (%w)", text.T(e.key), err)
		}
	}
	return err
}
