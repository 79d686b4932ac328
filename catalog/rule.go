package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// RuleName names a hard rule.
type RuleName string

// The hard rules. Nothing else stops an approval.
const (
	RuleLabel   RuleName = "label"   // what a label of food must say
	RulePIRT    RuleName = "pirt"    // food that keeps longer than seven days needs a licence
	RuleKitchen RuleName = "kitchen" // a P-IRT is for a kitchen at home
	RuleHalal   RuleName = "halal"   // a certificate or an honest "tidak halal"
	RuleBPOM    RuleName = "bpom"    // sterilised, pasteurised or frozen
	RuleBaby    RuleName = "baby"    // SNI for what babies wear
	RuleToys    RuleName = "toys"    // SNI for toys
	RuleJacket  RuleName = "jacket"  // BTKP for life jackets
)

// RuleMode is what a hard rule does to a submission that does not meet it.
type RuleMode string

// The modes.
const (
	RuleBlocks RuleMode = "block" // it is not approved
	RuleWarns  RuleMode = "warn"  // the curator is told
	RuleOff    RuleMode = "off"
)

// HardRule is one hard rule with its built-in setting.
type HardRule struct {
	Name RuleName
	mode RuleMode
	from time.Time // since when; the zero time: always
	warn RuleMode  // before that
}

// hardRules are the rules in the order pages show them. Halal has its day from the
// law (domain notes B5); toys are not among those that the agency wants blocked.
var hardRules = []HardRule{
	{Name: RuleLabel, mode: RuleBlocks},
	{Name: RulePIRT, mode: RuleBlocks},
	{Name: RuleKitchen, mode: RuleBlocks},
	{Name: RuleHalal, mode: RuleBlocks, from: time.Date(2026, 10, 18, 0, 0, 0, 0, calendar.WIB).UTC(), warn: RuleWarns},
	{Name: RuleBPOM, mode: RuleBlocks},
	{Name: RuleBaby, mode: RuleBlocks},
	{Name: RuleToys, mode: RuleWarns},
	{Name: RuleJacket, mode: RuleBlocks},
}

// HardRules are all of them, in the order pages show them.
func HardRules() []HardRule { return slices.Clone(hardRules) }

func ruleNamed(name RuleName) (HardRule, bool) {
	i := slices.IndexFunc(hardRules, func(r HardRule) bool { return r.Name == name })
	if i < 0 {
		return HardRule{}, false
	}
	return hardRules[i], true
}

// Source is the law behind the rule, as built in.
func (r HardRule) Source() string {
	for _, q := range requirements() {
		if q.Rule == r.Name {
			return q.Source
		}
	}
	return ""
}

// Switch is one decision about a hard rule. The latest decision counts from its
// day on; before that day the one before it does.
type Switch struct {
	ID        int64 // 0: built in
	Rule      RuleName
	Mode      RuleMode
	HoldsFrom time.Time // the zero time: always
	Source    string    // the law as staff read it
	Note      string    // one more sentence for whoever has to meet the rule
	Reason    string    // why it was switched
	SetBy     int64
	SetAt     time.Time
}

// switches are all decisions, the oldest first.
type switches []Switch

// at is what holds for a rule at that moment.
func (all switches) at(name RuleName, now time.Time) Switch {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Rule == name && !all[i].HoldsFrom.After(now) {
			return all[i]
		}
	}
	r, _ := ruleNamed(name)
	if r.from.After(now) {
		return Switch{Rule: name, Mode: r.warn, Source: r.Source()}
	}
	return Switch{Rule: name, Mode: r.mode, HoldsFrom: r.from, Source: r.Source()}
}

func switchesOf(ctx context.Context, tx *gorm.DB) (switches, error) {
	var all switches
	err := tx.WithContext(ctx).Raw(`SELECT id, rule, mode, holds_from, source, note, reason, set_by, set_at FROM rule_switches ORDER BY id`).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: switches of rules: %w", err)
	}
	for i := range all {
		s := &all[i]
		s.HoldsFrom, s.SetAt = s.HoldsFrom.UTC(), s.SetAt.UTC()
		if r, ok := ruleNamed(s.Rule); ok && s.Source == "" {
			s.Source = r.Source()
		}
	}
	return all, nil
}

