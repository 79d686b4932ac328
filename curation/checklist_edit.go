package curation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Limits of a checklist, in letters; MaxChecklistItems in items.
const (
	MaxChecklistName     = 60
	MaxChecklistQuestion = 200
	MaxChecklistHelp     = 300
	MaxChecklistItems    = 40
)

// Checklist is a checklist with all its versions.
type Checklist struct {
	ID       int64
	Name     string
	Archived bool
	Versions []ChecklistVersion `gorm:"-"` // newest first; the draft, when there is one, before those published
}

// Current is the version that new rounds begin with, nil when none was published.
func (c Checklist) Current() *ChecklistVersion {
	for i := range c.Versions {
		if c.Versions[i].Published {
			return &c.Versions[i]
		}
	}
	return nil
}

// Draft is the version that is being written, nil for none.
func (c Checklist) Draft() *ChecklistVersion {
	if len(c.Versions) > 0 && !c.Versions[0].Published {
		return &c.Versions[0]
	}
	return nil
}

// Rest reports the checklist of every category that no other one serves. It cannot
// be put away, nor be given categories of its own.
func (c Checklist) Rest() bool {
	now := c.Current()
	return now != nil && len(now.Categories) == 0
}

// DraftRef names a draft as it was read: whoever writes it meanwhile changes the
// edition, and another draft of the same checklist is another version.
type DraftRef struct {
	ChecklistID, VersionID, Edition int64
}

// Draft is what is written into a draft. The name is the checklist's own: it
// changes at once, in all versions.
type Draft struct {
	DraftRef
	Name       string
	Categories []string
	Items      []ChecklistItem // a key that the checklist never had becomes a new one
}

// Checklists returns every checklist with its versions, without their items, those
// in use first, to the desk's people.
func (s *Service) Checklists(ctx context.Context, actor account.Actor) ([]Checklist, error) {
	if err := looks(actor); err != nil {
		return nil, err
	}
	return s.checklists(ctx, 0)
}

// Checklist returns one with the items of all its versions, to the desk's people.
// One that does not exist is not found.
func (s *Service) Checklist(ctx context.Context, actor account.Actor, checklistID int64) (Checklist, error) {
	if err := looks(actor); err != nil {
		return Checklist{}, err
	}
	found, err := s.checklists(ctx, checklistID)
	if err != nil {
		return Checklist{}, err
	}
	if len(found) == 0 {
		return Checklist{}, fault.NotFound("checklist")
	}
	for i := range found[0].Versions {
		if found[0].Versions[i].Items, err = itemsOf(s.db.Read(ctx), found[0].Versions[i].ID); err != nil {
			return Checklist{}, err
		}
	}
	return found[0], nil
}

// checklists reads one checklist, or all of them (0).
func (s *Service) checklists(ctx context.Context, checklistID int64) ([]Checklist, error) {
	db := s.db.Read(ctx)
	var all []Checklist
	if err := db.Raw(`SELECT id, name, archived FROM checklists WHERE id = ? OR ? = 0 ORDER BY archived, id`, checklistID, checklistID).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("curation: checklists: %w", err)
	}
	var rows []versionRow
	err := db.Raw(`SELECT `+versionColumns+` FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id
		WHERE c.id = ? OR ? = 0 ORDER BY v.number DESC`, checklistID, checklistID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: versions of checklists: %w", err)
	}
	var people []int64
	for _, r := range rows {
		people = append(people, r.CreatedBy, r.PublishedBy)
	}
	names, err := s.people.Users(ctx, people)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		v := r.version()
		v.CreatedName, v.PublishedName = names[v.CreatedBy].Name, names[v.PublishedBy].Name
		at := slices.IndexFunc(all, func(c Checklist) bool { return c.ID == v.ChecklistID })
		if at >= 0 { // else it was begun between the two readings
			all[at].Versions = append(all[at].Versions, v)
		}
	}
	return all, nil
}

