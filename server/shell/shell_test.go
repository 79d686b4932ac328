package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/static"
	"github.com/lapak-berdaya/lapak/templates/ui"
)

func TestMain(m *testing.M) {
	ui.UseAssets(static.URL)
	m.Run()
}

func TestManifest_namesPicturesOfTheSizeItSays(t *testing.T) {
	var m struct {
		StartURL string `json:"start_url"`
		Scope    string `json:"scope"`
		Icons    []icon `json:"icons"`
	}
	require.NoError(t, json.Unmarshal(manifest(), &m))
	require.Equal(t, "/toko-saya", m.StartURL)
	require.Equal(t, "/", m.Scope)
	purposes := map[string]bool{}
	for _, i := range m.Icons {
		name := regexp.MustCompile(`^/static/(img/app-(\d+))\.[0-9a-f]{12}\.png$`).FindStringSubmatch(i.Source)
		require.NotNil(t, name, i.Source)
		picture, err := png.DecodeConfig(bytes.NewReader(static.Body(name[1] + ".png")))
		require.NoError(t, err)
		require.Equal(t, i.Sizes, name[2]+"x"+name[2])
		require.Equal(t, picture.Width, picture.Height)
		require.Equal(t, name[2], i.Sizes[:len(name[2])])
		purposes[i.Purpose+i.Sizes] = true
	}
	require.Len(t, purposes, 4, "192 and 512, as they are and to be cut")
}

// The worker keeps lasting files and the page without a signal: a list that holds
// anything else would keep a page of somebody.
func TestWorker_keepsOnlyLastingFilesAndTheOfflinePage(t *testing.T) {
	first, rest, _ := strings.Cut(string(worker()), ";\n")
	var kept []string
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(first, "const SHELL = ")), &kept))
	require.Contains(t, kept, offlinePath)
	for _, address := range kept {
		if address != offlinePath {
			require.Regexp(t, `^/static/.+\.[0-9a-f]{12}\.(css|js|svg)$`, address)
		}
	}
	require.Regexp(t, `^const VERSION = "[0-9a-f]{12}";`, rest)
	require.Contains(t, rest, "const offline = '"+offlinePath+"'")
	require.NotContains(t, rest, "cache.put", "what is fetched is never kept")

	// Every file the page without a signal loads is kept, or it would be bare.
	var page bytes.Buffer
	require.NoError(t, offline().Render(context.Background(), &page))
	needs := regexp.MustCompile(`(?:<link rel="stylesheet" href|<script type="module" src|<img src)="([^"]+)"`).FindAllStringSubmatch(page.String(), -1)
	require.NotEmpty(t, needs)
	for _, need := range needs {
		require.Contains(t, kept, need[1])
	}
}
