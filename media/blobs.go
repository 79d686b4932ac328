package media

import (
	"context"
	"database/sql"
	"fmt"
	"path"
	"strings"

	"gorm.io/gorm"
)

// Blob is one stored file of a picture, as the rows know it.
type Blob struct {
	Name   string
	Bytes  int64
	SHA256 string // of a master; "" for a rendition, whose sum no row keeps
}

// BlobRoot is the folder of all blobs in the bucket.
const BlobRoot = blobRoot

// Blobs calls fn for every file that the rows of the transaction point at:
// each picture's master and its renditions, each once. Backups and imports call
// it inside their snapshot.
func Blobs(ctx context.Context, tx *gorm.DB, fn func(Blob) error) error {
	rows, err := tx.WithContext(ctx).Raw("SELECT key, sha256, bytes FROM pictures ORDER BY id").Rows()
	err = eachBlob(rows, err, func(key, sum string, n int64) error {
		return fn(Blob{Name: masterBlob(key), SHA256: sum, Bytes: n})
	})
	if err != nil {
		return err
	}
	rows, err = tx.WithContext(ctx).Raw("SELECT blob, '', max(bytes) FROM renditions GROUP BY blob ORDER BY min(id)").Rows()
	return eachBlob(rows, err, func(name, _ string, n int64) error { return fn(Blob{Name: name, Bytes: n}) })
}

func eachBlob(rows *sql.Rows, err error, fn func(a, b string, n int64) error) error {
	if err != nil {
		return fmt.Errorf("media: blobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a, b string
		var n int64
		if err := rows.Scan(&a, &b, &n); err != nil {
			return fmt.Errorf("media: blobs: %w", err)
		}
		if err := fn(a, b, n); err != nil {
			return err
		}
	}
	return rows.Err()
}

// BlobType is the content type that follows from a blob's name.
func BlobType(name string) string {
	if t, ok := contentTypes[strings.TrimPrefix(path.Ext(name), ".")]; ok {
		return t
	}
	return "application/octet-stream"
}