// StartChecklist begins a checklist as a draft with the questions of the one for
// all other categories. Curators may. Errors: a name that another has is a fault
// on nama.
func (s *Service) StartChecklist(ctx context.Context, actor account.Actor, name string) (int64, error) {
	if err := writes(actor); err != nil {
		return 0, err
	}
	name = line(name)
	if bad := checkName(name); bad != nil {
		return 0, bad
	}
	var made int64
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Raw(`INSERT INTO checklists (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING RETURNING id`, name, now).Scan(&made).Error
		if err != nil {
			return fmt.Errorf("curation: start checklist: %w", err)
		}
		if made == 0 {
			return fault.Invalid("fault.form").With("nama", "checklist.name_taken")
		}
		rest, err := serving(ctx, tx, "")
		if err != nil {
			return err
		}
		if _, err := draftTx(ctx, tx, actor, ChecklistVersion{ID: rest.ID, ChecklistID: made}); err != nil {
			return err
		}
		return recordChecklistTx(ctx, tx, actor, made, "create", name)
	})
	return made, err
}

// StartDraft begins a draft as a copy of what is published; when there is a draft
// already, it stays as it is. Curators may. Errors: not found.
func (s *Service) StartDraft(ctx context.Context, actor account.Actor, checklistID int64) error {
	if err := writes(actor); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		before, err := newestTx(tx, checklistID)
		if err != nil || !before.Published {
			return err
		}
		begun, err := draftTx(ctx, tx, actor, before)
		if err != nil || !begun {
			return err
		}
		return recordChecklistTx(ctx, tx, actor, checklistID, "start_draft", strconv.FormatInt(before.Number+1, 10))
	})
}

// draftTx begins the draft after a version, with its categories and items; false
// when somebody else did.
func draftTx(ctx context.Context, tx *gorm.DB, actor account.Actor, from ChecklistVersion) (bool, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return false, err
	}
	var made int64
	err = tx.Raw(`INSERT INTO checklist_versions (checklist_id, number, categories, state, created_by, created_at) VALUES (?, ?, ?, 'draft', ?, ?)
		ON CONFLICT DO NOTHING RETURNING id`, from.ChecklistID, from.Number+1, strings.Join(from.Categories, " "), actor.UserID, now).Scan(&made).Error
	if err != nil {
		return false, fmt.Errorf("curation: start draft: %w", err)
	}
	if made == 0 {
		return false, nil
	}
	err = tx.Exec(`INSERT INTO checklist_items (version_id, position, key, aspect, question, help, lesson)
		SELECT ?, position, key, aspect, question, help, lesson FROM checklist_items WHERE version_id = ?`, made, from.ID).Error
	if err != nil {
		return false, fmt.Errorf("curation: items of a draft: %w", err)
	}
	return true, nil
}

// newestTx is a checklist's newest version: its draft, or what is published.
func newestTx(tx *gorm.DB, checklistID int64) (ChecklistVersion, error) {
	var row versionRow
	err := tx.Raw(`SELECT `+versionColumns+` FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id
		WHERE c.id = ? ORDER BY v.number DESC LIMIT 1`, checklistID).Scan(&row).Error
	if err != nil {
		return ChecklistVersion{}, fmt.Errorf("curation: newest version: %w", err)
	}
	if row.ID == 0 {
		return ChecklistVersion{}, fault.NotFound("checklist")
	}
	return row.version(), nil
}

// holdTx takes a draft that is still as it was read, and counts its edition on.
// Errors: conflict when somebody wrote, published or discarded it.
func holdTx(tx *gorm.DB, ref DraftRef) (ChecklistVersion, error) {
	r := tx.Exec(`UPDATE checklist_versions SET edition = edition + 1 WHERE id = ? AND checklist_id = ? AND edition = ? AND state = 'draft'`,
		ref.VersionID, ref.ChecklistID, ref.Edition)
	if r.Error != nil {
		return ChecklistVersion{}, fmt.Errorf("curation: hold draft: %w", r.Error)
	}
	v, err := newestTx(tx, ref.ChecklistID)
	switch {
	case err != nil:
		return ChecklistVersion{}, err
	case r.RowsAffected == 1:
		v.Items, err = itemsOf(tx, v.ID)
		return v, err
	case v.Published:
		return ChecklistVersion{}, fault.Conflict("checklist.draft_gone")
	}
	return ChecklistVersion{}, fault.Conflict("checklist.changed")
}

