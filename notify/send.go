package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/lapak-berdaya/lapak/internal/id"
)

// NewMailer returns the mailer for LAPAK_SMTP_URL: smtp://user:password@host:port
// (STARTTLS when offered), smtps://… (TLS from the start), or file:///folder,
// which writes each mail as a file (the demo). An empty address gives nil.
func NewMailer(address, from string) (Mailer, error) {
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
		options := []mail.Option{mail.WithTimeout(15 * time.Second), mail.WithTLSPolicy(mail.TLSOpportunistic)}
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
		client, err := mail.NewClient(u.Hostname(), options...)
		if err != nil {
			return nil, fmt.Errorf("notify: %w", err)
		}
		return smtp{client, from}, nil
	}
	return nil, fmt.Errorf("notify: LAPAK_SMTP_URL must start with smtp://, smtps:// or file://")
}

func compose(from, to, subject, body string) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := m.From(from); err != nil {
		return nil, fmt.Errorf("notify: sender: %w", err)
	}
	if err := m.To(to); err != nil {
		return nil, fmt.Errorf("notify: recipient: %w", err)
	}
	m.Subject(subject)
	m.SetBodyString(mail.TypeTextPlain, body)
	return m, nil
}

type smtp struct {
	client *mail.Client
	from   string
}

func (s smtp) Mail(ctx context.Context, to, subject, body string) error {
	m, err := compose(s.from, to, subject, body)
	if err != nil {
		return err
	}
	return s.client.DialAndSendWithContext(ctx, m)
}

type folder struct{ path, from string }

func (f folder) Mail(_ context.Context, to, subject, body string) error {
	m, err := compose(f.from, to, subject, body)
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

// HTTPWhatsApp posts {"to": "+62…", "text": "…"} to an adapter, which speaks to
// whatever WhatsApp provider the agency has; any 2xx answer means taken.
type HTTPWhatsApp struct {
	URL    string
	Client *http.Client
}

// WhatsApp sends one message through the adapter.
func (h HTTPWhatsApp) WhatsApp(ctx context.Context, phone, body string) error {
	payload, err := json.Marshal(map[string]string{"to": phone, "text": body})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := h.Client.Do(req)
	if err != nil {
		return fmt.Errorf("notify: whatsapp adapter: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("notify: whatsapp adapter answered %d", res.StatusCode)
	}
	return nil
}

// OutboxOnly is the demo's WhatsApp: the message stays in the outbox page.
type OutboxOnly struct{}

// WhatsApp takes the message; the outbox page shows it.
func (OutboxOnly) WhatsApp(context.Context, string, string) error { return nil }
