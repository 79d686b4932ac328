package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// A fresh installation knows nobody: no default admin, no default password
// (ASVS 6.3.2). The first admin comes from the command line.
func TestUserCommand_FirstAdminAndNobodyByDefault(t *testing.T) {
	addresses := map[string]func() string{
		database.SQLite:   func() string { return "sqlite:" + t.TempDir() + "/lapak.db" },
		database.Postgres: func() string { return dbtest.PostgresURL(t) },
	}
	for engine, address := range addresses {
		t.Run(engine, func(t *testing.T) {
			ctx := t.Context()
			a, err := open(ctx, config.Settings{DatabaseURL: address(), MediaURL: "file://" + t.TempDir(), SecretKeys: []string{testSecret}}, slog.New(slog.DiscardHandler), choices{})
			require.NoError(t, err)
			t.Cleanup(func() { _ = a.close(ctx) })
			_, err = migrate(ctx, a.db)
			require.NoError(t, err)
			for _, table := range []string{"users", "role_grants", "sessions", "sign_in_codes", "factors"} {
				var n int64
				require.NoError(t, a.db.Read(ctx).Raw("SELECT count(*) FROM "+table).Scan(&n).Error)
				require.Zero(t, n, table)
			}

			var out bytes.Buffer
			add := userAddCommand{Name: "Nadia R.", Phone: "0812-3456-7001", Role: "admin", Province: "35"}
			require.NoError(t, add.add(ctx, a, &out))
			code := sixDigits.FindString(out.String())
			require.NotEmpty(t, code)
			err = add.add(ctx, a, &out)
			require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
			officer := userAddCommand{Name: "Ratna", Phone: "0812-3456-7002", Role: "officer", Province: "35"}
			require.ErrorContains(t, officer.add(ctx, a, &out), "--agency")
			officer.Agency = "Dinas Sosial Uji"
			require.NoError(t, officer.add(ctx, a, &out))
			second := userAddCommand{Name: "Dimas", Phone: "0812-3456-7003", Role: "curator", Province: "35", Agency: "dinas  sosial uji"}
			require.NoError(t, second.add(ctx, a, &out), "the agency that exists")

			// The code works the next morning, once, and leads to the second factor.
			a.db.Clock().Advance(10 * time.Hour)
			userID, err := a.accounts.SignInWithCode(ctx, "0812-3456-7001", code, account.Source{IP: "192.0.2.1"})
			require.NoError(t, err)
			_, err = a.accounts.SignInWithCode(ctx, "0812-3456-7001", code, account.Source{IP: "192.0.2.1"})
			require.Error(t, err)

			require.ErrorContains(t, userResetFactorCommand{Phone: "0812-3456-7001"}.reset(ctx, a, &out), "tidak punya langkah kedua")
			require.NoError(t, a.accounts.SetFactor(ctx, account.System, userID, staffSecret))
			out.Reset()
			require.NoError(t, listUsers(ctx, a, &out))
			require.Regexp(t, `Nadia R\.\s+\+6281234567001\s+admin\s+terpasang\s+active`, out.String())
			require.Regexp(t, `Ratna\s+\+6281234567002\s+officer\s+belum\s+invited`, out.String())
			require.NoError(t, userResetFactorCommand{Phone: "0812-3456-7001"}.reset(ctx, a, &out))
			factor, err := a.accounts.Factor(ctx, userID)
			require.NoError(t, err)
			require.False(t, factor.Active)

			require.NoError(t, userEndRoleCommand{Phone: "0812-3456-7002", Role: "officer"}.end(ctx, a, &out))
			require.Error(t, userEndRoleCommand{Phone: "0812-3456-7002", Role: "officer"}.end(ctx, a, &out))
		})
	}
}

