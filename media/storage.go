package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file:// for one machine
	_ "gocloud.dev/blob/s3blob"   // s3:// for several

	"github.com/lapak-berdaya/lapak/internal/crash"
)

// OpenBucket opens LAPAK_MEDIA_URL: file:///DIR (made when missing) or
// s3://BUCKET?region=…. The caller closes it at the end.
func OpenBucket(ctx context.Context, address string) (*blob.Bucket, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("media: %q is no address", address)
	}
	switch u.Scheme {
	case "file":
		q := u.Query()
		q.Set("create_dir", "true")
		q.Set("no_tmp_dir", "true")    // temporary names beside the final ones, so that the rename is atomic
		q.Set("metadata", "skip")      // the type follows from the name
		q.Set("dir_file_mode", "0700") // pictures are served by the program alone
		u.RawQuery = q.Encode()
	case "s3":
	default:
		return nil, fmt.Errorf("media: %q is neither file:// nor s3://", u.Redacted())
	}
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("media: open %s: %w", u.Redacted(), err)
	}
	return b, nil
}

const blobRoot = "pictures/"

func masterBlob(key string) string { return blobRoot + key + "/master.jpg" }

func renditionBlob(key string, width int, format string) string {
	return fmt.Sprintf("%s%s/%d.%s", blobRoot, key, width, format)
}

// blobKey returns the picture key in a blob's name.
func blobKey(name string) string {
	key, _, _ := strings.Cut(strings.TrimPrefix(name, blobRoot), "/")
	return key
}

// write stores a blob whole or not at all: the driver writes under a temporary
// name and renames. On a file system the bytes are flushed to the disk before
// the rename, so that a row never points at a file that a power cut emptied.
func (s *Service) write(ctx context.Context, name, contentType string, data []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Close it abandons the upload
	var file *os.File
	w, err := s.bucket.NewWriter(ctx, name, &blob.WriterOptions{
		ContentType: contentType,
		BeforeWrite: func(as func(any) bool) error { as(&file); return nil },
	})
	if err != nil {
		return fmt.Errorf("media: write %s: %w", path.Base(name), err)
	}
	_, err = w.Write(data)
	if err == nil && file != nil {
		err = file.Sync()
	}
	crash.Point("media/blob/temporary")
	if err != nil {
		cancel()
		return fmt.Errorf("media: write %s: %w", path.Base(name), errors.Join(err, w.Close()))
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("media: write %s: %w", path.Base(name), err)
	}
	return nil
}

// Sweep deletes blobs older than age that belong to no picture: what a crash
// between blob and row left behind, and temporary files. It returns how many.
// A job calls it every hour with an age of an hour; an upload takes seconds.
func (s *Service) Sweep(ctx context.Context, age time.Duration) (int, error) {
	swept := 0
	err := s.orphans(ctx, age, func(name string) error {
		swept++
		return s.bucket.Delete(ctx, name)
	})
	if err != nil {
		return swept, fmt.Errorf("media: sweep: %w", err)
	}
	return swept, nil
}

// orphans calls found for each blob older than age whose picture has no row,
// and for each temporary file. Blob times are those of the storage, so the
// machine's clock is the one to compare with.
func (s *Service) orphans(ctx context.Context, age time.Duration, found func(name string) error) error {
	before := time.Now().Add(-age)
	batch := map[string][]string{}
	flush := func() error {
		keys := make([]string, 0, len(batch))
		for k := range batch {
			keys = append(keys, k)
		}
		known, err := listPictures(s.db.Read(ctx), "key IN ?", keys)
		if err != nil {
			return err
		}
		for _, p := range known {
			delete(batch, p.Key)
		}
		for _, names := range batch {
			for _, n := range names {
				if err := found(n); err != nil {
					return err
				}
			}
		}
		clear(batch)
		return nil
	}
	list := s.bucket.List(&blob.ListOptions{Prefix: blobRoot})
	for {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch {
		case o.ModTime.After(before):
		case strings.HasSuffix(o.Key, ".tmp"):
			if err := found(o.Key); err != nil {
				return err
			}
		default:
			k := blobKey(o.Key)
			batch[k] = append(batch[k], o.Key)
			if len(batch) >= 200 {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

func (s *Service) warn(ctx context.Context, text string, pictureID int64, err error) {
	slog.WarnContext(ctx, "media: "+text, "picture", pictureID, "error", err)
}
