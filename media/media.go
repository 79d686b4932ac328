// Package media owns pictures: it takes an uploaded file, keeps a clean master
// of it, makes the sizes that pages show, and gives them only to those who may
// see them.
//
// What a phone wrote into the file (place, time, device) is never stored: every
// stored byte was encoded by us. No file or image work happens inside a
// transaction.
//
// Tables: pictures, renditions. Blobs: pictures/KEY/master.jpg and
// pictures/KEY/WIDTH.FORMAT. It may import account and internal packages.
package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gocloud.dev/blob"
	"golang.org/x/sync/semaphore"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Visibility says who may see a picture.
type Visibility string

// The visibilities. A private picture is for those whom Hooks.Access lets in; a
// person picture is for everybody while Hooks.Shown says that the person on it
// still allows it; a public picture is for everybody, and browsers may keep it
// for ever.
const (
	Private Visibility = "private"
	Person  Visibility = "person"
	Public  Visibility = "public"
)

// State is how far a picture has come.
type State string

// The states: the master is stored; every rendition is ready; the master cannot
// be read back (the audit says so, pages show the colour).
const (
	StateStored State = "stored"
	StateReady  State = "ready"
	StateFailed State = "failed"
)

// Picture is one stored picture.
type Picture struct {
	ID         int64
	Key        string // random; the address is /gambar/KEY/SIZE.FORMAT
	OwnerKind  string
	OwnerID    int64
	Visibility Visibility
	State      State
	Colour     string // "#rrggbb", the dominant colour, for the placeholder
	Width      int    // of the master, in pixels
	Height     int
	Bytes      int64
	SHA256     string `gorm:"column:sha256"`
	Sharpness  *int64 // this and the next two: see Look; nil: not measured
	Shadow     *int64
	Highlight  *int64
	Alt        string
	SourceID   *int64 // the picture it was turned or cropped from; nil: as it was sent
	Turned     int    // degrees clockwise from the source
	Crop       Crop   // what of the turned source
	CreatedBy  int64
	CreatedAt  time.Time
}

const pictureColumns = `id, key, owner_kind, owner_id, visibility, state, colour, width, height, bytes, sha256,
	sharpness, shadow, highlight, alt, source_id, turned, crop, created_by, created_at`

// Sizes are the widths that every picture is made in; a smaller master is never
// blown up.
var Sizes = []int{160, 320, 640, 1280}

// Formats are the formats every size is made in, best first.
var Formats = []string{"webp", "jpg"}

// Path is the address of a rendition.
func (p Picture) Path(size int, format string) string {
	return fmt.Sprintf("/gambar/%s/%d.%s", p.Key, size, format)
}

// HeightAt is the height of the rendition of that size, for width and height
// attributes that keep a page from jumping; WidthAt its width.
func (p Picture) HeightAt(size int) int {
	if p.Width == 0 {
		return 0
	}
	return max(1, (p.Height*p.WidthAt(size)+p.Width/2)/p.Width)
}

// WidthAt is the width of the rendition of that size.
func (p Picture) WidthAt(size int) int { return min(size, p.Width) }

// Hooks are the back-calls that main gives: media does not know products or
// people. Without them nobody sees a private or person picture.
type Hooks struct {
	// Access reports whether the viewer may see the private pictures of the
	// owner: a draft product for its shop, companion and curator.
	Access func(ctx context.Context, viewer account.Actor, ownerKind string, ownerID int64) (bool, error)
	// Shown reports whether the person on a person picture still allows it.
	Shown func(ctx context.Context, ownerKind string, ownerID int64) (bool, error)
	// Limit counts an upload against limits that all instances share
	// (account.Service.Allow). Without it nothing is counted.
	Limit func(ctx context.Context, limits ...account.Limit) error
	// Failed is told that the storage could not be read or written, for the
	// metrics. Without it nothing is counted.
	Failed func()
}

// How much one person may upload: in a while, in a day, and altogether. A shop
// of fifty products with eight photos each, edited often, stays far below; one
// phone in wrong hands does not fill the storage (ASVS 5.2.4).
const (
	uploadsInAWhile = 60
	uploadsInADay   = 300
	uploadsKept     = 5000
)

// Service is the way into media. Its methods are safe for concurrent use.
type Service struct {
	db      *database.DB
	queue   *jobs.Queue
	bucket  *blob.Bucket
	hooks   Hooks
	decode  *semaphore.Weighted // uploads being decoded
	render  *semaphore.Weighted // rendition jobs at work
	prepare func(name string, data []byte) (master, error)
}

