package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Setting is one row of the table of settings.
type Setting struct {
	Name    string
	Meaning string // in English, for docs/operating.md; Indonesian is setting.meaning.NAME
	Example string // never accepted as a secret
	Default string // "" when there is none
	Secret  bool   // masked wherever it is shown; may come as NAME_FILE
	Serve   bool   // `serve` refuses to start without it

	fill func(*Settings, string) error // "" means not set
	show func(Settings) string         // masked where needed
}

// Table returns every setting, in the order in which they are explained.
func Table() []Setting { return slices.Clone(table) }

var table = []Setting{
	{
		Name: "LAPAK_DATABASE_URL", Meaning: "Where the data is: `postgres://…`, or `sqlite:PATH`. Without it, `--data DIR` says where the embedded database lies.",
		Example: "postgres://lapak:PASSWORD@db:5432/lapak?sslmode=disable", Secret: true,
		fill: func(s *Settings, v string) error { s.DatabaseURL = v; return databaseURL(v) },
		show: func(s Settings) string { return maskURL(s.DatabaseURL) },
	},
	{
		Name: "LAPAK_LISTEN", Meaning: "Address and port of the web server. Behind a proxy on the same machine: leave it.",
		Example: "0.0.0.0:8080", Default: "127.0.0.1:8080",
		fill: func(s *Settings, v string) error { s.Listen = v; return hostPort("LAPAK_LISTEN", v) },
		show: func(s Settings) string { return s.Listen },
	},
	{
		Name: "LAPAK_BASE_URL", Meaning: "How buyers reach the shop, with https and without a path. Links in messages and cookies follow it.",
		Example: "https://lapak.example.go.id", Serve: true,
		fill: baseURL,
		show: func(s Settings) string {
			if s.BaseURL == nil {
				return ""
			}
			return s.BaseURL.String()
		},
	},
	{
		Name: "LAPAK_MEDIA_URL", Meaning: "Where pictures are kept: `file:///DIR` on one machine, `s3://BUCKET?region=…` for several; a store of your own adds `&endpoint=http://HOST:PORT&use_path_style=true`. Without it, below `--data DIR`.",
		Example: "s3://lapak?region=us-east-1&endpoint=http://store:8333&use_path_style=true",
		fill:    func(s *Settings, v string) error { s.MediaURL = v; return mediaURL(v) },
		show:    func(s Settings) string { return maskURL(s.MediaURL) },
	},
	{
		Name: "LAPAK_MEDIA_KEY", Meaning: "Name of the access key of the object store.",
		Example: "lapak",
		fill:    func(s *Settings, v string) error { s.MediaKey = v; return nil },
		show:    func(s Settings) string { return s.MediaKey },
	},
	{
		Name: "LAPAK_MEDIA_SECRET", Meaning: "Secret of that access key.",
		Secret: true,
		fill:   func(s *Settings, v string) error { s.MediaSecret = v; return nil },
		show:   func(s Settings) string { return mask(s.MediaSecret) },
	},
	{
		Name: "LAPAK_SECRET_KEYS", Meaning: "Keys of the installation, with commas between; 32 random characters or more each. The first signs and encrypts, the rest still verify and decrypt.",
		Example: "kunci-contoh-ini-jangan-dipakai-buat-sendiri", Secret: true, Serve: true,
		fill: func(s *Settings, v string) error { s.SecretKeys = list(v); return nil },
		show: func(s Settings) string { return maskList(s.SecretKeys) },
	},
	{
		Name: "LAPAK_TRUSTED_PROXIES", Meaning: "Addresses or networks of the proxies in front, with commas between. Only theirs is the X-Forwarded-For that is believed.",
		Example: "127.0.0.1",
		fill:    trustedProxies,
		show: func(s Settings) string {
			var all []string
			for _, p := range s.TrustedProxies {
				all = append(all, p.String())
			}
			return strings.Join(all, ", ")
		},
	},
	{
		Name: "LAPAK_TIMEZONE", Meaning: "Time zone of the agency: `Asia/Jakarta` (WIB), `Asia/Makassar` (WITA) or `Asia/Jayapura` (WIT).",
		Example: "Asia/Makassar", Default: "Asia/Jakarta",
		fill: timezone,
		show: func(s Settings) string {
			if s.Timezone == nil {
				return ""
			}
			return s.Timezone.String()
		},
	},
	{
		Name: "LAPAK_METRICS_LISTEN", Meaning: "Private address of `/metrics`, for Prometheus. A loopback or private address, or a name that leads to one; never the internet. Without it there are no metrics.",
		Example: "127.0.0.1:9090",
		fill:    func(s *Settings, v string) error { s.MetricsListen = v; return hostPort("LAPAK_METRICS_LISTEN", v) },
		show:    func(s Settings) string { return s.MetricsListen },
	},
	{
		Name: "LAPAK_SMTP_URL", Meaning: "How mails leave: `smtp://USER:PASSWORD@HOST:587` (STARTTLS, required outside this machine's network), `smtps://…:465` (TLS from the start), or `file:///DIR` (each mail a file). Without it nobody gets mail.",
		Example: "smtp://lapak:PASSWORD@mail.example.go.id:587", Secret: true,
		fill: func(s *Settings, v string) error { s.SMTPURL = v; return smtpURL(v) },
		show: func(s Settings) string { return maskURL(s.SMTPURL) },
	},
	{
		Name: "LAPAK_MAIL_FROM", Meaning: "Sender of mails. Without it `pesan@` the host of LAPAK_BASE_URL.",
		Example: "Lapak Berdaya <lapak@example.go.id>",
		fill:    mailFrom,
		show:    func(s Settings) string { return s.MailFrom },
	},
	{
		Name: "LAPAK_WHATSAPP_URL", Meaning: "Adapter that sends WhatsApp messages (see docs/operating.md). Without it nobody gets WhatsApp messages.",
		Example: "https://wa.example.go.id/kirim",
		fill:    func(s *Settings, v string) error { s.WhatsAppURL = v; return whatsAppURL(v) },
		show:    func(s Settings) string { return maskURL(s.WhatsAppURL) },
	},
	{
		Name: "LAPAK_WHATSAPP_TOKEN", Meaning: "Token that the adapter asks for; sent as `Authorization: Bearer …`.",
		Secret: true,
		fill:   func(s *Settings, v string) error { s.WhatsAppToken = v; return nil },
		show:   func(s Settings) string { return mask(s.WhatsAppToken) },
	},
	{
		Name: "LAPAK_BACKUP_RECIPIENTS", Meaning: "Public keys (`age1…`), with commas between, whose owners may open backups; `lapak backup key FILE` makes one. Without it backups are not encrypted.",
		Example: "age1…",
		fill:    backupRecipients,
		show:    func(s Settings) string { return strings.Join(s.BackupKeys, ", ") },
	},
	{
		Name: "XENDIT_SECRET_KEY", Meaning: "Secret key from the Xendit dashboard.",
		Example: "xnd_production_…", Secret: true, Serve: true,
		fill: func(s *Settings, v string) error { s.XenditKey = v; return nil },
		show: func(s Settings) string {
			for _, kind := range []string{"xnd_development_", "xnd_production_"} {
				if strings.HasPrefix(s.XenditKey, kind) {
					return kind + "••••••"
				}
			}
			return mask(s.XenditKey)
		},
	},
	{
		Name: "XENDIT_CALLBACK_TOKENS", Meaning: "Verification tokens of Xendit's webhooks, with commas between; several while one is being replaced.",
		Example: "token-contoh-jangan-dipakai", Secret: true, Serve: true,
		fill: func(s *Settings, v string) error { s.XenditTokens = list(v); return nil },
		show: func(s Settings) string { return maskList(s.XenditTokens) },
	},
	{
		Name: "XENDIT_BASE_URL", Meaning: "Where the gateway is. Leave it, except with the simulator (`lapak gateway`).",
		Example: "http://127.0.0.1:8081", Default: XenditProduction,
		fill: xenditBaseURL,
		show: func(s Settings) string { return maskURL(s.XenditBaseURL) },
	},
	{
		Name: "LAPAK_ORGANISATION", Meaning: "Who runs the shop, as buyers read it.",
		Example: "Dinas Sosial Kabupaten Contoh",
		fill:    func(s *Settings, v string) error { s.Organisation = v; return nil },
		show:    func(s Settings) string { return s.Organisation },
	},
	{
		Name: "LAPAK_CONTACT_PHONE", Meaning: "Telephone and WhatsApp number for questions and complaints.",
		Example: "0812-3456-7890",
		fill: func(s *Settings, v string) error {
			s.ContactPhone = v
			if v != "" && !telephone.MatchString(v) {
				return refuse("setting.refuse.phone", "LAPAK_CONTACT_PHONE")
			}
			return nil
		},
		show: func(s Settings) string { return s.ContactPhone },
	},
	{
		Name: "LAPAK_CONTACT_EMAIL", Meaning: "Mail address for questions and complaints.",
		Example: "lapak@example.go.id",
		fill:    contactEmail,
		show:    func(s Settings) string { return s.ContactEmail },
	},
	{
		Name: "LAPAK_CONTACT_HOURS", Meaning: "When somebody answers.",
		Example: "Senin sampai Jumat, 08.00–16.00 WIB",
		fill:    func(s *Settings, v string) error { s.ContactHours = v; return nil },
		show:    func(s Settings) string { return s.ContactHours },
	},
	{
		Name: "LAPAK_CONTACT_ADDRESS", Meaning: "Postal address of the office.",
		Example: "Jl. Contoh 1, Kabupaten Contoh",
		fill:    func(s *Settings, v string) error { s.ContactAddress = v; return nil },
		show:    func(s Settings) string { return s.ContactAddress },
	},
}

