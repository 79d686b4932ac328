package catalog

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/notify"
)

// The waiting list. Whoever wants more than is left may wait; first come, first
// served, as far as it fits. Room that appears (a hold lapses, the maker makes
// more, a new period begins) is held for the first entries it is enough for, in
// the transaction in which it appears: nobody can take it in between. Such a
// hold is a promise like any other, with an entry instead of an order line, so it
// is counted once, in allotments.taken. Ordering gives it back and promises the
// line under the same locks (PromiseTx).

// EntryState is where somebody stands on the waiting list.
type EntryState string

// The states of an entry.
const (
	EntryWaiting EntryState = "waiting"
	EntryOffered EntryState = "offered" // pieces are held, until Entry.Until
	EntryTaken   EntryState = "taken"   // ordered
	EntryLapsed  EntryState = "lapsed"  // not answered, or nothing came
	EntryLeft    EntryState = "left"
)

// EntryMoves is the machine of the waiting list.
var EntryMoves = Machine[EntryState]{
	{"offer", []EntryState{EntryWaiting}, EntryOffered, BySystem, "the pieces are held and the link is sent"},
	{"take", []EntryState{EntryOffered}, EntryTaken, ByBuyer, "the order line is promised in its place"},
	{"lapse", []EntryState{EntryWaiting, EntryOffered}, EntryLapsed, BySystem, "the time is over; what was held goes to the next"},
	{"leave", []EntryState{EntryWaiting, EntryOffered}, EntryLeft, ByBuyer, "what was held goes to the next"},
}

const (
	entryToken   = "waiting_entry"
	maxEntryName = 100
)

// WaitingRules are the times of the waiting list.
type WaitingRules struct {
	OfferLasts time.Duration // how long an offer is held; 24 hours
	ShortOffer time.Duration // the same when less than a tenth of a pre-order window is left; 60 minutes
	WaitLasts  time.Duration // how long an entry waits where no window ends the waiting; 60 days
	KeptAfter  time.Duration // how long name and contact are kept after the end; 30 days
}

// DefaultWaitingRules are those of design §4.
func DefaultWaitingRules() WaitingRules {
	return WaitingRules{OfferLasts: 24 * time.Hour, ShortOffer: time.Hour, WaitLasts: 60 * 24 * time.Hour, KeptAfter: 30 * 24 * time.Hour}
}

// Messages tells people.
type Messages interface {
	SendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error
}

// Connect gives the catalog the neighbour that tells people on the waiting list;
// without it nobody is told.
func (s *Service) Connect(messages Messages) { s.messages = messages }

// NewEntry is what a visitor types to wait.
type NewEntry struct {
	ProductID int64
	VariantID int64 // 0: a product without variants
	Quantity  int64
	Name      string
	Phone     string // one of the two is needed
	Email     string
	UserID    int64  // 0 for a guest
	FormKey   string // a second send finds the first entry
}

// Entry is somebody's place on the waiting list, for whoever holds its token.
type Entry struct {
	ID        int64
	ProductID int64
	VariantID int64
	Quantity  int64
	State     EntryState
	Name      string
	Phone     string
	Email     string
	UserID    int64
	Until     time.Time // when the waiting or the offer ends
	CreatedAt time.Time
	Token     string `gorm:"-"`
	Ahead     int64  `gorm:"-"` // how many wait before it for the same product; of one that waits
}

type entryRow struct {
	Entry
	TokenHash string
	FormKey   string
}

const entryColumns = `id, product_id, variant_id, quantity, state, name, phone, email, user_id, until, created_at`

var plausibleMail = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)

