package config

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
)

var update = flag.Bool("update", false, "write the table of settings in docs/operating.md anew")

const (
	keyOne   = "b2f1c09de47a8365f1e2d3c4b5a69788"
	keyTwo   = "77aa1c0934e5d6f8b9c2e1f0a4d3c5b6"
	tokenOne = "Qm7vK2rT9wXz4LpN"
)

// good is an environment that `serve` accepts, with changes on top.
func good(changes map[string]string) []string {
	all := map[string]string{
		"LAPAK_DATABASE_URL":     "postgres://lapak:geheim@db/lapak",
		"LAPAK_BASE_URL":         "https://lapak.kabupaten.go.id",
		"LAPAK_MEDIA_URL":        "s3://pictures",
		"LAPAK_SECRET_KEYS":      keyOne,
		"LAPAK_TRUSTED_PROXIES":  "127.0.0.1",
		"XENDIT_SECRET_KEY":      "xnd_production_a8Kd93jLs02",
		"XENDIT_CALLBACK_TOKENS": tokenOne,
		"HOME":                   "/home/lapak",
	}
	for k, v := range changes {
		all[k] = v
	}
	var lines []string
	for k, v := range all {
		lines = append(lines, k+"="+v)
	}
	return lines
}

func TestServeStartsWithTheseSettings(t *testing.T) {
	s, err := Read(good(map[string]string{"LAPAK_SECRET_KEYS": keyTwo + ", " + keyOne, "XENDIT_CALLBACK_TOKENS": "token-baru-7k2M9xQ4,token-lama-3fR8vT1z"}))
	require.NoError(t, err)
	require.NoError(t, s.CheckServe())
	require.Equal(t, []string{keyTwo, keyOne}, s.SecretKeys)
	require.Equal(t, []string{"token-baru-7k2M9xQ4", "token-lama-3fR8vT1z"}, s.XenditTokens)
	require.Equal(t, XenditProduction, s.XenditBaseURL)
	require.Equal(t, "127.0.0.1:8080", s.Listen)
	require.Equal(t, "Asia/Jakarta", s.Timezone.String())

	s, err = Read(good(map[string]string{
		"XENDIT_SECRET_KEY": "xnd_development_a", "LAPAK_BASE_URL": "http://127.0.0.1:8080", "XENDIT_BASE_URL": "http://127.0.0.1:9000/",
	}))
	require.NoError(t, err)
	require.NoError(t, s.CheckServe(), "a trial on one's own computer, with the simulator")
	require.Equal(t, "http://127.0.0.1:9000", s.XenditBaseURL)
}

