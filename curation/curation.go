// Package curation is the desk that makes products better: it takes submissions
// from makers, shows curators what waits, lets one of them read at a time, and
// carries their decision, with the notes, back to the maker and the companion.
//
// It alone moves submissions out of draft, through catalog's …Tx methods, and
// keeps what belongs to each move in the same transaction: the round (one per
// time a submission was sent, or appealed), its answers, and the claim. What is
// asked is data: checklists in versions.
//
// Tables: checklists, checklist_versions, checklist_items, review_rounds,
// review_answers, review_pins, review_claims, desk_seats, desk_promise,
// desk_presence. It may import catalog, notify, account and internal packages.
package curation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/notify"
)

const (
	// Lease is how long a claim holds. After it the submission is free again
	// without anybody doing anything.
	Lease = 30 * time.Minute
	// MaxNote bounds a comment, a reason and a plea.
	MaxNote = 2000 // letters
)

// Aspect is the part of an offer that a question is about.
type Aspect string

// The aspects.
const (
	Photo     Aspect = "photo"
	Packaging Aspect = "packaging"
	Label     Aspect = "label"
	Name      Aspect = "name"
	Price     Aspect = "price"
	Capacity  Aspect = "capacity"
	Legal     Aspect = "legal"
)

// Aspects lists every aspect in the order of the checklist.
func Aspects() []Aspect {
	return []Aspect{Photo, Packaging, Label, Name, Price, Capacity, Legal}
}

// Outcome is how a round ended.
type Outcome string

// The outcomes.
const (
	Waiting   Outcome = "waiting"
	Approved  Outcome = "approved"
	Returned  Outcome = "returned"
	Refused   Outcome = "refused"
	Withdrawn Outcome = "withdrawn"
)

// Round is one time a submission was sent (or appealed) and answered.
type Round struct {
	ID           int64
	SubmissionID int64
	RevisionID   int64 // what the curator read
	Number       int64
	Outcome      Outcome
	Reason       string // of a refusal
	Plea         string // the maker's words of an appeal
	Appeal       bool
	Cause        Cause  // why it began, when the maker did not begin it
	CauseWords   string // of whoever, or whatever, began it
	OpenedAt     time.Time
	DecidedAt    *time.Time
	CuratorID    int64 // who decided; 0 while waiting or withdrawn
	CuratorName  string
	Answers      []Answer `gorm:"-"` // in the order of the checklist

	ChecklistVersionID int64      // fixed at the first claim; 0 before it, and in rounds older than checklists
	FirstClaimedAt     *time.Time // waiting ends and working begins
}

// Improve are the round's answers that ask the maker for something.
func (r Round) Improve() []Answer { return toImprove(r.Answers) }

// Claim says who is reading a submission, until when.
type Claim struct {
	SubmissionID int64
	CuratorID    int64
	CuratorName  string
	ClaimedAt    time.Time
	ExpiresAt    time.Time
}

// People is what curation needs of account.
type People interface {
	// Users returns the people among ids.
	Users(ctx context.Context, ids []int64) (map[int64]account.User, error)
	// MembersTx returns who runs the shop.
	MembersTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
	// CompanionsTx returns who may help in the shop now.
	CompanionsTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
	// WithRole returns who holds the role now, by name.
	WithRole(ctx context.Context, role account.Role) ([]account.User, error)
}

// Notifier tells people, in the caller's transaction.
type Notifier interface {
	SendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error
}

// Service is the curation desk.
type Service struct {
	db       *database.DB
	keys     id.Keys
	catalog  *catalog.Service
	people   People
	notifier Notifier
}

// NewService returns the desk. keys sign the cursors of the queue.
func NewService(db *database.DB, keys id.Keys, cat *catalog.Service, people People, notifier Notifier) *Service {
	return &Service{db: db, keys: keys, catalog: cat, people: people, notifier: notifier}
}

// Submit sends a draft or improved submission to the desk, to go live as soon as
// it is approved. The shop's members and their companion may. The same formKey
// again answers with what the first send did. Errors: see catalog.SubmitTx.
func (s *Service) Submit(ctx context.Context, actor account.Actor, submissionID int64, formKey string) (catalog.Submission, error) {
	return s.SubmitFor(ctx, actor, submissionID, "", formKey)
}