// JoinWaiting puts somebody on the waiting list of a product, and offers at once
// what has become free meanwhile. Anybody may; the caller throttles. Errors:
// invalid on "name", "phone", "email" or "quantity"; not found for a product
// without a public page; conflict when the wanted pieces can be ordered now, or
// nothing is sold that one could wait for.
func (s *Service) JoinWaiting(ctx context.Context, in NewEntry) (Entry, error) {
	if err := goodKey(in.FormKey); err != nil {
		return Entry{}, err
	}
	in.Name = cleanLine(in.Name)
	bad := fault.Invalid("catalog.waiting.check")
	if in.Name == "" || letters(in.Name) > maxEntryName {
		bad.With("name", "catalog.waiting.name", "max", maxEntryName)
	}
	phone, known := account.Phone(in.Phone)
	in.Email = strings.TrimSpace(in.Email)
	switch {
	case strings.TrimSpace(in.Phone) == "" && in.Email == "":
		bad.With("phone", "catalog.waiting.contact")
	case strings.TrimSpace(in.Phone) != "" && !known:
		bad.With("phone", "catalog.waiting.phone")
	}
	if in.Email != "" && (len(in.Email) > 200 || !plausibleMail.MatchString(in.Email)) {
		bad.With("email", "catalog.waiting.email")
	}
	if in.Quantity < 1 || in.Quantity > MaxQuantity {
		bad.With("quantity", "catalog.waiting.quantity", "max", money.Group(uint64(MaxQuantity)))
	}
	if err := bad.OrNil(); err != nil {
		return Entry{}, err
	}
	var out Entry
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var err error
		out, err = s.joinTx(ctx, tx, in, phone)
		return err
	})
	return out, err
}

func (s *Service) joinTx(ctx context.Context, tx *gorm.DB, in NewEntry, phone string) (Entry, error) {
	var earlier []Entry
	err := tx.Raw(`SELECT `+entryColumns+` FROM waiting_entries WHERE form_key = ?`, in.FormKey).Scan(&earlier).Error
	if err != nil || len(earlier) > 0 {
		return s.withToken(first(earlier)), err
	}
	items, err := s.SellablesTx(ctx, tx, []int64{in.ProductID})
	if err != nil {
		return Entry{}, err
	}
	item, found := items[in.ProductID]
	if !found || !item.Public() {
		return Entry{}, fault.NotFound("product to wait for")
	}
	if !item.Waitable() {
		return Entry{}, fault.Conflict("catalog.waiting.closed")
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Entry{}, err
	}
	// Held, so that room which appears meanwhile is seen here or sees this entry.
	sh, err := heldShelfTx(ctx, tx, now, []int64{in.ProductID})
	if err != nil {
		return Entry{}, err
	}
	draws := sh.of(in.ProductID, in.VariantID)
	if len(draws) == 0 {
		return Entry{}, fault.NotFound("variant to wait for")
	}
	if newPlan(sh).most(draws) >= in.Quantity {
		return Entry{}, fault.Conflict("catalog.waiting.room")
	}
	until := now.Add(s.waiting.WaitLasts)
	if w := sh.window(draws); w != nil {
		until = w.Closes.UTC()
	}
	row := entryRow{FormKey: in.FormKey, TokenHash: "new:" + in.FormKey, Entry: Entry{
		ProductID: in.ProductID, VariantID: in.VariantID, Quantity: in.Quantity, State: EntryWaiting,
		Name: in.Name, Phone: phone, Email: in.Email, UserID: in.UserID, Until: until, CreatedAt: now}}
	err = tx.Raw(`INSERT INTO waiting_entries (product_id, variant_id, quantity, state, name, phone, email, user_id, token_hash, form_key, until, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`, row.ProductID, row.VariantID, row.Quantity, row.State, row.Name, row.Phone, row.Email,
		row.UserID, row.TokenHash, row.FormKey, row.Until, now, now).Scan(&row.ID).Error
	if err != nil {
		return Entry{}, fmt.Errorf("catalog: wait: %w", err)
	}
	out := s.withToken(row.Entry)
	if err := tx.Exec(`UPDATE waiting_entries SET token_hash = ? WHERE id = ?`, id.Hash(out.Token), out.ID).Error; err != nil {
		return Entry{}, fmt.Errorf("catalog: wait: %w", err)
	}
	return out, s.tellTx(ctx, tx, "waiting_joined", out, item.Title, nil)
}

func (s *Service) withToken(e Entry) Entry {
	if e.ID > 0 {
		e.Token = s.keys.For(entryToken, e.ID)
	}
	return e
}

func first(entries []Entry) Entry {
	if len(entries) == 0 {
		return Entry{}
	}
	return entries[0]
}

func (s *Service) tellTx(ctx context.Context, tx *gorm.DB, kind string, e Entry, title string, data map[string]string) error {
	if s.messages == nil || e.Name == "" {
		return nil
	}
	if data == nil {
		data = map[string]string{}
	}
	data["produk"], data["jumlah"] = title, money.Group(uint64(e.Quantity))
	return s.messages.SendTx(ctx, tx, notify.Message{
		Kind: kind, Link: "/antrean/" + s.keys.For(entryToken, e.ID), Data: data,
		To: notify.Recipient{UserID: e.UserID, Name: e.Name, Phone: e.Phone, Email: e.Email},
	})
}