// SaveDraft writes a draft. Items stand by aspect; within one in the order given.
// A question keeps the key it had in any version of the checklist. Curators may.
// Errors: as holdTx; faults on nama, kategori, and on aspek_N, tanya_N, bantu_N
// and pelajaran_N, where N counts the items from 0.
func (s *Service) SaveDraft(ctx context.Context, actor account.Actor, in Draft) error {
	if err := writes(actor); err != nil {
		return err
	}
	in.Name = line(in.Name)
	known, err := s.catalog.Categories(ctx)
	if err != nil {
		return err
	}
	var categories []string // in the order of the shop window, each once
	for _, c := range known {
		if slices.Contains(in.Categories, c.Slug) {
			categories = append(categories, c.Slug)
		}
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		v, err := holdTx(tx, in.DraftRef)
		if err != nil {
			return err
		}
		items, err := checkItems(tx, in.Items)
		if err != nil {
			return err
		}
		if bad := checkName(in.Name); bad != nil {
			return bad
		}
		if items, err = keyed(tx, in.ChecklistID, items); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE checklists SET name = ? WHERE id = ? AND name <> ?`, in.Name, in.ChecklistID, in.Name).Error; err != nil {
			return fmt.Errorf("curation: name of a checklist: %w", err)
		}
		if err := tx.Exec(`UPDATE checklist_versions SET categories = ? WHERE id = ?`, strings.Join(categories, " "), v.ID).Error; err != nil {
			return fmt.Errorf("curation: categories of a draft: %w", err)
		}
		if err := tx.Exec(`DELETE FROM checklist_items WHERE version_id = ?`, v.ID).Error; err != nil {
			return fmt.Errorf("curation: items of a draft: %w", err)
		}
		for n, it := range items {
			err := tx.Exec(`INSERT INTO checklist_items (version_id, position, key, aspect, question, help, lesson) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				v.ID, n+1, it.Key, it.Aspect, it.Question, it.Help, it.Lesson).Error
			if err != nil {
				return fmt.Errorf("curation: item of a draft: %w", err)
			}
		}
		return recordChecklistTx(ctx, tx, actor, in.ChecklistID, "save_draft", strconv.FormatInt(v.Number, 10))
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) { // the name is all that is unique here
		return fault.Invalid("fault.form").With("nama", "checklist.name_taken")
	}
	return err
}

func checkName(name string) error {
	if !says(name) || letters(name) > MaxChecklistName {
		return fault.Invalid("fault.form").With("nama", "checklist.name", "max", MaxChecklistName)
	}
	return nil
}

// checkItems returns the items with their words trimmed.
func checkItems(tx *gorm.DB, in []ChecklistItem) ([]ChecklistItem, error) {
	var lessons []string
	if err := tx.Raw(`SELECT slug FROM lessons`).Scan(&lessons).Error; err != nil {
		return nil, fmt.Errorf("curation: slugs of lessons: %w", err)
	}
	bad := fault.Invalid("fault.form")
	if len(in) > MaxChecklistItems {
		bad.With("butir", "checklist.many", "max", MaxChecklistItems)
	}
	out := make([]ChecklistItem, len(in))
	for n, it := range in {
		it.Question, it.Help = line(it.Question), line(it.Help)
		field := func(name string) string { return name + "_" + strconv.Itoa(n) }
		if !slices.Contains(Aspects(), it.Aspect) {
			bad.With(field("aspek"), "saved.aspect")
		}
		if !says(it.Question) || letters(it.Question) > MaxChecklistQuestion {
			bad.With(field("tanya"), "checklist.question", "max", MaxChecklistQuestion)
		}
		if letters(it.Help) > MaxChecklistHelp {
			bad.With(field("bantu"), "lesson.too_long", "max", MaxChecklistHelp)
		}
		if it.Lesson != "" && !slices.Contains(lessons, it.Lesson) {
			bad.With(field("pelajaran"), "checklist.lesson")
		}
		out[n] = it
	}
	return out, bad.OrNil()
}

