package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/media"
)

// Format is the version of the file's form that this program writes. It reads this
// one and older ones.
const Format = 1

// Manifest is the first member of a file: what it holds.
type Manifest struct {
	Format       int               `json:"format"`
	Program      string            `json:"program"` // version that wrote it
	Schema       int64             `json:"schema"`
	Dialect      string            `json:"dialect"` // of the database it came from; it fits both
	TakenAt      time.Time         `json:"taken_at"`
	Tables       []Table           `json:"tables"`
	Jobs         int64             `json:"jobs"`
	PictureFiles int64             `json:"picture_files"`
	PictureBytes int64             `json:"picture_bytes"`
	Keys         []string          `json:"keys"` // names of LAPAK_SECRET_KEYS at the time, the signing one first
	LeftOut      map[string]string `json:"left_out"`
}

// Rows is the number of all rows.
func (m Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// trailer is the last member: without it the file is cut off.
type trailer struct {
	Tables   []TableSum `json:"tables"`
	Jobs     int64      `json:"jobs"`
	Pictures int64      `json:"pictures"`
	Bytes    int64      `json:"bytes"`
	Problems []string   `json:"problems"`
	SealedBy []string   `json:"sealed_by"` // names of the keys without which some values cannot be read
	Content  string     `json:"content"`   // SHA-256 of every member before this one
}

const (
	manifestName = "manifest.json"
	trailerName  = "sums.json"
	rowsFolder   = "tables/"
	jobsFolder   = "jobs/"
	sumRecord    = "LAPAK.sha256" // PAX record of a picture

	chunkSize = 1 << 20
	maxLines  = 64 << 20 // no member of lines is larger: one row may be large, a file is not trusted
	maxBlob   = 64 << 20 // no picture is larger
	window    = 4 << 20
	ageMagic  = "age-encryption.org/v1"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// packer writes the members of a file.
type packer struct {
	tar   *tar.Writer
	zstd  *zstd.Encoder
	age   io.WriteCloser
	sum   hash.Hash
	lines bytes.Buffer
	part  int
}

func newPacker(out io.Writer, recipients []age.Recipient) (*packer, error) {
	p := &packer{sum: sha256.New()}
	if len(recipients) > 0 {
		w, err := age.Encrypt(out, recipients...)
		if err != nil {
			return nil, fmt.Errorf("backup: encrypt: %w", err)
		}
		p.age, out = w, w
	}
	z, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window))
	if err != nil {
		return nil, fmt.Errorf("backup: compress: %w", err)
	}
	p.zstd, p.tar = z, tar.NewWriter(z)
	return p, nil
}

func (p *packer) member(name string, data []byte, records map[string]string) error {
	err := p.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), Format: tar.FormatPAX, PAXRecords: records})
	if err == nil {
		_, err = p.tar.Write(data)
	}
	if err != nil {
		return fmt.Errorf("backup: write %s: %w", name, err)
	}
	hashMember(p.sum, name, data)
	return nil
}

func hashMember(h hash.Hash, name string, data []byte) {
	_, _ = fmt.Fprintf(h, "%s\n%d\n", name, len(data)) // a hash never fails
	_, _ = h.Write(data)
}

func (p *packer) json(name string, value any) error {
	raw, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return p.member(name, raw, nil)
}

// line adds a line to the members of a folder; flush writes the last part.
func (p *packer) line(folder string, line []byte) error {
	p.lines.Write(line)
	if p.lines.Len() < chunkSize {
		return nil
	}
	return p.writePart(folder)
}

func (p *packer) writePart(folder string) error {
	p.part++
	err := p.member(fmt.Sprintf("%s/%06d.jsonl", folder, p.part), p.lines.Bytes(), nil)
	p.lines.Reset()
	return err
}

func (p *packer) flush(folder string) error {
	if p.lines.Len() > 0 {
		if err := p.writePart(folder); err != nil {
			return err
		}
	}
	p.part = 0
	return nil
}

func (p *packer) picture(name string, data []byte) error {
	sum := sha256.Sum256(data)
	return p.member(name, data, map[string]string{sumRecord: hex.EncodeToString(sum[:])})
}