// EntryByToken is somebody's place on the list. Who holds the token may read.
// Errors: not found.
func (s *Service) EntryByToken(ctx context.Context, token string) (Entry, error) {
	db := s.db.Read(ctx)
	e, err := entryByToken(ctx, db, token)
	if err != nil {
		return Entry{}, err
	}
	if e.State == EntryWaiting {
		err = db.Raw(`SELECT COUNT(*) FROM waiting_entries WHERE product_id = ? AND variant_id = ? AND state = ? AND id < ?`,
			e.ProductID, e.VariantID, EntryWaiting, e.ID).Scan(&e.Ahead).Error
		if err != nil {
			return Entry{}, fmt.Errorf("catalog: place in the queue: %w", err)
		}
	}
	return s.withToken(e), nil
}

func entryByToken(ctx context.Context, db *gorm.DB, token string) (Entry, error) {
	var rows []Entry
	err := db.WithContext(ctx).Raw(`SELECT `+entryColumns+` FROM waiting_entries WHERE token_hash = ?`, id.Hash(token)).Scan(&rows).Error
	if err != nil {
		return Entry{}, fmt.Errorf("catalog: entry: %w", err)
	}
	if len(rows) == 0 {
		return Entry{}, fault.NotFound("waiting list entry")
	}
	return rows[0], nil
}

// LeaveWaiting takes somebody off the list; what was held goes to the next. Who
// holds the token may. Leaving twice is harmless.
func (s *Service) LeaveWaiting(ctx context.Context, token string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		e, err := entryByToken(ctx, tx, token)
		if err != nil {
			return err
		}
		_, err = s.endEntriesTx(ctx, tx, "leave", []int64{e.ID})
		return err
	})
}

// Hold is what is held for an entry that was offered something.
type Hold struct {
	EntryID   int64
	ProductID int64
	VariantID int64
	Quantity  int64
	Period    string
	Until     time.Time
}

// Holds returns the offers among the entries that can be ordered now.
func (s *Service) Holds(ctx context.Context, entryIDs []int64) (map[int64]Hold, error) {
	return holdsTx(ctx, s.db.Read(ctx), entryIDs)
}

// HoldsTx is Holds inside the caller's transaction.
func (s *Service) HoldsTx(ctx context.Context, tx *gorm.DB, entryIDs []int64) (map[int64]Hold, error) {
	return holdsTx(ctx, tx, entryIDs)
}

func holdsTx(ctx context.Context, tx *gorm.DB, entryIDs []int64) (map[int64]Hold, error) {
	out := map[int64]Hold{}
	if len(entryIDs) == 0 {
		return out, nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	var rows []Hold
	err = tx.WithContext(ctx).Raw(`SELECT e.id AS entry_id, e.product_id, e.variant_id, e.quantity, e.until, a.period
		FROM waiting_entries e JOIN promises q ON q.entry_id = e.id AND q.state <> 'released' JOIN allotments a ON a.id = q.allotment_id
		WHERE e.id IN ? AND e.state = ? AND e.until > ? ORDER BY e.id, length(a.period)`, entryIDs, EntryOffered, now).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: holds: %w", err)
	}
	for _, h := range rows { // the most exact period last, as in Room
		out[h.EntryID] = h
	}
	return out, nil
}

// lockEntriesTx holds the entries until the commit.
func lockEntriesTx(ctx context.Context, tx *gorm.DB, entryIDs []int64) error {
	if len(entryIDs) == 0 {
		return nil
	}
	var held []int64
	err := tx.WithContext(ctx).Raw(`SELECT id FROM waiting_entries WHERE id IN ? ORDER BY id`+locking(tx), entryIDs).Scan(&held).Error
	if err != nil {
		return fmt.Errorf("catalog: hold entries: %w", err)
	}
	return nil
}