// Every refusal, each alone and naming its setting.
func TestServeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change  map[string]string
		setting string
		words   string
	}{
		"no database":                  {map[string]string{"LAPAK_DATABASE_URL": ""}, "LAPAK_DATABASE_URL", "belum diisi"},
		"no address":                   {map[string]string{"LAPAK_BASE_URL": ""}, "LAPAK_BASE_URL", "belum diisi"},
		"no pictures":                  {map[string]string{"LAPAK_MEDIA_URL": ""}, "LAPAK_MEDIA_URL", "belum diisi"},
		"no keys":                      {map[string]string{"LAPAK_SECRET_KEYS": " , "}, "LAPAK_SECRET_KEYS", "belum diisi"},
		"no gateway key":               {map[string]string{"XENDIT_SECRET_KEY": ""}, "XENDIT_SECRET_KEY", "belum diisi"},
		"no token":                     {map[string]string{"XENDIT_CALLBACK_TOKENS": ""}, "XENDIT_CALLBACK_TOKENS", "belum diisi"},
		"another database":             {map[string]string{"LAPAK_DATABASE_URL": "mysql://x"}, "LAPAK_DATABASE_URL", "postgres://"},
		"address with a path":          {map[string]string{"LAPAK_BASE_URL": "https://lapak.kabupaten.go.id/toko"}, "LAPAK_BASE_URL", "https://lapak"},
		"address without a scheme":     {map[string]string{"LAPAK_BASE_URL": "lapak.kabupaten.go.id"}, "LAPAK_BASE_URL", "https://lapak"},
		"public address by http":       {map[string]string{"LAPAK_BASE_URL": "http://lapak.kabupaten.go.id"}, "LAPAK_BASE_URL", "https://"},
		"listen without a port":        {map[string]string{"LAPAK_LISTEN": "8080"}, "LAPAK_LISTEN", "127.0.0.1:8080"},
		"pictures on a host":           {map[string]string{"LAPAK_MEDIA_URL": "file://pictures"}, "LAPAK_MEDIA_URL", "file:///"},
		"pictures elsewhere":           {map[string]string{"LAPAK_MEDIA_URL": "gs://pictures"}, "LAPAK_MEDIA_URL", "s3://"},
		"half a picture key":           {map[string]string{"LAPAK_MEDIA_KEY": "lapak"}, "LAPAK_MEDIA_SECRET", "dua-duanya"},
		"short key":                    {map[string]string{"LAPAK_SECRET_KEYS": "b2f1c09de47a8365"}, "LAPAK_SECRET_KEYS", "32"},
		"short older key":              {map[string]string{"LAPAK_SECRET_KEYS": keyOne + ",b2f1c09de47a8365"}, "LAPAK_SECRET_KEYS", "32"},
		"key of the documents":         {map[string]string{"LAPAK_SECRET_KEYS": example("LAPAK_SECRET_KEYS")}, "LAPAK_SECRET_KEYS", "openssl"},
		"key to be replaced":           {map[string]string{"LAPAK_SECRET_KEYS": "ganti-ini-dengan-kunci-yang-acak-ya"}, "LAPAK_SECRET_KEYS", "openssl"},
		"key of one letter":            {map[string]string{"LAPAK_SECRET_KEYS": strings.Repeat("k", 40)}, "LAPAK_SECRET_KEYS", "openssl"},
		"one key twice":                {map[string]string{"LAPAK_SECRET_KEYS": keyOne + "," + keyOne}, "LAPAK_SECRET_KEYS", "berbeda"},
		"key used as token":            {map[string]string{"XENDIT_CALLBACK_TOKENS": keyOne}, "XENDIT_CALLBACK_TOKENS", "LAPAK_SECRET_KEYS"},
		"short token":                  {map[string]string{"XENDIT_CALLBACK_TOKENS": "t1"}, "XENDIT_CALLBACK_TOKENS", "16"},
		"token of the documents":       {map[string]string{"XENDIT_CALLBACK_TOKENS": example("XENDIT_CALLBACK_TOKENS")}, "XENDIT_CALLBACK_TOKENS", "openssl"},
		"odd gateway key":              {map[string]string{"XENDIT_SECRET_KEY": "abc"}, "XENDIT_SECRET_KEY", "xnd_development_"},
		"gateway key of the documents": {map[string]string{"XENDIT_SECRET_KEY": example("XENDIT_SECRET_KEY")}, "XENDIT_SECRET_KEY", "openssl"},
		"development key, public":      {map[string]string{"XENDIT_SECRET_KEY": "xnd_development_a"}, "XENDIT_SECRET_KEY", "LAPAK_BASE_URL"},
		"production key on a desk":     {map[string]string{"LAPAK_BASE_URL": "http://127.0.0.1:8080"}, "XENDIT_SECRET_KEY", "LAPAK_BASE_URL"},
		"production key at home":       {map[string]string{"LAPAK_BASE_URL": "https://lapak.test"}, "XENDIT_SECRET_KEY", "LAPAK_BASE_URL"},
		"production key elsewhere":     {map[string]string{"XENDIT_BASE_URL": "http://127.0.0.1:9000"}, "XENDIT_BASE_URL", "production key"},
		"gateway without an address":   {map[string]string{"XENDIT_BASE_URL": "xendit"}, "XENDIT_BASE_URL", "https://api.xendit.co"},
		"proxy without an address":     {map[string]string{"LAPAK_TRUSTED_PROXIES": "x"}, "LAPAK_TRUSTED_PROXIES", "jaringan"},
		"everybody is a proxy":         {map[string]string{"LAPAK_TRUSTED_PROXIES": "0.0.0.0/0"}, "LAPAK_TRUSTED_PROXIES", "terlalu luas"},
		"everybody is a proxy (v6)":    {map[string]string{"LAPAK_TRUSTED_PROXIES": "10.0.0.1,::/0"}, "LAPAK_TRUSTED_PROXIES", "terlalu luas"},
		"half the internet":            {map[string]string{"LAPAK_TRUSTED_PROXIES": "128.0.0.0/1"}, "LAPAK_TRUSTED_PROXIES", "terlalu luas"},
		"another planet":               {map[string]string{"LAPAK_TIMEZONE": "Mars/Olympus"}, "LAPAK_TIMEZONE", "Asia/Makassar"},
		"whatever the machine has":     {map[string]string{"LAPAK_TIMEZONE": "Local"}, "LAPAK_TIMEZONE", "Asia/Makassar"},
		"mail by http":                 {map[string]string{"LAPAK_SMTP_URL": "http://mail.go.id"}, "LAPAK_SMTP_URL", "smtps://"},
		"mail without a host":          {map[string]string{"LAPAK_SMTP_URL": "smtp://"}, "LAPAK_SMTP_URL", "smtps://"},
		"sender without an address":    {map[string]string{"LAPAK_MAIL_FROM": "Lapak"}, "LAPAK_MAIL_FROM", "surel"},
		"sender with a second header":  {map[string]string{"LAPAK_MAIL_FROM": "a@b.id\r\nBcc: c@d.id"}, "LAPAK_MAIL_FROM", "surel"},
		"contact without an address":   {map[string]string{"LAPAK_CONTACT_EMAIL": "kantor"}, "LAPAK_CONTACT_EMAIL", "surel"},
		"contact that nobody can dial": {map[string]string{"LAPAK_CONTACT_PHONE": "javascript:1"}, "LAPAK_CONTACT_PHONE", "telepon"},
		"WhatsApp by http":             {map[string]string{"LAPAK_WHATSAPP_URL": "http://wa.go.id/kirim"}, "LAPAK_WHATSAPP_URL", "https://"},
		"WhatsApp token alone":         {map[string]string{"LAPAK_WHATSAPP_TOKEN": "pR5nJ8cW2kY6tQ0m"}, "LAPAK_WHATSAPP_TOKEN", "LAPAK_WHATSAPP_URL"},
		"metrics on the public port":   {map[string]string{"LAPAK_METRICS_LISTEN": "127.0.0.1:8080"}, "LAPAK_METRICS_LISTEN", "LAPAK_LISTEN"},
		"metrics under everything":     {map[string]string{"LAPAK_LISTEN": ":8080", "LAPAK_METRICS_LISTEN": "127.0.0.1:8080"}, "LAPAK_METRICS_LISTEN", "LAPAK_LISTEN"},
		"metrics for everybody":        {map[string]string{"LAPAK_METRICS_LISTEN": "0.0.0.0:9090"}, "LAPAK_METRICS_LISTEN", "pribadi"},
		"metrics for everybody (v6)":   {map[string]string{"LAPAK_METRICS_LISTEN": "[::]:9090"}, "LAPAK_METRICS_LISTEN", "pribadi"},
		"metrics on a public address":  {map[string]string{"LAPAK_METRICS_LISTEN": "103.10.20.30:9090"}, "LAPAK_METRICS_LISTEN", "pribadi"},
		"misspelt":                     {map[string]string{"LAPAK_SECRET_KEY": keyTwo}, "LAPAK_SECRET_KEY", "LAPAK_SECRET_KEYS?"},
		"misspelt gateway":             {map[string]string{"XENDIT_CALLBACK_TOKEN": "x"}, "XENDIT_CALLBACK_TOKEN", "XENDIT_CALLBACK_TOKENS?"},
		"file for what is no secret":   {map[string]string{"LAPAK_LISTEN_FILE": "/x"}, "LAPAK_LISTEN_FILE", "LAPAK_LISTEN?"},
		"secret's file is gone":        {map[string]string{"LAPAK_SECRET_KEYS": "", "LAPAK_SECRET_KEYS_FILE": "/nirgends"}, "LAPAK_SECRET_KEYS_FILE", "/nirgends"},
		"secret given twice":           {map[string]string{"LAPAK_SECRET_KEYS_FILE": "/x"}, "LAPAK_SECRET_KEYS", "LAPAK_SECRET_KEYS_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Read(good(c.change))
			if err == nil {
				err = s.CheckServe()
			}
			require.Error(t, err)
			var found bool
			for _, line := range Refusals(err) {
				found = found || strings.HasPrefix(line, c.setting+": ") && strings.Contains(line, c.words)
			}
			require.True(t, found, "%v", err)
		})
	}
}

