// Package config reads the settings of the program from its environment and
// refuses combinations that would lose money or leak data.
package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"
)

// Settings are the environment of one process. Every field names its variable.
type Settings struct {
	DatabaseURL    string         // LAPAK_DATABASE_URL: sqlite:PATH or postgres://…
	Listen         string         // LAPAK_LISTEN: address of the web server
	BaseURL        *url.URL       // LAPAK_BASE_URL: how buyers reach it, without a path
	MediaURL       string         // LAPAK_MEDIA_URL: file:///… or s3://…
	SecretKeys     []string       // LAPAK_SECRET_KEYS: comma-separated; the first signs, the rest verify
	TrustedProxies []netip.Prefix // LAPAK_TRUSTED_PROXIES: whose X-Forwarded-For is believed
	Timezone       *time.Location // LAPAK_TIMEZONE
	SMTPURL        string         // LAPAK_SMTP_URL: smtp://user:pass@host:port, or file:///folder
	WhatsAppURL    string         // LAPAK_WHATSAPP_URL: HTTP adapter that sends messages
	XenditKey      string         // XENDIT_SECRET_KEY
	XenditTokens   []string       // XENDIT_CALLBACK_TOKENS: comma-separated, several while rotating
	XenditBaseURL  string         // XENDIT_BASE_URL
}

// XenditProduction is where the real gateway lives.
const XenditProduction = "https://api.xendit.co"

// Read reads the settings through get (os.Getenv in the program).
func Read(get func(string) string) (Settings, error) {
	s := Settings{
		DatabaseURL:   get("LAPAK_DATABASE_URL"),
		Listen:        get("LAPAK_LISTEN"),
		MediaURL:      get("LAPAK_MEDIA_URL"),
		SecretKeys:    list(get("LAPAK_SECRET_KEYS")),
		SMTPURL:       get("LAPAK_SMTP_URL"),
		WhatsAppURL:   get("LAPAK_WHATSAPP_URL"),
		XenditKey:     get("XENDIT_SECRET_KEY"),
		XenditTokens:  list(get("XENDIT_CALLBACK_TOKENS")),
		XenditBaseURL: strings.TrimSuffix(get("XENDIT_BASE_URL"), "/"),
	}
	if s.XenditBaseURL == "" {
		s.XenditBaseURL = XenditProduction
	}
	var errs []error
	if raw := get("LAPAK_BASE_URL"); raw != "" {
		u, err := url.Parse(raw)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			errs = append(errs, errors.New("LAPAK_BASE_URL must look like https://lapak.example.go.id, without a path"))
		} else {
			u.Path = ""
			s.BaseURL = u
		}
	}
	for _, p := range list(get("LAPAK_TRUSTED_PROXIES")) {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			addr, err2 := netip.ParseAddr(p)
			if err2 != nil {
				errs = append(errs, fmt.Errorf("LAPAK_TRUSTED_PROXIES: %q is no address or network", p))
				continue
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		s.TrustedProxies = append(s.TrustedProxies, prefix)
	}
	zone := get("LAPAK_TIMEZONE")
	if zone == "" {
		zone = "Asia/Jakarta"
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		errs = append(errs, fmt.Errorf("LAPAK_TIMEZONE: %q is no time zone", zone))
	}
	s.Timezone = location
	return s, errors.Join(errs...)
}

// FromEnvironment is Read over the process's environment.
func FromEnvironment() (Settings, error) { return Read(os.Getenv) }

func list(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// CheckServe returns what keeps `serve` from starting, each naming the setting
// to mend. The demo makes its own settings and does not come here.
func (s Settings) CheckServe() error {
	var errs []error
	need := func(ok bool, text string) {
		if !ok {
			errs = append(errs, errors.New(text))
		}
	}
	need(s.DatabaseURL != "", "LAPAK_DATABASE_URL is missing (sqlite:PATH or postgres://…)")
	need(s.BaseURL != nil, "LAPAK_BASE_URL is missing (how buyers reach the shop)")
	need(s.MediaURL != "", "LAPAK_MEDIA_URL is missing (file:///… or s3://…)")
	need(len(s.SecretKeys) > 0, "LAPAK_SECRET_KEYS is missing (32 random characters or more)")
	for _, k := range s.SecretKeys {
		need(len(k) >= 32, "LAPAK_SECRET_KEYS holds a key shorter than 32 characters")
	}
	need(s.XenditKey != "", "XENDIT_SECRET_KEY is missing")
	need(len(s.XenditTokens) > 0, "XENDIT_CALLBACK_TOKENS is missing")
	development := strings.HasPrefix(s.XenditKey, "xnd_development_")
	production := strings.HasPrefix(s.XenditKey, "xnd_production_")
	if s.XenditKey != "" {
		need(development || production, "XENDIT_SECRET_KEY must start with xnd_development_ or xnd_production_")
	}
	reachable := s.BaseURL != nil && !local(s.BaseURL.Hostname())
	public := reachable && s.BaseURL.Scheme == "https"
	need(!(development && reachable), "XENDIT_SECRET_KEY is a development key but LAPAK_BASE_URL is a public address: mend one of them")
	need(!(production && s.BaseURL != nil && !public), "XENDIT_SECRET_KEY is a production key but LAPAK_BASE_URL is not a public https address: mend one of them")
	need(!(production && s.XenditBaseURL != XenditProduction), "XENDIT_BASE_URL must not be set together with a production key")
	return errors.Join(errs...)
}

func local(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback() || addr.IsPrivate()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".test")
}