// takeOverTx gives the holds of offered entries back into the plan, for the order
// lines that take them over. An offer that has ended gives nothing.
func (p *plan) takeOverTx(ctx context.Context, tx *gorm.DB, now time.Time, entryIDs []int64) error {
	if len(entryIDs) == 0 {
		return nil
	}
	move := EntryMoves.Move("take")
	var taken []int64
	err := tx.WithContext(ctx).Raw(`UPDATE waiting_entries SET state = ?, updated_at = ? WHERE id IN ? AND state IN ? AND until > ? RETURNING id`,
		move.To, now, entryIDs, move.From, now).Scan(&taken).Error
	if err != nil {
		return fmt.Errorf("catalog: take over: %w", err)
	}
	freed, err := releaseEntriesTx(ctx, tx, now, taken)
	for id, amount := range freed {
		p.taken[id] -= amount
	}
	return err
}

// releaseEntriesTx ends the promises of entries and returns what they held, by
// allotment. The caller takes it out of allotments.taken.
func releaseEntriesTx(ctx context.Context, tx *gorm.DB, now time.Time, entryIDs []int64) (map[int64]int64, error) {
	freed := map[int64]int64{}
	if len(entryIDs) == 0 {
		return freed, nil
	}
	var rows []struct{ AllotmentID, Amount int64 }
	err := tx.WithContext(ctx).Raw(`UPDATE promises SET state = 'released', updated_at = ? WHERE entry_id IN ? AND state = 'held'
		RETURNING allotment_id, amount`, now, entryIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: release holds: %w", err)
	}
	for _, r := range rows {
		freed[r.AllotmentID] += r.Amount
	}
	return freed, nil
}

// endEntriesTx makes a move that ends entries, gives back what they held and
// offers it to the next. It returns the entries that moved.
func (s *Service) endEntriesTx(ctx context.Context, tx *gorm.DB, name string, entryIDs []int64) ([]int64, error) {
	if len(entryIDs) == 0 {
		return nil, nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	if err := lockEntriesTx(ctx, tx, entryIDs); err != nil {
		return nil, err
	}
	move := EntryMoves.Move(name)
	var ended []int64
	err = tx.WithContext(ctx).Raw(`UPDATE waiting_entries SET state = ?, updated_at = ? WHERE id IN ? AND state IN ? RETURNING id`,
		move.To, now, entryIDs, move.From).Scan(&ended).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: %s entries: %w", name, err)
	}
	freed, err := releaseEntriesTx(ctx, tx, now, ended)
	if err != nil || len(freed) == 0 {
		return ended, err
	}
	change := map[int64]int64{}
	for _, id := range slices.Sorted(maps.Keys(freed)) {
		res := tx.WithContext(ctx).Exec(`UPDATE allotments SET taken = taken - ? WHERE id = ? AND taken >= ?`, freed[id], id, freed[id])
		if res.Error != nil {
			return nil, fmt.Errorf("catalog: release holds: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return nil, fault.Internal(fmt.Errorf("catalog: allotment %d has less taken than its holds", id))
		}
		change[id] = -freed[id]
	}
	if err := roomChangedTx(ctx, tx, change); err != nil {
		return nil, err
	}
	return ended, s.offerFreedTx(ctx, tx, slices.Sorted(maps.Keys(freed)))
}

// offerFreedTx offers what became free in these allotments.
func (s *Service) offerFreedTx(ctx context.Context, tx *gorm.DB, allotmentIDs []int64) error {
	if len(allotmentIDs) == 0 {
		return nil
	}
	var pools []int64
	err := tx.WithContext(ctx).Raw(`SELECT DISTINCT pool_id FROM allotments WHERE id IN ? ORDER BY pool_id`, allotmentIDs).Scan(&pools).Error
	if err != nil {
		return fmt.Errorf("catalog: pools with room: %w", err)
	}
	return s.offerTx(ctx, tx, pools)
}

// offerTx holds what can be promised from these pools for the first entries it is
// enough for, and tells them. A product of several pools may need allotments the
// caller does not hold yet; should two transactions then wait for each other,
// InTx runs one of them again.
func (s *Service) offerTx(ctx context.Context, tx *gorm.DB, poolIDs []int64) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var entries []Entry
	err = tx.WithContext(ctx).Raw(`SELECT `+entryColumns+` FROM waiting_entries WHERE state = ? AND until > ?
		AND product_id IN (SELECT product_id FROM product_pools WHERE pool_id IN ?) ORDER BY id LIMIT 200`+locking(tx),
		EntryWaiting, now, poolIDs).Scan(&entries).Error
	if err != nil {
		return fmt.Errorf("catalog: who waits: %w", err)
	}
	if len(entries) == 0 {
		return nil
	}
	wanted := map[int64]bool{}
	for _, e := range entries {
		wanted[e.ProductID] = true
	}
	products, err := forSaleTx(ctx, tx, now, keys(wanted))
	if err != nil {
		return err
	}
	sh, err := heldShelfTx(ctx, tx, now, keys(wanted))
	if err != nil {
		return err
	}
	plan := newPlan(sh)
	var offered []Entry
	for _, e := range entries {
		p, sold := products[e.ProductID]
		draws := sh.of(e.ProductID, e.VariantID)
		if !sold || len(draws) == 0 {
			continue
		}
		if _, ok := plan.take(holder{entryID: e.ID, productID: e.ProductID, quantity: e.Quantity}, draws, p.LeadDays); ok {
			offered = append(offered, e)
		}
	}
	if len(offered) == 0 {
		return nil
	}
	if err := plan.writeTx(ctx, tx, "held"); err != nil {
		return err
	}
	scarce, err := plan.scarceTx(ctx, tx)
	if err != nil {
		return err
	}
	items, err := s.SellablesTx(ctx, tx, keys(wanted))
	if err != nil {
		return err
	}
	for _, e := range offered {
		lasts := s.waiting.OfferLasts
		if scarce[holderKey{entry: e.ID}] {
			lasts = s.waiting.ShortOffer
		}
		e.Until = now.Add(lasts)
		if w := sh.window(sh.of(e.ProductID, e.VariantID)); w != nil && w.Closes.Before(e.Until) {
			e.Until = w.Closes.UTC() // nothing can be ordered afterwards
		}
		if err := tx.WithContext(ctx).Exec(`UPDATE waiting_entries SET state = ?, until = ?, updated_at = ? WHERE id = ?`,
			EntryMoves.Move("offer").To, e.Until, now, e.ID).Error; err != nil {
			return fmt.Errorf("catalog: offer: %w", err)
		}
		item := items[e.ProductID]
		if err := s.tellTx(ctx, tx, "waiting_offered", e, item.Title, map[string]string{"sampai": calendar.DateTime(e.Until, item.RegencyCode)}); err != nil {
			return err
		}
	}
	return nil
}

