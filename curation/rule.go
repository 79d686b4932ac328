package curation

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// Block is one hard rule that stops an approval.
type Block struct {
	Rule   catalog.RuleName
	Key    string // what is asked for: "net", "pirt", "kitchen_other"
	Source string // the law
	Remedy string // what would make the goods acceptable, for the maker too
}

// Remedy says what would meet a check, in plain words.
func Remedy(c catalog.Check) string {
	words := text.T("rule.remedy." + string(c.Rule) + "_" + c.What)
	if c.Note != "" {
		words += " " + c.Note
	}
	return words
}

// Blocking returns what stops the approval of a submission now, in the caller's
// transaction. It checks no permission.
func (s *Service) Blocking(ctx context.Context, tx *gorm.DB, sub catalog.Submission) ([]Block, error) {
	list, err := s.catalog.ChecksTx(ctx, tx, sub.ShopID, sub.Revision)
	return blocks(list), err
}

func blocks(list []catalog.Check) []Block {
	var out []Block
	for _, c := range list {
		if c.Blocks() {
			out = append(out, Block{Rule: c.Rule, Key: c.What, Source: c.Source, Remedy: Remedy(c)})
		}
	}
	return out
}

// acceptable says what would make the goods acceptable, a line for each block.
func acceptable(list []Block) string {
	lines := []string{text.T("rule.acceptable")}
	for _, b := range list {
		lines = append(lines, "- "+b.Remedy+" ("+b.Source+")")
	}
	return strings.Join(lines, "\n")
}

// Remedies is the beginning of a refusal or a return: what would make the
// submission acceptable, "" when no hard rule stops it. Who may: as
// catalog.Submission.
func (s *Service) Remedies(ctx context.Context, actor account.Actor, submissionID int64) (string, error) {
	list, err := s.catalog.Checks(ctx, actor, submissionID)
	if stops := blocks(list); err == nil && len(stops) > 0 {
		return acceptable(stops), nil
	}
	return "", err
}

// lawfulTx measures what is being approved with the hard rules as they hold at
// this moment. Errors: invalid curation.blocked with a field, "rule_" and a number,
// for each rule that stops it, naming rule, source and remedy.
func (s *Service) lawfulTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission) error {
	list, err := s.catalog.MeasureTx(ctx, tx, sub.ShopID, sub.Revision)
	if err != nil {
		return err
	}
	bad := fault.Invalid("curation.blocked")
	for i, b := range blocks(list) {
		bad.With("rule_"+strconv.Itoa(i+1), "curation.blocked_by", "rule", text.T("rule.name."+string(b.Rule)), "source", b.Source, "remedy", b.Remedy)
	}
	return bad.OrNil()
}

// ExceptHalal lets a product stay, or go live, without a halal certificate until a
// day, because one is under way. Only the lead of the desk may, with a reason, and
// not with an interest in the shop. Errors: see catalog.ExceptHalalTx; forbidden
// for other curators.
func (s *Service) ExceptHalal(ctx context.Context, actor account.Actor, productID int64, until time.Time, reason, formKey string) (catalog.Certificate, error) {
	var out catalog.Certificate
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.leadsTx(ctx, tx, actor); err != nil {
			return err
		}
		var err error
		out, err = s.catalog.ExceptHalalTx(ctx, tx, actor, productID, until, reason, formKey)
		return err
	})
	return out, err
}

// leadsTx lets only the lead pass: others are told, those without the desk find
// nothing.
func (s *Service) leadsTx(ctx context.Context, tx *gorm.DB, actor account.Actor) error {
	if !actor.Has(account.RoleCurator) {
		return fault.NotFound("the desk is for curators")
	}
	lead, err := s.IsLead(ctx, tx, actor)
	if err == nil && !lead {
		err = fault.Forbidden("curation.lead_only")
	}
	return err
}

// Rules returns the hard rules with their settings, to those who see the desk, and
// whether the actor may switch them.
func (s *Service) Rules(ctx context.Context, actor account.Actor) (settings []catalog.RuleSetting, may bool, err error) {
	if err := looks(actor); err != nil {
		return nil, false, err
	}
	if may, err = s.switches(ctx, s.db.Read(ctx), actor); err != nil {
		return nil, false, err
	}
	settings, err = s.catalog.RuleSettings(ctx)
	return settings, may, err
}

// switches reports whether the actor may switch hard rules: the lead, heads and
// admins.
func (s *Service) switches(ctx context.Context, tx *gorm.DB, actor account.Actor) (bool, error) {
	if actor.HasAny(account.RoleHead, account.RoleAdmin) {
		return true, nil
	}
	return s.IsLead(ctx, tx, actor)
}

// SwitchRule makes a hard rule block, warn, or hold no more, from a day on. The
// lead, heads and admins may; it is trailed. Errors: see catalog.SwitchRuleTx;
// forbidden for other curators.
func (s *Service) SwitchRule(ctx context.Context, actor account.Actor, in catalog.NewSwitch) error {
	if err := looks(actor); err != nil {
		return err
	}
	may, err := s.switches(ctx, s.db.Read(ctx), actor) // not in the transaction, which must not have read its time yet
	if err != nil {
		return err
	}
	if !may {
		return fault.Forbidden("curation.lead_only")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error { return s.catalog.SwitchRuleTx(ctx, tx, actor, in) })
}

// Standing returns live products that a hard rule would not let through as they
// are, to those who see the desk: a head those of their own territory. next is for
// the page after, 0 at the end. A rule suspends nothing by itself.
func (s *Service) Standing(ctx context.Context, actor account.Actor, f catalog.StandingFilter) (list []catalog.StandingProduct, next int64, err error) {
	if err := looks(actor); err != nil {
		return nil, 0, err
	}
	f.Regions = within(actor, f.Regions)
	return s.catalog.Standing(ctx, f)
}

// RuleChecks returns how every hard rule stands for a submission now, and whether
// the actor leads the desk. Who may: as catalog.Submission.
func (s *Service) RuleChecks(ctx context.Context, actor account.Actor, submissionID int64) (list []catalog.Check, leads bool, err error) {
	if list, err = s.catalog.Checks(ctx, actor, submissionID); err != nil {
		return nil, false, err
	}
	leads, err = s.IsLead(ctx, s.db.Read(ctx), actor)
	return list, leads, err
}
