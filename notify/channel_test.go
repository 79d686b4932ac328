package notify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/notify"
)

// postOffice is a real SMTP server that remembers what it was given.
type postOffice struct {
	mu     sync.Mutex
	mails  []string // as sent, headers and all
	to     []string
	tls    []bool // whether each came encrypted
	users  []string
	refuse string // recipient that does not live here
}

func (p *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &postSession{office: p, conn: c}, nil
}

type postSession struct {
	office *postOffice
	conn   *smtp.Conn
	signed bool
}

func (s *postSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *postSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "lapak" || password != "sandi surat" {
			return errors.New("wrong password")
		}
		s.signed = true
		s.office.mu.Lock()
		defer s.office.mu.Unlock()
		s.office.users = append(s.office.users, user)
		return nil
	}), nil
}

func (s *postSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *postSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == s.office.refuse {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.to = append(s.office.to, to)
	return nil
}

func (s *postSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.mails = append(s.office.mails, string(raw))
	_, encrypted := s.conn.TLSConnectionState()
	s.office.tls = append(s.office.tls, encrypted)
	return err
}

func (*postSession) Reset()        {}
func (*postSession) Logout() error { return nil }

// certificate makes one for 127.0.0.1 (or whatever name), and the pool that
// trusts it.
func certificate(t *testing.T, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "uji"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// open starts the server, encrypted from the start when fromTheStart, and
// returns its address.
func (p *postOffice) open(t *testing.T, cert *tls.Certificate, fromTheStart bool) string {
	t.Helper()
	server := smtp.NewServer(p)
	server.Domain, server.ReadTimeout, server.WriteTimeout = "surat.test", 10*time.Second, 10*time.Second
	server.ErrorLog = quiet{}
	if cert != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}}
	} else {
		server.AllowInsecureAuth = true
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	if fromTheStart {
		l = tls.NewListener(l, server.TLSConfig)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return address
}

var silent = log.New(io.Discard, "", 0)

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

var letter = notify.Letter{Key: "abc123", To: "ibu@pembeli.test", Subject: "Pesanan LB-7K3M9Q dibayar", Body: "Terima kasih, Bu."}

func TestMailOverSMTP(t *testing.T) {
	cert, roots := certificate(t, "127.0.0.1")
	for name, scheme := range map[string]string{"STARTTLS": "smtp", "TLS from the start": "smtps"} {
		t.Run(name, func(t *testing.T) {
			office := &postOffice{refuse: "hilang@pembeli.test"}
			address := scheme + "://lapak:sandi%20surat@" + office.open(t, &cert, scheme == "smtps")
			m, err := notify.NewMailer(address, "Lapak <pesan@lapak.test>", notify.MailOptions{Roots: roots})
			require.NoError(t, err)
			require.NoError(t, m.(notify.Checker).Check(t.Context()))
			require.Empty(t, office.mails, "trying sends nothing")
			require.NoError(t, m.Mail(t.Context(), letter))
			require.Equal(t, []string{"ibu@pembeli.test"}, office.to)
			require.Equal(t, []bool{true}, office.tls)
			require.Equal(t, []string{"lapak", "lapak"}, office.users, "signed in to try and to send")
			require.Contains(t, office.mails[0], "Message-ID: <abc123@lapak.test>\r\n")
			require.Contains(t, office.mails[0], "Terima kasih, Bu.")

			lost := letter
			lost.To = "hilang@pembeli.test"
			require.ErrorIs(t, m.Mail(t.Context(), lost), notify.ErrRefused, "nobody lives there: no second attempt")

			wrong, err := notify.NewMailer(strings.Replace(address, "sandi", "salah", 1), "Lapak <pesan@lapak.test>", notify.MailOptions{Roots: roots})
			require.NoError(t, err)
			require.Error(t, wrong.(notify.Checker).Check(t.Context()))
			err = wrong.Mail(t.Context(), letter)
			require.Error(t, err)
			require.NotErrorIs(t, err, notify.ErrRefused, "a wrong password is mended, then it is sent")
			require.NotContains(t, err.Error(), "salah surat")
			require.Len(t, office.mails, 1)
		})
	}
}

// ASVS 12.3.2: a certificate that nobody vouches for, or for another name, gets
// neither mail nor password.
func TestMailNeedsAGoodCertificate(t *testing.T) {
	cert, _ := certificate(t, "127.0.0.1")
	other, otherRoots := certificate(t, "surat.lain.test")
	for name, c := range map[string]struct {
		cert  tls.Certificate
		roots *x509.CertPool
	}{
		"unknown authority": {cert, nil},
		"another name":      {other, otherRoots},
	} {
		for _, scheme := range []string{"smtp", "smtps"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				office := &postOffice{}
				m, err := notify.NewMailer(scheme+"://lapak:sandi%20surat@"+office.open(t, &c.cert, scheme == "smtps"), "Lapak <pesan@lapak.test>", notify.MailOptions{Roots: c.roots})
				require.NoError(t, err)
				require.ErrorContains(t, m.Mail(t.Context(), letter), "certificate")
				require.ErrorContains(t, m.(notify.Checker).Check(t.Context()), "certificate")
				require.Empty(t, office.mails)
				require.Empty(t, office.users)
			})
		}
	}
}