// RunWaiting lapses what waited or was offered for too long, offers what became
// free without anybody's doing (a new month began), and forgets who waited long
// ago. Any number of instances may run it.
func (s *Service) RunWaiting(ctx context.Context) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var over []Entry
		err = tx.Raw(`SELECT `+entryColumns+` FROM waiting_entries WHERE state IN ? AND until <= ? ORDER BY id LIMIT 200`,
			EntryMoves.Move("lapse").From, now).Scan(&over).Error
		if err != nil {
			return fmt.Errorf("catalog: offers that ended: %w", err)
		}
		var ids []int64
		products := map[int64]bool{}
		for _, e := range over {
			ids, products[e.ProductID] = append(ids, e.ID), true
		}
		ended, err := s.endEntriesTx(ctx, tx, "lapse", ids)
		if err != nil {
			return err
		}
		items, err := s.SellablesTx(ctx, tx, keys(products))
		if err != nil {
			return err
		}
		for _, e := range over {
			if slices.Contains(ended, e.ID) {
				if err := s.tellTx(ctx, tx, "waiting_lapsed", e, items[e.ProductID].Title, nil); err != nil {
					return err
				}
			}
		}
		var pools []int64
		err = tx.Raw(`SELECT DISTINCT pp.pool_id FROM waiting_entries e JOIN product_pools pp ON pp.product_id = e.product_id
			WHERE e.state = ? ORDER BY pp.pool_id`, EntryWaiting).Scan(&pools).Error
		if err != nil {
			return fmt.Errorf("catalog: what is waited for: %w", err)
		}
		if len(pools) > 0 {
			if err := s.offerTx(ctx, tx, pools); err != nil {
				return err
			}
		}
		err = tx.Exec(`UPDATE waiting_entries SET name = '', phone = '', email = '', user_id = 0 WHERE state IN ? AND updated_at < ? AND name <> ''`,
			[]EntryState{EntryTaken, EntryLapsed, EntryLeft}, now.Add(-s.waiting.KeptAfter)).Error
		if err != nil {
			return fmt.Errorf("catalog: forget who waited: %w", err)
		}
		return nil
	})
}