// RuleSetting is a hard rule as it is now, with what is decided for later and what
// was decided before.
type RuleSetting struct {
	Now     Switch
	Planned *Switch  // from a later day on
	History []Switch // every decision, the latest first
}

// RuleSettings are the hard rules in their order. It checks no permission: what
// the law asks is no secret.
func (s *Service) RuleSettings(ctx context.Context) ([]RuleSetting, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	all, err := switchesOf(ctx, db)
	if err != nil {
		return nil, err
	}
	var out []RuleSetting
	for _, r := range hardRules {
		setting := RuleSetting{Now: all.at(r.Name, now)}
		for _, w := range slices.Backward(all) {
			if w.Rule == r.Name {
				setting.History = append(setting.History, w)
			}
		}
		if h := setting.History; len(h) > 0 && h[0].HoldsFrom.After(now) {
			setting.Planned = &h[0]
		}
		out = append(out, setting)
	}
	return out, nil
}

// NewSwitch is what is typed to switch a rule.
type NewSwitch struct {
	FormKey string // a second send of the same form changes nothing
	Rule    RuleName
	Mode    RuleMode
	From    time.Time // a day by the capital's clock; zero or today: at once
	Source  string    // "" for the built-in words
	Note    string
	Reason  string
}

// SwitchRuleTx switches a hard rule. Package curation alone calls it, which knows
// who may. It never changes the past: the day is today or later. Errors: invalid
// mode (also for a rule there is not), from, source, note or reason.
func (s *Service) SwitchRuleTx(ctx context.Context, tx *gorm.DB, actor account.Actor, in NewSwitch) error {
	rule, known := ruleNamed(in.Rule)
	if !known {
		return fault.Invalid("fault.form").With("mode", "catalog.rule.unknown")
	}
	if err := goodKey(in.FormKey); err != nil {
		return err
	}
	if err := s.holdRulesTx(ctx, tx, true); err != nil { // before the clock is read, see MeasureTx
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	in.Source, in.Note, in.Reason = cleanLine(in.Source), cleanLine(in.Note), cleanLine(in.Reason)
	if in.Source == rule.Source() {
		in.Source = ""
	}
	from := now
	bad := fault.Invalid("fault.form")
	if !in.From.IsZero() {
		today := now.In(calendar.WIB).Format(time.DateOnly)
		switch day := in.From.Format(time.DateOnly); {
		case day < today:
			bad.With("from", "catalog.rule.past")
		case day > today:
			from = midnight(in.From, calendar.WIB)
		}
	}
	if !slices.Contains([]RuleMode{RuleBlocks, RuleWarns, RuleOff}, in.Mode) {
		bad.With("mode", "catalog.rule.mode")
	}
	if !hasWord(in.Reason) {
		bad.With("reason", "catalog.rule.reason")
	}
	for field, words := range map[string]string{"source": in.Source, "note": in.Note, "reason": in.Reason} {
		if letters(words) > MaxLabelLine {
			bad.With(field, "catalog.too_long", "max", MaxLabelLine)
		}
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	var id int64
	err = tx.WithContext(ctx).Raw(`INSERT INTO rule_switches (rule, mode, holds_from, source, note, reason, form_key, set_by, set_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (form_key) DO NOTHING RETURNING id`,
		in.Rule, in.Mode, from, in.Source, in.Note, in.Reason, in.FormKey, actor.UserID, now).Scan(&id).Error
	if err != nil {
		return fmt.Errorf("catalog: switch rule: %w", err)
	}
	if id == 0 {
		return nil
	}
	note := fmt.Sprintf("%s %s %s: %s", in.Rule, in.Mode, calendar.Date(from.In(calendar.WIB)), in.Reason)
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "switch", Object: "rule", ObjectID: id, Note: note})
}

// holdRulesTx keeps the switches as they are until the commit: switching waits for
// approvals under way, and they for it. SQLite has one writer.
func (s *Service) holdRulesTx(ctx context.Context, tx *gorm.DB, toSwitch bool) error {
	if tx.Dialector.Name() != database.Postgres {
		return nil
	}
	lock := `LOCK TABLE rule_switches IN SHARE MODE`
	if toSwitch {
		lock = `LOCK TABLE rule_switches IN EXCLUSIVE MODE`
	}
	if err := tx.WithContext(ctx).Exec(lock).Error; err != nil {
		return fmt.Errorf("catalog: hold the rules: %w", err)
	}
	return nil
}