func example(name string) string {
	for _, r := range table {
		if r.Name == name {
			return r.Example
		}
	}
	return ""
}

// Somebody who mends one setting must not meet the next refusal only then.
func TestAllRefusalsComeAtOnce(t *testing.T) {
	s, err := Read([]string{
		"LAPAK_BASE_URL=http://lapak.kabupaten.go.id", "XENDIT_SECRET_KEY=xnd_development_a", "LAPAK_SECRET_KEYS=pendek", "LAPAK_TIMEZONE=Mars",
		"LAPAK_TRUSTED_PROXIES=0.0.0.0/0", "LAPAK_SMPT_URL=smtp://x",
	})
	require.Error(t, err)
	all := strings.Join(append(Refusals(err), Refusals(s.CheckServe())...), "\n")
	for _, name := range []string{
		"LAPAK_BASE_URL", "XENDIT_SECRET_KEY", "LAPAK_SECRET_KEYS", "LAPAK_TIMEZONE", "LAPAK_TRUSTED_PROXIES", "LAPAK_SMPT_URL",
		"XENDIT_CALLBACK_TOKENS", "LAPAK_DATABASE_URL", "LAPAK_MEDIA_URL",
	} {
		require.Contains(t, all, name+": ")
	}
}

// Every row that `serve` needs is missed, and named, when it alone is gone.
func TestTheTableSaysWhatServeNeeds(t *testing.T) {
	for _, r := range Table() {
		s, err := Read(good(map[string]string{r.Name: ""}))
		require.NoError(t, err)
		err = s.CheckServe()
		if r.Serve {
			require.ErrorContains(t, err, r.Name+": belum diisi")
		} else if err != nil { // the command fills these from --data
			require.Contains(t, []string{"LAPAK_DATABASE_URL", "LAPAK_MEDIA_URL"}, r.Name, "%v", err)
		}
	}
}

func TestSecretsFromFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(path, []byte(keyTwo+"\n"+keyOne+"\n"), 0o600))
	s, err := Read(good(map[string]string{"LAPAK_SECRET_KEYS": "", "LAPAK_SECRET_KEYS_FILE": path}))
	require.NoError(t, err)
	require.NoError(t, s.CheckServe())
	require.Equal(t, []string{keyTwo, keyOne}, s.SecretKeys)
	require.Equal(t, FromFile, described(s)["LAPAK_SECRET_KEYS"].From)

	require.NoError(t, os.WriteFile(path, []byte("\n"), 0o600))
	_, err = Read(good(map[string]string{"LAPAK_SECRET_KEYS": "", "LAPAK_SECRET_KEYS_FILE": path}))
	require.ErrorContains(t, err, "kosong")
}

func TestFilesOfThisMachine(t *testing.T) {
	dir := t.TempDir()
	check := func(change map[string]string) error {
		s, err := Read(good(change))
		require.NoError(t, err)
		return s.CheckFiles()
	}
	require.NoError(t, check(nil), "nothing here for PostgreSQL and S3")
	require.NoError(t, check(map[string]string{
		"LAPAK_DATABASE_URL": "sqlite:" + dir + "/lapak.db", "LAPAK_MEDIA_URL": "file://" + dir + "/pictures", "LAPAK_SMTP_URL": "file://" + dir + "/mail",
	}))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "trying leaves nothing behind")
	for name, value := range map[string]string{
		"LAPAK_DATABASE_URL": "sqlite:" + dir + "/gone/lapak.db",
		"LAPAK_MEDIA_URL":    "file://" + dir + "/gone/far/pictures",
		"LAPAK_SMTP_URL":     "file:///proc/version/mail",
	} {
		require.ErrorContains(t, check(map[string]string{name: value}), name+": folder ")
	}
	// A place where nothing can be written, whoever runs the test.
	require.ErrorContains(t, check(map[string]string{"LAPAK_MEDIA_URL": "file:///proc/self"}), "LAPAK_MEDIA_URL")
}

func described(s Settings) map[string]Described {
	all := map[string]Described{}
	for _, d := range Describe(s) {
		all[d.Name] = d
	}
	return all
}

