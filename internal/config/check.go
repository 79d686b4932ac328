package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/text"
)

// CheckServe returns everything that keeps `serve` from starting, joined, each
// line naming the setting to mend. It looks at the settings alone: CheckFiles
// looks at this machine. The demo makes its own settings and does not come here.
func (s Settings) CheckServe() error {
	var errs []error
	refuseIf := func(bad bool, key, name string, args ...any) {
		if bad {
			errs = append(errs, refuse(key, name, args...))
		}
	}
	for name, missing := range map[string]bool{
		"LAPAK_DATABASE_URL": s.DatabaseURL == "", "LAPAK_BASE_URL": s.BaseURL == nil, "LAPAK_MEDIA_URL": s.MediaURL == "",
		"LAPAK_SECRET_KEYS": len(s.SecretKeys) == 0, "XENDIT_SECRET_KEY": s.XenditKey == "", "XENDIT_CALLBACK_TOKENS": len(s.XenditTokens) == 0,
	} {
		refuseIf(missing, "setting.refuse.missing", name)
	}
	errs = append(errs, s.checkSecrets()...)

	const base, key = "LAPAK_BASE_URL", "XENDIT_SECRET_KEY"
	development := strings.HasPrefix(s.XenditKey, "xnd_development_")
	production := strings.HasPrefix(s.XenditKey, "xnd_production_")
	refuseIf(s.XenditKey != "" && !development && !production, "setting.refuse.key_kind", key)
	reachable := s.BaseURL != nil && !Local(s.BaseURL.Hostname())
	refuseIf(reachable && s.BaseURL.Scheme != "https", "setting.refuse.base_http", base)
	refuseIf(development && reachable, "setting.refuse.development_key", key)
	refuseIf(development && s.XenditBaseURL != XenditProduction && !localURL(s.XenditBaseURL), "setting.refuse.xendit_elsewhere", "XENDIT_BASE_URL")
	refuseIf(production && s.BaseURL != nil && (!reachable || s.BaseURL.Scheme != "https"), "setting.refuse.production_key", key)
	refuseIf(production && s.XenditBaseURL != XenditProduction, "setting.refuse.production_base", "XENDIT_BASE_URL")

	refuseIf((s.MediaKey == "") != (s.MediaSecret == ""), "setting.refuse.media_key", "LAPAK_MEDIA_SECRET")
	refuseIf(s.WhatsAppToken != "" && s.WhatsAppURL == "", "setting.refuse.whatsapp_token", "LAPAK_WHATSAPP_TOKEN")

	const metrics = "LAPAK_METRICS_LISTEN"
	refuseIf(s.MetricsListen != "" && sameAddress(s.MetricsListen, s.Listen), "setting.refuse.metrics_same", metrics)
	refuseIf(s.MetricsListen != "" && !privateListener(s.MetricsListen), "setting.refuse.metrics_public", metrics)
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// shortest is how many characters a secret needs, by setting.
const (
	shortestKey   = 32
	shortestToken = 16
)

// checkSecrets refuses secrets that somebody could guess, or that open two doors.
func (s Settings) checkSecrets() []error {
	type secret struct {
		name, value string
		shortest    int
	}
	var all []secret
	for _, k := range s.SecretKeys {
		all = append(all, secret{"LAPAK_SECRET_KEYS", k, shortestKey})
	}
	for _, t := range s.XenditTokens {
		all = append(all, secret{"XENDIT_CALLBACK_TOKENS", t, shortestToken})
	}
	all = append(all, secret{"XENDIT_SECRET_KEY", s.XenditKey, 0}, secret{"LAPAK_MEDIA_SECRET", s.MediaSecret, 0},
		secret{"LAPAK_WHATSAPP_TOKEN", s.WhatsAppToken, shortestToken})

	var errs []error
	seen := map[string]string{}
	for _, x := range all {
		if x.value == "" {
			continue
		}
		if len(x.value) < x.shortest {
			errs = append(errs, refuse("setting.refuse.short", x.name, "length", x.shortest))
		}
		if placeholder(x.value) || (x.shortest > 0 && poor(x.value)) {
			errs = append(errs, refuse("setting.refuse.placeholder", x.name))
		}
		if other, twice := seen[x.value]; twice {
			errs = append(errs, refuse("setting.refuse.duplicate", x.name, "other", other))
		}
		seen[x.value] = x.name
	}
	return errs
}

// placeholder reports a value that a person was meant to replace: an example of
// the table or words that stand for one.
func placeholder(v string) bool {
	for _, r := range table {
		if r.Secret && r.Example != "" && v == r.Example {
			return true
		}
	}
	v = strings.ToLower(v)
	for _, word := range []string{"changeme", "change-me", "change_me", "replace", "ganti", "contoh", "example", "password", "rahasia", "0123456789", "…", "...", "<", "xxxx"} {
		if strings.Contains(v, word) {
			return true
		}
	}
	return false
}

// poor reports a secret made of few different characters.
func poor(v string) bool {
	kinds := map[rune]bool{}
	for _, r := range v {
		kinds[r] = true
	}
	return len(kinds) < 8
}

func localURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && Local(u.Hostname())
}

