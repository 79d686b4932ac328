package book

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// New is an entry as somebody types it.
type New struct {
	Kind      Kind
	Amount    money.Rupiah
	Words     string // may be empty
	Day       string // 2026-11-22 in the shop's zone; empty for today
	PictureID int64  // of the shop's, see PictureOwner; 0 for none
	FormKey   string
}

// Record writes what somebody bought, paid in or took out. Members of the shop and its
// companion; for others the shop has no book. Invalid: kind, amount, words, day, photo.
// A second send of the same form returns the entry of the first and says so.
func (s *Service) Record(ctx context.Context, actor account.Actor, shopID int64, n New) (e Entry, again bool, err error) {
	if err := may(actor, shopID); err != nil {
		return Entry{}, false, err
	}
	err = s.once(ctx, func(tx *gorm.DB) error {
		if e, again, err = sentTx(ctx, tx, shopID, n.FormKey); err != nil || again {
			return err
		}
		row, err := s.newTx(ctx, tx, actor, shopID, n)
		if err != nil {
			return err
		}
		e, err = writeTx(ctx, tx, actor, "record", row)
		return err
	})
	return e, again, err
}

// Fix is what an entry should have said.
type Fix struct {
	Amount  money.Rupiah
	Words   string
	FormKey string
}

// Correct takes an entry back and writes the right one, for the same day and kind; the
// photo goes along. Who may Record. Invalid: amount, words. Conflict: it posted itself,
// was taken back already, or is older than DaysBack. A second send of the same form
// returns the right one again.
func (s *Service) Correct(ctx context.Context, actor account.Actor, entryID int64, fix Fix) (Entry, error) {
	var e Entry
	err := s.once(ctx, func(tx *gorm.DB) error {
		wrong, err := s.openTx(ctx, tx, actor, entryID)
		if fault.Is(err, fault.KindConflict) {
			if sent, again, sentErr := sentTx(ctx, tx, wrong.ShopID, fix.FormKey); sentErr != nil || again {
				e = sent
				return sentErr
			}
		}
		if err != nil {
			return err
		}
		bad := fault.Invalid("book.check")
		words := checked(bad, fix.Amount, fix.Words)
		if err := bad.OrNil(); err != nil {
			return err
		}
		if err := s.takeBackTx(ctx, tx, actor, wrong); err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		e, err = writeTx(ctx, tx, actor, "correct", entryRow{ShopID: wrong.ShopID, Day: wrong.Day, Kind: wrong.Kind, Amount: fix.Amount, Words: words, PictureID: wrong.PictureID,
			Replaces: &wrong.ID, RecordedBy: actor.UserID, SubjectID: actor.SubjectFor(wrong.ShopID), FormKey: fix.FormKey, RecordedAt: now})
		return err
	})
	return e, err
}

// TakeBack takes an entry back without another in its place. Who may Record. Conflict as
// for Correct, but an entry that was taken back already stays so without one.
func (s *Service) TakeBack(ctx context.Context, actor account.Actor, entryID int64) (Entry, error) {
	var e Entry
	err := s.once(ctx, func(tx *gorm.DB) error {
		row, err := s.openTx(ctx, tx, actor, entryID)
		e = row.entry()
		if e.TakenBack && fault.Is(err, fault.KindConflict) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.takeBackTx(ctx, tx, actor, row)
	})
	return e, err
}

// once runs fn in one transaction, and once more when another send of the same form
// was faster: then it finds what that one wrote.
func (s *Service) once(ctx context.Context, fn func(tx *gorm.DB) error) error {
	err := database.InTx(ctx, s.db, fn)
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		err = database.InTx(ctx, s.db, fn)
	}
	return err
}

// sentTx finds the entry that a form wrote before.
func sentTx(ctx context.Context, tx *gorm.DB, shopID int64, formKey string) (Entry, bool, error) {
	if formKey == "" {
		return Entry{}, false, nil
	}
	rows, err := rowsTx(ctx, tx, "e.shop_id = ? AND e.form_key = ?", shopID, formKey)
	if err != nil || len(rows) == 0 {
		return Entry{}, false, err
	}
	return rows[0].entry(), true, nil
}

