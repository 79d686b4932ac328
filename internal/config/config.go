// Package config reads the settings of the program from its environment and
// refuses combinations that would lose money or leak data.
//
// table.go holds every setting once: what it means, how it is read, whether it
// is secret. The struct, the refusals, the table in docs/operating.md and the
// administrator's page all come from there.
package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/internal/near"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// Settings are the environment of one process. Every field names its variable.
type Settings struct {
	DatabaseURL    string         // LAPAK_DATABASE_URL: sqlite:PATH or postgres://…
	Listen         string         // LAPAK_LISTEN: address of the web server
	BaseURL        *url.URL       // LAPAK_BASE_URL: how buyers reach it, without a path
	MediaURL       string         // LAPAK_MEDIA_URL: file:///… or s3://…
	MediaKey       string         // LAPAK_MEDIA_KEY: name of the object store's key; "" for AWS's own ways
	MediaSecret    string         // LAPAK_MEDIA_SECRET: its secret
	SecretKeys     []string       // LAPAK_SECRET_KEYS: comma-separated; the first signs, the rest verify
	TrustedProxies []netip.Prefix // LAPAK_TRUSTED_PROXIES: whose X-Forwarded-For is believed
	Timezone       *time.Location // LAPAK_TIMEZONE
	MetricsListen  string         // LAPAK_METRICS_LISTEN: private address of /metrics; "" for none
	SMTPURL        string         // LAPAK_SMTP_URL: smtp://user:pass@host:port, or file:///folder
	MailFrom       string         // LAPAK_MAIL_FROM: sender of mails; see Sender
	WhatsAppURL    string         // LAPAK_WHATSAPP_URL: HTTP adapter that sends messages
	BackupKeys     []string       // LAPAK_BACKUP_RECIPIENTS: public keys whose owners may open backups
	WhatsAppToken  string         // LAPAK_WHATSAPP_TOKEN: bearer token of the adapter
	XenditKey      string         // XENDIT_SECRET_KEY
	XenditTokens   []string       // XENDIT_CALLBACK_TOKENS: comma-separated, several while rotating
	XenditBaseURL  string         // XENDIT_BASE_URL

	// Whom buyers turn to (PP 80/2019 art. 27).
	Organisation   string // LAPAK_ORGANISATION
	ContactPhone   string // LAPAK_CONTACT_PHONE: E.164 or local form, also WhatsApp
	ContactEmail   string // LAPAK_CONTACT_EMAIL
	ContactHours   string // LAPAK_CONTACT_HOURS
	ContactAddress string // LAPAK_CONTACT_ADDRESS

	origin map[string]Origin
}

// Origin says where a setting's value came from.
type Origin string

// The ways a setting gets its value.
const (
	FromDefault     Origin = "default"
	FromEnvironment Origin = "environment"
	FromFile        Origin = "file" // NAME_FILE, for secrets
	Missing         Origin = "missing"
)

// XenditProduction is where the real gateway lives.
const XenditProduction = "https://api.xendit.co"

// Environment reads the settings of this process. The error joins everything
// that is wrong, each line naming the setting to mend; the settings that could
// be read are filled all the same.
func Environment() (Settings, error) { return Read(os.Environ()) }

