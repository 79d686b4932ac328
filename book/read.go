package book

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// signedSum is what rows do to the sum of their kind: what takes back takes off.
const signedSum = "CAST(SUM(CASE WHEN corrects IS NULL THEN amount ELSE -amount END) AS BIGINT)"

// Month is a month of the book in sums.
type Month struct {
	Month  string                // 2026-11
	Before money.Rupiah          // what was left of everything before it; filled by Month
	Sums   map[Kind]money.Rupiah // of each kind in its own direction, what was taken back taken off
}

// In is what came in, Out what went out, Left the difference: masuk, keluar, sisa.
func (m Month) In() (sum money.Rupiah) {
	for kind, amount := range m.Sums {
		if kind.In() {
			sum += amount
		}
	}
	return sum
}

// Out is what went out.
func (m Month) Out() (sum money.Rupiah) {
	for kind, amount := range m.Sums {
		if !kind.In() {
			sum += amount
		}
	}
	return sum
}

// Left is what came in less what went out.
func (m Month) Left() money.Rupiah { return m.In() - m.Out() }

// Net is the net income (penghasilan bersih): sales, less what was given back, less
// materials, packaging, transport, wages and other costs. Tools, what was paid in and what
// was taken out do not count (domain.md, need 4.7).
func (m Month) Net() (sum money.Rupiah) {
	for kind, amount := range m.Sums {
		switch {
		case !kind.Earning():
		case kind.In():
			sum += amount
		default:
			sum -= amount
		}
	}
	return sum
}

// Empty reports whether nothing stands in the month.
func (m Month) Empty() bool { return len(m.Sums) == 0 }

// FirstDay is the first day of a month like 2026-11; what is no month is not found.
func FirstDay(month string) (time.Time, error) {
	at, err := time.Parse("2006-01", month)
	if err != nil || at.Format("2006-01") != month {
		return time.Time{}, fault.NotFound(fmt.Sprintf("month %q", month))
	}
	return at, nil
}

// span is a month's first day and the first of the next one.
func span(month string) (from, to string, err error) {
	at, err := FirstDay(month)
	return at.Format(time.DateOnly), at.AddDate(0, 1, 0).Format(time.DateOnly), err
}

// Today is the shop's day now, as the book writes days.
func (s *Service) Today(ctx context.Context, shopID int64) (string, error) {
	return s.todayTx(ctx, s.db.Read(ctx), shopID)
}

// Month returns the sums of a month of a shop's book, and what was left before it.
// Members of the shop and its companion; not found for others.
func (s *Service) Month(ctx context.Context, actor account.Actor, shopID int64, month string) (Month, error) {
	if err := may(actor, shopID); err != nil {
		return Month{}, err
	}
	from, to, err := span(month)
	if err != nil {
		return Month{}, err
	}
	var rows []struct {
		Kind        Kind
		Before, Now money.Rupiah
	}
	err = s.db.Read(ctx).Raw(`SELECT kind, CAST(SUM(CASE WHEN day >= ? THEN 0 WHEN corrects IS NULL THEN amount ELSE -amount END) AS BIGINT) AS before,
			CAST(SUM(CASE WHEN day < ? THEN 0 WHEN corrects IS NULL THEN amount ELSE -amount END) AS BIGINT) AS now
		FROM book_entries WHERE shop_id = ? AND day < ? GROUP BY kind`, from, from, shopID, to).Scan(&rows).Error
	if err != nil {
		return Month{}, fmt.Errorf("book: month %s of shop %d: %w", month, shopID, err)
	}
	m := Month{Month: month, Sums: map[Kind]money.Rupiah{}}
	for _, r := range rows {
		if r.Now != 0 {
			m.Sums[r.Kind] = r.Now
		}
		if r.Kind.In() {
			m.Before += r.Before
		} else {
			m.Before -= r.Before
		}
	}
	return m, nil
}

// Months returns the sums of so many months that end with last, oldest first; months
// without an entry are there, empty. Who may see it as for Month.
func (s *Service) Months(ctx context.Context, actor account.Actor, shopID int64, last string, many int) ([]Month, error) {
	if err := may(actor, shopID); err != nil {
		return nil, err
	}
	at, err := FirstDay(last)
	if err != nil {
		return nil, err
	}
	first := at.AddDate(0, 1-many, 0)
	var rows []struct {
		Month  string
		Kind   Kind
		Amount money.Rupiah
	}
	err = s.db.Read(ctx).Raw(`SELECT substr(day, 1, 7) AS month, kind, `+signedSum+` AS amount FROM book_entries
		WHERE shop_id = ? AND day >= ? AND day < ? GROUP BY substr(day, 1, 7), kind`, shopID, first.Format(time.DateOnly), at.AddDate(0, 1, 0).Format(time.DateOnly)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("book: months of shop %d: %w", shopID, err)
	}
	months, at2 := make([]Month, many), map[string]int{}
	for i := range months {
		name := first.AddDate(0, i, 0).Format("2006-01")
		months[i], at2[name] = Month{Month: name, Sums: map[Kind]money.Rupiah{}}, i
	}
	for _, r := range rows {
		if r.Amount != 0 {
			months[at2[r.Month]].Sums[r.Kind] = r.Amount
		}
	}
	return months, nil
}

// Total sums months into one.
func Total(months []Month) Month {
	all := Month{Sums: map[Kind]money.Rupiah{}}
	for _, m := range months {
		for kind, amount := range m.Sums {
			all.Sums[kind] += amount
		}
	}
	return all
}

