package share

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Unit is what work is counted in.
type Unit string

// The units.
const (
	Pieces Unit = "piece"
	Days   Unit = "day"
)

// House is how a group or institution keeps its work book, and whether its members
// see one another's shares. Before somebody chose: pieces, and each sees their own.
type House struct {
	Unit  Unit
	Shown bool
}

type houseRow struct {
	ShopID    int64 `gorm:"primaryKey"`
	Unit      string
	Shown     bool
	ChangedBy int64
	ChangedAt time.Time
}

func (houseRow) TableName() string { return "share_houses" }

// House says how the shop keeps its books. Everybody of the shop.
func (s *Service) House(ctx context.Context, actor account.Actor, shopID int64) (House, error) {
	if !actor.SignedIn() || !actor.Runs(shopID) {
		if err := mustRead(actor, shopID); err != nil {
			return House{}, err
		}
	}
	return s.houseTx(ctx, s.db.Read(ctx), shopID)
}

func (s *Service) houseTx(ctx context.Context, tx *gorm.DB, shopID int64) (House, error) {
	var r houseRow
	err := tx.WithContext(ctx).Where("shop_id = ?", shopID).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return House{Unit: Pieces}, nil
	}
	return House{Unit: Unit(r.Unit), Shown: r.Shown}, wrap(err, "share: books of shop %d", shopID)
}