// Read reads settings from lines NAME=value, as os.Environ gives them. A secret
// may also come as NAME_FILE=path: the file's content, without the line's end.
// Names that begin with LAPAK_ or XENDIT_ and are no setting are refused, so
// that a misspelt one is not silently without effect; LAPAK_TEST_… is left to
// the tests.
func Read(environ []string) (Settings, error) {
	values := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		values[name] = value
	}
	s := Settings{origin: map[string]Origin{}}
	var errs []error
	for _, row := range table {
		value, from, err := row.find(values)
		if err == nil {
			s.origin[row.Name] = from
			err = row.fill(&s, strings.TrimSpace(value))
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return s, errors.Join(append(errs, unknown(values)...)...)
}

// find looks for the row's value: the variable, its file, or the default.
func (r Setting) find(values map[string]string) (string, Origin, error) {
	value, path := values[r.Name], ""
	if r.Secret {
		path = values[r.Name+"_FILE"]
	}
	switch {
	case value != "" && path != "":
		return "", "", refuse("setting.refuse.twice", r.Name)
	case value != "":
		return value, FromEnvironment, nil
	case path != "":
		raw, err := os.ReadFile(path)
		if err != nil {
			return "", "", refuse("setting.refuse.file", r.Name+"_FILE", "file", path)
		}
		if strings.TrimSpace(string(raw)) == "" {
			return "", "", refuse("setting.refuse.file_empty", r.Name+"_FILE", "file", path)
		}
		return strings.TrimSpace(string(raw)), FromFile, nil
	case r.Default != "":
		return r.Default, FromDefault, nil
	}
	return "", Missing, nil
}

// Described is one setting as the administrator's page shows it.
type Described struct {
	Name    string
	Meaning string // in Indonesian
	Value   string // readable, with secrets masked; "" when not set
	From    Origin
	Secret  bool
}

// Describe returns every setting with its meaning and its value in s. No secret
// is in it, nor in a password inside an address.
func Describe(s Settings) []Described {
	rows := make([]Described, 0, len(table))
	for _, r := range table {
		value := r.show(s)
		from := s.origin[r.Name]
		if from == "" || from == Missing { // filled by the program itself, as the demo does
			from = FromDefault
			if value == "" {
				from = Missing
			}
		}
		rows = append(rows, Described{
			Name: r.Name, Meaning: text.T("setting.meaning." + strings.ToLower(r.Name)), Value: value, From: from, Secret: r.Secret,
		})
	}
	return rows
}

// Sender is who mails come from: LAPAK_MAIL_FROM, or an address at the shop's
// own host.
func (s Settings) Sender() string {
	if s.MailFrom != "" {
		return s.MailFrom
	}
	host := "lapak-berdaya.invalid"
	if s.BaseURL != nil && !Local(s.BaseURL.Hostname()) {
		host = s.BaseURL.Hostname()
	}
	return "Lapak Berdaya <pesan@" + host + ">"
}

// refusal is one thing to mend, in words for the person who can.
type refusal struct{ name, sentence string }

func (r refusal) Error() string { return r.name + ": " + r.sentence }

// refuse makes a refusal from a text key and its placeholders.
func refuse(key, name string, args ...any) error {
	return refusal{name, text.T(key, append([]any{"name", name}, args...)...)}
}

// unknown refuses names that look like ours and are not, with the nearest one.
func unknown(values map[string]string) []error {
	known := map[string]bool{}
	for _, r := range table {
		known[r.Name] = true
		if r.Secret {
			known[r.Name+"_FILE"] = true
		}
	}
	var errs []error
	for _, name := range sortedKeys(values) {
		ours := strings.HasPrefix(name, "LAPAK_") || strings.HasPrefix(name, "XENDIT_")
		if !ours || known[name] || strings.HasPrefix(name, "LAPAK_TEST_") || strings.HasPrefix(name, "LAPAK_E2E_") {
			continue
		}
		errs = append(errs, refuse("setting.refuse.unknown", name, "nearest", near.Of(name, sortedKeys(known))))
	}
	return errs
}

// Refusals splits a joined error of this package into its lines.
func Refusals(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func list(s string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Local reports a host that only this machine or its own network reaches: a
// private address, or a name without dots, as containers have.
func Local(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback() || addr.IsPrivate()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".test")
}

// mask says that something is there, and nothing else.
func mask(secret string) string {
	if secret == "" {
		return ""
	}
	return "••••••"
}

func maskList(secrets []string) string {
	if len(secrets) == 0 {
		return ""
	}
	return fmt.Sprintf("%d × ••••••", len(secrets))
}

// maskURL keeps an address readable without its password and parameters.
func maskURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return mask(address)
	}
	if u.User != nil {
		user := u.User.Username()
		if _, has := u.User.Password(); has {
			user += ":••••••"
		}
		u.User = nil
		rest := strings.TrimPrefix(u.String(), u.Scheme+"://")
		return u.Scheme + "://" + user + "@" + rest
	}
	return u.String()
}