// What the administrator's page shows holds no secret, and every setting.
func TestDescribeHidesSecrets(t *testing.T) {
	env := map[string]string{
		"LAPAK_SMTP_URL": "smtp://lapak:geheim@mail.go.id:587", "LAPAK_WHATSAPP_URL": "https://wa.go.id/kirim", "LAPAK_WHATSAPP_TOKEN": "geheim-pR5nJ8cW2kY6",
		"LAPAK_MEDIA_KEY": "lapak", "LAPAK_MEDIA_SECRET": "geheim-media", "XENDIT_SECRET_KEY": "xnd_production_geheim", "LAPAK_SECRET_KEYS": "geheim" + keyOne,
		"XENDIT_CALLBACK_TOKENS": "geheim-token-7k2M9", "LAPAK_METRICS_LISTEN": "127.0.0.1:9090",
	}
	s, err := Read(good(env))
	require.NoError(t, err)
	rows := Describe(s)
	require.Len(t, rows, len(Table()))
	for i, d := range rows {
		require.Equal(t, Table()[i].Name, d.Name)
		require.NotContains(t, d.Value, "geheim", d.Name)
		require.NotContains(t, d.Meaning, "[", "no meaning for %s", d.Name)
	}
	all := described(s)
	require.Equal(t, Described{Name: "LAPAK_TIMEZONE", Meaning: text.T("setting.meaning.lapak_timezone"), Value: "Asia/Jakarta", From: FromDefault}, all["LAPAK_TIMEZONE"])
	require.Equal(t, "smtp://lapak:••••••@mail.go.id:587", all["LAPAK_SMTP_URL"].Value)
	require.Equal(t, FromEnvironment, all["LAPAK_SMTP_URL"].From)
	require.Equal(t, "xnd_production_••••••", all["XENDIT_SECRET_KEY"].Value)
	require.Equal(t, Missing, all["LAPAK_CONTACT_PHONE"].From)
}

func TestWarnings(t *testing.T) {
	s, err := Read(good(map[string]string{"LAPAK_TRUSTED_PROXIES": ""}))
	require.NoError(t, err)
	require.NoError(t, s.CheckServe(), "warnings do not keep it from starting")
	all := strings.Join(s.Warnings(), "\n")
	for _, name := range []string{"LAPAK_SMTP_URL", "LAPAK_WHATSAPP_URL", "LAPAK_TRUSTED_PROXIES", "LAPAK_CONTACT_PHONE", "LAPAK_ORGANISATION"} {
		require.Contains(t, all, name+": ")
	}
	s, err = Read(good(map[string]string{
		"LAPAK_SMTP_URL": "smtp://mail", "LAPAK_WHATSAPP_URL": "https://wa.go.id", "LAPAK_CONTACT_PHONE": "0351-123456", "LAPAK_ORGANISATION": "Dinas",
	}))
	require.NoError(t, err)
	require.Empty(t, s.Warnings())
}

func TestPrivateAddress(t *testing.T) {
	for address, private := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.1.2.3": true, "172.18.0.4": true, "192.168.1.1": true, "fd00::1": true, "::ffff:10.0.0.1": true,
		"0.0.0.0": false, "::": false, "103.10.20.30": false, "2001:db8::1": false, "172.32.0.1": false,
	} {
		require.Equal(t, private, PrivateAddress(netip.MustParseAddr(address)), address)
	}
}

// The table of settings in docs/operating.md is written from the table in code.
func TestTheDocumentsTableIsTheTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| setting | meaning | needed | without it | example |\n|---|---|---|---|---|\n")
	for _, r := range Table() {
		code := func(s string) string {
			if s == "" {
				return ""
			}
			return "`" + s + "`"
		}
		needed, name := "", code(r.Name)
		if r.Serve {
			needed = "yes"
		}
		if r.Secret {
			name += " (secret)"
		}
		b.WriteString("| " + strings.Join([]string{name, strings.ReplaceAll(r.Meaning, "|", "\\|"), needed, code(r.Default), code(r.Example)}, " | ") + " |\n")
	}
	path := filepath.Join("..", "..", "docs", "operating.md")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	const opening, closing = "<!-- settings: written by go test ./internal/config -update -->\n", "<!-- /settings -->"
	before, rest, found := strings.Cut(string(raw), opening)
	require.True(t, found)
	_, after, found := strings.Cut(rest, closing)
	require.True(t, found)
	want := before + opening + b.String() + closing + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.True(t, want == string(raw), "docs/operating.md is out of date: go test ./internal/config -update")
}
