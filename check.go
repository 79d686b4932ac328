package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/payment/xendit"
)

type checkCommand struct{ place }

// errNotReady ends a check that found something; what it found is printed.
var errNotReady = errors.New("masih ada yang perlu dibetulkan")

// Run checks the settings and whether everything they name can be reached:
// database, object store, mail server, WhatsApp adapter, Xendit. It tells nobody
// anything and changes no data; it may run beside a serving process.
func (c checkCommand) Run(ctx context.Context) error {
	s, err := c.settings()
	if !check(ctx, os.Stdout, s, errors.Join(err, s.CheckServe(), s.CheckFiles())) {
		return errNotReady
	}
	return nil
}

// probe is one thing that can be tried. A nil try means that it is not used here.
type probe struct {
	name, advice string
	try          func(context.Context) (said string, err error)
}

// check prints one line per thing and reports whether all is well.
func check(ctx context.Context, out io.Writer, s config.Settings, refused error) bool {
	well := refused == nil
	if refused == nil {
		fmt.Fprintf(out, "ok     %-16s lengkap\n", "pengaturan")
	}
	for _, line := range config.Refusals(refused) {
		fmt.Fprintf(out, "TIDAK  %s\n", line)
	}
	for _, line := range s.Warnings() {
		fmt.Fprintf(out, "awas   %s\n", line)
	}
	for _, p := range probes(s) {
		if p.try == nil {
			fmt.Fprintf(out, "-      %-16s tidak dipakai\n", p.name)
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		said, err := p.try(ctx)
		cancel()
		if err != nil {
			well = false
			fmt.Fprintf(out, "TIDAK  %-16s %s\n       %-16s → %s\n", p.name, oneLine(err.Error()), "", p.advice)
			continue
		}
		fmt.Fprintf(out, "ok     %-16s %s\n", p.name, said)
	}
	return well
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func probes(s config.Settings) []probe {
	all := []probe{
		{name: "basis data", advice: "periksa LAPAK_DATABASE_URL; apakah PostgreSQL hidup dan nama, sandi, dan basis datanya benar?"},
		{name: "gambar", advice: "periksa LAPAK_MEDIA_URL, LAPAK_MEDIA_KEY, LAPAK_MEDIA_SECRET; bucket atau foldernya harus sudah ada dan boleh ditulisi"},
		{name: "surel", advice: "periksa LAPAK_SMTP_URL: nama, sandi, port (587 untuk smtp, 465 untuk smtps), dan sertifikat servernya"},
		{name: "WhatsApp", advice: "periksa LAPAK_WHATSAPP_URL dan LAPAK_WHATSAPP_TOKEN, dan apakah pengirimnya hidup"},
		{name: "Xendit", advice: "periksa XENDIT_SECRET_KEY (izin Balance: Read) dan apakah server ini boleh keluar ke internet"},
	}
	if s.DatabaseURL != "" {
		all[0].try = func(ctx context.Context) (string, error) { return tryDatabase(ctx, s) }
	}
	if s.MediaURL != "" {
		all[1].try = func(ctx context.Context) (string, error) { return tryPictures(ctx, s) }
	}
	if s.SMTPURL != "" {
		all[2].try = func(ctx context.Context) (string, error) {
			m, err := notify.NewMailer(s.SMTPURL, s.Sender(), notify.MailOptions{})
			return tryChannel(ctx, m, err)
		}
	}
	if s.WhatsAppURL != "" {
		all[3].try = func(ctx context.Context) (string, error) {
			w, err := notify.NewAdapter(s.WhatsAppURL, s.WhatsAppToken, notify.AdapterOptions{})
			return tryChannel(ctx, w, err)
		}
	}
	if s.XenditKey != "" {
		all[4].try = func(ctx context.Context) (string, error) { return tryXendit(ctx, s) }
	}
	return all
}

func tryDatabase(ctx context.Context, s config.Settings) (string, error) {
	if errors.Join(s.CheckFiles()) != nil && strings.HasPrefix(s.DatabaseURL, "sqlite:") {
		return "", errors.New("foldernya tidak ada atau tidak bisa ditulisi") // opening would make it
	}
	db, err := database.Open(ctx, s.DatabaseURL)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	current, target, err := database.Versions(ctx, db)
	switch {
	case err != nil:
		return "", err
	case current > target:
		return "", database.ErrNewerSchema
	case current == 0:
		return db.Dialect() + ", masih kosong; `lapak migrate` mengisinya", nil
	case current < target:
		return fmt.Sprintf("%s, bentuk %d; `lapak migrate` menaikkannya ke %d", db.Dialect(), current, target), nil
	}
	return fmt.Sprintf("%s, bentuk %d", db.Dialect(), current), nil
}

func tryPictures(ctx context.Context, s config.Settings) (string, error) {
	bucket, err := media.OpenBucket(ctx, s.MediaURL, media.Credentials{Key: s.MediaKey, Secret: s.MediaSecret})
	if err != nil {
		return "", err
	}
	return "bisa ditulis, dibaca, dihapus", errors.Join(media.CheckBucket(ctx, bucket), bucket.Close())
}

func tryChannel(ctx context.Context, channel any, err error) (string, error) {
	if err != nil {
		return "", err
	}
	c, ok := channel.(notify.Checker)
	if !ok {
		return "", errors.New("tidak bisa dicoba")
	}
	return "menjawab", c.Check(ctx)
}

func tryXendit(ctx context.Context, s config.Settings) (string, error) {
	client, err := xendit.New(xendit.Config{SecretKey: s.XenditKey, BaseURL: s.XenditBaseURL})
	if err != nil {
		return "", err
	}
	_, err = client.Balance(ctx)
	return "kuncinya diterima", err
}

type healthCommand struct {
	Alive bool `help:"Tanyakan apakah prosesnya hidup, bukan apakah siap melayani."`
}

// Run asks the site of this machine whether it is ready, for container engines
// and service managers where no other HTTP client is at hand.
func (c healthCommand) Run(ctx context.Context) error {
	s, _ := config.Environment() // only the address matters here
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return fmt.Errorf("LAPAK_LISTEN: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	path := "/readyz"
	if c.Alive {
		path = "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return err
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return err
	}
	fmt.Println(strings.TrimSpace(string(body)))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", path, res.StatusCode)
	}
	return nil
}