// sameAddress reports that two listeners would meet: the same port on the same
// or on every address.
func sameAddress(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	return errA == nil && errB == nil && portA == portB && portA != "0" && (hostA == hostB || wildcard(hostA) || wildcard(hostB))
}

func wildcard(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "" || err == nil && addr.IsUnspecified()
}

// privateListener refuses an address that the internet may reach. A name is
// resolved when the listener opens: ask PrivateAddress then.
func privateListener(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil || wildcard(host) {
		return false
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return PrivateAddress(addr)
	}
	return true
}

// PrivateAddress reports that a listener on addr is not reachable from the
// internet: loopback or a private network, never every address at once. The
// metrics' listener asks it about the address it really got.
func PrivateAddress(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()
}

// CheckFiles returns what this machine lacks for the settings: a folder for the
// embedded database, a folder for pictures that can be written to. A missing
// folder of the database is refused rather than made, because a misspelt path
// would open an empty shop.
func (s Settings) CheckFiles() error {
	var errs []error
	if path, ok := strings.CutPrefix(s.DatabaseURL, "sqlite:"); ok {
		if dir := filepath.Dir(path); writable(dir) != nil {
			errs = append(errs, refuse("setting.refuse.folder", "LAPAK_DATABASE_URL", "folder", dir))
		}
	}
	if u, err := url.Parse(s.MediaURL); err == nil && u.Scheme == "file" {
		dir := filepath.FromSlash(u.Path)
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			dir = filepath.Dir(dir) // it is made at the start
		}
		if writable(dir) != nil {
			errs = append(errs, refuse("setting.refuse.folder", "LAPAK_MEDIA_URL", "folder", dir))
		}
	}
	if u, err := url.Parse(s.SMTPURL); err == nil && u.Scheme == "file" {
		dir := filepath.FromSlash(u.Path)
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			dir = filepath.Dir(dir)
		}
		if writable(dir) != nil {
			errs = append(errs, refuse("setting.refuse.folder", "LAPAK_SMTP_URL", "folder", dir))
		}
	}
	return errors.Join(errs...)
}

// writable tries it: permissions, read-only mounts and full disks all show.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".lapak-check-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("x")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// Warnings are what `serve` says and starts all the same.
func (s Settings) Warnings() []string {
	var all []string
	warn := func(when bool, key, name string) {
		if when {
			all = append(all, name+": "+text.T(key, "name", name))
		}
	}
	warn(s.SMTPURL == "", "setting.warn.smtp", "LAPAK_SMTP_URL")
	warn(s.WhatsAppURL == "", "setting.warn.whatsapp", "LAPAK_WHATSAPP_URL")
	warn(strings.HasPrefix(s.SMTPURL, "file:"), "setting.warn.smtp_file", "LAPAK_SMTP_URL")
	warn(s.BaseURL != nil && s.BaseURL.Scheme == "https" && len(s.TrustedProxies) == 0, "setting.warn.proxies", "LAPAK_TRUSTED_PROXIES")
	warn(s.ContactPhone == "" && s.ContactEmail == "", "setting.warn.contact", "LAPAK_CONTACT_PHONE")
	warn(s.Organisation == "", "setting.warn.organisation", "LAPAK_ORGANISATION")
	warn(strings.HasPrefix(s.DatabaseURL, "sqlite:") && strings.HasPrefix(s.MediaURL, "s3:"), "setting.warn.sqlite_s3", "LAPAK_DATABASE_URL")
	return all
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