// keyed gives every item a key of its own: the one it came with, where the
// checklist has had it, or one made from its question. The items are then in the
// order of their aspects.
func keyed(tx *gorm.DB, checklistID int64, items []ChecklistItem) ([]ChecklistItem, error) {
	var had []string
	err := tx.Raw(`SELECT DISTINCT i.key FROM checklist_items i JOIN checklist_versions v ON v.id = i.version_id WHERE v.checklist_id = ?`, checklistID).Scan(&had).Error
	if err != nil {
		return nil, fmt.Errorf("curation: keys of a checklist: %w", err)
	}
	taken := map[string]bool{}
	for i := range items {
		if !slices.Contains(had, items[i].Key) || taken[items[i].Key] {
			items[i].Key = ""
		}
		taken[items[i].Key] = true
	}
	for i := range items {
		if items[i].Key != "" {
			continue
		}
		base := string(items[i].Aspect) + "-" + id.Slug(items[i].Question)
		key := base
		for n := 2; taken[key] || slices.Contains(had, key); n++ {
			key = base + "-" + strconv.Itoa(n)
		}
		items[i].Key, taken[key] = key, true
	}
	slices.SortStableFunc(items, func(a, b ChecklistItem) int {
		return slices.Index(Aspects(), a.Aspect) - slices.Index(Aspects(), b.Aspect)
	})
	return items, nil
}

// PublishDraft lets new rounds begin with a draft; rounds that were claimed keep
// the version they began with. A checklist that was put away is in use again.
// Curators may. Errors: as holdTx; conflict for a draft without items or without
// categories, and for categories that another checklist serves.
func (s *Service) PublishDraft(ctx context.Context, actor account.Actor, ref DraftRef) error {
	categories, err := s.catalog.Categories(ctx)
	if err != nil {
		return err
	}
	return s.arrange(ctx, actor, func(tx *gorm.DB) error {
		before, all, err := currentOf(ctx, tx, ref.ChecklistID)
		if err != nil {
			return err
		}
		v, err := holdTx(tx, ref)
		if err != nil {
			return err
		}
		rest := before != nil && len(before.Categories) == 0
		switch {
		case len(v.Items) == 0:
			return fault.Conflict("checklist.empty")
		case rest && len(v.Categories) > 0:
			return fault.Conflict("checklist.rest_stays")
		case !rest && len(v.Categories) == 0:
			return fault.Conflict("checklist.no_category")
		}
		for _, other := range all {
			for _, c := range categories {
				if other.ChecklistID != ref.ChecklistID && slices.Contains(v.Categories, c.Slug) && slices.Contains(other.Categories, c.Slug) {
					return fault.Conflict("checklist.served", "category", c.Name, "list", other.Name)
				}
			}
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`UPDATE checklist_versions SET state = 'published', published_by = ?, published_at = ? WHERE id = ?`, actor.UserID, now, v.ID).Error
		if err != nil {
			return fmt.Errorf("curation: publish checklist: %w", err)
		}
		if err := tx.Exec(`UPDATE checklists SET archived = FALSE WHERE id = ?`, ref.ChecklistID).Error; err != nil {
			return fmt.Errorf("curation: checklist in use: %w", err)
		}
		return recordChecklistTx(ctx, tx, actor, ref.ChecklistID, "publish", strconv.FormatInt(v.Number, 10))
	})
}

