// Package review is what buyers say of what they bought, and what the shop
// answers. Only a completed order can be reviewed, once per product, by whoever
// holds its secret address; never by the shop's own people.
//
// A review is shown at once, unless its words hold a link or a long number: then
// a curator reads it first. Anybody can report one; a curator hides it with a
// reason or lets it stand. The writer may change or withdraw it at any time. What
// is shown of the writer is a first name and a regency, or nothing.
//
// Tables: reviews. The sums that cards show belong to package catalog, which adds
// them in the same transaction. It may import order and what is below.
package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/order"
)

// MaxWords is how long a review or an answer may be, in letters.
const MaxWords = 1000

// State is whether a review is seen.
type State string

// The states: a curator reads it first; everybody sees it; a curator hid it; the
// writer took it back.
const (
	Waiting   State = "waiting"
	Shown     State = "shown"
	Hidden    State = "hidden"
	Withdrawn State = "withdrawn"
)

// Review is one review.
type Review struct {
	ID           int64
	OrderID      int64
	ProductID    int64
	ShopID       int64
	Stars        int64
	Words        string
	Writer       string // first name; "" for nobody's
	PlaceCode    string // regency; "" for none
	State        State
	Answer       string
	AnsweredAt   *time.Time
	Reports      int64 // since a curator last looked
	CheckedAt    *time.Time
	HiddenReason string
	WrittenAt    time.Time
}

// MayAnswer reports whether the shop may write an answer: there is none yet, or
// the review was changed after it.
func (r Review) MayAnswer() bool {
	return r.State == Shown && (r.AnsweredAt == nil || r.AnsweredAt.Before(r.WrittenAt))
}

func (r Review) rating() catalog.Rating {
	if r.State != Shown {
		return catalog.Rating{}
	}
	return catalog.Rating{Stars: r.Stars, Count: 1}
}

const columns = `id, order_id, product_id, shop_id, stars, words, writer, place_code, state, answer, answered_at, reports, checked_at, hidden_reason, written_at`

// Catalog is what reviews need of package catalog.
type Catalog interface {
	RateTx(ctx context.Context, tx *gorm.DB, productID int64, change catalog.Rating) error
	Ratings(ctx context.Context) (map[int64]catalog.Rating, error)
}

// Orders finds an order by its secret address.
type Orders interface {
	ByToken(ctx context.Context, token string) (order.Order, error)
}

// People knows who runs which shop.
type People interface {
	UserByPhone(ctx context.Context, typed string) (account.User, error)
	Actor(ctx context.Context, userID int64) (account.Actor, error)
}

// Service is the way into reviews. Its methods are safe for concurrent use.
type Service struct {
	db      *database.DB
	keys    id.Keys
	catalog Catalog
	orders  Orders
	people  People
}

// NewService returns the reviews on db; keys sign the cursors of lists.
func NewService(db *database.DB, keys id.Keys, c Catalog, o Orders, p People) *Service {
	return &Service{db: db, keys: keys, catalog: c, orders: o, people: p}
}

// Item is one product of an order with what was said of it.
type Item struct {
	ProductID int64
	Title     string
	Review    *Review // nil: nothing yet
}

// Items are the products of an order that its buyer may review, and what they
// said; none for an order that is not completed or was given back. o comes from
// order.ByToken: whoever asks holds its secret address.
func (s *Service) Items(ctx context.Context, o order.Order) ([]Item, error) {
	items := reviewable(o)
	if len(items) == 0 {
		return nil, nil
	}
	own, err := s.ownShop(ctx, o)
	if err != nil || own {
		return nil, err
	}
	written, err := list(s.db.Read(ctx), "order_id = ? AND state <> ?", o.ID, Withdrawn)
	if err != nil {
		return nil, err
	}
	for i := range items {
		if at := slices.IndexFunc(written, func(r Review) bool { return r.ProductID == items[i].ProductID }); at >= 0 {
			items[i].Review = &written[at]
		}
	}
	return items, nil
}

