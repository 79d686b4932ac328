// Lapak Berdaya is a marketplace for things made by people whom social-welfare
// agencies support. This file holds the commands; wire.go composes the program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // zones also where the system has none

	"github.com/alecthomas/kong"

	"github.com/lapak-berdaya/lapak/audit"
	"github.com/lapak-berdaya/lapak/internal/build"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/internal/runs"
)

// commands are the program's commands; each Run method is one.
type commands struct {
	Demo    demoCommand    `cmd:"" help:"Coba di komputer sendiri: toko contoh lengkap dengan simulator pembayaran."`
	Serve   serveCommand   `cmd:"" help:"Jalankan untuk sungguhan, dengan pengaturan dari lingkungan (LAPAK_…, XENDIT_…)."`
	Gateway gatewayCommand `cmd:"" help:"Jalankan simulator pembayaran saja."`
	Migrate migrateCommand `cmd:"" help:"Perbarui bentuk basis data."`
	User    userCommands   `cmd:"" help:"Kelola orang dari baris perintah: admin pertama, kode masuk, langkah kedua."`
	Rotate  rotateCommand  `cmd:"" help:"Segel ulang data rahasia dengan kunci pertama LAPAK_SECRET_KEYS."`
	Backup  backupCommands `cmd:"" help:"Simpan data dan gambar ke satu berkas."`
	Restore restoreCommand `cmd:"" help:"Pulihkan cadangan ke pemasangan kosong, lalu audit."`
	Import  importCommands `cmd:"" help:"Pindahkan pemasangan lain ke sini."`
	Audit   auditCommand   `cmd:"" help:"Buktikan bahwa setiap rupiah dan setiap janji cocok."`
	Check   checkCommand   `cmd:"" help:"Periksa pengaturan dan semua yang dihubungi: basis data, gambar, surel, WhatsApp, Xendit."`
	Health  healthCommand  `cmd:"" help:"Tanyakan kepada lapak di mesin ini apakah siap melayani."`
	Version versionCommand `cmd:"" help:"Sebutkan versi."`
}

// place says which database a command works on.
type place struct {
	Data string `help:"Folder data bila LAPAK_DATABASE_URL tidak diisi." default:"lapak-data" type:"path"`
}

func (p place) settings() (config.Settings, error) {
	s, err := config.Environment()
	if s.DatabaseURL == "" {
		s.DatabaseURL = "sqlite:" + filepath.Join(p.Data, "lapak.db")
	}
	if s.MediaURL == "" {
		s.MediaURL = "file://" + filepath.Join(p.Data, "pictures")
	}
	return s, err
}

func main() {
	var c commands
	k := kong.Parse(&c, kong.Name("lapak"), kong.Description("Lapak Berdaya, pasar karya penerima manfaat."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "lapak:", explain(err))
		os.Exit(1)
	}
}

type migrateCommand struct{ place }

// Run migrates and says how many steps there were.
func (c migrateCommand) Run(ctx context.Context) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, s.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	steps, err := migrate(ctx, db)
	if err != nil {
		return err
	}
	fmt.Printf("%d langkah\n", steps)
	return nil
}

func migrate(ctx context.Context, db *database.DB) (int, error) {
	steps, err := database.Migrate(ctx, db)
	if err != nil {
		return steps, err
	}
	return steps, jobs.Migrate(ctx, db)
}

type auditCommand struct{ place }

// errUnclean ends an audit that found something; the findings are printed.
var errUnclean = errors.New("audit: ada yang tidak cocok")

// Run prints every finding and fails when there is one.
func (c auditCommand) Run(ctx context.Context) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	s.SecretKeys = append(s.SecretKeys, "audit reads no token")
	p, err := open(ctx, s, slog.New(slog.DiscardHandler), choices{})
	if err != nil {
		return err
	}
	defer func() { _ = p.close(ctx) }()
	begun := time.Now()
	findings, err := audit.Run(ctx, p.db, p.provers()...)
	// An audit of a database that cannot be written to is still an audit.
	if recordErr := p.runs.Record(ctx, runs.Audit, time.Since(begun), auditResult(findings, err)); recordErr != nil {
		fmt.Fprintln(os.Stderr, "audit: hasilnya tidak tercatat:", recordErr)
	}
	if err != nil {
		return err
	}
	return printAudit(os.Stdout, findings)
}

// auditResult is what a run record keeps of an audit.
func auditResult(findings []proof.Finding, err error) runs.Result {
	var lines strings.Builder
	_ = audit.Print(&lines, findings)
	return runs.Result{Counts: map[string]int64{"findings": int64(len(findings))}, Report: lines.String(), Err: err, Found: len(findings) > 0}
}

func runAudit(ctx context.Context, p *app, out io.Writer) error {
	findings, err := audit.Run(ctx, p.db, p.provers()...)
	if err != nil {
		return err
	}
	return printAudit(out, findings)
}

func printAudit(out io.Writer, findings []proof.Finding) error {
	if err := audit.Print(out, findings); err != nil {
		return err
	}
	if len(findings) > 0 {
		return errUnclean
	}
	return nil
}

type versionCommand struct {
	Modules bool `help:"Sebutkan juga setiap pustaka di dalam program, dengan versi dan jumlah periksanya."`
}

// Run prints the version that the Go tool recorded.
func (c versionCommand) Run() error {
	lines := build.Details()
	if c.Modules {
		lines = append(lines, build.Modules()...)
	}
	for _, line := range lines {
		fmt.Println(line)
	}
	return nil
}
