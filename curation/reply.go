package curation

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/notify"
)

// MaxReplies bounds what is written to and fro about one point.
const MaxReplies = 50

// Side is who speaks in a reply.
type Side string

// The sides. A companion speaks for the maker, under their own name.
const (
	SideMaker     Side = "maker"
	SideCompanion Side = "companion"
	SideCurator   Side = "curator"
)

// Reply is what somebody answered to one point of a review.
type Reply struct {
	ID         int64
	AnswerID   int64
	Side       Side
	AuthorID   int64
	AuthorName string
	Body       string // "" for a tick alone, and once its writer is forgotten
	Mended     bool   // "sudah saya perbaiki"
	WantsCall  bool   // "tolong telepon"
	CreatedAt  time.Time
}

// NewReply is what is written now. Mended and WantsCall are the maker's side's.
type NewReply struct {
	Body      string
	Mended    bool
	WantsCall bool
	FormKey   string
}

// Reply answers one point that a curator asked to improve. The shop's people and
// their companion may, and curators without an interest in the shop, until the
// submission has come to its end; the same formKey again changes nothing. Words of
// the shop's side, and its wish to be called, are told to the curator who wrote
// the point, the wish to the companions too; words of a curator to the shop's
// side. Errors: not found for everybody else; conflict for a point that is not
// this submission's, and after the end; invalid on body.
func (s *Service) Reply(ctx context.Context, actor account.Actor, submissionID, answerID int64, in NewReply) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		sub, err := s.catalog.SubmissionTx(ctx, tx, submissionID)
		if err != nil {
			return err
		}
		side, err := speaks(actor, sub.ShopID)
		if err != nil {
			return err
		}
		if in, err = checkedReply(side, in); err != nil {
			return err
		}
		switch sub.State {
		case catalog.SubmissionReturned, catalog.SubmissionSubmitted, catalog.SubmissionInReview:
		default:
			return fault.Conflict("reply.closed")
		}
		var point struct{ ID, CuratorID int64 }
		err = tx.WithContext(ctx).Raw(`SELECT a.id, r.curator_id FROM review_answers a JOIN review_rounds r ON r.id = a.round_id
			WHERE a.id = ? AND r.submission_id = ? AND a.verdict = ? AND r.outcome <> ?`, answerID, submissionID, Improve, Waiting).Scan(&point).Error
		if err != nil {
			return fmt.Errorf("curation: point: %w", err)
		}
		if point.ID == 0 {
			return fault.Conflict("reply.gone")
		}
		written, err := insertReply(ctx, tx, actor, side, point.ID, in)
		if err != nil || !written {
			return err
		}
		err = trail.RecordTx(ctx, tx, trail.Entry{
			Actor: actor.UserID, Subject: actor.SubjectFor(sub.ShopID), Verb: "reply", Object: "submission", ObjectID: sub.ID, Note: strconv.FormatInt(point.ID, 10),
		})
		if err != nil {
			return err
		}
		return s.tellReplyTx(ctx, tx, sub, side, point.CuratorID, in)
	})
}

// speaks says for whom the actor speaks about the shop's goods.
func speaks(actor account.Actor, shopID int64) (Side, error) {
	switch {
	case actor.Runs(shopID):
		return SideMaker, nil
	case actor.Manages(shopID):
		return SideCompanion, nil
	case !actor.Has(account.RoleCurator) && looks(actor) == nil:
		return "", fault.Forbidden("fault.forbidden")
	case !actor.Has(account.RoleCurator):
		return "", fault.NotFound("another's submission")
	case actor.Conflicted(shopID):
		return "", fault.Forbidden("catalog.review.conflicted")
	}
	return SideCurator, nil
}

func checkedReply(side Side, in NewReply) (NewReply, error) {
	if in.FormKey == "" || len(in.FormKey) > 100 {
		return in, fault.Invalid("catalog.form_key")
	}
	in.Body = clean(in.Body)
	if side == SideCurator {
		in.Mended, in.WantsCall = false, false
	}
	bad := fault.Invalid("curation.invalid")
	switch {
	case letters(in.Body) > MaxNote:
		bad.With("body", "curation.note_too_long", "max", MaxNote)
	case in.Body == "" && !in.Mended && !in.WantsCall, side == SideCurator && !says(in.Body):
		bad.With("body", "reply.empty")
	}
	return in, bad.OrNil()
}