// atOnce bounds the memory of decoded pictures: a 40-megapixel photo takes up
// to 240 MB while it is decoded.
const atOnce = 2

// NewService returns the service over an opened bucket (see OpenBucket).
func NewService(db *database.DB, queue *jobs.Queue, bucket *blob.Bucket) *Service {
	return &Service{
		db: db, queue: queue, bucket: bucket, prepare: prepare,
		decode: semaphore.NewWeighted(atOnce), render: semaphore.NewWeighted(atOnce),
	}
}

// Connect sets the back-calls. Call it once, before serving.
func (s *Service) Connect(h Hooks) { s.hooks = h }

// Upload is a file somebody sent.
type Upload struct {
	Reader    io.Reader
	OwnerKind string // "product", "shop", "user", "proof", "receipt" …
	OwnerID   int64
	Name      string // the file's own name, for the sentence about it; not stored
	Alt       string
	Key       string // form key of this one file: the same again for the owner is the first one; "" knows none
	Bulk      bool   // one of many that nobody waits for: its sizes are made after others'
}

// mayUpload counts the upload against what one person may send and keep.
func (s *Service) mayUpload(ctx context.Context, actor account.Actor) error {
	if actor.IsSystem() {
		return nil
	}
	if s.hooks.Limit != nil {
		who := strconv.FormatInt(actor.UserID, 10)
		err := s.hooks.Limit(ctx,
			account.Limit{Name: "upload", Who: who, Most: uploadsInAWhile, Window: 30 * time.Minute},
			account.Limit{Name: "upload-day", Who: who, Most: uploadsInADay, Window: 24 * time.Hour})
		if err != nil {
			return err
		}
	}
	var kept int64
	if err := s.db.Read(ctx).Raw("SELECT count(*) FROM pictures WHERE created_by = ?", actor.UserID).Scan(&kept).Error; err != nil {
		return fmt.Errorf("media: count pictures: %w", err)
	}
	if kept >= uploadsKept {
		return fault.Invalid("fault.form").With("photo", "media.too_many", "most", uploadsKept)
	}
	return nil
}

// Store takes an upload: it checks the file before decoding it, decodes it once,
// turns it upright, and keeps a JPEG of at most 2560 pixels without metadata as
// a private picture; a job makes the renditions. The caller has checked that
// the actor may add pictures to the owner, and must not be in a transaction.
// A file that is no JPEG, PNG or WebP, too large, damaged or hostile is an
// invalid fault on the field photo, and nothing of it is stored; so is one more
// than a person may keep. Above the limits it is rate-limited.
func (s *Service) Store(ctx context.Context, actor account.Actor, up Upload) (Picture, error) {
	if up.OwnerKind == "" || up.OwnerID <= 0 {
		return Picture{}, fmt.Errorf("media: upload for owner %q %d", up.OwnerKind, up.OwnerID)
	}
	if len(up.Key) > 100 {
		return Picture{}, fault.Invalid("catalog.form_key")
	}
	if before, found, err := s.Sent(ctx, up); err != nil || found {
		return before, err
	}
	if err := s.mayUpload(ctx, actor); err != nil {
		return Picture{}, err
	}
	data, err := readUpload(up.Name, up.Reader)
	if err != nil {
		return Picture{}, err
	}
	if err := s.decode.Acquire(ctx, 1); err != nil {
		return Picture{}, fault.Unavailable("fault.busy", err)
	}
	m, err := s.prepare(up.Name, data)
	s.decode.Release(1)
	if err != nil {
		return Picture{}, err
	}
	p, err := s.keep(ctx, actor, Picture{OwnerKind: up.OwnerKind, OwnerID: up.OwnerID, Alt: strings.Join(strings.Fields(up.Alt), " ")}, m, up)
	if errors.Is(err, gorm.ErrDuplicatedKey) { // the same file twice at once, and the other one won
		if before, found, again := s.Sent(ctx, up); again != nil || found {
			return before, again
		}
	}
	return p, err
}

// Sent is the picture that the same form key brought to the owner before, if any. Who
// asks has shown already that the owner's things are theirs.
func (s *Service) Sent(ctx context.Context, up Upload) (Picture, bool, error) {
	if up.Key == "" {
		return Picture{}, false, nil
	}
	list, err := listPictures(s.db.Read(ctx), "owner_kind = ? AND owner_id = ? AND form_key = ?", up.OwnerKind, up.OwnerID, up.Key)
	if err != nil || len(list) == 0 {
		return Picture{}, false, err
	}
	return list[0], true, nil
}

