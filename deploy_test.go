package main

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/lapak-berdaya/lapak/internal/config"
)

// compose is as much of docker-compose.yml as the test judges. Unknown fields
// fail, so that a misspelt one is not silently without effect.
type compose struct {
	Name     string
	Services map[string]composeService
	Volumes  map[string]any
	Networks map[string]struct {
		IPAM struct {
			Config []struct{ Subnet string }
		} `yaml:"ipam"`
	}
}

type composeService struct {
	Build, Image, Restart, User string
	Command                     []string
	Environment                 map[string]string
	DependsOn                   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck                 struct {
		Test              []string
		Interval, Timeout string
		StartPeriod       string `yaml:"start_period"`
		Retries           int
	}
	StopGracePeriod string   `yaml:"stop_grace_period"`
	ReadOnly        bool     `yaml:"read_only"`
	CapDrop         []string `yaml:"cap_drop"`
	CapAdd          []string `yaml:"cap_add"`
	SecurityOpt     []string `yaml:"security_opt"`
	ShmSize         string   `yaml:"shm_size"`
	Tmpfs, Volumes  []string
	Ports           []string
	Networks        map[string]struct {
		IPv4 string `yaml:"ipv4_address"`
	}
	Logging any
}

func readCompose(t *testing.T) compose {
	t.Helper()
	f, err := os.Open("docker-compose.yml")
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	var c compose
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	require.NoError(t, d.Decode(&c))
	return c
}

var interpolation = regexp.MustCompile(`\$\{([A-Z_]+)(:\?|:-)?([^}]*)\}`)

// interpolated is a value with the file .env put in; an empty ${NAME:?} fails, as it
// does in compose.
func interpolated(t *testing.T, value string, env map[string]string) string {
	return interpolation.ReplaceAllStringFunc(value, func(m string) string {
		part := interpolation.FindStringSubmatch(m)
		if v := env[part[1]]; v != "" {
			return v
		}
		require.NotEqual(t, ":?", part[2], "%s is not in .env", part[1])
		return part[3]
	})
}

var sampleEnv = map[string]string{
	"SITE_HOST": "lapak.kabupaten.go.id", "POSTGRES_PASSWORD": "c81e728d9d4c2f636f067f89cc14862c", "MEDIA_SECRET": "eccbc87e4b5ce2fe28308fd9f2a7baf3",
	"LAPAK_SECRET_KEYS": "a87ff679a2f3e71d9181a67b7542122ca87ff679", "XENDIT_SECRET_KEY": "xnd_production_K2mP9", "XENDIT_CALLBACK_TOKENS": "Qm7vK2rT9wXz4LpN",
	"LAPAK_ORGANISATION": "Dinas Sosial", "LAPAK_CONTACT_PHONE": "0351-123456",
}

