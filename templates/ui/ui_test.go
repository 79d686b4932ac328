package ui_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func draw(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, c.Render(t.Context(), &b))
	return b.String()
}

// The content security policy refuses inline code, so a page with some would
// look right in a test of its words and wrong in the browser. The one form with
// buttons to several addresses is the curator's desk, whose addresses at makes.
func TestTemplates_holdNoInlineCode(t *testing.T) {
	forbidden := regexp.MustCompile(`\sstyle=|<style|\son[a-z]+=["{]|<script>|<script type="module">|formaction|srcdoc|<iframe`)
	seen := 0
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") {
			return err
		}
		seen++
		source, err := os.ReadFile("../" + path)
		require.NoError(t, err)
		text := string(source)
		if strings.HasPrefix(path, "curator/") {
			text = strings.ReplaceAll(text, `formaction={ string(at(d, "`, "")
		}
		require.NotRegexp(t, forbidden, text, path)
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, seen, 5)
	require.Regexp(t, forbidden, `<p style="color:red">`, "the pattern must be able to find something")
}

func TestPicture_showsItsColourUntilReady(t *testing.T) {
	p := view.Picture{Key: "abc", Alt: "Nastar", Colour: "#d98b2b", Width: 1600, Height: 1200}
	html := draw(t, ui.Picture(p, "50vw", 640, false))
	require.Contains(t, html, `fill="#d98b2b"`)
	require.NotContains(t, html, "<img")

	p.Ready = true
	html = draw(t, ui.Picture(p, "50vw", 640, false))
	require.Contains(t, html, `/gambar/abc/640.webp 640w"`)
	require.NotContains(t, html, "1280")
	require.Contains(t, html, `width="640" height="480"`)
	require.Contains(t, html, `loading="lazy"`)
	require.NotContains(t, draw(t, ui.Picture(p, "50vw", 640, true)), "lazy")
}

func TestPicture_colourIsOnlyEverAColour(t *testing.T) {
	html := draw(t, ui.Picture(view.Picture{Colour: "url(https://elsewhere.example/x)"}, "", 320, false))
	require.NotContains(t, html, "elsewhere")
}

func TestProductCard_wordsOfSellersStayWords(t *testing.T) {
	html := draw(t, ui.ProductCard(view.ProductCard{
		Title: `<script>alert(1)</script>`, URL: `javascript:alert(1)`, Shop: `" onmouseover="x`, Price: 39000, Unit: "stoples",
	}, false))
	require.NotContains(t, html, "<script>")
	require.NotContains(t, html, "javascript:")
	require.NotContains(t, html, `" onmouseover="x`)
	require.Contains(t, html, "Rp39.000")
	require.Contains(t, html, "/ stoples")
}

func TestInput_tellsItsFaultToThoseWhoListen(t *testing.T) {
	html := draw(t, ui.Input(view.Field{Name: "harga", Label: "Harga", Hint: "Angka saja", Error: "Tulis harganya", Value: "tiga", Prefix: "Rp"}))
	require.Contains(t, html, `for="f-harga"`)
	require.Contains(t, html, `aria-describedby="f-harga-hint f-harga-error"`)
	require.Contains(t, html, `id="f-harga-hint"`)
	require.Contains(t, html, `id="f-harga-error"`)
	require.Contains(t, html, `aria-invalid="true"`)
	require.Contains(t, html, `value="tiga"`, "what was typed is kept")
	require.Contains(t, html, "required")

	html = draw(t, ui.Input(view.Field{Name: "harga", Label: "Harga", Optional: true}))
	require.NotContains(t, html, "required")
	require.NotContains(t, html, "aria-")
}

func TestErrorSummary_leadsToTheFields(t *testing.T) {
	require.Empty(t, draw(t, ui.ErrorSummary(nil)))
	html := draw(t, ui.ErrorSummary(view.Errors{{Field: "nama", Message: "Tulis nama"}, {Message: "Umum"}}))
	require.Contains(t, html, `href="#f-nama"`)
	require.Contains(t, html, "autofocus")
	require.Contains(t, html, "<li>Umum</li>")
}

func TestChoiceField_summaryReachesTheFirstRadio(t *testing.T) {
	html := draw(t, ui.ChoiceField(view.Choices{Name: "kirim_1", Legend: "Toko", Error: "Pilih", Options: []view.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B", Selected: true}}}))
	require.Equal(t, 1, strings.Count(html, `id="f-kirim_1"`))
	require.Equal(t, 1, strings.Count(html, " checked"))
}

func TestSelectField_keepsGroupsTogether(t *testing.T) {
	html := draw(t, ui.SelectField(view.Select{Name: "wilayah", Label: "Daerah", Options: []view.Option{
		{Group: "Jawa Timur", Value: "1", Label: "Kota Malang"}, {Group: "Banten", Value: "2", Label: "Kabupaten Lebak"}, {Group: "Jawa Timur", Value: "3", Label: "Kabupaten Madiun", Selected: true},
	}}))
	require.Equal(t, 2, strings.Count(html, "<optgroup"))
	require.Less(t, strings.Index(html, "Kabupaten Madiun"), strings.Index(html, "Banten"))
}

func TestShells_haveASkipLinkAndOneMain(t *testing.T) {
	private := view.Private{Area: "Toko saya", Nav: ui.MakerNav("pesanan", 3), SignOut: "/keluar", Help: view.Help{Name: "Pak Hendro", WhatsApp: "https://wa.me/62812"}}
	for name, shell := range map[string]templ.Component{
		"public": ui.PublicPage(view.Public{Title: "X"}), "maker": ui.MakerPage(private), "staff": ui.StaffPage(private),
	} {
		html := draw(t, shell)
		require.Equal(t, 1, strings.Count(html, "<main "), name)
		require.Contains(t, html, `href="#isi"`, name)
		require.Contains(t, html, `<html lang="id">`, name)
		require.NotContains(t, html, "[ui.", name)
	}
	require.Contains(t, draw(t, ui.MakerPage(private)), `aria-current`)
	require.Contains(t, draw(t, ui.MakerPage(private)), "https://wa.me/62812")
	require.NotContains(t, draw(t, ui.PublicPage(view.Public{})), "Keluar", "public pages are the same for everyone")
}

func TestWords(t *testing.T) {
	require.Equal(t, "Tiga puluh sembilan ribu rupiah", ui.Words(t.Context(), 39000))
}
