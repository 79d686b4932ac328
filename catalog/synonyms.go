package catalog

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog/index"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// synonymsKey is the invalidation of the synonyms.
const synonymsKey = "synonyms"

// maxSynonyms bounds what a search looks through.
const maxSynonyms = 500

// Synonym is one decision about searching: a search for any of Words finds what
// each of them finds, and also what Finds finds (not the other way round). Both
// are lists with commas; an entry may be several words.
type Synonym struct {
	ID    int64
	Words string
	Finds string
}

func (w *window) readSynonyms(ctx context.Context) error {
	all, err := w.s.Synonyms(ctx)
	if err != nil {
		return err
	}
	groups := make([]index.Group, len(all))
	for i, s := range all {
		groups[i] = index.Group{Words: strings.Split(s.Words, ","), Finds: strings.Split(s.Finds, ",")}
	}
	w.index.SetSynonyms(index.NewSynonyms(groups))
	w.s.db.Tell("list")
	return nil
}

// Synonyms returns all of them by their words, for the pages of those who may
// change them.
func (s *Service) Synonyms(ctx context.Context) ([]Synonym, error) {
	var all []Synonym
	if err := s.db.Read(ctx).Raw(`SELECT id, words, finds FROM synonyms ORDER BY words, id`).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("catalog: synonyms: %w", err)
	}
	return all, nil
}

// editsWords reports whether the actor may decide what searches find.
func editsWords(actor account.Actor) bool {
	return actor.HasAny(account.RoleCurator, account.RoleAdmin)
}

// SaveSynonym adds a synonym (ID 0) or changes one, for curators and admins, and
// returns its id. Every search finds by it within a second. Errors: invalid kata
// or menemukan; not found for an id that is gone.
func (s *Service) SaveSynonym(ctx context.Context, actor account.Actor, in Synonym) (int64, error) {
	if !editsWords(actor) {
		return 0, fault.Forbidden("catalog.synonym.staff_only")
	}
	in.Words, in.Finds = cleanList(in.Words), cleanList(in.Finds)
	bad := fault.Invalid("fault.form")
	if in.Words == "" || in.Finds == "" && !strings.Contains(in.Words, ",") {
		bad.With("kata", "catalog.synonym.words")
	}
	for field, list := range map[string]string{"kata": in.Words, "menemukan": in.Finds} {
		if letters(list) > 300 {
			bad.With(field, "catalog.too_long", "max", 300)
		}
	}
	if err := bad.OrNil(); err != nil {
		return 0, err
	}
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		verb := "add"
		if in.ID == 0 {
			var n int64
			if err := tx.Raw(`SELECT COUNT(*) FROM synonyms`).Scan(&n).Error; err != nil {
				return fmt.Errorf("catalog: synonyms: %w", err)
			}
			if n >= maxSynonyms {
				return fault.Conflict("catalog.synonym.full", "max", maxSynonyms)
			}
			if err := tx.Raw(`INSERT INTO synonyms (words, finds) VALUES (?, ?) RETURNING id`, in.Words, in.Finds).Scan(&in.ID).Error; err != nil {
				return fmt.Errorf("catalog: add synonym: %w", err)
			}
		} else {
			verb = "change"
			res := tx.Exec(`UPDATE synonyms SET words = ?, finds = ? WHERE id = ?`, in.Words, in.Finds, in.ID)
			if res.Error != nil {
				return fmt.Errorf("catalog: change synonym: %w", res.Error)
			}
			if res.RowsAffected == 0 {
				return fault.NotFound("synonym")
			}
		}
		return wordsChangedTx(ctx, tx, actor, verb, in)
	})
	return in.ID, err
}

// RemoveSynonym takes one away, for the same people. One that is gone already
// stays gone.
func (s *Service) RemoveSynonym(ctx context.Context, actor account.Actor, id int64) error {
	if !editsWords(actor) {
		return fault.Forbidden("catalog.synonym.staff_only")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var gone []Synonym
		if err := tx.Raw(`DELETE FROM synonyms WHERE id = ? RETURNING id, words, finds`, id).Scan(&gone).Error; err != nil {
			return fmt.Errorf("catalog: remove synonym: %w", err)
		}
		if len(gone) == 0 {
			return nil
		}
		return wordsChangedTx(ctx, tx, actor, "remove", gone[0])
	})
}

func wordsChangedTx(ctx context.Context, tx *gorm.DB, actor account.Actor, verb string, in Synonym) error {
	if err := invalidateWordsTx(ctx, tx); err != nil {
		return err
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: verb, Object: "synonym", ObjectID: in.ID, Note: strings.TrimSuffix(in.Words+" > "+in.Finds, " > ")})
}

// cleanList folds the entries of a list with commas and drops empty and double ones.
func cleanList(list string) string {
	var out []string
	seen := map[string]bool{}
	for entry := range strings.SplitSeq(list, ",") {
		if entry = strings.Join(words(entry), " "); entry != "" && !seen[entry] {
			seen[entry] = true
			out = append(out, entry)
		}
	}
	return strings.Join(out, ", ")
}