// close writes the trailer and ends the file.
func (p *packer) close(t trailer) error {
	t.Content = hex.EncodeToString(p.sum.Sum(nil))
	if err := p.json(trailerName, t); err != nil {
		return err
	}
	err := errors.Join(p.tar.Close(), p.zstd.Close())
	if p.age != nil {
		err = errors.Join(err, p.age.Close())
	}
	if err != nil {
		return fmt.Errorf("backup: end the file: %w", err)
	}
	return nil
}

// abandon lets go of a file that will not be finished.
func (p *packer) abandon() { _ = p.zstd.Close() }

// visitor is told what a file holds, in its order. Fields may be nil.
type visitor struct {
	manifest func(Manifest) error
	table    func(Table) error // before its first row, also when it has none
	row      func(t Table, row []any) error
	job      func(jobs.Portable) error
	picture  func(name string, data []byte) error
	progress func(raw int64) // bytes of the file read so far
}

// walk reads a whole file, checks every sum in it, and returns what it holds. It
// trusts nothing: sizes are limited, names are those that Write makes. What a
// visitor did before walk returned an error must be undone.
func walk(ctx context.Context, in io.Reader, identities []age.Identity, v visitor) (Summary, trailer, error) {
	w := &walker{ctx: ctx, v: v, sum: sha256.New(), table: -1}
	counted := &counter{r: in, each: v.progress}
	err := w.file(counted, identities)
	w.found.Stored = counted.n
	switch {
	case err == nil, errors.Is(err, ctx.Err()):
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, tar.ErrHeader):
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return w.found, w.end, err
}

type counter struct {
	r    io.Reader
	n    int64
	each func(int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.each != nil {
		c.each(c.n)
	}
	return n, err
}

type walker struct {
	ctx   context.Context
	v     visitor
	sum   hash.Hash
	found Summary
	end   trailer
	ended bool
	table int // index in the manifest of the table whose rows come
	tally *tally
	line  []byte
}

func (w *walker) file(in io.Reader, identities []age.Identity) error {
	plain, err := decrypted(in, identities)
	if err != nil {
		return err
	}
	z, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20), zstd.WithDecoderMaxWindow(2*window))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer z.Close()
	for t := tar.NewReader(z); ; {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if w.ended || h.Typeflag != tar.TypeReg || h.Size > max(maxLines, maxBlob) {
			return fmt.Errorf("%w: the member %q", ErrDamaged, h.Name)
		}
		data := make([]byte, h.Size)
		if _, err := io.ReadFull(t, data); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, h.Name, err)
		}
		if err := w.member(h, data); err != nil {
			return err
		}
	}
	if !w.ended {
		return fmt.Errorf("%w: it has no end", ErrDamaged)
	}
	if n, err := io.Copy(io.Discard, z); n > 0 || err != nil {
		return fmt.Errorf("%w: after its end", ErrDamaged)
	}
	if n, err := io.Copy(io.Discard, plain); n > 0 || err != nil {
		return fmt.Errorf("%w: after its end", ErrDamaged)
	}
	return nil
}

// decrypted returns the compressed bytes of a file, encrypted or not.
func decrypted(in io.Reader, identities []age.Identity) (io.Reader, error) {
	b := bufio.NewReaderSize(in, 256<<10)
	start, _ := b.Peek(len(ageMagic))
	switch {
	case string(start) == ageMagic:
		if len(identities) == 0 {
			return nil, ErrIdentity
		}
		plain, err := age.Decrypt(b, identities...)
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, ErrIdentity
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return plain, nil
	case strings.HasPrefix(string(start), zstdMagic):
		return b, nil
	case len(start) == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrDamaged)
	}
	return nil, ErrNoBackup
}