// DiscardDraft throws a draft away, and with it a checklist that was never
// published: gone then says so. Curators may. Errors: as holdTx.
func (s *Service) DiscardDraft(ctx context.Context, actor account.Actor, ref DraftRef) (gone bool, err error) {
	if err := writes(actor); err != nil {
		return false, err
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		v, err := holdTx(tx, ref)
		if err != nil {
			return err
		}
		if err := dropTx(tx, ref.ChecklistID); err != nil {
			return err
		}
		if gone = v.Number == 1; gone {
			if err := tx.Exec(`DELETE FROM checklists WHERE id = ?`, ref.ChecklistID).Error; err != nil {
				return fmt.Errorf("curation: discard checklist: %w", err)
			}
		}
		return recordChecklistTx(ctx, tx, actor, ref.ChecklistID, "discard_draft", strconv.FormatInt(v.Number, 10))
	})
	return gone, err
}

// dropTx removes a checklist's draft.
func dropTx(tx *gorm.DB, checklistID int64) error {
	err := tx.Exec(`DELETE FROM checklist_items WHERE version_id IN (SELECT id FROM checklist_versions WHERE checklist_id = ? AND state = 'draft')`, checklistID).Error
	if err != nil {
		return fmt.Errorf("curation: items of a draft: %w", err)
	}
	if err := tx.Exec(`DELETE FROM checklist_versions WHERE checklist_id = ? AND state = 'draft'`, checklistID).Error; err != nil {
		return fmt.Errorf("curation: discard draft: %w", err)
	}
	return nil
}

// ArchiveChecklist puts a checklist away, with its draft: new rounds about its
// categories begin with the one for everything else. Curators may; once is enough.
// Errors: not found; conflict for the one for everything else, and for one that
// was never published.
func (s *Service) ArchiveChecklist(ctx context.Context, actor account.Actor, checklistID int64) error {
	return s.arrange(ctx, actor, func(tx *gorm.DB) error {
		if _, err := newestTx(tx, checklistID); err != nil {
			return err
		}
		before, _, err := currentOf(ctx, tx, checklistID)
		if err != nil {
			return err
		}
		var archived bool
		if err := tx.Raw(`SELECT archived FROM checklists WHERE id = ?`, checklistID).Scan(&archived).Error; err != nil {
			return fmt.Errorf("curation: checklist: %w", err)
		}
		switch {
		case archived:
			return nil
		case before == nil:
			return fault.Conflict("checklist.unpublished")
		case len(before.Categories) == 0:
			return fault.Conflict("checklist.rest_stays")
		}
		if err := dropTx(tx, checklistID); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE checklists SET archived = TRUE WHERE id = ?`, checklistID).Error; err != nil {
			return fmt.Errorf("curation: archive checklist: %w", err)
		}
		return recordChecklistTx(ctx, tx, actor, checklistID, "archive", "")
	})
}

// currentOf is the version in use of one checklist, nil for none, and all that are
// in use.
func currentOf(ctx context.Context, tx *gorm.DB, checklistID int64) (*ChecklistVersion, []ChecklistVersion, error) {
	all, err := current(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	for i := range all {
		if all[i].ChecklistID == checklistID {
			return &all[i], all, nil
		}
	}
	return nil, all, nil
}

// arrange changes which checklist serves what: one change at a time, since each
// looks at all checklists. The lock is the oldest checklist's row, which stays.
func (s *Service) arrange(ctx context.Context, actor account.Actor, do func(tx *gorm.DB) error) error {
	if err := writes(actor); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := tx.Exec(`UPDATE checklists SET archived = archived WHERE id = (SELECT MIN(id) FROM checklists)`).Error; err != nil {
			return fmt.Errorf("curation: arrange checklists: %w", err)
		}
		return do(tx)
	})
}

func recordChecklistTx(ctx context.Context, tx *gorm.DB, actor account.Actor, checklistID int64, verb, note string) error {
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: verb, Object: "checklist", ObjectID: checklistID, Note: note})
}