func backupRecipients(s *Settings, v string) error {
	s.BackupKeys = list(v)
	for _, k := range s.BackupKeys {
		if !recipient.MatchString(k) {
			return refuse("setting.refuse.recipient", "LAPAK_BACKUP_RECIPIENTS", "value", k)
		}
	}
	return nil
}

// recipient is the form of a public key of age.
var recipient = regexp.MustCompile(`^age1[02-9ac-hj-np-z]{58}$`)

// telephone is what a person may write as a number.
var telephone = regexp.MustCompile(`^\+?[0-9][0-9 ()-]{6,19}$`)

func databaseURL(v string) error {
	if v == "" {
		return nil
	}
	if path, ok := strings.CutPrefix(v, "sqlite:"); ok && path != "" {
		return nil
	}
	if u, err := url.Parse(v); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") {
		return nil
	}
	return refuse("setting.refuse.database", "LAPAK_DATABASE_URL")
}

func hostPort(name, v string) error {
	if v == "" {
		return nil
	}
	if _, port, err := net.SplitHostPort(v); err != nil || port == "" {
		return refuse("setting.refuse.listen", name)
	}
	return nil
}

func baseURL(s *Settings, v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return refuse("setting.refuse.base_url", "LAPAK_BASE_URL")
	}
	u.Path = ""
	s.BaseURL = u
	return nil
}

func mediaURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err == nil && (u.Scheme == "file" && strings.HasPrefix(u.Path, "/") && u.Host == "" || u.Scheme == "s3" && u.Host != "" && u.User == nil) {
		return nil
	}
	return refuse("setting.refuse.media", "LAPAK_MEDIA_URL")
}

func trustedProxies(s *Settings, v string) error {
	for _, p := range list(v) {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			addr, err2 := netip.ParseAddr(p)
			if err2 != nil {
				return refuse("setting.refuse.proxy", "LAPAK_TRUSTED_PROXIES", "value", p)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		// Whoever is trusted writes the visitor's address: a net this wide is
		// the internet, and every limit per address would be void.
		if narrowest := map[bool]int{true: 8, false: 16}[prefix.Addr().Is4()]; prefix.Bits() < narrowest {
			return refuse("setting.refuse.proxy_wide", "LAPAK_TRUSTED_PROXIES", "value", p)
		}
		s.TrustedProxies = append(s.TrustedProxies, prefix.Masked())
	}
	return nil
}

func timezone(s *Settings, v string) error {
	location, err := time.LoadLocation(v)
	if err != nil || v == "Local" {
		s.Timezone = time.FixedZone("WIB", 7*60*60)
		return refuse("setting.refuse.timezone", "LAPAK_TIMEZONE", "value", v)
	}
	s.Timezone = location
	return nil
}

func smtpURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err == nil && (u.Scheme == "smtp" || u.Scheme == "smtps") && u.Hostname() != "" {
		return nil
	}
	if err == nil && u.Scheme == "file" && strings.HasPrefix(u.Path, "/") && u.Host == "" {
		return nil
	}
	return refuse("setting.refuse.smtp", "LAPAK_SMTP_URL")
}

func mailFrom(s *Settings, v string) error {
	s.MailFrom = v
	if v == "" {
		return nil
	}
	if _, err := mail.ParseAddress(v); err != nil {
		return refuse("setting.refuse.address", "LAPAK_MAIL_FROM")
	}
	return nil
}

func contactEmail(s *Settings, v string) error {
	s.ContactEmail = v
	if v == "" {
		return nil
	}
	if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
		return refuse("setting.refuse.address", "LAPAK_CONTACT_EMAIL")
	}
	return nil
}

// whatsAppURL must be encrypted, except on this machine or its own network:
// sign-in codes go through it.
func whatsAppURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err == nil && u.User == nil && (u.Scheme == "https" && u.Hostname() != "" || u.Scheme == "http" && Local(u.Hostname())) {
		return nil
	}
	return refuse("setting.refuse.whatsapp", "LAPAK_WHATSAPP_URL")
}

func xenditBaseURL(s *Settings, v string) error {
	s.XenditBaseURL = strings.TrimSuffix(v, "/")
	u, err := url.Parse(v)
	if err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return nil
	}
	return refuse("setting.refuse.xendit_base", "XENDIT_BASE_URL")
}