// reviewable are the products of a completed order that were handed over and paid.
func reviewable(o order.Order) []Item {
	if o.State != order.Completed || o.Remaining() <= 0 {
		return nil
	}
	var items []Item
	for _, l := range o.Lines {
		if l.Left() > 0 && !slices.ContainsFunc(items, func(i Item) bool { return i.ProductID == l.ProductID }) {
			items = append(items, Item{ProductID: l.ProductID, Title: l.Title})
		}
	}
	return items
}

// ownShop reports whether the buyer, by account or telephone, has to do with the
// shop: runs it, helps it, or is kin of its people.
func (s *Service) ownShop(ctx context.Context, o order.Order) (bool, error) {
	users := []int64{o.Buyer.UserID}
	u, err := s.people.UserByPhone(ctx, o.Buyer.Phone)
	switch {
	case err == nil:
		users = append(users, u.ID)
	case !fault.Is(err, fault.KindNotFound) && !fault.Is(err, fault.KindInvalid):
		return false, err
	}
	for _, user := range users {
		if user == 0 {
			continue
		}
		actor, err := s.people.Actor(ctx, user)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return false, err
		}
		if actor.Conflicted(o.ShopID) {
			return true, nil
		}
	}
	return false, nil
}

// Input is a review as its writer sends it.
type Input struct {
	ProductID int64
	Stars     int64
	Words     string
	Anonymous bool // show neither name nor place
}

