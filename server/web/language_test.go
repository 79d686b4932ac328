package web_test

import (
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
)

func TestAnEnglishPageIsTheSameRouteUnderEn(t *testing.T) {
	var draws atomic.Int64
	says := func(c *web.Ctx) error {
		draws.Add(1)
		v := c.PublicView("", "", "/produk/"+c.Param("slug"))
		return c.Page(200, page(fmt.Sprint(c.Lang(), "|", c.T("fault.not_found"), "|", v.Canonical, "|", v.Other, "|", v.Alternates)))
	}
	routes := web.Bilingual([]web.Route{
		cached("/hangat", ok("")),
		cached("/produk/:slug", says, "urut"),
		{Method: "POST", Path: "/keranjang", Handler: func(c *web.Ctx) error { return c.SeeOther("/keranjang") }},
		{Method: "GET", Path: "/gagal", Handler: func(*web.Ctx) error { return fault.NotFound("nothing") }},
	})
	routes = append(routes, web.Route{Method: "GET", Path: "/masuk", Handler: ok("masuk")})
	s := caching(t, routes...)

	_, id := s.do(t, "GET", "/produk/nastar?urut=murah&utm=x", nil, "Accept-Language", "en")
	require.Equal(t, "id|"+text.T("fault.not_found")+"|http://lapak.test/produk/nastar|/en/produk/nastar?urut=murah|"+
		"[{id http://lapak.test/produk/nastar} {en http://lapak.test/en/produk/nastar} {x-default http://lapak.test/produk/nastar}]", id)
	_, en := s.do(t, "GET", "/en/produk/nastar?urut=murah", nil, "Accept-Language", "id")
	require.Equal(t, "en|"+text.L(text.WithLang(t.Context(), text.English), "fault.not_found")+"|http://lapak.test/en/produk/nastar|/produk/nastar?urut=murah|"+
		"[{id http://lapak.test/produk/nastar} {en http://lapak.test/en/produk/nastar} {x-default http://lapak.test/produk/nastar}]", en)
	for range 2 {
		_, again := s.do(t, "GET", "/en/produk/nastar?urut=murah", nil)
		require.Equal(t, en, again)
	}
	require.EqualValues(t, 2, draws.Load(), "each language is kept, and apart")

	res, _ := s.do(t, "POST", "/en/keranjang", url.Values{})
	require.Equal(t, "/en/keranjang", res.Header.Get("Location"))
	res, _ = s.do(t, "POST", "/keranjang", url.Values{})
	require.Equal(t, "/keranjang", res.Header.Get("Location"))
	res, _ = s.do(t, "GET", "/en", nil)
	require.Equal(t, "/en/", res.Header.Get("Location"))

	for path, lang := range map[string]text.Lang{"/gagal": text.Indonesian, "/en/gagal": text.English, "/tak-ada": text.Indonesian, "/en/tak-ada": text.English, "/en/masuk": text.English} {
		res, body := s.do(t, "GET", path, nil)
		require.Equal(t, 404, res.StatusCode, path)
		require.Contains(t, body, text.L(text.WithLang(t.Context(), lang), "fault.not_found"), path)
	}
}

// Only what visitors see has an English address: no signed-in page, no machine's.
func TestOnlyVisitorsPagesAreBilingual(t *testing.T) {
	check := func(k web.Kind, s web.Scope) error {
		routes := web.Bilingual([]web.Route{{Method: "GET", Path: "/a", Handler: ok("")}})
		_, err := web.Check(routes, web.Rules{}.With("GET /a", k, s), web.Owners{})
		return err
	}
	require.NoError(t, check(web.KindVisitor, web.All))
	require.NoError(t, check(web.KindVisitor, web.Own))
	for kind, scope := range map[web.Kind]web.Scope{web.KindPerson: web.All, web.KindMaker: web.Own, web.KindProgram: web.All, web.KindAdmin: web.All} {
		require.ErrorContains(t, check(kind, scope), "only what visitors see", kind)
	}
}
