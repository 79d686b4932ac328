package signin

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/png"
	"net/url"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// QR draws words as a code to scan: a picture inside the page, because a secret
// has no address of its own.
func QR(words string) (string, error) {
	code, err := qr.Encode(words, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("signin: qr: %w", err)
	}
	const cell = 6
	side := code.Bounds().Dx() * cell
	big, err := barcode.Scale(code, side, side)
	if err != nil {
		return "", fmt.Errorf("signin: qr: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, big); err != nil {
		return "", fmt.Errorf("signin: qr: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func escape(address string) string { return url.QueryEscape(address) }
