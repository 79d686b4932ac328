package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/demo"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
	"github.com/lapak-berdaya/lapak/server/web"
)

type demoCommand struct {
	place
	Fresh         bool   `help:"Mulai dari awal: hapus data contoh yang lama."`
	Listen        string `help:"Alamat toko." default:"127.0.0.1:8080"`
	GatewayListen string `help:"Alamat simulator pembayaran." default:"127.0.0.1:8081"`
	PastOrders    int    `help:"Kira-kira sekian pesanan sudah terjadi setahun terakhir." default:"600"`
}

// secrets are made once per demo folder.
type secrets struct {
	Key           string `json:"key"`
	GatewayKey    string `json:"gateway_key"`
	CallbackToken string `json:"callback_token"`
	Loaded        bool   `json:"loaded"`   // the demo world is complete
	Database      string `json:"database"` // hash of the address where it is; "" for the embedded one
}

// Run starts the demo: an embedded database, the simulator and the site.
func (c demoCommand) Run(ctx context.Context) error {
	begun := time.Now()
	s, err := config.Environment()
	if err != nil {
		return err
	}
	embedded, where := s.DatabaseURL == "", ""
	if !embedded {
		where = id.Hash(s.DatabaseURL)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	address := s.DatabaseURL
	if embedded {
		address = "sqlite:" + filepath.Join(c.Data, "lapak.db")
	}
	release, err := own(address) // before anything is removed
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	if c.Fresh {
		if err := removeDemo(c.Data); err != nil {
			return err
		}
	}
	secret, err := readSecrets(c.Data)
	if err != nil {
		return err
	}
	site, err := listen(c.Listen)
	if err != nil {
		return err
	}
	gateway, err := listen(c.GatewayListen)
	if err != nil {
		return err
	}
	base := "http://" + site.Addr().String()
	s.DatabaseURL = address
	s.MediaURL = "file://" + filepath.Join(c.Data, "pictures")
	s.SMTPURL = "file://" + filepath.Join(c.Data, "mail")
	s.SecretKeys = []string{secret.Key}
	s.ContactPhone, s.ContactEmail = cmp.Or(s.ContactPhone, "0812-0000-0099"), cmp.Or(s.ContactEmail, "halo@contoh.id")
	s.ContactAddress = cmp.Or(s.ContactAddress, "Jalan Contoh 1, Kota Madiun")
	s.XenditKey, s.XenditTokens, s.XenditBaseURL = secret.GatewayKey, []string{secret.CallbackToken}, "http://"+gateway.Addr().String()
	if s.BaseURL, err = url.Parse(base); err != nil {
		return err
	}

	logs, err := os.OpenFile(filepath.Join(c.Data, "lapak.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = logs.Close() }()
	log := newLog(logs)
	slog.SetDefault(log)

	a, err := open(ctx, s, log, choices{demo: true})
	if err != nil {
		return err
	}
	sim, stopGateway, err := startGateway(gateway, xenditsim.Config{
		Path: filepath.Join(c.Data, "gateway.jsonl"), SecretKey: secret.GatewayKey, CallbackToken: secret.CallbackToken, Log: log,
		Now: func() time.Time { return time.Now().Add(a.db.Clock().Offset()) },
	})
	if err != nil {
		return errors.Join(err, a.close(ctx))
	}
	defer stopGateway()
	if _, err := migrate(ctx, a.db); err != nil {
		return errors.Join(err, a.close(ctx))
	}
	if !secret.Loaded || secret.Database != where {
		if err := a.loadDemo(ctx, sim, c.PastOrders); err != nil {
			return errors.Join(err, a.close(ctx), errors.New("data contoh belum lengkap; ulangi dengan --fresh"))
		}
		secret.Loaded, secret.Database = true, where
		if err := writeSecrets(c.Data, secret); err != nil {
			return errors.Join(err, a.close(ctx))
		}
	}
	for kind, address := range callbackURLs(base) { // from here on somebody is listening
		sim.SetCallbackURL(kind, address)
	}
	return a.run(ctx, site, 0, func(*web.Site) {
		announce(os.Stdout, base, s.XenditBaseURL, c.Data, time.Since(begun), a.currentCode(ctx))
	})
}

// loadDemo fills an empty database, and no other: the demo's people have
// passwords that everybody knows, and its outbox is open to everybody.
func (a *app) loadDemo(ctx context.Context, sim *xenditsim.Simulator, pastOrders int) (err error) {
	switch _, err := a.accounts.User(ctx, 1); {
	case err == nil:
		return errors.New("basis data ini sudah berisi; demo hanya memakai basis data kosong atau miliknya sendiri")
	case !fault.Is(err, fault.KindNotFound):
		return err
	}
	past := over(a.db, a.settings, a.log, choices{demo: true, past: true})
	if err := past.compose(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, past.bucket.Close()) }()
	return demo.Load(ctx, demo.World{
		DB: a.db, Accounts: a.accounts, Media: a.pictures, Catalog: a.catalog, Curation: a.curation, Program: a.program, Delivery: a.delivery, Finance: a.finance, Quotes: a.quotes, Book: a.book,
		Market: &demo.Market{Checkout: past.checkout, Orders: past.orders, Payments: past.payments, Finance: past.finance, Reviews: past.reviews, Shares: past.shares,
			Pay: func(reference, channel string) error { return sim.Pay(reference, channel, 0) }},
		PastOrders: pastOrders,
		Progress:   progress(os.Stdout),
	})
}

// progress draws a bar on a terminal and plain lines elsewhere.
func progress(out *os.File) func(done, total int, what string) {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return func(done, total int, what string) {
		switch {
		case terminal:
			const width = 30
			full := done * width / total
			fmt.Fprintf(out, "\r  [%s%s] %d/%d %-32.32s", strings.Repeat("█", full), strings.Repeat("·", width-full), done, total, what)
			if done == total {
				fmt.Fprintln(out)
			}
		case done == total || done%10 == 0:
			fmt.Fprintf(out, "  menyiapkan data contoh %d/%d\n", done, total)
		}
	}
}

// currentCode answers what the authenticator app of a demo person shows now, ""
// for people who need none.
func (a *app) currentCode(ctx context.Context) func(phone string) string {
	return func(phone string) string {
		user, err := a.accounts.UserByPhone(ctx, phone)
		if err != nil {
			return ""
		}
		code, _, err := demo.Code(ctx, a.accounts, user.ID)
		if err != nil {
			return ""
		}
		return code
	}
}

// announce prints where everything is and one sign-in per role, with the current
// code of staff's second step.
func announce(out io.Writer, base, gateway, data string, took time.Duration, code func(phone string) string) {
	fmt.Fprintf(out, "\nLapak Berdaya siap setelah %.1f detik.\n\n", took.Seconds())
	fmt.Fprintf(out, "  toko      %s/\n", base)
	fmt.Fprintf(out, "  gateway   %s/_simulator\n", gateway)
	fmt.Fprintf(out, "  data      %s\n\n", data)
	fmt.Fprintf(out, "  Masuk di %s/masuk dengan nomor HP dan kata sandi:\n", base)
	for _, p := range demo.SignIns() {
		second := ""
		if c := code(p.Phone); c != "" {
			second = "  kode " + c
		}
		fmt.Fprintf(out, "  masuk     %-10s  %s  %-18s  %s%s\n", p.Role, p.Phone, p.Password, p.Name, second)
	}
	fmt.Fprintln(out, "\n  Petugas masuk dengan dua langkah. Kode di atas berganti tiap 30 detik; halaman langkah kedua")
	fmt.Fprintln(out, "  menampilkan yang sekarang, hanya di demo ini.")
	fmt.Fprintf(out, "\n  Pesan WhatsApp dan surel keluar terlihat di %s/admin/kotak-keluar.\n  Berhenti: Ctrl+C\n", base)
}

// removeDemo removes what an earlier demo made in the folder, and nothing else.
func removeDemo(data string) error {
	if _, err := os.Stat(filepath.Join(data, "demo.json")); errors.Is(err, os.ErrNotExist) {
		return nil // not a demo folder: leave it alone
	}
	for _, name := range []string{"demo.json", "lapak.db", "lapak.db-wal", "lapak.db-shm", "gateway.jsonl", "lapak.log", "pictures", "mail"} {
		if err := os.RemoveAll(filepath.Join(data, name)); err != nil {
			return err
		}
	}
	return nil
}

func readSecrets(data string) (secrets, error) {
	raw, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if errors.Is(err, os.ErrNotExist) {
		s := secrets{Key: id.Token() + id.Token(), GatewayKey: "xnd_development_" + id.Token(), CallbackToken: id.Token()}
		return s, writeSecrets(data, s)
	}
	if err != nil {
		return secrets{}, err
	}
	var s secrets
	return s, json.Unmarshal(raw, &s)
}

func writeSecrets(data string, s secrets) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(data, "demo.json"), raw, 0o600)
}

