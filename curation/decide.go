package curation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/notify"
)

// Decision is about what the curator read: a submission in one revision.
type Decision struct {
	SubmissionID int64
	RevisionID   int64
}

// Return gives the submission back with at least one note. Only a curator who
// may claim it can, and not while another holds it; an own lease that ran out
// meanwhile is renewed if nobody took it. Errors: invalid notes; conflict when
// the submission was decided, or sent again, meanwhile. The same decision by the
// same curator again changes nothing.
func (s *Service) Return(ctx context.Context, actor account.Actor, d Decision, notes []Note) error {
	notes, err := checked(notes)
	if err != nil {
		return err
	}
	return s.decide(ctx, actor, d, Returned, "", notes, s.catalog.ReturnTx)
}

// Refuse ends the submission with a reason that says what would make it
// acceptable. Who may and the errors are those of Return.
func (s *Service) Refuse(ctx context.Context, actor account.Actor, d Decision, reason string) error {
	reason = clean(reason)
	if !says(reason) {
		return fault.Invalid("curation.invalid").With("reason", "curation.reason")
	}
	if letters(reason) > MaxNote {
		return fault.Invalid("curation.invalid").With("reason", "curation.note_too_long", "max", MaxNote)
	}
	return s.decide(ctx, actor, d, Refused, reason, nil, s.catalog.RefuseTx)
}

// Approve makes the revision live at once. Who may and the errors are those of
// Return.
func (s *Service) Approve(ctx context.Context, actor account.Actor, d Decision) error {
	err := s.decide(ctx, actor, d, Approved, "", nil, s.catalog.ApproveTx)
	if errors.Is(err, gorm.ErrDuplicatedKey) { // two products wanted one address; the second try sees the first
		err = s.decide(ctx, actor, d, Approved, "", nil, s.catalog.ApproveTx)
	}
	return err
}

type decideTx func(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64) (catalog.Submission, error)

func (s *Service) decide(ctx context.Context, actor account.Actor, d Decision, outcome Outcome, reason string, notes []Note, move decideTx) error {
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if _, err := s.catalog.ReviewableTx(ctx, tx, actor, d.SubmissionID); err != nil {
			return err
		}
		if _, err := s.claimTx(ctx, tx, actor, d.SubmissionID); err != nil {
			return err
		}
		sub, err := move(ctx, tx, actor, d.SubmissionID, d.RevisionID)
		if err != nil {
			return err
		}
		if err := s.closeRoundTx(ctx, tx, actor, sub, outcome, reason, notes); err != nil {
			return err
		}
		return s.tellTx(ctx, tx, sub, outcome, reason, notes)
	})
	switch {
	case errors.Is(err, errHeld):
		return s.heldBy(ctx, d.SubmissionID)
	case fault.Is(err, fault.KindConflict): // perhaps against this very decision, sent twice
		if s.decidedBy(ctx, actor, d, outcome) {
			return nil
		}
	}
	return err
}

func (s *Service) closeRoundTx(ctx context.Context, tx *gorm.DB, actor account.Actor, sub catalog.Submission, outcome Outcome, reason string, notes []Note) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var round int64
	err = tx.WithContext(ctx).Raw(`UPDATE review_rounds SET outcome = ?, reason = ?, curator_id = ?, decided_at = ?
		WHERE submission_id = ? AND revision_id = ? AND outcome = ? RETURNING id`,
		outcome, reason, actor.UserID, now, sub.ID, sub.Revision.ID, Waiting).Scan(&round).Error
	if err != nil {
		return fmt.Errorf("curation: close round: %w", err)
	}
	if round == 0 {
		return fault.Internal(fmt.Errorf("curation: submission %d is in review without a waiting round", sub.ID))
	}
	for _, n := range notes {
		err := tx.WithContext(ctx).Exec(`INSERT INTO review_notes (round_id, aspect, body, created_at) VALUES (?, ?, ?, ?)`, round, n.Aspect, n.Text, now).Error
		if err != nil {
			return fmt.Errorf("curation: note: %w", err)
		}
	}
	if err := tx.WithContext(ctx).Exec(`DELETE FROM review_claims WHERE submission_id = ?`, sub.ID).Error; err != nil {
		return fmt.Errorf("curation: end claim: %w", err)
	}
	return nil
}