// New staff come by a code, set up the factor, keep the recovery codes and choose
// a password; until the factor stands nothing opens to them. Later a stale proof
// is asked for anew before money moves, and the form comes back.
func TestSecondStep_WholeWayIn(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	ctx := t.Context()
	var out bytes.Buffer
	require.NoError(t, userAddCommand{Name: "Tuti", Phone: "0812-3456-7010", Role: "finance", Province: "35", Agency: "Dinas Uji"}.add(ctx, w.app, &out))
	v := w.visitor(t)
	p := v.signIn("0812-3456-7010", sixDigits.FindString(out.String()))
	require.Equal(t, "/masuk/dua", p.location)
	closed := func(path string) {
		t.Helper()
		p, err := v.get(path)
		require.NoError(t, err)
		require.Equal(t, "/masuk?lanjut="+url.QueryEscape(path), p.location, "half in opens nothing")
	}
	closed("/keuangan")
	closed("/akun/sesi")
	p, err := v.get("/masuk/dua")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, p.status)
	require.Contains(t, p.Find("img.qr").AttrOr("src", ""), "data:image/png;base64,")
	secret := regexp.MustCompile(`\s`).ReplaceAllString(p.Find(".secret").Text(), "")
	require.Len(t, secret, 32)
	code := func(offset int64) string {
		now, err := w.accounts.Now(ctx)
		require.NoError(t, err)
		code, err := account.FactorCode(secret, now.Unix()/30+offset)
		require.NoError(t, err)
		return code
	}
	p, err = v.post("/masuk/dua/pasang", url.Values{"kode": {"12"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusUnprocessableEntity, p.status)
	require.Equal(t, secret, regexp.MustCompile(`\s`).ReplaceAllString(p.Find(".secret").Text(), ""), "the same secret again")
	closed("/keuangan")
	p, err = v.post("/masuk/dua/pasang", url.Values{"kode": {code(0)}})
	require.NoError(t, err)
	require.Equal(t, "/akun/kode-cadangan", p.location)
	p, err = v.get("/akun/kode-cadangan")
	require.NoError(t, err)
	require.Equal(t, 10, p.Find(".recovery code").Length())
	p, err = v.post("/akun/kode-cadangan", nil)
	require.NoError(t, err)
	require.Equal(t, "/akun/sandi", p.location)
	require.Equal(t, http.StatusOK, v.status("/keuangan"))

	// Another browser with the password or a code alone can only prove the factor.
	w.db.Clock().Advance(time.Minute)
	other := w.visitor(t)
	user, err := w.accounts.UserByPhone(ctx, "0812-3456-7010")
	require.NoError(t, err)
	actor, err := w.accounts.Actor(ctx, user.ID)
	require.NoError(t, err)
	require.Equal(t, "/masuk/dua", other.signIn(user.Phone, w.code(t, actor)).location)
	p, err = other.get("/masuk/dua")
	require.NoError(t, err)
	require.Zero(t, p.Find("img.qr").Length())
	w.db.Clock().Advance(11 * time.Minute)
	p, err = other.post("/masuk/dua", url.Values{"kode": {code(0)}})
	require.NoError(t, err)
	require.Equal(t, "/masuk", p.location, "ten minutes are over")

	// Step-up: the last proof is older than ten minutes.
	p, err = v.post("/keuangan/1/setujui", url.Values{"form_key": {"kunci"}, "cocok": {"ya"}})
	require.NoError(t, err)
	require.Equal(t, "/masuk/lagi?lanjut=%2Fmasuk%2Flanjut", p.location)
	require.Equal(t, http.StatusOK, v.status("/masuk/lagi?lanjut=/masuk/lanjut"))
	p, err = v.post("/masuk/lagi", url.Values{"kode": {"000000"}, "lanjut": {"/masuk/lanjut"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusUnprocessableEntity, p.status)
	p, err = v.post("/masuk/lagi", url.Values{"kode": {code(0)}, "lanjut": {"/masuk/lanjut"}})
	require.NoError(t, err)
	require.Equal(t, "/masuk/lanjut", p.location)
	p, err = v.get("/masuk/lanjut")
	require.NoError(t, err)
	require.Equal(t, "/keuangan/1/setujui", p.Find("form.act").First().AttrOr("action", ""))
	require.Equal(t, "kunci", p.Find("form.act input[name=form_key]").AttrOr("value", ""))
	p, err = v.post("/keuangan/1/setujui", url.Values{"form_key": {"kunci"}, "cocok": {"ya"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, p.status, "fresh: it is asked of the desk, where there is no such withdrawal")
}
