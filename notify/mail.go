package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// Letter is one mail as it leaves the house. Key is the same whenever the same
// message is sent again; it becomes the Message-ID, so that a mailbox shows a
// mail once that a crash sent twice.
type Letter struct{ Key, To, Subject, Body string }

// ErrRefused marks what no second attempt will bring through: the recipient does
// not exist, or an address or a subject holds a line break.
var ErrRefused = errors.New("notify: refused for good")

// MailOptions are for the mailer's surroundings.
type MailOptions struct {
	Roots   *x509.CertPool // who may certify the mail server; nil for the system's
	Timeout time.Duration  // of one mail; 0 for 15 seconds

	// Dial connects; nil for the network as it is.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewMailer returns the mailer for LAPAK_SMTP_URL: smtp://user:password@host:port
// (STARTTLS, required unless the host is on this machine's own network),
// smtps://… (TLS from the start), or file:///folder, which writes each mail as a
// file. An empty address gives nil. Certificates are always checked.
func NewMailer(address, from string, o MailOptions) (Mailer, error) {
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("notify: LAPAK_SMTP_URL: unreadable address")
	}
	switch u.Scheme {
	case "file":
		if err := os.MkdirAll(u.Path, 0o700); err != nil {
			return nil, fmt.Errorf("notify: %w", err)
		}
		return folder{u.Path, from}, nil
	case "smtp", "smtps":
		return newSMTP(u, from, o)
	}
	return nil, fmt.Errorf("notify: LAPAK_SMTP_URL must start with smtp://, smtps:// or file://")
}

func newSMTP(u *url.URL, from string, o MailOptions) (Mailer, error) {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	policy := mail.TLSMandatory
	if config.Local(u.Hostname()) {
		policy = mail.TLSOpportunistic
	}
	options := []mail.Option{
		mail.WithTimeout(o.Timeout), mail.WithTLSPolicy(policy), mail.WithoutNoop(),
		mail.WithTLSConfig(&tls.Config{ServerName: u.Hostname(), RootCAs: o.Roots, MinVersion: tls.VersionTLS12}),
	}
	if u.Scheme == "smtps" {
		options = append(options, mail.WithSSL())
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil, fmt.Errorf("notify: LAPAK_SMTP_URL: port %q", p)
		}
		options = append(options, mail.WithPort(n))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if o.Dial != nil {
		options = append(options, mail.WithDialContextFunc(o.Dial))
	}
	client, err := mail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	return smtp{client, from, o.Timeout}, nil
}

func compose(from string, l Letter) (*mail.Msg, error) {
	// A header ends at a line break: what holds one would write headers of its own.
	if strings.ContainsAny(l.To+l.Subject+l.Key, "\r\n\x00") {
		return nil, fmt.Errorf("%w: line break in a header", ErrRefused)
	}
	m := mail.NewMsg()
	if err := m.From(from); err != nil {
		return nil, fmt.Errorf("notify: sender: %w", err)
	}
	if err := m.To(l.To); err != nil {
		return nil, fmt.Errorf("%w: recipient: %w", ErrRefused, err)
	}
	if l.Key != "" {
		host := "lapak-berdaya.invalid"
		if address := m.GetFrom(); len(address) > 0 {
			_, host, _ = strings.Cut(address[0].Address, "@")
		}
		m.SetMessageIDWithValue(l.Key + "@" + host)
	}
	m.SetDate()
	m.Subject(l.Subject)
	m.SetBodyString(mail.TypeTextPlain, l.Body)
	return m, nil
}

type smtp struct {
	client  *mail.Client
	from    string
	timeout time.Duration
}

// Mail sends one letter over a connection of its own.
func (s smtp) Mail(ctx context.Context, l Letter) error {
	m, err := compose(s.from, l)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err = s.client.DialAndSendWithContext(ctx, m)
	var send *mail.SendError
	if errors.As(err, &send) && send.Reason == mail.ErrSMTPRcptTo && !send.IsTemp() {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// Check greets the server, encrypts and signs in, and sends nothing.
func (s smtp) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if err := s.client.DialWithContext(ctx); err != nil {
		return err
	}
	return s.client.Close()
}

type folder struct{ path, from string }

// Mail writes the letter into a file of its own.
func (f folder) Mail(_ context.Context, l Letter) error {
	m, err := compose(f.from, l)
	if err != nil {
		return err
	}
	var raw bytes.Buffer
	if _, err := m.WriteTo(&raw); err != nil {
		return err
	}
	name := time.Now().UTC().Format("20060102-150405") + "-" + id.Token()[:8] + ".eml"
	return os.WriteFile(filepath.Join(f.path, name), raw.Bytes(), 0o600)
}

// Check reports that the folder is there.
func (f folder) Check(context.Context) error {
	_, err := os.Stat(f.path)
	return err
}

// Checker is a channel that can be tried without telling anybody anything.
type Checker interface {
	Check(ctx context.Context) error
}