// A server on this machine may do without encryption; one elsewhere may not,
// even when somebody on the way hides the offer.
func TestMailIsEncryptedUnlessTheServerIsNear(t *testing.T) {
	office := &postOffice{}
	address := office.open(t, nil, false)
	near, err := notify.NewMailer("smtp://"+address, "Lapak <pesan@lapak.test>", notify.MailOptions{})
	require.NoError(t, err)
	require.NoError(t, near.Mail(t.Context(), letter))
	require.Equal(t, []bool{false}, office.tls)

	far, err := notify.NewMailer("smtp://surat.jauh.go.id", "Lapak <pesan@lapak.test>", notify.MailOptions{
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	})
	require.NoError(t, err)
	require.ErrorContains(t, far.Mail(t.Context(), letter), "STARTTLS")
	require.Len(t, office.mails, 1)
}

// A server that accepts and says nothing must not hold a worker.
func TestMailGivesUpOnASilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	m, err := notify.NewMailer("smtp://"+l.Addr().String(), "Lapak <pesan@lapak.test>", notify.MailOptions{Timeout: 50 * time.Millisecond})
	require.NoError(t, err)
	require.Error(t, m.Mail(t.Context(), letter))
}

// ASVS 1.3.11: a line break in a subject or an address writes no header.
func TestMailRefusesLineBreaks(t *testing.T) {
	office := &postOffice{}
	folder := t.TempDir()
	for _, address := range []string{"smtp://" + office.open(t, nil, false), "file://" + folder} {
		m, err := notify.NewMailer(address, "Lapak <pesan@lapak.test>", notify.MailOptions{})
		require.NoError(t, err)
		for name, l := range map[string]notify.Letter{
			"subject":         {To: "a@b.test", Subject: "Pesanan\r\nBcc: c@jahat.test", Body: "x"},
			"bare line feed":  {To: "a@b.test", Subject: "Pesanan\nBcc: c@jahat.test", Body: "x"},
			"carriage return": {To: "a@b.test", Subject: "Pesanan\rBcc: c@jahat.test", Body: "x"},
			"recipient":       {To: "a@b.test\r\nRCPT TO:<c@jahat.test>", Subject: "Pesanan", Body: "x"},
			"two recipients":  {To: "a@b.test, c@jahat.test", Subject: "Pesanan", Body: "x"},
			"key":             {Key: "1>\r\nBcc: c@jahat.test", To: "a@b.test", Subject: "Pesanan", Body: "x"},
		} {
			require.ErrorIs(t, m.Mail(t.Context(), l), notify.ErrRefused, name)
		}
		require.NoError(t, m.Mail(t.Context(), notify.Letter{To: "a@b.test", Subject: "Pesanan", Body: ".\r\nBcc: c@jahat.test\r\n.\r\n"}), "a body may say anything")
	}
	require.Equal(t, []string{"a@b.test"}, office.to)
	files, err := filepath.Glob(folder + "/*.eml")
	require.NoError(t, err)
	require.Len(t, files, 1)
	raw, err := os.ReadFile(files[0])
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
	require.NotContains(t, head, "Bcc:") // a message's id may hold the letters
}

func TestMailerAddresses(t *testing.T) {
	_, err := notify.NewMailer("ftp://x", "a@lapak.test", notify.MailOptions{})
	require.Error(t, err)
	none, err := notify.NewMailer("", "a@lapak.test", notify.MailOptions{})
	require.NoError(t, err)
	require.Nil(t, none)
}

