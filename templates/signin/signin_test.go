package signin_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/templates/signin"
)

// Password managers and codes from messages find their fields by autocomplete;
// the way back to where one came from survives every step.
func TestPages_canBeFilledInByTheDevice(t *testing.T) {
	for want, page := range map[string]templ.Component{
		`autocomplete="username"`:         signin.PhonePage(signin.Phone{Next: "/toko-saya/pesanan"}),
		`autocomplete="current-password"`: signin.PasswordPage(signin.Password{Next: "/toko-saya/pesanan"}),
		`autocomplete="one-time-code"`:    signin.CodePage(signin.Code{Next: "/toko-saya/pesanan"}),
		`autocomplete="one-time-code" `:   signin.SecondPage(signin.Second{Next: "/toko-saya/pesanan"}),
	} {
		var b strings.Builder
		require.NoError(t, page.Render(t.Context(), &b))
		require.Contains(t, b.String(), want)
		require.Contains(t, b.String(), `name="lanjut" value="/toko-saya/pesanan"`)
		require.NotRegexp(t, `\[(ui|signin)\.`, b.String())
		require.Equal(t, 1, strings.Count(b.String(), "<h1"))
	}
}
