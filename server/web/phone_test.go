package web_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/server/web"
)

func TestPhoneIsReadAloud(t *testing.T) {
	t.Parallel()
	for e164, want := range map[string]string{
		"+6281234567890": "0812-3456-7890", "+628123456789": "0812-3456-789", "+62812345678901": "0812-3456-78901",
		"+6591234567": "+6591234567", "": "",
	} {
		require.Equal(t, want, web.Phone(e164))
	}
}