// SetHouse changes it. Who leads the shop. Invalid (field satuan) for another unit.
func (s *Service) SetHouse(ctx context.Context, actor account.Actor, shopID int64, h House) error {
	if !actor.Leads(shopID) {
		if actor.Runs(shopID) {
			return fault.Forbidden("account.member.lead_only")
		}
		return mustRun(actor, shopID)
	}
	if h.Unit != Pieces && h.Unit != Days {
		return fault.Invalid("shares.party.faulty").With("satuan", "shares.table.choose")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.WithContext(ctx).Exec(`INSERT INTO share_houses (shop_id, unit, shown, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (shop_id) DO UPDATE SET unit = excluded.unit, shown = excluded.shown, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
			shopID, string(h.Unit), h.Shown, actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("share: books of shop %d: %w", shopID, err)
		}
		return record(ctx, tx, actor, "set", "share_house", shopID, string(h.Unit))
	})
}

// Work is what one party did on one day.
type Work struct {
	PartyID   int64
	Day       string // "2026-11-21" in the shop's zone
	ProductID int64  // 0: of no product in particular
	Unit      Unit
	Quantity  int64
	Counted   bool // in a division that was proposed or done
}

type workRow struct {
	ID         int64
	ShopID     int64
	PartyID    int64
	Day        string
	ProductID  int64
	Unit       string
	Quantity   int64
	EnteredBy  int64
	EnteredAt  time.Time
	DivisionID *int64
}

func (workRow) TableName() string { return "share_work" }

func (r workRow) work() Work {
	return Work{PartyID: r.PartyID, Day: r.Day, ProductID: r.ProductID, Unit: Unit(r.Unit), Quantity: r.Quantity, Counted: r.DivisionID != nil}
}

// mustKeepBooks is who writes work down: who keeps the money, and the secretary.
func mustKeepBooks(actor account.Actor, shopID int64) error {
	if actor.SignedIn() && actor.KeepsBooks(shopID) {
		return nil
	}
	return mustRun(actor, shopID)
}

// Worked notes what each party made on one day, by product, in the shop's unit: the
// numbers are those of the whole day and take the place of what stood there. Who
// keeps the shop's books. Errors: NotFound or Forbidden by who asks; Invalid with the
// fields hari and hasil; Conflict for what was counted in a division already.
func (s *Service) Worked(ctx context.Context, actor account.Actor, shopID int64, day string, productID int64, quantities map[int64]int64) error {
	if err := mustKeepBooks(actor, shopID); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		shop, err := s.shops.ShopTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if day, err = dayOf(day, now, shop); err != nil {
			return err
		}
		house, err := s.houseTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		var here []workRow
		err = tx.WithContext(ctx).Where("shop_id = ? AND day = ? AND product_id = ? AND unit = ?", shopID, day, productID, string(house.Unit)).Find(&here).Error
		if err != nil {
			return fmt.Errorf("share: work of shop %d: %w", shopID, err)
		}
		was := map[int64]workRow{}
		for _, r := range here {
			was[r.PartyID] = r
		}
		sum := int64(0)
		for _, party := range sortedKeys(quantities) {
			n := quantities[party]
			if n < 0 || n > mostPieces || house.Unit == Days && n > 1 {
				key := "shares.division.pieces"
				if house.Unit == Days {
					key = "shares.work.days"
				}
				return fault.Invalid("shares.work.faulty").With("hasil", key)
			}
			old, written := was[party]
			if !written && n == 0 || written && old.Quantity == n {
				continue
			}
			p, err := s.PartyTx(ctx, tx, party)
			if err != nil {
				return err
			}
			if p.ShopID != shopID || p.Kind == Fund || !p.Open() {
				return fault.NotFound(fmt.Sprintf("party %d of shop %d", party, shopID))
			}
			done := tx.WithContext(ctx).Exec(`INSERT INTO share_work (shop_id, party_id, day, product_id, unit, quantity, entered_by, entered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (party_id, day, product_id, unit) DO UPDATE SET quantity = excluded.quantity, entered_by = excluded.entered_by, entered_at = excluded.entered_at
				WHERE share_work.division_id IS NULL`, shopID, party, day, productID, string(house.Unit), n, actor.UserID, now)
			if done.Error != nil {
				return fmt.Errorf("share: work of party %d: %w", party, done.Error)
			}
			if done.RowsAffected == 0 {
				return fault.Conflict("shares.work.counted", "name", p.Label)
			}
			sum += n
		}
		return record(ctx, tx, actor, "work", "shop", shopID, fmt.Sprintf("%s %d", day, sum))
	})
}

// WorkOn lists what was noted for one day, in the shop's unit. Who keeps its books.
func (s *Service) WorkOn(ctx context.Context, actor account.Actor, shopID int64, day string) ([]Work, error) {
	if err := mustKeepBooks(actor, shopID); err != nil {
		return nil, err
	}
	db := s.db.Read(ctx)
	house, err := s.houseTx(ctx, db, shopID)
	if err != nil {
		return nil, err
	}
	return worked(db.WithContext(ctx).Where("shop_id = ? AND day = ? AND unit = ? AND quantity > 0", shopID, day, string(house.Unit)))
}

func worked(query *gorm.DB) ([]Work, error) {
	var rows []workRow
	if err := query.Order("day DESC, id").Limit(1000).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("share: work: %w", err)
	}
	list := make([]Work, len(rows))
	for i, r := range rows {
		list[i] = r.work()
	}
	return list, nil
}

// Uncounted sums by party what was made up to the end of a month ("2026-11") and
// counted in no division yet, in the shop's unit. Who keeps the shop's books.
func (s *Service) Uncounted(ctx context.Context, actor account.Actor, shopID int64, untilMonth string) (map[int64]int64, error) {
	if err := mustKeepBooks(actor, shopID); err != nil {
		return nil, err
	}
	db := s.db.Read(ctx)
	house, err := s.houseTx(ctx, db, shopID)
	if err != nil {
		return nil, err
	}
	var rows []struct{ PartyID, Quantity int64 }
	err = db.WithContext(ctx).Raw(`SELECT party_id, CAST(SUM(quantity) AS BIGINT) AS quantity FROM share_work
		WHERE shop_id = ? AND division_id IS NULL AND unit = ? AND day < ? GROUP BY party_id`, shopID, string(house.Unit), untilMonth+"-99").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("share: work of shop %d: %w", shopID, err)
	}
	sums := map[int64]int64{}
	for _, r := range rows {
		sums[r.PartyID] = r.Quantity
	}
	return sums, nil
}

// countWorkTx marks what a division by work counted, so that no piece is paid twice.
func (s *Service) countWorkTx(ctx context.Context, tx *gorm.DB, id, shopID int64, d Division) error {
	for _, l := range d.Lines {
		if l.Pieces > 0 {
			err := tx.WithContext(ctx).Exec("UPDATE share_work SET division_id = ? WHERE shop_id = ? AND division_id IS NULL AND day < ?", id, shopID, d.Month+"-99").Error
			if err != nil {
				return fmt.Errorf("share: work of shop %d: %w", shopID, err)
			}
			return nil
		}
	}
	return nil
}

// freeWorkTx lets the work of a division that does not count be counted again.
func freeWorkTx(tx *gorm.DB, id int64) error {
	if err := tx.Exec("UPDATE share_work SET division_id = NULL WHERE division_id = ?", id).Error; err != nil {
		return fmt.Errorf("share: work of division %d: %w", id, err)
	}
	return nil
}
