package delivery

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Cutoff is a run of days on which parcels do not leave: the last day before it
// and the first after it, as before Lebaran. What is ready after LastDay and
// before Resumes cannot go that way.
type Cutoff struct {
	ID      int64
	Name    string // "Lebaran 2027"
	Method  Method
	Carrier string // code; "" for every courier, and for the other methods
	ShopID  int64  // 0: every shop
	LastDay string // "2027-02-28": on this day it still goes
	Resumes string // "2027-03-15": on this day it goes again
}

// First and Last are the days on which nothing goes.
func (c Cutoff) First() time.Time { return dayOf(c.LastDay).AddDate(0, 0, 1) }

// Last is the last day on which nothing goes.
func (c Cutoff) Last() time.Time { return dayOf(c.Resumes).AddDate(0, 0, -1) }

func dayOf(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s) // checked when it was stored
	return t
}

type cutoffRow struct {
	ID        int64
	Name      string
	Method    string
	Carrier   string
	ShopID    int64
	LastDay   string
	Resumes   string
	MadeBy    int64
	CreatedAt time.Time
}

func (cutoffRow) TableName() string { return "dispatch_cutoffs" }

func (r cutoffRow) cutoff() Cutoff {
	return Cutoff{ID: r.ID, Name: r.Name, Method: Method(r.Method), Carrier: r.Carrier, ShopID: r.ShopID, LastDay: r.LastDay, Resumes: r.Resumes}
}

// closable is what one shop offers for a parcel that is ready on a day, the shop's.
type closable struct {
	shopID  int64
	day     string
	options []Option
}

// closeTx marks the options for which parcels would be ready too late.
func closeTx(ctx context.Context, tx *gorm.DB, parcels []closable) error {
	if len(parcels) == 0 {
		return nil
	}
	shops := []int64{0}
	first, last := parcels[0].day, parcels[0].day
	for _, p := range parcels {
		shops, first, last = append(shops, p.shopID), min(first, p.day), max(last, p.day)
	}
	var rows []cutoffRow
	err := tx.WithContext(ctx).Where("shop_id IN ? AND last_day < ? AND resumes > ?", shops, last, first).Order("resumes DESC, id").Find(&rows).Error
	if err != nil {
		return fmt.Errorf("delivery: last days: %w", err)
	}
	for _, p := range parcels {
		for i := range p.options {
			for _, r := range rows {
				if (r.ShopID == 0 || r.ShopID == p.shopID) && r.LastDay < p.day && r.Resumes > p.day &&
					Method(r.Method) == p.options[i].Method && (r.Carrier == "" || r.Carrier == p.options[i].carrier) {
					closed := r.cutoff()
					p.options[i].Closed = &closed
					break
				}
			}
		}
	}
	return nil
}

// Cutoffs lists the last days that are not over: of every shop for shopID 0, else
// the shop's own. Admins ask for the former, the shop's people for the latter;
// they are shown to buyers, so nobody is refused.
func (s *Service) Cutoffs(ctx context.Context, shopID int64) ([]Cutoff, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var rows []cutoffRow
	// A day early, so that no zone's is missing.
	err = db.Where("shop_id = ? AND resumes >= ?", shopID, now.AddDate(0, 0, -1).Format(time.DateOnly)).Order("last_day, method, carrier, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("delivery: last days: %w", err)
	}
	out := make([]Cutoff, len(rows))
	for i, r := range rows {
		out[i] = r.cutoff()
	}
	return out, nil
}

// maxCutoffDays bounds a pause: whoever stops for longer changes how the shop delivers.
const maxCutoffDays = 62

// AddCutoff stores last days. Admins for every shop (ShopID 0), a shop's own
// people for theirs. Faults stand on name, method, carrier, last_day, resumes.
// Orders already placed keep their way.
func (s *Service) AddCutoff(ctx context.Context, actor account.Actor, in Cutoff) error {
	if err := mayCut(actor, in.ShopID); err != nil {
		return err
	}
	faults := fault.Invalid("delivery.settings.faulty")
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	if n := utf8.RuneCountInString(in.Name); n == 0 || n > 60 {
		faults.With("name", "delivery.cutoff.name")
	}
	if in.Method != Pickup && in.Method != Own && in.Method != Courier {
		faults.With("method", "delivery.settings.none")
	}
	if in.Method != Courier {
		in.Carrier = ""
	}
	last, errLast := time.Parse(time.DateOnly, in.LastDay)
	resumes, errResumes := time.Parse(time.DateOnly, in.Resumes)
	switch {
	case errLast != nil:
		faults.With("last_day", "delivery.cutoff.day")
	case errResumes != nil:
		faults.With("resumes", "delivery.cutoff.day")
	case resumes.Before(last.AddDate(0, 0, 2)):
		faults.With("resumes", "delivery.cutoff.order")
	case resumes.After(last.AddDate(0, 0, maxCutoffDays)):
		faults.With("resumes", "delivery.cutoff.long", "max", maxCutoffDays)
	}
	if err := faults.OrNil(); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if in.Carrier != "" {
			if _, err := carrierTx(tx, in.Carrier); err != nil {
				return err
			}
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		// The same days entered again: the later end counts.
		err = tx.Exec(`INSERT INTO dispatch_cutoffs (name, method, carrier, shop_id, last_day, resumes, made_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (shop_id, method, carrier, last_day) DO UPDATE SET name = excluded.name, resumes = excluded.resumes`,
			in.Name, string(in.Method), in.Carrier, in.ShopID, in.LastDay, in.Resumes, actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("delivery: last day: %w", err)
		}
		return trailCutoff(ctx, tx, actor, in, "set_cutoff")
	})
}

// RemoveCutoff takes last days back. Who may: as AddCutoff. Removing what is gone
// is no fault.
func (s *Service) RemoveCutoff(ctx context.Context, actor account.Actor, shopID, cutoffID int64) error {
	if err := mayCut(actor, shopID); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var rows []cutoffRow
		err := tx.Raw("DELETE FROM dispatch_cutoffs WHERE id = ? AND shop_id = ? RETURNING *", cutoffID, shopID).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("delivery: remove last day %d: %w", cutoffID, err)
		}
		if len(rows) == 0 {
			return nil
		}
		return trailCutoff(ctx, tx, actor, rows[0].cutoff(), "end_cutoff")
	})
}

func mayCut(actor account.Actor, shopID int64) error {
	switch {
	case actor.IsSystem(), shopID == 0 && actor.Has(account.RoleAdmin), shopID > 0 && actor.Runs(shopID):
		return nil
	case shopID == 0:
		return fault.Forbidden("delivery.rate.forbidden")
	}
	return fault.NotFound(fmt.Sprintf("delivery settings of shop %d", shopID))
}

func trailCutoff(ctx context.Context, tx *gorm.DB, actor account.Actor, c Cutoff, verb string) error {
	e := trail.Entry{Actor: actor.UserID, Verb: verb, Object: "cutoff", ObjectID: c.ID,
		Note: fmt.Sprintf("%s %s: %s to %s", c.Method, c.Carrier, c.LastDay, c.Resumes)}
	if c.ShopID > 0 {
		e.Subject, e.Object, e.ObjectID = actor.SubjectFor(c.ShopID), "shop", c.ShopID
	}
	return trail.RecordTx(ctx, tx, e)
}