// No container engine runs where this is tested: what can be known without one
// is held here. `lapak serve` itself accepts the environment it would get.
func TestComposeFitsTheProgram(t *testing.T) {
	c := readCompose(t)
	app := c.Services["app"]
	known := map[string]config.Setting{}
	for _, s := range config.Table() {
		known[s.Name] = s
	}
	var lines []string
	for name, value := range app.Environment {
		s, is := known[name]
		require.True(t, is, "%s is no setting", name)
		if s.Serve {
			require.Regexp(t, `\$\{[A-Z_]+:\?\}`, value, "%s must be asked for", name)
		}
		lines = append(lines, name+"="+interpolated(t, value, sampleEnv))
	}
	for _, s := range known {
		require.True(t, !s.Serve || app.Environment[s.Name] != "", "%s is missing", s.Name)
	}
	for _, name := range []string{"LAPAK_DATABASE_URL", "LAPAK_MEDIA_URL", "LAPAK_MEDIA_KEY", "LAPAK_MEDIA_SECRET", "LAPAK_TRUSTED_PROXIES", "LAPAK_LISTEN"} {
		require.NotEmpty(t, app.Environment[name], name)
	}
	settings, err := config.Read(lines)
	require.NoError(t, err)
	require.NoError(t, settings.CheckServe())

	// Each required one is really required.
	for name := range sampleEnv {
		without := map[string]string{}
		for k, v := range sampleEnv {
			if k != name {
				without[k] = v
			}
		}
		var lines []string
		asked := false
		for key, value := range app.Environment {
			asked = asked || strings.Contains(value, "${"+name+":?")
			if !strings.Contains(value, "${"+name+":?") {
				lines = append(lines, key+"="+interpolated(t, value, without))
			}
		}
		if asked {
			s, err := config.Read(lines)
			require.NoError(t, err)
			require.Error(t, s.CheckServe(), "%s is asked for and not needed", name)
		}
	}

	// Who is believed is the proxy, by the address it has; and it is the only way in.
	proxy := c.Services["proxy"]
	require.Equal(t, proxy.Networks["front"].IPv4, app.Environment["LAPAK_TRUSTED_PROXIES"])
	require.True(t, strings.HasPrefix(c.Networks["front"].IPAM.Config[0].Subnet, "172.30.0."))
	require.Equal(t, "app"+app.Environment["LAPAK_LISTEN"][strings.LastIndex(app.Environment["LAPAK_LISTEN"], ":"):], proxy.Environment["UPSTREAM"])
	require.NotContains(t, proxy.Networks, "back")
	require.Empty(t, app.Ports, "nothing of the program is published, metrics neither")
	host, _, _ := strings.Cut(app.Environment["LAPAK_METRICS_LISTEN"], ":")
	require.Equal(t, app.Networks["back"].IPv4, host)
	for name, s := range c.Services {
		for _, p := range s.Ports {
			require.True(t, name == "proxy" && regexp.MustCompile(`^(80|443):(80|443)(/udp)?$`).MatchString(p) || strings.HasPrefix(p, "127.0.0.1:"),
				"%s publishes %s", name, p)
		}
	}

	// The store and the database are the ones the settings name.
	require.Contains(t, settings.MediaURL, "endpoint=http://store:7070&")
	require.Contains(t, c.Services["store"].Command, ":7070")
	require.Equal(t, []string{"pictures:/data/lapak"}, c.Services["store"].Volumes, "the bucket is a folder")
	require.True(t, strings.HasPrefix(settings.MediaURL, "s3://lapak?"))
	require.Equal(t, settings.MediaKey, c.Services["store"].Environment["ROOT_ACCESS_KEY"])
	require.Equal(t, app.Environment["LAPAK_MEDIA_SECRET"], c.Services["store"].Environment["ROOT_SECRET_KEY"])
	require.Contains(t, app.Environment["LAPAK_DATABASE_URL"], "lapak:"+c.Services["db"].Environment["POSTGRES_PASSWORD"]+"@db:5432/lapak?")
	require.Equal(t, "smtp://mail:1025", settings.SMTPURL)
	require.Contains(t, c.Services, "mail")

	// Not as root, nothing to write to but what is named.
	require.Equal(t, "65532:65532", app.User)
	require.True(t, app.ReadOnly)
	require.Equal(t, []string{"ALL"}, app.CapDrop)
	require.Contains(t, app.SecurityOpt, "no-new-privileges:true")
	require.Equal(t, "service_healthy", app.DependsOn["db"].Condition)
	require.Equal(t, "service_healthy", proxy.DependsOn["app"].Condition)
	require.NotEmpty(t, c.Services["db"].Healthcheck.Test)
	require.Equal(t, "60s", app.StopGracePeriod, "longer than the program takes to drain")
}

// What holds of every service: pinned images, restarts, named volumes, no secret.
func TestComposeKeepsItsHouse(t *testing.T) {
	c := readCompose(t)
	raw, err := os.ReadFile("docker-compose.yml")
	require.NoError(t, err)
	env, err := os.ReadFile(".env.example")
	require.NoError(t, err)
	for _, m := range interpolation.FindAllStringSubmatch(string(raw), -1) {
		if m[1] != "NAME" && m[1] != "IMAGE_TAG" {
			require.Regexp(t, `(?m)^`+m[1]+`=`, string(env), "%s is not in .env.example", m[1])
		}
	}
	for line := range strings.Lines(string(env)) {
		name, value, is := strings.Cut(strings.TrimSpace(line), "=")
		if is && !strings.HasPrefix(line, "#") {
			require.Contains(t, string(raw), "${"+name, "%s of .env.example is used nowhere", name)
			require.True(t, value == "" || name == "LAPAK_TIMEZONE", "%s has a value", name)
		}
	}
	secretName := regexp.MustCompile(`PASSWORD|SECRET|TOKEN|KEYS`)
	for name, s := range c.Services {
		require.Regexp(t, `^[a-z0-9./-]+:(\$\{IMAGE_TAG:-local\}|v?[0-9][A-Za-z0-9.-]+)$`, s.Image, "%s is not pinned", name)
		require.NotContains(t, s.Image, "latest")
		require.Equal(t, "unless-stopped", s.Restart, name)
		for key, value := range s.Environment {
			if secretName.MatchString(key) {
				require.Regexp(t, `^(\$\{[A-Z_]+:(\?|-)\})$`, value, "%s %s", name, key)
			}
		}
		for _, v := range s.Volumes {
			source, target, _ := strings.Cut(v, ":")
			if strings.HasPrefix(source, "./") {
				require.FileExists(t, source)
				require.True(t, strings.HasSuffix(target, ":ro"), v)
				continue
			}
			require.Contains(t, c.Volumes, source, "%s keeps %s in no named volume", name, v)
		}
		for n := range s.Networks {
			require.Contains(t, c.Networks, n)
		}
		for d := range s.DependsOn {
			require.Contains(t, c.Services, d)
		}
	}
	require.NotRegexp(t, `xnd_(production|development)_[A-Za-z0-9]|://[^$@/\s:]*:[^$@/\s]+@`, string(raw))
}