// Check is how one demand of a hard rule stands for one revision.
type Check struct {
	Switch                        // the rule as it holds
	What        string            // what is asked for, as Requirement.Key; "kitchen_other" for a kitchen that is known and no home
	Kinds       []CertificateKind // of certificates of which one is enough; nil for a part of the label
	Met         bool
	Certificate *Certificate // which meets it; nil when the label does
	by          CertificateKind
}

// Blocks reports whether it stops an approval.
func (c Check) Blocks() bool { return c.Mode == RuleBlocks && !c.Met }

// measure holds one revision against the rules as they are at that moment; valid
// are the certificates that hold for it.
func measure(x Revision, valid Marks, all switches, now time.Time) []Check {
	var out []Check
	for _, r := range Requirements(x) {
		if r.Rule == "" {
			continue
		}
		c := Check{Switch: all.at(r.Rule, now), What: r.Key(), Kinds: r.Certificates}
		c.by, c.Met = r.metBy(x.Label, valid)
		if r.home && !c.Met && x.Label.Kitchen != "" {
			c.What = "kitchen_other"
		}
		out = append(out, c)
	}
	return out
}

// ChecksTx measures a revision of a shop's product with the hard rules as they hold
// now: one line for each thing they ask of these goods, in the order of the rules'
// file. Certificates count when they are confirmed and hold today. It checks no
// permission.
func (s *Service) ChecksTx(ctx context.Context, tx *gorm.DB, shopID int64, x Revision) ([]Check, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	all, err := switchesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	held, err := certificates(ctx, tx, `e.shop_id = ? AND (e.product_id IS NULL OR e.product_id = ?) AND `+heldAt, shopID, x.ProductID, now, now)
	if err != nil {
		return nil, err
	}
	list := measure(x, MarksFor(held, now), all, now)
	for i, c := range list {
		if at := slices.IndexFunc(held, func(e Certificate) bool { return e.Kind == c.by }); at >= 0 {
			list[i].Certificate = &held[at]
		}
	}
	return list, nil
}

// Checks is ChecksTx for a page, for those who may read the submission.
func (s *Service) Checks(ctx context.Context, actor account.Actor, submissionID int64) ([]Check, error) {
	sub, err := s.Submission(ctx, actor, submissionID)
	if err != nil {
		return nil, err
	}
	return s.ChecksTx(ctx, s.db.Read(ctx), sub.ShopID, sub.Revision)
}

// MeasureTx measures a revision that is being approved, or goes live on its day,
// and keeps what it was measured with last when nothing blocks. Package curation
// alone calls it, in the transaction of that move.
//
// No switch slips between: one that was decided before is seen, because its
// transaction holds the switches until its commit; one that is decided afterwards
// reads its time only when this transaction has ended, so its day is later.
func (s *Service) MeasureTx(ctx context.Context, tx *gorm.DB, shopID int64, x Revision) ([]Check, error) {
	if err := s.holdRulesTx(ctx, tx, false); err != nil {
		return nil, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, err := s.ChecksTx(ctx, tx, shopID, x)
	if err != nil || slices.ContainsFunc(list, Check.Blocks) {
		return list, err
	}
	for _, forget := range []string{`DELETE FROM rule_check_lines WHERE revision_id = ?`, `DELETE FROM rule_checks WHERE revision_id = ?`} { // of an approval that did not last
		if err := tx.WithContext(ctx).Exec(forget, x.ID).Error; err != nil {
			return nil, fmt.Errorf("catalog: measured: %w", err)
		}
	}
	err = tx.WithContext(ctx).Exec(`INSERT INTO rule_checks (revision_id, upto, checked_at)
		SELECT ?, COALESCE(MAX(id), 0), ? FROM rule_switches`, x.ID, now).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: measured: %w", err)
	}
	for _, c := range list {
		var certificate int64
		if c.Certificate != nil {
			certificate = c.Certificate.ID
		}
		err := tx.WithContext(ctx).Exec(`INSERT INTO rule_check_lines (revision_id, rule, what, mode, met, certificate_id) VALUES (?, ?, ?, ?, ?, ?)`,
			x.ID, c.Rule, c.What, c.Mode, c.Met, certificate).Error
		if err != nil {
			return nil, fmt.Errorf("catalog: measured: %w", err)
		}
	}
	return list, nil
}
