package document_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/document/papertest"
)

func paper() document.Paper {
	return document.Paper{
		Title: "Kuitansi", Number: "LB-7K3M9Q", Brand: "Lapak Berdaya", Page: "Halaman", State: "Sudah dibayar",
		Issuer: document.Issuer{Name: "Pengelola Contoh", Address: "Jalan Contoh 1, Kota Madiun", Contact: "0812-0000-0099 · halo@contoh.id"},
		Code:   "LB-7K3M9Q 123456", CodeWords: "123456", CodeLabel: "Kode ambil. Tunjukkan hanya saat mengambil barang.",
		Facts: []document.Fact{{"Pembeli", strings.Repeat("Ibu Sari 🎉 ", 30)}, {"Kosong", ""}, {"Hanya gambar", "🎉"}, {"Toko", "KUBE"}},
		Head:  document.Line{Title: "Barang", Quantity: "Banyaknya", Price: "Harga", Amount: "Jumlah"},
		Sums:  []document.Sum{{"Barang", "Rp1", false}, {"Jumlah", "Rp2", true}}, Words: "dua rupiah", Notes: []string{strings.Repeat("panjang", 60), "", "🎉"}, Boxed: "Perlu meterai.",
	}
}

func pages(pdf []byte) int { return bytes.Count(pdf, []byte("/Type /Page\n")) }

func TestAPaperIsDrawnFromAnyWords(t *testing.T) {
	p := paper()
	for _, size := range []document.Size{document.A4, document.A6} {
		p.Size, p.Tick, p.To = size, size == document.A6, []string{strings.Repeat("Nyonya ", 40), "0812-0000-0077", "Jalan Contoh 7 🎉"}
		if p.Tick {
			p.Head.Price, p.Head.Amount = "", "" // a slip has none
		}
		drawn := func(lines int) []byte {
			t.Helper()
			p.Lines = []document.Line{{Title: "Toko pertama"}}
			for i := range lines {
				p.Lines = append(p.Lines, document.Line{Title: fmt.Sprint(i, strings.Repeat(" Nastar keju istimewa", 5)), Note: "toples 500 g", Quantity: "3"})
			}
			data, err := document.Draw(p)
			require.NoError(t, err)
			require.True(t, bytes.HasPrefix(data, []byte("%PDF-")))
			if dir := os.Getenv("LAPAK_SHOW_PAPERS"); dir != "" { // for looking at
				require.NoError(t, os.WriteFile(fmt.Sprintf("%s/paper-%v-%d.pdf", dir, p.Tick, lines), data, 0o600))
			}
			return data
		}
		if size == document.A4 {
			require.Equal(t, 1, pages(drawn(2)))
		}
		long := drawn(60)
		require.Greater(t, pages(long), 2, "sixty lines go on over pages")
		require.Less(t, pages(long), 30)
		require.Less(t, len(long), 120<<10)
	}
	_, err := document.Draw(document.Paper{})
	require.NoError(t, err)
	p.Code = strings.Repeat("x", 5_000)
	_, err = document.Draw(p)
	require.Error(t, err, "more than a code holds")
}

// However many lines there are, the sums stand on one page, with the last line.
func TestSumsStayTogether(t *testing.T) {
	p := paper()
	p.Facts, p.Code, p.Notes, p.Boxed = p.Facts[3:], "", nil, ""
	turned := 0
	for lines := 10; lines < 34; lines++ {
		p.Lines = nil
		for i := range lines {
			p.Lines = append(p.Lines, document.Line{Title: fmt.Sprintf("Barang ke-%d.", i+1), Quantity: "1", Price: "Rp1", Amount: "Rp1"})
		}
		data, err := document.Draw(p)
		require.NoError(t, err)
		said, err := papertest.Pages(data)
		require.NoError(t, err)
		require.Len(t, said, pages(data))
		last := strings.Join(said[len(said)-1], "\n")
		for _, words := range []string{fmt.Sprintf("Barang ke-%d.", lines), "Rp2", "dua rupiah"} {
			require.Contains(t, last, words, "%d lines", lines)
		}
		for i, page := range said {
			require.Contains(t, strings.Join(page, "\n"), fmt.Sprintf("Halaman %d / %d", i+1, len(said)))
			require.Contains(t, strings.Join(page, "\n"), "Banyaknya", "the head of the table stands on every page")
		}
		turned = max(turned, len(said))
	}
	require.Equal(t, 2, turned)
}

// The code on the paper is read by another's reader, as printed in black on white.
func TestTheCodeCanBeScanned(t *testing.T) {
	for _, words := range []string{"LB-7K3M9Q 123456", "https://lapak.example/toko-saya/pesanan/123456789"} {
		code, err := document.Code(words)
		require.NoError(t, err)
		quiet := 24 // the white of the paper around it
		side := code.Bounds().Dx() + 2*quiet
		page := image.NewGray(image.Rect(0, 0, side, side))
		draw.Draw(page, page.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(page, code.Bounds().Add(image.Pt(quiet, quiet)), code, code.Bounds().Min, draw.Src)
		bitmap, err := gozxing.NewBinaryBitmapFromImage(page)
		require.NoError(t, err)
		read, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		require.NoError(t, err)
		require.Equal(t, words, read.GetText())
	}
}