// The image runs what compose and its own health check ask of it.
func TestTheImageIsSmallAndNotRoot(t *testing.T) {
	raw, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	file := string(raw)
	last := file[strings.LastIndex(file, "\nFROM "):]
	require.True(t, strings.HasPrefix(last, "\nFROM scratch\n"))
	for _, want := range []string{"USER 65532:65532", "ca-certificates.crt /etc/ssl/certs/", `CMD ["/lapak", "health"]`, `ENTRYPOINT ["/lapak"]`, `CMD ["serve"]`} {
		require.Contains(t, last, want)
	}
	require.Contains(t, file, "CGO_ENABLED=0")
	require.Regexp(t, `FROM golang:1\.\d+\.\d+-`, file)
	app := readCompose(t).Services["app"]
	require.Equal(t, []string{"CMD", "/lapak", "health"}, app.Healthcheck.Test)
	for _, v := range app.Volumes {
		_, target, _ := strings.Cut(v, ":")
		require.Contains(t, last, "--chown=65532:65532 /out"+target+" "+target, "the program may not write to %s", target)
	}
	// The commands named here exist.
	k, err := kong.New(&commands{})
	require.NoError(t, err)
	for _, command := range []string{"serve", "health"} {
		_, err := k.Parse([]string{command})
		require.NoError(t, err)
	}
	// Zones come with the program, since the image has none.
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	require.Contains(t, string(source), `_ "time/tzdata"`)
}

// The settings of a machine without containers: known names, nothing filled in
// that must be made, and accepted once it is.
func TestTheServiceFitsTheProgram(t *testing.T) {
	raw, err := os.ReadFile("deploy/lapak.env.example")
	require.NoError(t, err)
	known := map[string]config.Setting{}
	for _, s := range config.Table() {
		known[s.Name] = s
	}
	var lines, names []string
	for line := range strings.Lines(string(raw)) {
		name, value, is := strings.Cut(strings.TrimSpace(line), "=")
		if !is || strings.HasPrefix(line, "#") {
			continue
		}
		s, is := known[name]
		require.True(t, is, "%s is no setting", name)
		names = append(names, name)
		switch {
		case name == "LAPAK_BASE_URL":
			value = "https://lapak.kabupaten.go.id"
		case value == "" && s.Serve:
			value = sampleEnv[name]
		case s.Secret && name != "LAPAK_DATABASE_URL":
			require.Empty(t, value, name)
		}
		lines = append(lines, name+"="+value)
	}
	for _, s := range known {
		require.True(t, !s.Serve || slices.Contains(names, s.Name), "%s is missing", s.Name)
	}
	settings, err := config.Read(lines)
	require.NoError(t, err)
	require.NoError(t, settings.CheckServe())

	unit, err := os.ReadFile("deploy/lapak.service")
	require.NoError(t, err)
	for _, want := range []string{
		"\nExecStart=/usr/local/bin/lapak serve\n", "\nUser=lapak\n", "\nEnvironmentFile=/etc/lapak/lapak.env\n", "\nNoNewPrivileges=yes\n",
		"\nProtectSystem=strict\n", "\nStateDirectory=lapak\n", "\nTimeoutStopSec=60\n", "\nRestart=always\n",
	} {
		require.Contains(t, string(unit), want)
	}
	require.True(t, strings.HasPrefix(settings.MediaURL, "file:///var/lib/lapak/"), "the only place it may write to")
	require.Equal(t, "/var/lib/lapak", path.Dir(strings.TrimPrefix(settings.MediaURL, "file://")))
}
