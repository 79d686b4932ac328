package backup

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"

	"github.com/klauspost/compress/zstd"
)

// What the tests hold against the schema.
var (
	Seeded  = seeded
	LeftOut = leftOut
)

// Rewrite writes an unencrypted file again with another manifest, and sums that
// agree: what a program of another version would write.
func Rewrite(file []byte, change func(*Manifest)) ([]byte, error) {
	z, err := zstd.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out bytes.Buffer
	p, err := newPacker(&out, nil)
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		switch h.Name {
		case manifestName:
			var m Manifest
			if err := json.Unmarshal(data, &m); err != nil {
				return nil, err
			}
			change(&m)
			err = p.json(h.Name, m)
		case trailerName:
			var end trailer
			if err := json.Unmarshal(data, &end); err != nil {
				return nil, err
			}
			err := p.close(end)
			return out.Bytes(), err
		default:
			err = p.member(h.Name, data, h.PAXRecords)
		}
		if err != nil {
			return nil, err
		}
	}
}
