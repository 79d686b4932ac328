package web_test

import (
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/server/web"
)

// A document that is written as it is read is asked for again by what the page
// cache heard: nothing is written for a program that has it, and all of it is once
// anything public changed.
func TestAStreamIsWrittenOnlyWhenSomethingChanged(t *testing.T) {
	var written atomic.Int64
	s := caching(t, cached("/hangat", ok("")), web.Route{Method: "GET", Path: "/besar.xml", Handler: func(c *web.Ctx) error {
		return c.Stream("application/xml", func(w io.Writer) error {
			written.Add(1)
			_, err := io.WriteString(w, "<a/>")
			return err
		})
	}}, web.Route{Method: "GET", Path: "/putus.xml", Handler: func(c *web.Ctx) error {
		return c.Stream("application/xml", func(io.Writer) error { return errors.New("lost") })
	}})
	res, body := s.do(t, "GET", "/besar.xml", nil)
	require.Equal(t, "<a/>", body)
	tag := res.Header.Get("ETag")
	require.NotEmpty(t, tag)
	require.Equal(t, "public, no-cache", res.Header.Get("Cache-Control"))
	res, body = s.do(t, "GET", "/besar.xml", nil, "If-None-Match", tag)
	require.Equal(t, 304, res.StatusCode)
	require.Empty(t, body)
	require.EqualValues(t, 1, written.Load())

	s.built.PageCache().Invalidate("product:whatever")
	res, body = s.do(t, "GET", "/besar.xml", nil, "If-None-Match", tag)
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "<a/>", body)
	require.NotEqual(t, tag, res.Header.Get("ETag"))
	res, _ = s.do(t, "HEAD", "/besar.xml", nil)
	require.Equal(t, 200, res.StatusCode)
	require.EqualValues(t, 2, written.Load())

	res, _ = s.do(t, "GET", "/putus.xml", nil)
	require.Equal(t, 500, res.StatusCode)
	require.Empty(t, res.Header.Get("ETag"), "a fault is nobody's copy")
}
