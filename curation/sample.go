package curation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/notify"
)

// SamplePicture is the owner kind of pictures of samples in package media; the
// owner is the sample. They stay private for ever.
const SamplePicture = "sample"

// Limits of a sample.
const (
	MaxSampleWords  = 200       // letters of what and place
	MaxSampleNote   = 1000      // letters of the note to a step
	MaxSamplePieces = 100       // the table's own bound
	MaxSampleGrams  = 1_000_000 // of one package
	maxSampleDays   = 60        // until the last day to bring it
)

// Sample is goods that a curator asked to hold in the hand, beside a submission.
type Sample struct {
	ID           int64
	SubmissionID int64
	RoundID      int64
	ProductID    int64
	ShopID       int64
	What         string
	Pieces       int64
	Place        string
	DueDay       string // YYYY-MM-DD
	State        SampleState
	Grams        int64 // as weighed; 0: not yet
	Stated       int64 // grams on the label when it was weighed; 0: none
	AskedBy      int64
	AskedAt      time.Time
	EndedAt      *time.Time
	Events       []SampleEvent `gorm:"-"` // oldest first; only of Samples and Sample
}

// Late reports whether the last day to bring it is over, by the capital's clock.
func (s Sample) Late(now time.Time) bool {
	return (s.State == SampleAsked || s.State == SampleOnItsWay) && s.DueDay < now.In(calendar.WIB).Format(time.DateOnly)
}

// SampleEvent is one step of a sample.
type SampleEvent struct {
	ID        int64
	SampleID  int64
	Move      string // of SampleMoves; "ask" for the first
	FromState SampleState
	ToState   SampleState
	Note      string
	Grams     int64
	PictureID int64 // 0: none
	ActorID   int64
	ActorName string `gorm:"-"`
	At        time.Time
	Took      time.Duration `gorm:"-"` // since the step before
}

// NewSample is what a curator asks for.
type NewSample struct {
	SubmissionID int64
	FormKey      string
	What         string
	Pieces       int64
	Place        string
	DueDay       string // YYYY-MM-DD
}