// SubmitFor is Submit with the day on which the maker wants it to go live, which
// the curator sees and decides on. Errors also as catalog.WishTx.
func (s *Service) SubmitFor(ctx context.Context, actor account.Actor, submissionID int64, day, formKey string) (catalog.Submission, error) {
	return s.send(ctx, actor, submissionID, formKey, "", func(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (catalog.Submission, error) {
		if err := s.catalog.WishTx(ctx, tx, actor, submissionID, day); err != nil {
			return catalog.Submission{}, err
		}
		return s.catalog.SubmitTx(ctx, tx, actor, submissionID)
	})
}

// Appeal asks that another curator look at a refusal, with the maker's words why
// (may be empty). The shop's members and their companion may. The same formKey
// again changes nothing. Errors: see catalog.AppealTx.
func (s *Service) Appeal(ctx context.Context, actor account.Actor, submissionID int64, plea, formKey string) (catalog.Submission, error) {
	plea = clean(plea)
	if letters(plea) > MaxNote {
		return catalog.Submission{}, fault.Invalid("curation.invalid").With("plea", "curation.note_too_long", "max", MaxNote)
	}
	return s.send(ctx, actor, submissionID, formKey, plea, s.catalog.AppealTx)
}

type sendTx func(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (catalog.Submission, error)

func (s *Service) send(ctx context.Context, actor account.Actor, submissionID int64, formKey, plea string, move sendTx) (catalog.Submission, error) {
	if formKey == "" || len(formKey) > 100 {
		return catalog.Submission{}, fault.Invalid("catalog.form_key")
	}
	var out catalog.Submission
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		sent, err := sentBefore(ctx, tx, submissionID, formKey)
		if err != nil {
			return err
		}
		if sent {
			if out, err = s.catalog.SubmissionTx(ctx, tx, submissionID); err != nil {
				return err
			}
			if !actor.Manages(out.ShopID) {
				return fault.NotFound("another's submission")
			}
			return nil
		}
		if out, err = move(ctx, tx, actor, submissionID); err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO review_rounds (submission_id, revision_id, number, form_key, outcome, plea, appeal, opened_by, opened_at)
			SELECT ?, ?, 1 + COALESCE(MAX(number), 0), ?, ?, ?, ?, ?, ? FROM review_rounds WHERE submission_id = ?`,
			submissionID, out.Revision.ID, formKey, Waiting, plea, out.State == catalog.SubmissionInReview, actor.UserID, now, submissionID).Error
		if err != nil {
			return fmt.Errorf("curation: open round: %w", err)
		}
		return nil
	})
	if fault.Is(err, fault.KindConflict) { // perhaps against this very form, sent twice at once
		if sent, lookErr := sentBefore(ctx, s.db.Read(ctx), submissionID, formKey); lookErr == nil && sent {
			return s.catalog.Submission(ctx, actor, submissionID)
		}
	}
	return out, err
}

func sentBefore(ctx context.Context, db *gorm.DB, submissionID int64, formKey string) (bool, error) {
	var n int64
	err := db.WithContext(ctx).Raw(`SELECT COUNT(*) FROM review_rounds WHERE submission_id = ? AND form_key = ?`, submissionID, formKey).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("curation: round of form: %w", err)
	}
	return n > 0, nil
}

// Withdraw takes a submission back before anybody reads it, after it was
// returned, or while it waits for its day. The shop's members and their companion may. Withdrawing twice
// changes nothing. Its words stay; catalog.StartEdit finds them.
func (s *Service) Withdraw(ctx context.Context, actor account.Actor, submissionID int64) (catalog.Submission, error) {
	var out catalog.Submission
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		before, err := s.catalog.SubmissionTx(ctx, tx, submissionID)
		if err != nil {
			return err
		}
		if before.State == catalog.SubmissionWithdrawn && actor.Manages(before.ShopID) {
			out = before
			return nil
		}
		if out, err = s.catalog.WithdrawTx(ctx, tx, actor, submissionID); err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`UPDATE review_rounds SET outcome = ?, decided_at = ? WHERE submission_id = ? AND outcome = ?`,
			Withdrawn, now, submissionID, Waiting).Error
		if err != nil {
			return fmt.Errorf("curation: withdraw round: %w", err)
		}
		return nil
	})
	return out, err
}

// Claim takes a waiting submission for reading, for the time of the Lease; again
// by the same curator renews it. Curators without an interest in the shop may,
// and after an appeal not the one who refused. Errors: conflict, naming who,
// while another curator holds it.
func (s *Service) Claim(ctx context.Context, actor account.Actor, submissionID int64) (Claim, error) {
	var out Claim
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		sub, err := s.catalog.BeginReviewTx(ctx, tx, actor, submissionID)
		if err != nil {
			return err
		}
		out, err = s.claimTx(ctx, tx, actor, sub)
		return err
	})
	if errors.Is(err, errHeld) {
		return Claim{}, s.heldBy(ctx, submissionID)
	}
	return out, err
}

// errHeld says that another curator's lease runs.
var errHeld = errors.New("curation: held by another curator")

// heldBy is the conflict that names who holds the submission.
func (s *Service) heldBy(ctx context.Context, submissionID int64) error {
	claims, err := s.claims(ctx, submissionID)
	if err != nil {
		return err
	}
	name := text.T("curation.another_curator") // when the lease ended just now
	for _, c := range claims {
		name = c.CuratorName
	}
	return fault.Conflict("curation.claimed", "nama", name).Because(errHeld)
}

// claimTx takes or renews the lease, unless another curator's still runs. The
// first claim of a round fixes the version of the checklist it is judged by.
func (s *Service) claimTx(ctx context.Context, tx *gorm.DB, actor account.Actor, sub catalog.Submission) (Claim, error) {
	var refusedBefore int64
	err := tx.WithContext(ctx).Raw(`SELECT COUNT(*) FROM review_rounds w JOIN review_rounds r ON r.submission_id = w.submission_id
		WHERE w.submission_id = ? AND w.outcome = ? AND w.appeal AND r.outcome = ? AND r.curator_id = ?`,
		sub.ID, Waiting, Refused, actor.UserID).Scan(&refusedBefore).Error
	if err != nil {
		return Claim{}, fmt.Errorf("curation: refusals: %w", err)
	}
	if refusedBefore > 0 {
		return Claim{}, fault.Forbidden("curation.appeal_same")
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Claim{}, err
	}
	c := Claim{SubmissionID: sub.ID, CuratorID: actor.UserID, CuratorName: actor.Name, ClaimedAt: now, ExpiresAt: now.Add(Lease)}
	res := tx.WithContext(ctx).Exec(`INSERT INTO review_claims (submission_id, curator_id, claimed_at, expires_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (submission_id) DO UPDATE SET curator_id = excluded.curator_id, claimed_at = excluded.claimed_at, expires_at = excluded.expires_at
		WHERE review_claims.curator_id = excluded.curator_id OR review_claims.expires_at <= ?`,
		c.SubmissionID, c.CuratorID, c.ClaimedAt, c.ExpiresAt, now)
	if res.Error != nil {
		return Claim{}, fmt.Errorf("curation: claim: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return Claim{}, errHeld
	}
	list, err := serving(ctx, tx, sub.Revision.CategorySlug)
	if err != nil {
		return Claim{}, err
	}
	err = tx.WithContext(ctx).Exec(`UPDATE review_rounds SET checklist_version_id = ?, first_claimed_at = ? WHERE submission_id = ? AND outcome = ? AND checklist_version_id = 0`,
		list.ID, now, sub.ID, Waiting).Error
	if err != nil {
		return Claim{}, fmt.Errorf("curation: first claim: %w", err)
	}
	return c, nil
}

// Release gives a claim back early. Giving back what one does not hold changes
// nothing. Curators only; a submission that does not exist is not found.
func (s *Service) Release(ctx context.Context, actor account.Actor, submissionID int64) error {
	if !actor.Has(account.RoleCurator) {
		return fault.NotFound("role")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if _, err := s.catalog.SubmissionTx(ctx, tx, submissionID); err != nil {
			return err
		}
		err := tx.Exec(`DELETE FROM review_claims WHERE submission_id = ? AND curator_id = ?`, submissionID, actor.UserID).Error
		if err != nil {
			return fmt.Errorf("curation: release: %w", err)
		}
		return nil
	})
}

// claims returns the leases that run now, of one submission or of all (0).
func (s *Service) claims(ctx context.Context, submissionID int64) ([]Claim, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var out []Claim
	err = db.Raw(`SELECT submission_id, curator_id, claimed_at, expires_at FROM review_claims
		WHERE expires_at > ? AND (submission_id = ? OR ? = 0) ORDER BY submission_id`, now, submissionID, submissionID).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("curation: claims: %w", err)
	}
	var ids []int64
	for _, c := range out {
		ids = append(ids, c.CuratorID)
	}
	names, err := s.people.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].CuratorName = names[out[i].CuratorID].Name
		out[i].ClaimedAt, out[i].ExpiresAt = out[i].ClaimedAt.UTC(), out[i].ExpiresAt.UTC()
	}
	return out, nil
}

// Path is where a maker reads about a submission.
func Path(submissionID int64) string {
	return "/toko-saya/pengajuan/" + strconv.FormatInt(submissionID, 10)
}