// decidedBy reports whether the actor has already made this decision.
func (s *Service) decidedBy(ctx context.Context, actor account.Actor, d Decision, outcome Outcome) bool {
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT COUNT(*) FROM review_rounds WHERE submission_id = ? AND revision_id = ? AND outcome = ? AND curator_id = ?
		AND number = (SELECT MAX(l.number) FROM review_rounds l WHERE l.submission_id = review_rounds.submission_id)`,
		d.SubmissionID, d.RevisionID, outcome, actor.UserID).Scan(&n).Error
	return err == nil && n > 0
}

// tellTx tells the shop's people and their companions how it went.
func (s *Service) tellTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission, outcome Outcome, reason string, notes []Note) error {
	data := map[string]string{"produk": sub.Revision.Title, "alasan": reason}
	if len(notes) > 0 {
		lines := make([]string, len(notes))
		for i, n := range notes {
			lines[i] = "- " + n.Text
		}
		data["catatan"] = strings.Join(lines, "\n")
	}
	return s.tellShopTx(ctx, tx, sub.ShopID, "curation_"+string(outcome), data, Path(sub.ID))
}

func (s *Service) tellShopTx(ctx context.Context, tx *gorm.DB, shopID int64, kind string, data map[string]string, link string) error {
	members, err := s.people.MembersTx(ctx, tx, shopID)
	if err != nil {
		return err
	}
	companions, err := s.people.CompanionsTx(ctx, tx, shopID)
	if err != nil {
		return err
	}
	told := map[int64]bool{}
	for _, u := range append(members, companions...) {
		if told[u.ID] {
			continue
		}
		told[u.ID] = true
		err := s.notifier.SendTx(ctx, tx, notify.Message{
			Kind: kind, Data: data, Link: link,
			To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Suspend takes a live product from the public, for instance after a complaint.
// Curators without an interest in the shop may; the maker reads the reason.
func (s *Service) Suspend(ctx context.Context, actor account.Actor, productID int64, reason string) error {
	reason = clean(reason)
	if !says(reason) {
		return fault.Invalid("curation.invalid").With("reason", "curation.reason")
	}
	if letters(reason) > MaxNote {
		return fault.Invalid("curation.invalid").With("reason", "curation.note_too_long", "max", MaxNote)
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.catalog.SuspendProductTx(ctx, tx, actor, productID, reason); err != nil {
			return err
		}
		return s.tellProductTx(ctx, tx, productID, "curation_suspended", reason)
	})
}

// Lift ends a suspension; the product is again where it was.
func (s *Service) Lift(ctx context.Context, actor account.Actor, productID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.catalog.LiftProductTx(ctx, tx, actor, productID); err != nil {
			return err
		}
		return s.tellProductTx(ctx, tx, productID, "curation_lifted", "")
	})
}

func (s *Service) tellProductTx(ctx context.Context, tx *gorm.DB, productID int64, kind, reason string) error {
	found, err := s.catalog.SellablesTx(ctx, tx, []int64{productID})
	if err != nil {
		return err
	}
	p := found[productID]
	return s.tellShopTx(ctx, tx, p.ShopID, kind, map[string]string{"produk": p.Title, "alasan": reason}, "/toko-saya")
}

// checked cleans and checks the notes of a return.
func checked(notes []Note) ([]Note, error) {
	bad := fault.Invalid("curation.invalid")
	var out []Note
	for _, n := range notes {
		n.Text = clean(n.Text)
		if n.Text == "" {
			continue // an aspect left empty on the form
		}
		field := "note_" + string(n.Aspect)
		switch {
		case !known(n.Aspect):
			bad.With("notes", "curation.aspect")
		case !says(n.Text):
			bad.With(field, "curation.note_words")
		case letters(n.Text) > MaxNote:
			bad.With(field, "curation.note_too_long", "max", MaxNote)
		}
		out = append(out, n)
	}
	switch {
	case len(out) == 0:
		bad.With("notes", "curation.notes_missing")
	case len(out) > MaxNotes:
		bad.With("notes", "curation.notes_many", "max", MaxNotes)
	}
	return out, bad.OrNil()
}

func known(a Aspect) bool {
	for _, k := range Aspects() {
		if a == k {
			return true
		}
	}
	return false
}

// clean makes plain text: no control or invisible characters, no empty ends.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\u200d' {
			return r
		}
		if r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s))
}

func letters(s string) int { return utf8.RuneCountInString(s) }

// says reports at least one word: emoji and dots tell a maker nothing.
func says(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n >= 3
}
