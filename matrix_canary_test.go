package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/public/sheet"
	"github.com/lapak-berdaya/lapak/server/web"
)

const buyerEmail = "pembeli@burung.test"

// inPicture is what a camera writes into a photo and nobody may read back.
const inPicture = "Kamera Burung Kenari -7.1234"

// marked is a photo as a camera makes it: with Exif data and a comment.
func marked(photo []byte) []byte {
	segment := func(marker byte, content string) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
	}
	exif := "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x0e\x00\x02\x00\x00\x00" + string(rune(len(inPicture)+1)) +
		"\x00\x00\x00\x1a\x00\x00\x00\x00" + inPicture + "\x00"
	out := append([]byte{}, photo[:2]...)
	out = append(out, segment(0xe1, exif)...)
	out = append(out, segment(0xfe, inPicture)...)
	return append(out, photo[2:]...)
}

// canaries gives everybody an identity number and a mail address of their own.
func (f *town) canaries() {
	for i, name := range f.order {
		p := f.people[name]
		if p.user == 0 {
			continue
		}
		p.nik, p.email = fmt.Sprintf("35190312%02d80%04d", i%12+1, 7301+i), fmt.Sprintf("orang%02d@burung.test", i)
		require.NoError(f.t, f.accounts.SetNIK(f.t.Context(), account.System, p.user, p.nik))
		require.NoError(f.t, database.InTx(f.t.Context(), f.db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE users SET email = ? WHERE id = ?", p.email, p.user).Error
		}))
	}
}

// Whatever a camera or a person put into a photo stays behind: no size of any
// picture, whoever asks, holds Exif data, a comment, or anything private.
func TestPicturesGiveNothingAway(t *testing.T) {
	t.Parallel()
	f := newTown(t, dbtest.SQLiteAddress(t))
	site := f.site(rules(t))
	var keys []string
	require.NoError(t, f.db.Read(t.Context()).Raw("SELECT key FROM pictures").Scan(&keys).Error)
	served := map[string]int{}
	for _, key := range keys {
		for _, path := range addresses(media.Picture{Key: key}) {
			for _, who := range []string{"visitor", "curator", "owner of near", "owner of far"} {
				answer := f.ask(site, who, http.MethodGet, path, nil)
				if answer.status != http.StatusOK {
					continue
				}
				served[who]++
				for _, trace := range []string{"Exif", "EXIF", "XMP ", "http://ns.adobe.com", "Kamera", inPicture, "\xff\xfe"} {
					if trace == "\xff\xfe" && !bytes.HasPrefix([]byte(answer.body), []byte{0xff, 0xd8}) {
						continue
					}
					head := answer.body
					if len(trace) < 5 { // short enough to stand among the pixels by chance
						head = metadata(answer.body)
					}
					require.NotContains(t, head, trace, "%s as %s", path, who)
				}
				require.Empty(t, f.standing("", metadata(answer.body)), "%s as %s", path, who)
			}
		}
	}
	require.NotZero(t, served["visitor"])
	require.Greater(t, served["owner of near"], served["visitor"])
	require.Contains(t, metadata(string(marked([]byte("\xff\xd8\xff\xda\x00\x02")))), "Exif")
	t.Logf("%d pictures, served %v", len(keys), served)
}

// metadata is a picture without its pixels: the segments of a JPEG before the
// scan, the chunks of a WebP but for the image itself.
func metadata(file string) string {
	var out strings.Builder
	switch {
	case strings.HasPrefix(file, "\xff\xd8"):
		for at := 2; at+4 <= len(file) && file[at] == 0xff && file[at+1] != 0xda; {
			end := min(at+2+int(binary.BigEndian.Uint16([]byte(file[at+2:at+4]))), len(file))
			out.WriteString(file[at:end])
			at = end
		}
	case strings.HasPrefix(file, "RIFF"):
		for at := 12; at+8 <= len(file); {
			end := min(at+8+int(binary.LittleEndian.Uint32([]byte(file[at+4:at+8]))), len(file))
			if !strings.HasPrefix(file[at:], "VP8") || file[at:at+4] == "VP8X" {
				out.WriteString(file[at:end])
			} else {
				out.WriteString(file[at : at+4])
			}
			at = end + (end-at)%2
		}
	default:
		return file
	}
	return out.String()
}

// Posters, price cards and codes are files like any other: what stands on them is
// read back, and the code leads to the page it came from and to nothing else.
func TestSheetsGiveNothingAway(t *testing.T) {
	t.Parallel()
	f := newTown(t, dbtest.SQLiteAddress(t))
	site := f.site(rules(t))
	for _, page := range []string{"/produk/" + f.slug("products"), "/toko/" + f.slug("shops")} {
		for _, file := range []string{"/poster.pdf", "/kartu-harga.pdf"} {
			if strings.HasPrefix(page, "/toko/") && file != "/poster.pdf" {
				continue
			}
			answer := f.ask(site, "visitor", http.MethodGet, page+file, nil)
			require.Equal(t, http.StatusOK, answer.status, page+file)
			words := onPaper(t, answer.body)
			require.Contains(t, words, "Lapak Berdaya", "what is printed can be read here")
			require.Contains(t, words, web.WayLink(order.FromPoster, page))
			require.Empty(t, f.standing("", words), page+file)
			require.NotEmpty(t, f.standing("", words+buyerEmail), "it would be found")
		}
		code, err := sheet.QR(f.url + web.WayLink(order.FromPoster, page))
		require.NoError(t, err)
		require.Equal(t, string(code), f.ask(site, "visitor", http.MethodGet, page+"/qr.svg", nil).body)
	}
}

// onPaper is all that a PDF of ours says, its title and other data too: the file
// with its streams opened, and without the upper half of letters of two bytes.
func onPaper(t *testing.T, pdf string) string {
	t.Helper()
	var out strings.Builder
	for rest := pdf; ; {
		head, tail, found := strings.Cut(rest, "\nstream\n")
		out.WriteString(head)
		if !found {
			break
		}
		stream, after, _ := strings.Cut(tail, "\nendstream")
		rest = after
		if open, err := zlib.NewReader(strings.NewReader(stream)); err == nil {
			content, err := io.ReadAll(open)
			require.NoError(t, err)
			if bytes.Contains(content, []byte(" Tj")) { // words, not the font or a picture
				out.Write(content)
			}
		}
	}
	return strings.ReplaceAll(out.String(), "\x00", "")
}
