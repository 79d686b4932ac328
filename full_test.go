package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/demo"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
)

const (
	roomy = uint64(1) << 40
	full  = uint64(4096) // no file of the program may grow beyond this: every real write fails
)

// room sets how large a file the child may write, as a full disk or quota does.
func (th *theatre) room(t *testing.T, bytes uint64) {
	t.Helper()
	_, err := th.m.do(deed{Do: "limit", Bytes: bytes})
	require.NoError(t, err)
}

// signedIn is the maker in a browser.
func (th *theatre) signedIn(t *testing.T) *visitor {
	t.Helper()
	user, err := th.accounts.User(t.Context(), th.maker.UserID)
	require.NoError(t, err)
	code, _, err := th.accounts.IssueCode(t.Context(), account.System, user.ID)
	require.NoError(t, err)
	v := th.visitor(t)
	p, err := v.post("/masuk/kode", url.Values{"hp": {user.Phone}, "kode": {code}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.status, p.body)
	return v
}

// photo sends a picture as the page's form does.
func (v *visitor) photo(t *testing.T, path string, form url.Values) page {
	t.Helper()
	raw, err := demo.Art.ReadFile("art/p01-nastar.jpg")
	require.NoError(t, err)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range form {
		require.NoError(t, w.WriteField(name, form.Get(name)))
	}
	file, err := w.CreateFormFile("photo", "foto.jpg")
	require.NoError(t, err)
	_, err = file.Write(raw)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	req, err := http.NewRequest(http.MethodPost, v.base+path, &body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	p, err := v.do(req)
	require.NoError(t, err)
	return p
}

// files lists what lies in the bucket, temporary files too.
func (th *theatre) files(t *testing.T) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(th.pictures, func(path string, d os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}

// The disk of the pictures is full: the maker reads what happened and that nothing
// typed is lost, nothing half stays behind, everybody else notices nothing, and
// with room again the same form is taken.
func TestTheDiskOfThePicturesIsFull(t *testing.T) {
	t.Parallel()
	th := stage(t, dbtest.PostgresURL(t))
	th.populate(t)
	th.simulator(t, "settings", quick)
	th.m.child.FileLimit = roomy
	th.m.start()
	v := th.signedIn(t)
	draft, err := th.catalog.StartDraft(t.Context(), th.maker, th.shop, id.Token())
	require.NoError(t, err)
	address := fmt.Sprintf("/toko-saya/pengajuan/%d/foto", draft.ID)
	form, err := v.get(address)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, form.status, form.body)
	l := th.born(t, 1)
	th.quiet(t)
	// A job draws the pictures of shared links meanwhile.
	const kept = "SELECT count(*) FROM pictures WHERE owner_kind <> 'share'"
	before, rows := th.files(t), th.count(t, kept)

	th.room(t, full)
	p := v.photo(t, address, form.fields("form"))
	require.Equal(t, http.StatusServiceUnavailable, p.status)
	require.Contains(t, p.body, "Foto belum bisa disimpan")
	require.Contains(t, p.body, "</html>")
	require.Equal(t, before, th.files(t), "a part of the picture stayed")
	require.Equal(t, rows, th.count(t, kept))
	l.buy() // a buyer notices nothing

	th.room(t, roomy)
	p = v.photo(t, address, form.fields("form"))
	require.Equal(t, http.StatusSeeOther, p.status, p.body)
	l.pay()
	l.giveBack()
	l.upload()
	l.deliver()
	l.takeOut()
	th.quiet(t)
	require.Equal(t, rows+2, th.count(t, kept))
	th.m.stop()
	th.clean(t)
}

// The disk of the embedded database is full: reading goes on, whoever writes reads
// a friendly page, nothing is half done, and with room again the program goes on
// by itself.
func TestTheDiskOfTheDatabaseIsFull(t *testing.T) {
	t.Parallel()
	th := stage(t, "sqlite:"+filepath.Join(t.TempDir(), "lapak.db"))
	th.populate(t)
	th.simulator(t, "settings", quick)
	th.m.child.FileLimit = roomy
	th.m.start()
	l := th.born(t, 1)
	th.quiet(t)
	l.fill()

	th.room(t, full)
	for range 3 {
		p, err := l.v.post("/checkout", l.form)
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, p.status, p.body)
		require.Contains(t, p.body, "Coba lagi sebentar")
		require.Contains(t, p.body, "</html>")
	}
	require.Zero(t, th.count(t, "SELECT count(*) FROM purchases"))
	require.Zero(t, th.count(t, "SELECT sum(taken) FROM allotments"))
	for _, path := range []string{"/", "/produk", "/keranjang"} {
		p, err := l.v.get(path)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status, "%s: %.300s", path, p.body)
	}

	th.room(t, roomy)
	l.place()
	l.pay()
	l.giveBack()
	l.upload()
	l.deliver()
	l.takeOut()
	th.quiet(t)
	require.Empty(t, th.lies(t, l))
	require.Empty(t, th.m.died())
	require.False(t, strings.Contains(th.m.out.String(), "panic"), "%s", th.m.out)
	th.m.stop()
	th.clean(t)
}