// listen takes the address, or a free port beside it when it is taken.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	host, _, splitErr := net.SplitHostPort(address)
	if splitErr != nil {
		return nil, err
	}
	return net.Listen("tcp", net.JoinHostPort(host, "0"))
}

func callbackURLs(base string) map[string]string {
	return map[string]string{
		"invoice": base + "/webhook/xendit/invoice", "payout": base + "/webhook/xendit/payout", "refund": base + "/webhook/xendit/refund",
	}
}

// startGateway serves a simulator until the returned function is called.
func startGateway(l net.Listener, c xenditsim.Config) (*xenditsim.Simulator, func(), error) {
	sim, err := xenditsim.New(c)
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(l) }()
	return sim, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		_ = sim.Close()
	}, nil
}

type gatewayCommand struct {
	Data          string `help:"Folder data simulator." default:"lapak-gateway" type:"path"`
	Listen        string `help:"Alamat simulator." default:"127.0.0.1:8081"`
	Key           string `help:"Kunci rahasia yang diterima." env:"XENDIT_SECRET_KEY" required:""`
	CallbackToken string `help:"Token yang dikirim bersama callback." env:"XENDIT_CALLBACK_TOKENS" required:""`
	Site          string `help:"Alamat toko yang menerima callback." default:"http://127.0.0.1:8080"`
}

// Run serves the simulator alone, with its own store.
func (c gatewayCommand) Run(ctx context.Context) error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	token, _, _ := strings.Cut(c.CallbackToken, ",")
	_, stop, err := startGateway(l, xenditsim.Config{
		Path: filepath.Join(c.Data, "gateway.jsonl"), SecretKey: c.Key, CallbackToken: token,
		CallbackURLs: callbackURLs(strings.TrimSuffix(c.Site, "/")), Log: slog.Default(),
	})
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("  gateway   http://%s/_simulator\n", l.Addr())
	<-ctx.Done()
	return nil
}