// Write writes or changes the review of one product of the order behind the
// secret address. Whoever holds the address may; the caller throttles. Errors:
// not found for another's order or product; conflict for an order that is not
// completed and for one's own shop; invalid on bintang and kata.
func (s *Service) Write(ctx context.Context, token string, in Input) error {
	o, err := s.open(ctx, token, in.ProductID)
	if err != nil {
		return err
	}
	in.Words = catalog.CleanText(in.Words)
	bad := fault.Invalid("fault.form")
	if in.Stars < 1 || in.Stars > 5 {
		bad.With("bintang", "review.stars")
	}
	if utf8.RuneCountInString(in.Words) > MaxWords {
		bad.With("kata", "review.too_long", "max", MaxWords)
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	r := Review{OrderID: o.ID, ProductID: in.ProductID, ShopID: o.ShopID, Stars: in.Stars, Words: in.Words, State: Shown}
	if !in.Anonymous {
		r.Writer, r.PlaceCode = firstName(o.Buyer.Name), regency(o.Recipient.RegencyCode)
	}
	if Suspicious(in.Words) {
		r.State = Waiting
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO reviews (order_id, product_id, shop_id, buyer_user_id, stars, state, written_at, created_at)
			VALUES (?, ?, ?, ?, ?, 'withdrawn', ?, ?) ON CONFLICT (order_id, product_id) DO NOTHING`,
			r.OrderID, r.ProductID, r.ShopID, o.Buyer.UserID, r.Stars, now, now).Error
		if err != nil {
			return fmt.Errorf("review: write: %w", err)
		}
		before, err := lockTx(tx, "order_id = ? AND product_id = ?", r.OrderID, r.ProductID)
		if err != nil {
			return err
		}
		if before.HiddenReason != "" && before.Words != r.Words {
			r.State = Waiting // what a curator hid comes back only past a curator
		} else if before.State == Hidden {
			r.State = Hidden
		}
		if before.State == r.State && before.Stars == r.Stars && before.Words == r.Words && before.Writer == r.Writer && before.PlaceCode == r.PlaceCode {
			return nil // sent twice
		}
		written := now
		if before.State == Shown && before.Words == r.Words && before.Stars == r.Stars {
			written = before.WrittenAt // only the name: the answer still fits
		}
		err = tx.Exec(`UPDATE reviews SET stars = ?, words = ?, writer = ?, place_code = ?, state = ?, checked_at = NULL, reports = 0, written_at = ? WHERE id = ?`,
			r.Stars, r.Words, r.Writer, r.PlaceCode, r.State, written, before.ID).Error
		if err != nil {
			return fmt.Errorf("review: write: %w", err)
		}
		return s.followTx(ctx, tx, before, r)
	})
}

// Withdraw takes the review of one product back. Whoever holds the order's secret
// address may. Without a review nothing happens.
func (s *Service) Withdraw(ctx context.Context, token string, productID int64) error {
	o, err := s.open(ctx, token, productID)
	if err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		before, err := lockTx(tx, "order_id = ? AND product_id = ?", o.ID, productID)
		if fault.Is(err, fault.KindNotFound) || before.State == Withdrawn {
			return nil
		}
		if err != nil {
			return err
		}
		after := before
		after.State = Withdrawn
		err = tx.Exec(`UPDATE reviews SET state = 'withdrawn', words = '', writer = '', place_code = '', answer = '', answered_at = NULL, answered_by = 0, reports = 0 WHERE id = ?`, before.ID).Error
		if err != nil {
			return fmt.Errorf("review: withdraw: %w", err)
		}
		return s.followTx(ctx, tx, before, after)
	})
}

// open is the order behind the address, if this product of it can be reviewed.
func (s *Service) open(ctx context.Context, token string, productID int64) (order.Order, error) {
	o, err := s.orders.ByToken(ctx, token)
	if err != nil {
		return o, err
	}
	if o.State != order.Completed || o.Remaining() <= 0 {
		return o, fault.Conflict("review.not_completed")
	}
	if !slices.ContainsFunc(reviewable(o), func(i Item) bool { return i.ProductID == productID }) {
		return o, fault.NotFound("product of the order")
	}
	own, err := s.ownShop(ctx, o)
	if err == nil && own {
		err = fault.Conflict("review.own_shop")
	}
	return o, err
}

// followTx lets the sums and the pages follow a changed review.
func (s *Service) followTx(ctx context.Context, tx *gorm.DB, before, after Review) error {
	was, is := before.rating(), after.rating()
	err := s.catalog.RateTx(ctx, tx, before.ProductID, catalog.Rating{Stars: is.Stars - was.Stars, Count: is.Count - was.Count})
	if err != nil {
		return err
	}
	return database.InvalidateTx(ctx, tx, productKey(before.ProductID), shopKey(before.ShopID))
}

// lockTx reads one review for a change; a second change waits until this one is
// committed.
func lockTx(tx *gorm.DB, where string, args ...any) (Review, error) {
	if err := tx.Exec("UPDATE reviews SET reports = reports WHERE "+where, args...).Error; err != nil {
		return Review{}, fmt.Errorf("review: lock: %w", err)
	}
	found, err := list(tx, where, args...)
	if err != nil {
		return Review{}, err
	}
	if len(found) == 0 {
		return Review{}, fault.NotFound("review")
	}
	return found[0], nil
}

func list(db *gorm.DB, where string, args ...any) ([]Review, error) {
	var out []Review
	if err := db.Raw("SELECT "+columns+" FROM reviews WHERE "+where, args...).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	for i := range out {
		out[i].WrittenAt = out[i].WrittenAt.UTC()
		for _, t := range []*time.Time{out[i].AnsweredAt, out[i].CheckedAt} {
			if t != nil {
				*t = t.UTC()
			}
		}
	}
	return out, nil
}

// regency is the regency of a place's code, "" for none.
func regency(code string) string {
	parts := strings.Split(code, ".")
	if len(parts) < 2 {
		return ""
	}
	return parts[0] + "." + parts[1]
}

func record(ctx context.Context, tx *gorm.DB, actor account.Actor, subject int64, verb string, reviewID int64) error {
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject, Verb: verb, Object: "review", ObjectID: reviewID})
}
