// Package settings keeps the bounds and waiting times that administrators change while
// the program runs. It owns the table settings, which holds only what was changed: the
// rest is each package's default. Whoever needs a setting reads it in the transaction
// that uses it, so a change counts at once in every process; what was promised before
// stands on its own row and stays.
package settings

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Name is one setting.
type Name string

// The settings there are.
const (
	UnseenAfter    Name = "unseen_after"
	ArrivalGrace   Name = "arrival_grace"
	CompleteAfter  Name = "complete_after"
	CollectWithin  Name = "collect_within"
	ComplainWithin Name = "complain_within"
	DirectPay      Name = "direct_pay_within"
	ProofUnseen    Name = "proof_unseen"
	DateAnswer     Name = "date_answer"
	TwoPeopleAbove Name = "two_people_above"
	BatchAlone     Name = "batch_alone"
	AdvancePercent Name = "advance_percent"
	SubsidyLow     Name = "subsidy_low"
	IdleWarn       Name = "idle_warn"
	IdleAfter      Name = "idle_after"
	PaperSoon      Name = "paper_soon"
	JoinKept       Name = "join_kept"
)

// Unit is what a setting counts.
type Unit string

// The units.
const (
	Hours       Unit = "hours"
	WorkingDays Unit = "working_days"
	Days        Unit = "days"
	Rupiah      Unit = "rupiah"
	Percent     Unit = "percent"
)

// Definition says what one setting may be.
type Definition struct {
	Name     Name
	Unit     Unit
	Default  int64
	Min, Max int64
}

// definitions are in the order of the page. Their defaults are those of the packages
// that use them; a test of the whole program compares both.
var definitions = []Definition{
	{UnseenAfter, Hours, 6, 1, 72},
	{ArrivalGrace, Hours, 48, 24, 14 * 24},
	{CompleteAfter, WorkingDays, 3, 1, 14},
	{CollectWithin, WorkingDays, 5, 1, 30},
	{ComplainWithin, WorkingDays, 2, 2, 30}, // at least two by law (PP 80/2019)
	{DirectPay, Hours, 24, 1, 7 * 24},
	{ProofUnseen, Hours, 24, 1, 7 * 24},
	{DateAnswer, Hours, 48, 1, 14 * 24},
	{TwoPeopleAbove, Rupiah, 1_000_000, 0, 100_000_000},
	{BatchAlone, Rupiah, 10_000_000, 0, 1_000_000_000},
	{AdvancePercent, Percent, 50, 0, 90},
	{SubsidyLow, Rupiah, 500_000, 0, 1_000_000_000},
	{IdleWarn, Days, 30, 1, 365},
	{IdleAfter, Days, 60, 1, 730},
	{PaperSoon, Days, 30, 1, 180},
	{JoinKept, Days, 90, 7, 365},
}

// All lists what can be set, in the order to show.
func All() []Definition { return slices.Clone(definitions) }

// Setting is one of them as it is now.
type Setting struct {
	Definition
	Amount    int64
	ChangedBy int64 // 0: the default
	ChangedAt time.Time
}

// Values are what administrators changed.
type Values map[Name]int64

// Of is the value, or otherwise where nobody changed it.
func (v Values) Of(name Name, otherwise int64) int64 {
	if amount, changed := v[name]; changed {
		return amount
	}
	return otherwise
}

// Hours is Of for a waiting time.
func (v Values) Hours(name Name, otherwise time.Duration) time.Duration {
	if amount, changed := v[name]; changed {
		return time.Duration(amount) * time.Hour
	}
	return otherwise
}

type row struct {
	Name      string
	Amount    int64
	UpdatedBy int64
	UpdatedAt time.Time
}

func rowsTx(ctx context.Context, tx *gorm.DB) ([]row, error) {
	var rows []row
	if err := tx.WithContext(ctx).Raw("SELECT name, amount, updated_by, updated_at FROM settings").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return rows, nil
}

// NowTx reads what administrators changed, in the caller's transaction or reading.
func NowTx(ctx context.Context, tx *gorm.DB) (Values, error) {
	rows, err := rowsTx(ctx, tx)
	v := Values{}
	for _, r := range rows {
		v[Name(r.Name)] = r.Amount
	}
	return v, err
}

// List is every setting as it is now, in the order to show. Anyone may read them.
func List(ctx context.Context, db *database.DB) ([]Setting, error) {
	rows, err := rowsTx(ctx, db.Read(ctx))
	if err != nil {
		return nil, err
	}
	list := make([]Setting, len(definitions))
	for i, d := range definitions {
		list[i] = Setting{Definition: d, Amount: d.Default}
		for _, r := range rows {
			if r.Name == string(d.Name) {
				list[i].Amount, list[i].ChangedBy, list[i].ChangedAt = r.Amount, r.UpdatedBy, r.UpdatedAt.UTC()
			}
		}
	}
	return list, nil
}

// Set changes one setting for what happens from now on; by is who changes it, and the
// trail keeps the old and the new value. Who may is the caller's to decide. Setting the
// present value changes nothing. Errors: NotFound for an unknown name, Invalid (field
// amount) outside its bounds.
func Set(ctx context.Context, db *database.DB, by int64, name Name, amount int64) error {
	i := slices.IndexFunc(definitions, func(d Definition) bool { return d.Name == name })
	if i < 0 {
		return fault.NotFound("setting " + string(name))
	}
	d := definitions[i]
	if amount < d.Min || amount > d.Max {
		return fault.Invalid("settings.check").With("amount", "settings.range."+string(d.Unit), "min", d.Min, "max", d.Max)
	}
	return database.InTx(ctx, db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		values, err := NowTx(ctx, tx)
		if err != nil {
			return err
		}
		old := values.Of(name, d.Default)
		if old == amount {
			return nil
		}
		err = tx.WithContext(ctx).Exec(`INSERT INTO settings (name, amount, updated_by, updated_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET amount = excluded.amount, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
			string(name), amount, by, now).Error
		if err != nil {
			return fmt.Errorf("settings: %s: %w", name, err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: by, Verb: "set", Object: "setting", ObjectID: int64(i + 1), Note: fmt.Sprintf("%s: %d -> %d", name, old, amount)})
	})
}