// openTx is an entry that the actor may take back now. Where it was taken back already
// or is too old, the conflict comes with the row.
func (s *Service) openTx(ctx context.Context, tx *gorm.DB, actor account.Actor, entryID int64) (entryRow, error) {
	rows, err := rowsTx(ctx, tx, "e.id = ?", entryID)
	if err != nil {
		return entryRow{}, err
	}
	if len(rows) == 0 || may(actor, rows[0].ShopID) != nil {
		return entryRow{}, fault.NotFound(fmt.Sprintf("book entry %d", entryID))
	}
	row := rows[0]
	today, err := s.todayTx(ctx, tx, row.ShopID)
	if err != nil {
		return row, err
	}
	switch e := row.entry(); {
	case e.Kind.Itself():
		return row, fault.Conflict("book.correct.itself")
	case e.TakenBack || e.Corrects > 0:
		return row, fault.Conflict("book.correct.already")
	case e.Day < oldest(today):
		return row, fault.Conflict("book.correct.old", "days", DaysBack)
	}
	return row, nil
}

func (s *Service) takeBackTx(ctx context.Context, tx *gorm.DB, actor account.Actor, wrong entryRow) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	_, err = writeTx(ctx, tx, actor, "take_back", entryRow{ShopID: wrong.ShopID, Day: wrong.Day, Kind: wrong.Kind, Amount: wrong.Amount, Words: wrong.Words, Corrects: &wrong.ID,
		RecordedBy: actor.UserID, SubjectID: actor.SubjectFor(wrong.ShopID), RecordedAt: now})
	return err
}

// newTx checks what was typed.
func (s *Service) newTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, n New) (entryRow, error) {
	today, err := s.todayTx(ctx, tx, shopID)
	if err != nil {
		return entryRow{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return entryRow{}, err
	}
	bad := fault.Invalid("book.check")
	if !slices.Contains(Typed, n.Kind) {
		bad.With("kind", "book.kind_missing")
	}
	n.Words = checked(bad, n.Amount, n.Words)
	if n.Day = strings.TrimSpace(n.Day); n.Day == "" {
		n.Day = today
	}
	typed, err := time.Parse(time.DateOnly, n.Day)
	switch {
	case err != nil || typed.Format(time.DateOnly) != n.Day:
		bad.With("day", "book.day_unreadable")
	case n.Day > today:
		bad.With("day", "book.day_ahead")
	case n.Day < oldest(today):
		bad.With("day", "book.day_old", "days", DaysBack)
	}
	row := entryRow{ShopID: shopID, Day: n.Day, Kind: n.Kind, Amount: n.Amount, Words: n.Words, RecordedBy: actor.UserID, SubjectID: actor.SubjectFor(shopID),
		FormKey: n.FormKey, RecordedAt: now}
	if n.PictureID > 0 {
		kept, err := s.pictures.PicturesTx(ctx, tx, []int64{n.PictureID})
		if err != nil {
			return entryRow{}, err
		}
		if p := kept[n.PictureID]; p.OwnerKind != PictureOwner || p.OwnerID != shopID {
			return entryRow{}, fault.NotFound(fmt.Sprintf("picture %d of book %d", n.PictureID, shopID))
		}
		row.PictureID = &n.PictureID
	}
	return row, bad.OrNil()
}

// checked notes what is wrong with an amount and its words, and returns the words with
// single spaces.
func checked(bad *fault.Error, amount money.Rupiah, words string) string {
	switch {
	case amount <= 0:
		bad.With("amount", "book.amount_missing")
	case amount > Largest:
		bad.With("amount", "book.amount_large", "max", Largest)
	}
	words = strings.Join(strings.Fields(words), " ")
	if utf8.RuneCountInString(words) > MaxWords {
		bad.With("words", "book.words_long", "max", MaxWords)
	}
	return words
}

// todayTx is the shop's day at the database's clock.
func (s *Service) todayTx(ctx context.Context, tx *gorm.DB, shopID int64) (string, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return "", err
	}
	regency, err := s.place(ctx, tx, shopID)
	if err != nil {
		return "", err
	}
	return dayIn(now, regency), nil
}

// oldest is the first day that may still be written on.
func oldest(today string) string {
	at, err := time.ParseInLocation(time.DateOnly, today, calendar.WIB)
	if err != nil {
		return today
	}
	return at.AddDate(0, 0, -DaysBack).Format(time.DateOnly)
}

func writeTx(ctx context.Context, tx *gorm.DB, actor account.Actor, verb string, row entryRow) (Entry, error) {
	if err := tx.WithContext(ctx).Create(&row).Error; err != nil {
		return Entry{}, fmt.Errorf("book: %s in shop %d: %w", verb, row.ShopID, err)
	}
	err := trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: row.SubjectID, Verb: verb, Object: "book_entry", ObjectID: row.ID, Note: string(row.Kind)})
	return row.entry(), err
}