// AskSample asks for a sample of what a waiting submission offers. Curators without
// an interest in the shop may, one at a time; they need not hold the claim, because a
// sample outlives a lease. The same form again answers with what the first one made.
// Errors: invalid fields; conflict when the submission does not wait any more or a
// sample is under way.
func (s *Service) AskSample(ctx context.Context, actor account.Actor, in NewSample) (Sample, error) {
	if in.FormKey == "" || len(in.FormKey) > 100 {
		return Sample{}, fault.Invalid("catalog.form_key")
	}
	in.What, in.Place = clean(in.What), clean(in.Place)
	bad := fault.Invalid("curation.invalid")
	for field, words := range map[string]string{"what": in.What, "place": in.Place} {
		switch {
		case !says(words):
			bad.With(field, "curation.sample."+field)
		case letters(words) > MaxSampleWords:
			bad.With(field, "curation.note_too_long", "max", MaxSampleWords)
		}
	}
	if in.Pieces < 1 || in.Pieces > MaxSamplePieces {
		bad.With("pieces", "curation.sample.pieces", "max", MaxSamplePieces)
	}
	var out Sample
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		sub, err := s.catalog.ReviewableTx(ctx, tx, actor, in.SubmissionID)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		today := now.In(calendar.WIB)
		if day, err := time.Parse(time.DateOnly, in.DueDay); err != nil || day.Format(time.DateOnly) < today.Format(time.DateOnly) || day.After(today.AddDate(0, 0, maxSampleDays)) {
			bad.With("due", "curation.sample.due", "max", maxSampleDays)
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		found, err := samples(ctx, tx, `submission_id = ? AND form_key = ?`, in.SubmissionID, in.FormKey)
		if err != nil || len(found) > 0 {
			if len(found) > 0 {
				out = found[0]
			}
			return err
		}
		var round int64
		err = tx.Raw(`SELECT id FROM review_rounds WHERE submission_id = ? AND outcome = ?`, sub.ID, Waiting).Scan(&round).Error
		if err != nil {
			return fmt.Errorf("curation: round of sample: %w", err)
		}
		if round == 0 {
			return fault.Conflict("curation.sample.decided")
		}
		out = Sample{SubmissionID: sub.ID, RoundID: round, ProductID: sub.ProductID, ShopID: sub.ShopID, What: in.What, Pieces: in.Pieces,
			Place: in.Place, DueDay: in.DueDay, State: SampleAsked, AskedBy: actor.UserID, AskedAt: now}
		err = tx.Raw(`INSERT INTO samples (submission_id, round_id, product_id, shop_id, form_key, what, pieces, place, due_day, state, asked_by, asked_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			out.SubmissionID, out.RoundID, out.ProductID, out.ShopID, in.FormKey, out.What, out.Pieces, out.Place, out.DueDay, out.State, out.AskedBy, out.AskedAt).Scan(&out.ID).Error
		if err != nil {
			return fmt.Errorf("curation: ask sample: %w", err)
		}
		if out.ID == 0 {
			return fault.Conflict("curation.sample.open")
		}
		if err := eventTx(ctx, tx, actor, out, SampleEvent{Move: "ask", ToState: SampleAsked, At: now}); err != nil {
			return err
		}
		day, err := time.Parse(time.DateOnly, out.DueDay)
		if err != nil {
			return err
		}
		return s.tellShopTx(ctx, tx, sub.ShopID, "curation_sample_ask", map[string]string{
			"produk": sub.Revision.Title, "apa": out.What, "jumlah": fmt.Sprint(out.Pieces), "tempat": out.Place, "tanggal": calendar.Date(day),
		}, SamplePath(out.ID))
	})
	return out, err
}

// SampleStep is one move of a sample with what was seen.
type SampleStep struct {
	SampleID  int64
	Move      string
	Note      string
	Grams     int64 // of weigh
	PictureID int64 // of a picture whose owner is the sample; 0: none
}

// wordy are the moves that need words.
var wordy = []string{"decline", "cancel", "try"}

// MoveSample takes one step along SampleMoves: the shop's people and their companion
// those of the maker, curators without an interest in the shop the others. The same
// step by the same person again, sent twice, changes nothing; "weigh" again is a new
// weighing unless it says the same. Errors: not found for everybody else; forbidden
// for a curator with an interest; invalid words or grams; conflict when the sample
// stands elsewhere by now.
func (s *Service) MoveSample(ctx context.Context, actor account.Actor, step SampleStep) (Sample, error) {
	if !slices.ContainsFunc(SampleMoves, func(t catalog.Transition[SampleState]) bool { return t.Name == step.Move }) {
		return Sample{}, fault.Invalid("fault.form")
	}
	move := SampleMoves.Move(step.Move)
	step.Note = clean(step.Note)
	var out Sample
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		found, err := samples(ctx, tx, `id = ?`, step.SampleID)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.NotFound("sample")
		}
		out = found[0]
		sub, err := s.moverTx(ctx, tx, actor, move.By, out)
		if err != nil {
			return err
		}
		if err := step.check(); err != nil {
			return err
		}
		last, err := lastStep(ctx, tx, out.ID)
		if err != nil {
			return err
		}
		if last.Move == step.Move && last.ActorID == actor.UserID && last.Grams == step.Grams {
			return nil // pressed twice
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		event := SampleEvent{Move: step.Move, FromState: out.State, ToState: move.To, Note: step.Note, Grams: step.Grams, PictureID: step.PictureID, At: now}
		before := out.State
		out.State = move.To
		if step.Move == "weigh" {
			out.Grams, out.Stated = step.Grams, 0
			if l := sub.Revision.Label; l.NetUnit == "g" {
				out.Stated = l.NetAmount
			}
		}
		if !move.To.Open() {
			out.EndedAt = &now
		}
		res := tx.Exec(`UPDATE samples SET state = ?, grams = ?, stated = ?, ended_at = ? WHERE id = ? AND state = ? AND state IN ?`,
			out.State, out.Grams, out.Stated, out.EndedAt, out.ID, before, move.From)
		if res.Error != nil {
			return fmt.Errorf("curation: %s sample: %w", step.Move, res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("curation.sample.moved")
		}
		if err := eventTx(ctx, tx, actor, out, event); err != nil {
			return err
		}
		return s.tellSampleTx(ctx, tx, out, step, sub.Revision.Title)
	})
	return out, err
}

// moverTx answers with the submission when the actor may make moves of this kind.
func (s *Service) moverTx(ctx context.Context, tx *gorm.DB, actor account.Actor, by catalog.Who, sample Sample) (catalog.Submission, error) {
	if by == catalog.ByCurator {
		return s.catalog.ReviewableTx(ctx, tx, actor, sample.SubmissionID)
	}
	if !actor.Manages(sample.ShopID) {
		return catalog.Submission{}, fault.NotFound("another's sample")
	}
	return s.catalog.SubmissionTx(ctx, tx, sample.SubmissionID)
}

func (step SampleStep) check() error {
	bad := fault.Invalid("curation.invalid")
	switch {
	case letters(step.Note) > MaxSampleNote:
		bad.With("note", "curation.note_too_long", "max", MaxSampleNote)
	case slices.Contains(wordy, step.Move) && !says(step.Note):
		bad.With("note", "curation.sample.note")
	}
	if step.Move == "weigh" && (step.Grams < 1 || step.Grams > MaxSampleGrams) || step.Move != "weigh" && step.Grams != 0 {
		bad.With("grams", "curation.sample.grams")
	}
	return bad.OrNil()
}

func eventTx(ctx context.Context, tx *gorm.DB, actor account.Actor, sample Sample, e SampleEvent) error {
	err := tx.WithContext(ctx).Exec(`INSERT INTO sample_events (sample_id, move, from_state, to_state, note, grams, picture_id, actor_id, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, sample.ID, e.Move, e.FromState, e.ToState, e.Note, e.Grams, e.PictureID, actor.UserID, e.At).Error
	if err != nil {
		return fmt.Errorf("curation: step of sample: %w", err)
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: e.Move, Object: "sample", ObjectID: sample.ID})
}

func lastStep(ctx context.Context, tx *gorm.DB, sampleID int64) (e SampleEvent, err error) {
	err = tx.WithContext(ctx).Raw(`SELECT move, grams, actor_id FROM sample_events WHERE sample_id = ? ORDER BY id DESC LIMIT 1`, sampleID).Scan(&e).Error
	if err != nil {
		return e, fmt.Errorf("curation: last step of sample: %w", err)
	}
	return e, nil
}

// tellSampleTx tells the other side of a step: the maker and the companion, or the
// curator who asked. A weighing alone is told with what comes after it.
func (s *Service) tellSampleTx(ctx context.Context, tx *gorm.DB, sample Sample, step SampleStep, title string) error {
	data := map[string]string{"produk": title, "catatan": step.Note}
	kind := "curation_sample_" + step.Move
	switch step.Move {
	case "weigh":
		return nil
	case "send", "decline":
		return s.notifier.SendTx(ctx, tx, notify.Message{Kind: kind, Data: data, Link: SampleDesk(sample.SubmissionID), To: notify.Recipient{UserID: sample.AskedBy}})
	}
	return s.tellShopTx(ctx, tx, sample.ShopID, kind, data, SamplePath(sample.ID))
}

// SamplePath is where a maker reads about a sample, SampleDesk where curators do.
func SamplePath(sampleID int64) string { return fmt.Sprintf("/toko-saya/sampel/%d", sampleID) }

// SampleDesk is the page of a submission's samples at the desk.
func SampleDesk(submissionID int64) string { return fmt.Sprintf("/kurasi/%d/sampel", submissionID) }