func insertReply(ctx context.Context, tx *gorm.DB, actor account.Actor, side Side, answerID int64, in NewReply) (bool, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return false, err
	}
	var before int64
	if err := tx.WithContext(ctx).Raw(`SELECT COUNT(*) FROM review_replies WHERE answer_id = ?`, answerID).Scan(&before).Error; err != nil {
		return false, fmt.Errorf("curation: replies: %w", err)
	}
	if before >= MaxReplies {
		return false, fault.Conflict("reply.many", "max", MaxReplies)
	}
	r := tx.WithContext(ctx).Exec(`INSERT INTO review_replies (answer_id, side, author_id, body, mended, wants_call, form_key, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (answer_id, form_key) DO NOTHING`,
		answerID, side, actor.UserID, in.Body, in.Mended, in.WantsCall, in.FormKey, now)
	if r.Error != nil {
		return false, fmt.Errorf("curation: reply: %w", r.Error)
	}
	return r.RowsAffected > 0, nil
}

// tellReplyTx tells the other side. A tick alone is seen with the next round.
func (s *Service) tellReplyTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission, side Side, curatorID int64, in NewReply) error {
	data := map[string]string{"produk": sub.Revision.Title, "kata": in.Body}
	if side == SideCurator {
		return s.tellShopTx(ctx, tx, sub.ShopID, "curation_reply", data, Path(sub.ID))
	}
	if curatorID > 0 && (in.Body != "" || in.WantsCall) {
		kind := "curation_point_answered"
		if in.WantsCall {
			kind = "curation_unclear"
		}
		err := s.notifier.SendTx(ctx, tx, notify.Message{
			Kind: kind, Data: data, Link: "/kurasi/" + strconv.FormatInt(sub.ID, 10), To: notify.Recipient{UserID: curatorID},
		})
		if err != nil {
			return err
		}
	}
	if !in.WantsCall || side != SideMaker {
		return nil
	}
	shop, err := s.catalog.ShopTx(ctx, tx, sub.ShopID)
	if err != nil {
		return err
	}
	companions, err := s.people.CompanionsTx(ctx, tx, sub.ShopID)
	if err != nil {
		return err
	}
	data["toko"] = shop.Name
	for _, u := range companions {
		err := s.notifier.SendTx(ctx, tx, notify.Message{
			Kind: "curation_call", Data: data, Link: Path(sub.ID), To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// replyInto gives every answer of the rounds its replies, oldest first.
func (s *Service) replyInto(ctx context.Context, db *gorm.DB, submissionID int64, rounds []Round) error {
	var rows []Reply
	err := db.Raw(`SELECT p.id, p.answer_id, p.side, p.author_id, p.body, p.mended, p.wants_call, p.created_at
		FROM review_replies p JOIN review_answers a ON a.id = p.answer_id JOIN review_rounds r ON r.id = a.round_id
		WHERE r.submission_id = ? ORDER BY p.id`, submissionID).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("curation: replies: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	var ids []int64
	for _, r := range rows {
		ids = append(ids, r.AuthorID)
	}
	names, err := s.people.Users(ctx, ids)
	if err != nil {
		return err
	}
	of := map[int64][]Reply{}
	for _, r := range rows {
		r.AuthorName, r.CreatedAt = names[r.AuthorID].Name, r.CreatedAt.UTC()
		of[r.AnswerID] = append(of[r.AnswerID], r)
	}
	for i := range rounds {
		for j := range rounds[i].Answers {
			a := &rounds[i].Answers[j]
			a.Replies = of[a.ID]
		}
	}
	return nil
}

// ChecklistNames names the versions of the checklists that rounds were judged by,
// by the version's id. It needs no permission: the names are no secret.
func (s *Service) ChecklistNames(ctx context.Context, rounds []Round) (map[int64]string, error) {
	ids := []int64{0}
	for _, r := range rounds {
		ids = append(ids, r.ChecklistVersionID)
	}
	var rows []versionRow
	err := s.db.Read(ctx).Raw(`SELECT `+versionColumns+` FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id WHERE v.id IN ?`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: names of checklists: %w", err)
	}
	out := map[int64]string{}
	for _, r := range rows {
		out[r.ID] = text.T("riwayat.version", "name", r.Name, "n", r.Number)
	}
	return out, nil
}
