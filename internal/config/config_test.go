package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func env(changes map[string]string) func(string) string {
	good := map[string]string{
		"LAPAK_DATABASE_URL":     "postgres://lapak@db/lapak",
		"LAPAK_BASE_URL":         "https://lapak.example.go.id",
		"LAPAK_MEDIA_URL":        "s3://pictures",
		"LAPAK_SECRET_KEYS":      "0123456789abcdef0123456789abcdef",
		"XENDIT_SECRET_KEY":      "xnd_production_abc",
		"XENDIT_CALLBACK_TOKENS": "t1,t2",
	}
	return func(k string) string {
		if v, ok := changes[k]; ok {
			return v
		}
		return good[k]
	}
}

func TestCheckServe(t *testing.T) {
	s, err := Read(env(nil))
	require.NoError(t, err)
	require.NoError(t, s.CheckServe())
	require.Equal(t, []string{"t1", "t2"}, s.XenditTokens)

	for name, c := range map[string]struct {
		change map[string]string
		names  string
	}{
		"no database":              {map[string]string{"LAPAK_DATABASE_URL": ""}, "LAPAK_DATABASE_URL"},
		"short key":                {map[string]string{"LAPAK_SECRET_KEYS": "short"}, "LAPAK_SECRET_KEYS"},
		"no token":                 {map[string]string{"XENDIT_CALLBACK_TOKENS": ""}, "XENDIT_CALLBACK_TOKENS"},
		"development key public":   {map[string]string{"XENDIT_SECRET_KEY": "xnd_development_a"}, "development key"},
		"development key by http":  {map[string]string{"XENDIT_SECRET_KEY": "xnd_development_a", "LAPAK_BASE_URL": "http://lapak.example.go.id"}, "development key"},
		"production key on a desk": {map[string]string{"LAPAK_BASE_URL": "http://127.0.0.1:8080"}, "production key"},
		"production key elsewhere": {map[string]string{"XENDIT_BASE_URL": "http://127.0.0.1:9000"}, "XENDIT_BASE_URL"},
		"odd key":                  {map[string]string{"XENDIT_SECRET_KEY": "abc"}, "XENDIT_SECRET_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Read(env(c.change))
			require.NoError(t, err)
			require.ErrorContains(t, s.CheckServe(), c.names)
		})
	}

	s, err = Read(env(map[string]string{
		"XENDIT_SECRET_KEY": "xnd_development_a", "LAPAK_BASE_URL": "http://127.0.0.1:8080", "XENDIT_BASE_URL": "http://127.0.0.1:9000/",
	}))
	require.NoError(t, err)
	require.NoError(t, s.CheckServe())
	require.Equal(t, "http://127.0.0.1:9000", s.XenditBaseURL)
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	_, err := Read(env(map[string]string{"LAPAK_BASE_URL": "lapak.example", "LAPAK_TIMEZONE": "Mars", "LAPAK_TRUSTED_PROXIES": "x"}))
	for _, name := range []string{"LAPAK_BASE_URL", "LAPAK_TIMEZONE", "LAPAK_TRUSTED_PROXIES"} {
		require.ErrorContains(t, err, name)
	}
}
