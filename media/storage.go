package media

import (
	"bytes"
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

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	gcaws "gocloud.dev/aws"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file:// for one machine
	"gocloud.dev/blob/s3blob"     // s3:// for several

	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// Credentials open an object store. Empty ones leave it to the AWS library: its
// environment variables, files, the machine's role.
type Credentials struct{ Key, Secret string }

// OpenBucket opens LAPAK_MEDIA_URL: file:///DIR (made when missing) or
// s3://BUCKET?region=…, with &endpoint=http://HOST:PORT&use_path_style=true for
// a store of one's own, opened with the credentials when given. The caller closes
// it at the end.
func OpenBucket(ctx context.Context, address string, with ...Credentials) (*blob.Bucket, error) {
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
		if len(with) > 0 && with[0].Key != "" {
			return openS3(ctx, u, with[0])
		}
	default:
		return nil, fmt.Errorf("media: %q is neither file:// nor s3://", u.Redacted())
	}
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("media: open %s: %w", u.Redacted(), err)
	}
	return b, nil
}

// openS3 opens a bucket with a key of its own.
func openS3(ctx context.Context, u *url.URL, c Credentials) (*blob.Bucket, error) {
	q := u.Query()
	style := q.Get("use_path_style") == "true"
	q.Del("use_path_style")
	cfg, err := gcaws.V2ConfigFromURLParams(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("media: open %s: %w", u.Redacted(), err)
	}
	cfg.Credentials = credentials.NewStaticCredentialsProvider(c.Key, c.Secret, "")
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = style })
	b, err := s3blob.OpenBucket(ctx, client, u.Host, &s3blob.Options{RequestChecksumCalculation: cfg.RequestChecksumCalculation})
	if err != nil {
		return nil, fmt.Errorf("media: open %s: %w", u.Redacted(), err)
	}
	return b, nil
}

// CheckBucket writes, reads and deletes one small blob, beside the pictures.
func CheckBucket(ctx context.Context, b *blob.Bucket) error {
	name, data := "check/"+id.Token(), []byte("lapak")
	if err := b.WriteAll(ctx, name, data, nil); err != nil {
		return fmt.Errorf("media: write: %w", err)
	}
	got, err := b.ReadAll(ctx, name)
	if err == nil && !bytes.Equal(got, data) {
		err = errors.New("it reads back differently")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("media: read: %w", err), b.Delete(ctx, name))
	}
	if err := b.Delete(ctx, name); err != nil {
		return fmt.Errorf("media: delete: %w", err)
	}
	return nil
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
	err := PutBlob(ctx, s.bucket, name, contentType, data)
	if err != nil && ctx.Err() == nil {
		s.failed()
	}
	return err
}

// PutBlob is how every blob is written; beside this package only a restore calls
// it. See write.
func PutBlob(ctx context.Context, bucket *blob.Bucket, name, contentType string, data []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Close it abandons the upload
	var file *os.File
	w, err := bucket.NewWriter(ctx, name, &blob.WriterOptions{
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

func (s *Service) failed() {
	if s.hooks.Failed != nil {
		s.hooks.Failed()
	}
}

func (s *Service) warn(ctx context.Context, text string, pictureID int64, err error) {
	s.failed()
	slog.WarnContext(ctx, "media: "+text, "picture", pictureID, "error", err)
}