// keep stores a master as a private picture, whose owner, words and source are p's;
// of the upload it takes the form key and whether anybody waits for it.
func (s *Service) keep(ctx context.Context, actor account.Actor, p Picture, m master, up Upload) (Picture, error) {
	p.Key, p.Visibility, p.State, p.CreatedBy = id.Token(), Private, StateStored, actor.UserID
	p.Colour, p.Width, p.Height, p.Bytes, p.SHA256 = m.colour, m.width, m.height, int64(len(m.jpeg)), m.sha256
	p.Sharpness, p.Shadow, p.Highlight = &m.look.Sharpness, &m.look.Shadow, &m.look.Highlight
	var once *string
	if up.Key != "" {
		once = &up.Key
	}
	if err := s.write(ctx, masterBlob(p.Key), "image/jpeg", m.jpeg); err != nil {
		return Picture{}, fault.Unavailable("media.storage", err)
	}
	crash.Point("media/master/stored")
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var err error
		if p.CreatedAt, err = clock.Now(ctx, tx); err != nil {
			return err
		}
		err = tx.Raw(`INSERT INTO pictures (key, owner_kind, owner_id, visibility, state, colour, width, height,
			bytes, sha256, sharpness, shadow, highlight, alt, source_id, turned, crop, form_key, created_by, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			p.Key, p.OwnerKind, p.OwnerID, string(p.Visibility), string(p.State), p.Colour, p.Width, p.Height,
			p.Bytes, p.SHA256, p.Sharpness, p.Shadow, p.Highlight, p.Alt, p.SourceID, p.Turned, string(p.Crop), once, p.CreatedBy, p.CreatedAt).Scan(&p.ID).Error
		if err != nil {
			return fmt.Errorf("media: store: %w", err)
		}
		how := []jobs.Option{jobs.Slow()}
		if up.Bulk {
			how = append(how, jobs.Behind())
		}
		if err := s.queue.InsertTx(ctx, tx, renditionArgs{PictureID: p.ID}, how...); err != nil {
			return err
		}
		err = trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "upload", Object: "picture", ObjectID: p.ID, Note: p.OwnerKind})
		crash.Point("media/master/written")
		return err
	})
	crash.Point("media/master/committed")
	if err != nil {
		// The blob came first; without its row it is rubbish. Should this fail
		// too, the sweeper finds it.
		_ = s.bucket.Delete(context.WithoutCancel(ctx), masterBlob(p.Key))
		return Picture{}, err
	}
	return p, nil
}

// SetVisibilityTx sets who may see the pictures, in the transaction that
// publishes or hides what they belong to. The caller decides. A missing picture is not found.
func (s *Service) SetVisibilityTx(ctx context.Context, tx *gorm.DB, ids []int64, v Visibility) error {
	if !slices.Contains([]Visibility{Private, Person, Public}, v) {
		return fmt.Errorf("media: visibility %q", v)
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return nil
	}
	done := tx.Exec("UPDATE pictures SET visibility = ? WHERE id IN ?", string(v), ids)
	if done.Error != nil {
		return fmt.Errorf("media: set visibility: %w", done.Error)
	}
	if done.RowsAffected != int64(len(ids)) {
		return fault.NotFound("pictures to show or hide")
	}
	return database.InvalidateTx(ctx, tx, pageKeys(ids)...)
}

// pageKeys are what public pages that show the pictures depend on.
func pageKeys(ids []int64) []string {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = "picture:" + strconv.FormatInt(id, 10)
	}
	return keys
}

// Pictures returns the pictures with these ids, by id; missing ones are left
// out. It checks no permission: seeing the bytes needs Open.
func (s *Service) Pictures(ctx context.Context, ids []int64) (map[int64]Picture, error) {
	database.Depend(ctx, pageKeys(ids)...)
	return pictures(s.db.Read(ctx), ids)
}

// PicturesTx is Pictures inside the caller's transaction.
func (s *Service) PicturesTx(_ context.Context, tx *gorm.DB, ids []int64) (map[int64]Picture, error) {
	return pictures(tx, ids)
}

func pictures(db *gorm.DB, ids []int64) (map[int64]Picture, error) {
	found := map[int64]Picture{}
	if len(ids) == 0 {
		return found, nil
	}
	list, err := listPictures(db, "id IN ?", ids)
	for _, p := range list {
		found[p.ID] = p
	}
	return found, err
}

// PicturesOf returns an owner's pictures, oldest first. It checks no permission.
func (s *Service) PicturesOf(ctx context.Context, ownerKind string, ownerID int64) ([]Picture, error) {
	return listPictures(s.db.Read(ctx), "owner_kind = ? AND owner_id = ? ORDER BY id", ownerKind, ownerID)
}

func listPictures(db *gorm.DB, where string, args ...any) ([]Picture, error) {
	var list []Picture
	err := db.Raw("SELECT "+pictureColumns+" FROM pictures WHERE "+where, args...).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("media: pictures: %w", err)
	}
	for i := range list {
		list[i].CreatedAt = list[i].CreatedAt.UTC()
	}
	return list, nil
}

// Content is what a browser gets for one rendition.
type Content struct {
	Data        []byte
	ContentType string
	ModTime     time.Time
	ETag        string // quoted; "" for a placeholder, which must not be kept
	Immutable   bool   // browsers and proxies may keep it for ever
	Ready       bool   // false: an SVG in the picture's colour, while the job runs or storage is down
}

// Open returns a rendition for the viewer. Anything that is not public, not
// shown with the person's consent and not accessible to this viewer is not
// found, exactly like a picture that does not exist. While the rendition is
// not there, or storage cannot be read, it returns a placeholder of the same
// shape, so pages can always point at the picture.
func (s *Service) Open(ctx context.Context, viewer account.Actor, key, size, format string) (Content, error) {
	width, ok := parseSize(size)
	if !ok || !slices.Contains(Formats, format) || len(key) > 64 {
		return Content{}, fault.NotFound("picture: no such size or format")
	}
	db := s.db.Read(ctx)
	list, err := listPictures(db, "key = ?", key)
	if err != nil {
		return Content{}, err
	}
	if len(list) == 0 {
		return Content{}, fault.NotFound("picture")
	}
	p := list[0]
	if ok, err := s.visible(ctx, viewer, p); err != nil {
		return Content{}, err
	} else if !ok {
		return Content{}, fault.NotFound("picture not visible to the viewer")
	}
	if p.State != StateReady {
		return placeholder(p, width), nil
	}
	var name string
	err = db.Raw("SELECT blob FROM renditions WHERE picture_id = ? AND size = ? AND format = ?", p.ID, width, format).Scan(&name).Error
	if err != nil {
		return Content{}, fmt.Errorf("media: rendition: %w", err)
	}
	data, err := s.bucket.ReadAll(ctx, name)
	if err != nil {
		s.warn(ctx, "picture cannot be read", p.ID, err)
		return placeholder(p, width), nil
	}
	return Content{
		Data: data, ContentType: contentTypes[format], ModTime: p.CreatedAt,
		ETag: fmt.Sprintf(`"%s-%d-%s"`, p.Key, width, format), Immutable: p.Visibility == Public, Ready: true,
	}, nil
}

var contentTypes = map[string]string{"webp": "image/webp", "jpg": "image/jpeg"}

func parseSize(size string) (int, bool) {
	for _, s := range Sizes {
		if size == fmt.Sprint(s) {
			return s, true
		}
	}
	return 0, false
}

func (s *Service) visible(ctx context.Context, viewer account.Actor, p Picture) (bool, error) {
	if p.Visibility == Public {
		return true, nil
	}
	if p.Visibility == Person && s.hooks.Shown != nil {
		if ok, err := s.hooks.Shown(ctx, p.OwnerKind, p.OwnerID); ok || err != nil {
			return ok, err
		}
	}
	if s.hooks.Access == nil {
		return false, nil
	}
	return s.hooks.Access(ctx, viewer, p.OwnerKind, p.OwnerID)
}

// placeholder is the picture's shape in its own colour. Everything in it comes
// from our own columns, never from the uploaded file.
func placeholder(p Picture, size int) Content {
	var b bytes.Buffer
	w, h := p.WidthAt(size), p.HeightAt(size)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"><path fill="%s" d="M0 0h%dv%dH0z"/></svg>`,
		w, h, w, h, p.Colour, w, h)
	return Content{Data: b.Bytes(), ContentType: "image/svg+xml", ModTime: p.CreatedAt}
}
