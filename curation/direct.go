package curation

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/notify"
)

// Direct changes (price in its band, stock, pause, days off) need no review;
// here curators look at them afterwards.

const directList = "direct"

// DirectChange is one of them, with the names of who did it and who asked.
type DirectChange struct {
	catalog.DirectChange
	ActorName   string
	SubjectName string // the maker it was done for; "" for oneself
	AskedName   string
	AnswerName  string
	Mine        bool // the asking curator may ask about it and suspend the product
}

// DirectPage is one page of direct changes, newest first.
type DirectPage struct {
	Changes []DirectChange
	Next    string // cursor, "" at the end
}

// Direct returns what was changed without a review; f.Regions and f.After are
// set here. Who may see it: as Queue. Errors: invalid for a cursor that is not
// ours.
func (s *Service) Direct(ctx context.Context, actor account.Actor, f catalog.DirectFilter, regions []string, cursor string) (DirectPage, error) {
	if err := looks(actor); err != nil {
		return DirectPage{}, err
	}
	var err error
	if f.After, err = catalog.ParseCursor(s.keys, directList, cursor); err != nil {
		return DirectPage{}, err
	}
	f.Regions = within(actor, regions)
	limit := min(max(f.Limit, 1), 100)
	f.Limit = limit + 1 // one more tells whether there is a next page
	found, err := s.catalog.DirectChanges(ctx, f)
	if err != nil {
		return DirectPage{}, err
	}
	page := DirectPage{}
	if len(found) > limit {
		found = found[:limit]
		page.Next = found[limit-1].Key().Cursor(s.keys, directList)
	}
	var ids []int64
	for _, d := range found {
		ids = append(ids, d.ActorID, d.SubjectID, d.AskedBy, d.AnsweredBy)
	}
	names, err := s.people.Users(ctx, ids)
	if err != nil {
		return DirectPage{}, err
	}
	for _, d := range found {
		page.Changes = append(page.Changes, DirectChange{
			DirectChange: d, ActorName: names[d.ActorID].Name, SubjectName: names[d.SubjectID].Name, AskedName: names[d.AskedBy].Name,
			AnswerName: names[d.AnsweredBy].Name, Mine: actor.Has(account.RoleCurator) && !actor.Conflicted(d.ShopID),
		})
	}
	return page, nil
}

// AskPath is where a shop reads and answers a question about a direct change.
func AskPath(changeID int64) string {
	return "/toko-saya/pertanyaan/" + strconv.FormatInt(changeID, 10)
}

// Ask puts a question about a direct change to its shop, once; members and
// companions are told and can answer. Curators without an interest in the shop
// may. Errors: invalid on "question"; conflict when somebody asked before.
func (s *Service) Ask(ctx context.Context, actor account.Actor, changeID int64, question string) error {
	question, bad := sentence("question", question)
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		d, err := s.catalog.DirectChangeTx(ctx, tx, changeID)
		if err != nil {
			return err
		}
		if !actor.Has(account.RoleCurator) {
			return fault.NotFound("not a curator")
		}
		if actor.Conflicted(d.ShopID) {
			return fault.Forbidden("catalog.review.conflicted")
		}
		if bad != nil {
			return bad
		}
		if _, err := s.catalog.AskTx(ctx, tx, actor, changeID, question); err != nil {
			return err
		}
		return s.tellShopTx(ctx, tx, d.ShopID, "curation_asked", map[string]string{"produk": about(d), "pertanyaan": question}, AskPath(changeID))
	})
}

// AnswerChange answers what a curator asked about a direct change, once; the
// curator is told. The shop's members and their companion may. Errors: not found
// for everybody else; invalid on "answer"; conflict when it was answered before.
func (s *Service) AnswerChange(ctx context.Context, actor account.Actor, changeID int64, answer string) error {
	answer, bad := sentence("answer", answer)
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		d, err := s.catalog.DirectChangeTx(ctx, tx, changeID)
		if err != nil {
			return err
		}
		if !actor.Manages(d.ShopID) {
			return fault.NotFound("another's change")
		}
		if bad != nil {
			return bad
		}
		if _, err := s.catalog.AnswerTx(ctx, tx, actor, changeID, answer); err != nil {
			return err
		}
		found, err := s.people.Users(ctx, []int64{d.AskedBy})
		if err != nil {
			return err
		}
		u, known := found[d.AskedBy]
		if !known {
			return nil
		}
		return s.notifier.SendTx(ctx, tx, notify.Message{
			Kind: "curation_answered", Data: map[string]string{"produk": about(d), "jawaban": answer}, Link: "/kurasi/langsung?perubahan=" + strconv.FormatInt(changeID, 10),
			To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
		})
	})
}

// about names what was changed.
func about(d catalog.DirectChange) string {
	if d.Title == "" {
		return d.ShopName
	}
	return d.Title
}

// sentence cleans and checks a short text of a form.
func sentence(field, typed string) (string, error) {
	typed = clean(typed)
	bad := fault.Invalid("curation.invalid")
	switch {
	case !says(typed):
		bad.With(field, "curation.note_words")
	case letters(typed) > catalog.MaxQuestion:
		bad.With(field, "curation.note_too_long", "max", catalog.MaxQuestion)
	}
	return typed, bad.OrNil()
}
