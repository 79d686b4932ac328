// Package audit is the proof that every row agrees with every other: the command
// `lapak audit`, and the end of every test of the whole program.
//
// It runs the Prove of each package and adds what no package can see alone, by
// read-only SQL over the tables of all of them: the one exception to the rule
// that a table is read by its owner only. It never writes. Each check is one
// statement, so it sees one moment even while the shop is open; every invariant
// holds at every commit.
package audit

import (
	"context"
	"fmt"
	"io"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/ledger"
)

// Prover is a package that proves its own tables.
type Prover interface {
	Prove(ctx context.Context) ([]proof.Finding, error)
}

// Func makes a Prover of a function.
type Func func(ctx context.Context) ([]proof.Finding, error)

// Prove calls f.
func (f Func) Prove(ctx context.Context) ([]proof.Finding, error) { return f(ctx) }

// Of makes a Prover of a package's Prove that takes the database.
func Of(db *database.DB, prove func(context.Context, *database.DB) ([]proof.Finding, error)) Prover {
	return Func(func(ctx context.Context) ([]proof.Finding, error) { return prove(ctx, db) })
}

// Run runs the checks across packages (I1–I7), the journal's proof and then the
// given provers, and returns every finding once. None means that every row
// agrees; an error means that the proof itself could not be made, which is not
// the same.
func Run(ctx context.Context, db *database.DB, provers ...Prover) ([]proof.Finding, error) {
	type name struct{ invariant, row string }
	seen := map[name]bool{}
	var findings []proof.Finding
	across := Func(func(ctx context.Context) ([]proof.Finding, error) { return across(ctx, db.Read(ctx)) })
	for _, p := range append([]Prover{across, ledger.NewService(db)}, provers...) {
		found, err := p.Prove(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if n := (name{f.Invariant, f.Row}); !seen[n] {
				seen[n] = true
				findings = append(findings, f)
			}
		}
	}
	return findings, nil
}

// Print writes the findings for a person, one a line, and a last line that says
// how many there are.
func Print(w io.Writer, findings []proof.Finding) error {
	for _, f := range findings {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	last := "audit: every row agrees"
	if n := len(findings); n > 0 {
		last = fmt.Sprintf("audit: %d findings", n)
	}
	_, err := fmt.Fprintln(w, last)
	return err
}

// across proves what spans packages: it runs every check and looks whether the
// journal's guards stand.
func across(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	findings, err := guards(ctx, db)
	if err != nil {
		return nil, err
	}
	for _, c := range checks {
		var rows []struct{ Subject, Detail string }
		if err := db.WithContext(ctx).Raw(c.query).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("audit: %s: %w", c.invariant, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: c.invariant, Row: r.Subject, Text: r.Detail})
		}
	}
	return findings, nil
}

// guardNames are the triggers that make the journal append-only on both engines.
var guardNames = []string{
	"journal_entries_no_delete", "journal_entries_no_update", "journal_lines_no_delete", "journal_lines_no_update",
}

// guards reports the triggers that are missing or switched off (I4).
func guards(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'trigger'"
	if db.Dialector.Name() == database.Postgres {
		query = `SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = current_schema() AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')`
	}
	var names []string
	if err := db.WithContext(ctx).Raw(query).Scan(&names).Error; err != nil {
		return nil, fmt.Errorf("audit: triggers: %w", err)
	}
	var findings []proof.Finding
	for _, n := range guardNames {
		if !slices.Contains(names, n) {
			findings = append(findings, proof.Finding{Invariant: "I4 append-only", Row: "trigger " + n, Text: "is missing or switched off"})
		}
	}
	return findings, nil
}