// The adapter's contract, over HTTPS: what is sent, with which headers, and what
// its answers mean.
func TestWhatsAppAdapter(t *testing.T) {
	cert, roots := certificate(t, "127.0.0.1")
	var mu sync.Mutex
	var got []*http.Request
	var bodies []string
	status := http.StatusAccepted
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got, bodies = append(got, r), append(bodies, string(raw))
		if status == http.StatusTemporaryRedirect {
			w.Header().Set("Location", "/tempat-lain")
		}
		w.WriteHeader(status)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	server.Config.ErrorLog = silent
	server.StartTLS()
	defer server.Close()
	adapter, err := notify.NewAdapter(server.URL+"/kirim", "pR5nJ8cW2kY6tQ0m", notify.AdapterOptions{Roots: roots})
	require.NoError(t, err)
	chat := notify.Chat{Key: "k1", To: "+6281200000021", Body: "Halo \"Bu\"\nbaris dua"}
	require.NoError(t, adapter.WhatsApp(t.Context(), chat))
	require.Equal(t, "/kirim", got[0].URL.Path)
	require.Equal(t, http.MethodPost, got[0].Method)
	require.Equal(t, "application/json", got[0].Header.Get("Content-Type"))
	require.Equal(t, "Bearer pR5nJ8cW2kY6tQ0m", got[0].Header.Get("Authorization"))
	require.Equal(t, "k1", got[0].Header.Get("Idempotency-Key"))
	var sent map[string]string
	require.NoError(t, json.Unmarshal([]byte(bodies[0]), &sent))
	require.Equal(t, map[string]string{"to": "+6281200000021", "text": "Halo \"Bu\"\nbaris dua"}, sent)

	for answer, forGood := range map[int]bool{
		http.StatusBadRequest: true, http.StatusUnprocessableEntity: true,
		http.StatusUnauthorized: false, http.StatusNotFound: false, http.StatusTooManyRequests: false, http.StatusBadGateway: false,
	} {
		status = answer
		err := adapter.WhatsApp(t.Context(), chat)
		require.Error(t, err)
		require.Equal(t, forGood, errors.Is(err, notify.ErrRefused), "%d", answer)
	}
	before := len(got)
	status = http.StatusTemporaryRedirect
	require.Error(t, adapter.WhatsApp(t.Context(), chat))
	require.Len(t, got, before+1, "a redirect is not followed")

	status = http.StatusMethodNotAllowed
	require.NoError(t, adapter.Check(t.Context()))
	require.Equal(t, http.MethodOptions, got[len(got)-1].Method)
	status = http.StatusUnauthorized
	require.Error(t, adapter.Check(t.Context()))

	// ASVS 12.3.2: nobody vouches for this certificate.
	stranger, err := notify.NewAdapter(server.URL, "", notify.AdapterOptions{})
	require.NoError(t, err)
	before = len(got)
	require.ErrorContains(t, stranger.WhatsApp(t.Context(), chat), "certificate")
	require.ErrorContains(t, stranger.Check(t.Context()), "certificate")
	other, roots := certificate(t, "wa.lain.test")
	imposter := httptest.NewUnstartedServer(http.NotFoundHandler())
	imposter.TLS = &tls.Config{Certificates: []tls.Certificate{other}}
	imposter.Config.ErrorLog = silent
	imposter.StartTLS()
	defer imposter.Close()
	misnamed, err := notify.NewAdapter(imposter.URL, "", notify.AdapterOptions{Roots: roots})
	require.NoError(t, err)
	require.ErrorContains(t, misnamed.WhatsApp(t.Context(), chat), "certificate")
	require.Len(t, got, before)
}

// ASVS 1.3.6: the adapter's client reaches the configured host and no other.
func TestWhatsAppDialsNoOtherHost(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	adapter, err := notify.NewAdapter("http://127.0.0.1:1/kirim", "", notify.AdapterOptions{})
	require.NoError(t, err)
	require.ErrorContains(t, notify.DialFor(adapter, t.Context(), strings.TrimPrefix(other.URL, "http://")), "not the WhatsApp adapter")
	require.False(t, reached)
	t.Setenv("HTTP_PROXY", other.URL) // a proxy of the environment is not asked either
	require.Error(t, adapter.WhatsApp(t.Context(), notify.Chat{To: "+6281200000021", Body: "Halo"}))
	require.False(t, reached)
}

// What was refused for good is not tried nineteen times more.
func TestARefusedMessageIsNotTriedAgain(t *testing.T) {
	w := newWorld(t, dbtest.SQLiteDB(t), false)
	w.send(t, notify.Message{Kind: "purchase_paid", To: notify.Recipient{Phone: "+6281200000021"}})
	w.post.refuse = true
	rows, err := w.svc.Outbox(t.Context())
	require.NoError(t, err)
	err = w.svc.Deliver(context.Background(), rows[0].ID)
	require.ErrorContains(t, err, "JobCancelError")
	rows, err = w.svc.Outbox(t.Context())
	require.NoError(t, err)
	require.Equal(t, "failed", rows[0].State)
}
