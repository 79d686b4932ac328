package curation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/proof"
)

// ChecklistItem is one question to the curator.
type ChecklistItem struct {
	Key      string // the same question keeps its key through all versions
	Aspect   Aspect
	Question string
	Help     string // for the curator
	Lesson   string // slug of a lesson for the maker; '' for none
}

// ChecklistVersion is one state of a checklist. A published one never changes;
// every round keeps the version it began with.
type ChecklistVersion struct {
	ID            int64
	ChecklistID   int64
	Number        int64
	Name          string   // of the checklist
	Categories    []string // slugs it serves; none: every category that no other checklist serves
	Published     bool
	Edition       int64 // of a draft: counts its changes
	CreatedBy     int64
	CreatedName   string // '' for the system
	CreatedAt     time.Time
	PublishedBy   int64
	PublishedName string
	PublishedAt   *time.Time
	Items         []ChecklistItem // in their order
}

// versionRow is a row of checklist_versions with its checklist's name.
type versionRow struct {
	ID          int64
	ChecklistID int64
	Number      int64
	Name        string
	Categories  string
	State       string
	Edition     int64
	CreatedBy   int64
	CreatedAt   time.Time
	PublishedBy int64
	PublishedAt *time.Time
}

const versionColumns = `v.id, v.checklist_id, v.number, c.name, v.categories, v.state, v.edition, v.created_by, v.created_at, v.published_by, v.published_at`

func (r versionRow) version() ChecklistVersion {
	v := ChecklistVersion{
		ID: r.ID, ChecklistID: r.ChecklistID, Number: r.Number, Name: r.Name, Categories: strings.Fields(r.Categories), Published: r.State == "published",
		Edition: r.Edition, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), PublishedBy: r.PublishedBy,
	}
	if r.PublishedAt != nil {
		at := r.PublishedAt.UTC()
		v.PublishedAt = &at
	}
	return v
}

// current returns the newest published version of every checklist in use,
// without its items.
func current(ctx context.Context, db *gorm.DB) ([]ChecklistVersion, error) {
	var rows []versionRow
	err := db.WithContext(ctx).Raw(`SELECT ` + versionColumns + ` FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id
		WHERE NOT c.archived AND v.number = (SELECT MAX(l.number) FROM checklist_versions l WHERE l.checklist_id = c.id AND l.state = 'published')
		ORDER BY c.id`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: checklists in use: %w", err)
	}
	out := make([]ChecklistVersion, len(rows))
	for i, r := range rows {
		out[i] = r.version()
	}
	return out, nil
}

// serving returns the version that new rounds about a category begin with.
func serving(ctx context.Context, db *gorm.DB, category string) (ChecklistVersion, error) {
	all, err := current(ctx, db)
	if err != nil {
		return ChecklistVersion{}, err
	}
	for _, v := range all {
		if slices.Contains(v.Categories, category) {
			return v, nil
		}
	}
	for _, v := range all {
		if len(v.Categories) == 0 {
			return v, nil
		}
	}
	return ChecklistVersion{}, fmt.Errorf("curation: no checklist serves %q", category)
}

// itemsOf returns a version's items in their order.
func itemsOf(db *gorm.DB, versionID int64) ([]ChecklistItem, error) {
	var out []ChecklistItem
	err := db.Raw(`SELECT key, aspect, question, help, lesson FROM checklist_items WHERE version_id = ? ORDER BY position, key`, versionID).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("curation: checklist items: %w", err)
	}
	return out, nil
}

// versionOf returns one version with its items.
func versionOf(db *gorm.DB, versionID int64) (ChecklistVersion, error) {
	var row versionRow
	err := db.Raw(`SELECT `+versionColumns+` FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id WHERE v.id = ?`, versionID).Scan(&row).Error
	if err != nil {
		return ChecklistVersion{}, fmt.Errorf("curation: checklist version: %w", err)
	}
	v := row.version()
	v.Items, err = itemsOf(db, versionID)
	return v, err
}

// proveChecklists checks that every category is served by exactly one checklist
// in use, and that what is published asks something.
func proveChecklists(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	all, err := current(ctx, db)
	if err != nil {
		return nil, err
	}
	var out []proof.Finding
	served := map[string]int64{}
	for _, v := range all {
		slugs := v.Categories
		if len(slugs) == 0 {
			slugs = []string{""}
		}
		for _, slug := range slugs {
			if other, taken := served[slug]; taken {
				out = append(out, proof.Finding{Invariant: "K11 one checklist a category", Row: fmt.Sprintf("checklist_versions %d", v.ID),
					Text: fmt.Sprintf("%q is served by checklist version %d too", slug, other)})
			}
			served[slug] = v.ID
		}
	}
	if served[""] == 0 {
		out = append(out, proof.Finding{Invariant: "K11 one checklist a category", Row: "checklist_versions", Text: "no checklist serves the categories that no other serves"})
	}
	var empty []int64
	err = db.WithContext(ctx).Raw(`SELECT v.id FROM checklist_versions v WHERE v.state = 'published' AND NOT EXISTS (SELECT 1 FROM checklist_items i WHERE i.version_id = v.id) ORDER BY v.id`).
		Scan(&empty).Error
	if err != nil {
		return nil, fmt.Errorf("curation: prove checklists: %w", err)
	}
	for _, id := range empty {
		out = append(out, proof.Finding{Invariant: "K12 a checklist asks", Row: fmt.Sprintf("checklist_versions %d", id), Text: "it was published without an item"})
	}
	return out, nil
}

// Questions returns what a curator will ask about a product of a category: the items
// of the checklist that a new round would begin with. Anybody who lists a product may
// read them; they say nothing of anybody.
func (s *Service) Questions(ctx context.Context, category string) ([]ChecklistItem, error) {
	db := s.db.Read(ctx)
	v, err := serving(ctx, db, category)
	if err != nil {
		return nil, err
	}
	return itemsOf(db, v.ID)
}