// How says how the entries of some months came into the book.
type How struct {
	Itself    int64 // posted themselves
	Typed     int64 // by people, those taken back too
	Receipts  int64 // of Typed, with a photo
	TakenBack int64 // of Typed
}

// How counts it, for so many months that end with last. Who may see it as for Month.
func (s *Service) How(ctx context.Context, actor account.Actor, shopID int64, last string, many int) (How, error) {
	if err := may(actor, shopID); err != nil {
		return How{}, err
	}
	at, err := FirstDay(last)
	if err != nil {
		return How{}, err
	}
	var h How
	err = s.db.Read(ctx).Raw(`SELECT COALESCE(SUM(CASE WHEN source <> '' THEN 1 ELSE 0 END), 0) AS itself,
			COALESCE(SUM(CASE WHEN source = '' AND corrects IS NULL THEN 1 ELSE 0 END), 0) AS typed,
			COALESCE(SUM(CASE WHEN source = '' AND corrects IS NULL AND picture_id IS NOT NULL THEN 1 ELSE 0 END), 0) AS receipts,
			COALESCE(SUM(CASE WHEN source = '' AND corrects IS NOT NULL THEN 1 ELSE 0 END), 0) AS taken_back
		FROM book_entries WHERE shop_id = ? AND day >= ? AND day < ?`, shopID, at.AddDate(0, 1-many, 0).Format(time.DateOnly), at.AddDate(0, 1, 0).Format(time.DateOnly)).Scan(&h).Error
	if err != nil {
		return How{}, fmt.Errorf("book: how of shop %d: %w", shopID, err)
	}
	return h, nil
}

// Cursor is where a list of entries goes on: after this one.
type Cursor struct {
	Day string
	ID  int64
}

// Entries lists a month, the newest day first, at most limit of them after a cursor (the
// zero Cursor: from the newest). Who may see it as for Month.
func (s *Service) Entries(ctx context.Context, actor account.Actor, shopID int64, month string, after Cursor, limit int) ([]Entry, error) {
	if err := may(actor, shopID); err != nil {
		return nil, err
	}
	from, to, err := span(month)
	if err != nil {
		return nil, err
	}
	if after.Day == "" {
		after.Day = to
	}
	rows, err := rowsTx(ctx, s.db.Read(ctx).Limit(limit), "e.shop_id = ? AND e.day >= ? AND e.day < ? AND (e.day < ? OR (e.day = ? AND e.id < ?))", shopID, from, to, after.Day, after.Day, after.ID)
	if err != nil {
		return nil, err
	}
	return entries(rows), nil
}

// Entry is one entry. Who may see it as for Month; not found for others.
func (s *Service) Entry(ctx context.Context, actor account.Actor, entryID int64) (Entry, error) {
	rows, err := rowsTx(ctx, s.db.Read(ctx), "e.id = ?", entryID)
	if err != nil {
		return Entry{}, err
	}
	if len(rows) == 0 || may(actor, rows[0].ShopID) != nil {
		return Entry{}, fault.NotFound(fmt.Sprintf("book entry %d", entryID))
	}
	return rows[0].entry(), nil
}

// About lists what takes an entry back or stands in its place. Who may see it as for
// Month.
func (s *Service) About(ctx context.Context, actor account.Actor, e Entry) ([]Entry, error) {
	if err := may(actor, e.ShopID); err != nil {
		return nil, err
	}
	rows, err := rowsTx(ctx, s.db.Read(ctx), "e.shop_id = ? AND (e.corrects = ? OR e.replaces = ?)", e.ShopID, e.ID, e.ID)
	return entries(rows), err
}

func entries(rows []entryRow) []Entry {
	list := make([]Entry, len(rows))
	for i, r := range rows {
		list[i] = r.entry()
	}
	return list
}

// rowsTx reads rows of the alias e, the newest day first, with whether another takes them
// back whole.
func rowsTx(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]entryRow, error) {
	var rows []entryRow
	err := tx.WithContext(ctx).Table("book_entries AS e").
		Select("e.*, EXISTS (SELECT 1 FROM book_entries c WHERE c.corrects = e.id AND c.source = '') AS taken_back").
		Where(where, args...).Order("e.day DESC, e.id DESC").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("book: entries: %w", err)
	}
	return rows, nil
}

// Habit is what a shop writes often, with what it cost last.
type Habit struct {
	Kind   Kind
	Words  string
	Amount money.Rupiah
	Times  int64
}

// Habits lists what was typed most within DaysBack days, twice at least, with its last
// amount: the quick buttons. Who may see it as for Month.
func (s *Service) Habits(ctx context.Context, actor account.Actor, shopID int64, limit int) ([]Habit, error) {
	if err := may(actor, shopID); err != nil {
		return nil, err
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var habits []Habit
	err = db.Raw(`SELECT h.kind, l.words, l.amount, h.times FROM (
			SELECT kind, lower(words) AS word, COUNT(*) AS times, MAX(id) AS last FROM book_entries e
			WHERE shop_id = ? AND source = '' AND corrects IS NULL AND words <> '' AND day >= ?
				AND NOT EXISTS (SELECT 1 FROM book_entries c WHERE c.corrects = e.id)
			GROUP BY kind, lower(words) HAVING COUNT(*) > 1
		) h JOIN book_entries l ON l.id = h.last ORDER BY h.times DESC, h.last DESC LIMIT ?`,
		shopID, now.AddDate(0, 0, -DaysBack).Format(time.DateOnly), limit).Scan(&habits).Error
	if err != nil {
		return nil, fmt.Errorf("book: habits of shop %d: %w", shopID, err)
	}
	return habits, nil
}