func (w *walker) member(h *tar.Header, data []byte) error {
	folder, _, _ := strings.Cut(h.Name, "/")
	switch {
	case w.found.Manifest.Format == 0:
		if h.Name != manifestName {
			return ErrNoBackup
		}
		if err := w.manifest(data); err != nil {
			return err
		}
	case h.Name == trailerName:
		return w.trailer(data)
	case folder+"/" == rowsFolder:
		if err := w.rows(h.Name, data); err != nil {
			return err
		}
	case folder+"/" == jobsFolder:
		if err := w.jobs(data); err != nil {
			return err
		}
	case strings.HasPrefix(h.Name, media.BlobRoot) && path.Clean(h.Name) == h.Name:
		if err := w.picture(h, data); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%w: an unknown member %q", ErrDamaged, h.Name)
	}
	hashMember(w.sum, h.Name, data)
	return nil
}

func (w *walker) manifest(data []byte) error {
	m := &w.found.Manifest
	var only struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &only); err != nil || only.Format < 1 {
		return ErrNoBackup
	}
	if only.Format > Format {
		return fmt.Errorf("%w (format %d, program %d)", ErrFormat, only.Format, Format)
	}
	if err := json.Unmarshal(data, m); err != nil {
		return fmt.Errorf("%w: its manifest: %w", ErrDamaged, err)
	}
	if w.v.manifest != nil {
		return w.v.manifest(*m)
	}
	return nil
}

// until finishes the tables before the one at an index, and begins that one.
func (w *walker) until(at int) error {
	for w.table < at {
		if w.tally != nil {
			w.found.Tables = append(w.found.Tables, w.tally.sum())
			w.tally = nil
		}
		w.table++
		if w.table == len(w.found.Manifest.Tables) {
			return nil
		}
		t := w.found.Manifest.Tables[w.table]
		w.tally = newTally(t)
		if w.v.table != nil {
			if err := w.v.table(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walker) rows(name string, data []byte) error {
	table := path.Base(path.Dir(name))
	tables := w.found.Manifest.Tables
	at := slices.IndexFunc(tables, func(t Table) bool { return t.Name == table })
	if at < 0 || at < w.table {
		return fmt.Errorf("%w: rows of %q out of order", ErrDamaged, table)
	}
	if err := w.until(at); err != nil {
		return err
	}
	return lines(data, func(line []byte) error {
		row, err := readRow(line, tables[at].Columns)
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
		w.tally.add(row, append(append(w.line[:0], line...), '\n'))
		if w.v.row != nil {
			return w.v.row(tables[at], row)
		}
		return nil
	})
}

func lines(data []byte, fn func(line []byte) error) error {
	for len(data) > 0 {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return fmt.Errorf("%w: a line has no end", ErrDamaged)
		}
		if err := fn(line); err != nil {
			return err
		}
		data = rest
	}
	return nil
}

func (w *walker) jobs(data []byte) error {
	if err := w.until(len(w.found.Manifest.Tables)); err != nil {
		return err
	}
	return lines(data, func(line []byte) error {
		var j jobs.Portable
		if err := json.Unmarshal(line, &j); err != nil {
			return fmt.Errorf("%w: a job: %w", ErrDamaged, err)
		}
		w.found.Jobs++
		if w.v.job != nil {
			return w.v.job(j)
		}
		return nil
	})
}

func (w *walker) picture(h *tar.Header, data []byte) error {
	if err := w.until(len(w.found.Manifest.Tables)); err != nil {
		return err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != h.PAXRecords[sumRecord] {
		return fmt.Errorf("%w: %s", ErrDamaged, h.Name)
	}
	w.found.Pictures++
	w.found.Bytes += int64(len(data))
	if w.v.picture != nil {
		return w.v.picture(h.Name, data)
	}
	return nil
}

func (w *walker) trailer(data []byte) error {
	if err := w.until(len(w.found.Manifest.Tables)); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &w.end); err != nil {
		return fmt.Errorf("%w: its sums: %w", ErrDamaged, err)
	}
	w.ended = true
	w.found.Problems = w.end.Problems
	if w.end.Content != hex.EncodeToString(w.sum.Sum(nil)) || w.end.Jobs != w.found.Jobs ||
		w.end.Pictures != w.found.Pictures || w.end.Bytes != w.found.Bytes {
		return fmt.Errorf("%w: its sums do not agree", ErrDamaged)
	}
	if err := compare(w.end.Tables, w.found.Tables); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
