package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// ConsentKind is one thing a person may allow.
type ConsentKind string

// The kinds of consent ("izin tampil", "izin membantu").
const (
	ConsentStory  ConsentKind = "show_story" // their story on public pages
	ConsentPhoto  ConsentKind = "show_photo" // their face on public pages
	ConsentHelped ConsentKind = "be_helped"  // a companion acting for them
)

// How long a consent lasts when nothing else is written, and a grant when nothing
// shorter is.
const (
	consentUsual = 365 * 24 * time.Hour
	grantLongest = 365 * 24 * time.Hour
)

// consentLatest is the latest end of a consent given now: through the same day two
// years on, also over a 29 February.
func consentLatest(now time.Time) time.Time { return now.In(calendar.WIB).AddDate(2, 0, 1) }

// Consent is what one person allowed, on what evidence and until when.
type Consent struct {
	ID        int64
	UserID    int64
	Kind      ConsentKind
	Evidence  string
	PictureID int64 // media picture of the signed form, 0 when there is none
	GivenAt   time.Time
	ExpiresAt time.Time
	EndedAt   time.Time // zero while it holds; expiry ends it too
}

// NewConsent is a consent to record.
type NewConsent struct {
	UserID    int64
	Kind      ConsentKind
	Evidence  string // the signed form, recording or witness; one line, required
	PictureID int64
	ExpiresAt time.Time // zero: one year
}

// GiveConsentTx records what a person allowed, in place of an earlier consent
// of that kind. The person may, or an officer or admin of their territory who
// does not help them; a companion never (design §3.7). Missing evidence or a
// wrong date are faults on evidence and expires.
func (s *Service) GiveConsentTx(ctx context.Context, tx *gorm.DB, actor Actor, in NewConsent) (Consent, error) {
	if !slices.Contains([]ConsentKind{ConsentStory, ConsentPhoto, ConsentHelped}, in.Kind) {
		return Consent{}, fmt.Errorf("account: consent of kind %q", in.Kind)
	}
	now, err := s.consentTurnTx(ctx, tx, actor, in.UserID)
	if err != nil {
		return Consent{}, err
	}
	in.Evidence = clean(in.Evidence, 300)
	if in.ExpiresAt.IsZero() {
		in.ExpiresAt = now.Add(consentUsual)
	}
	in.ExpiresAt = in.ExpiresAt.UTC().Truncate(time.Microsecond)
	bad := fault.Invalid("fault.form")
	if in.Evidence == "" {
		bad.With("evidence", "account.consent.evidence")
	}
	if !in.ExpiresAt.After(now) || in.ExpiresAt.After(consentLatest(now)) {
		bad.With("expires", "account.consent.expires")
	}
	if err := bad.OrNil(); err != nil {
		return Consent{}, err
	}
	err = tx.Exec(`UPDATE consents SET ended_at = ?, ended_by = ?, end_note = 'replaced'
		WHERE user_id = ? AND kind = ? AND ended_at IS NULL`, now, actor.UserID, in.UserID, string(in.Kind)).Error
	if err != nil {
		return Consent{}, fmt.Errorf("account: replace consent: %w", err)
	}
	c := Consent{UserID: in.UserID, Kind: in.Kind, Evidence: in.Evidence, PictureID: in.PictureID, GivenAt: now, ExpiresAt: in.ExpiresAt}
	err = tx.Raw(`INSERT INTO consents (user_id, kind, evidence, picture_id, recorded_by, given_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		c.UserID, string(c.Kind), c.Evidence, c.PictureID, actor.UserID, now, c.ExpiresAt).Scan(&c.ID).Error
	if err != nil {
		return Consent{}, fmt.Errorf("account: give consent: %w", err)
	}
	if s.hooks.ConsentGiven != nil {
		if err := s.hooks.ConsentGiven(ctx, tx, c.UserID, c.Kind); err != nil {
			return Consent{}, err
		}
	}
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject(actor, c.UserID), Verb: "give_consent", Object: "consent", ObjectID: c.ID, Note: string(c.Kind)})
	return c, err
}

// WithdrawConsentTx ends a consent: what was shown under it is hidden in the
// same transaction (Hooks.ConsentEnded), and without consent to be helped every
// grant the person signed ends too. The same people may as for GiveConsentTx.
// A consent that does not hold is not found.
func (s *Service) WithdrawConsentTx(ctx context.Context, tx *gorm.DB, actor Actor, userID int64, kind ConsentKind, note string) error {
	now, err := s.consentTurnTx(ctx, tx, actor, userID)
	if err != nil {
		return err
	}
	ended, err := s.endConsentTx(ctx, tx, actor.UserID, userID, kind, clean(note, 300), now)
	if err != nil {
		return err
	}
	if !ended {
		return fault.NotFound("consent")
	}
	return nil
}

// consentTurnTx holds the person's row and refuses whoever may not touch their
// consents.
func (s *Service) consentTurnTx(ctx context.Context, tx *gorm.DB, actor Actor, userID int64) (time.Time, error) {
	u, err := lockUserTx(tx, userID)
	if err != nil {
		return time.Time{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil || actor.UserID == userID {
		return now, err
	}
	if err := mayKeepPerson(actor, u); err != nil {
		return time.Time{}, err
	}
	helps, err := helpsTx(tx, actor.UserID, userID, now)
	if err != nil {
		return time.Time{}, err
	}
	if helps {
		return time.Time{}, fault.Forbidden("account.consent.companion")
	}
	return now, nil
}

// helpsTx reports whether the helper holds a live grant signed by the maker.
func helpsTx(tx *gorm.DB, helperID, makerID int64, now time.Time) (bool, error) {
	var n int64
	err := tx.Raw("SELECT count(*) FROM grants WHERE companion_id = ? AND maker_id = ? AND ended_at IS NULL AND expires_at > ?",
		helperID, makerID, now).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("account: grants: %w", err)
	}
	return n > 0, nil
}

func (s *Service) endConsentTx(ctx context.Context, tx *gorm.DB, by, userID int64, kind ConsentKind, note string, now time.Time) (bool, error) {
	var ids []int64
	err := tx.Raw(`UPDATE consents SET ended_at = ?, ended_by = ?, end_note = ?
		WHERE user_id = ? AND kind = ? AND ended_at IS NULL RETURNING id`, now, by, note, userID, string(kind)).Scan(&ids).Error
	if err != nil {
		return false, fmt.Errorf("account: end consent: %w", err)
	}
	if len(ids) == 0 {
		return false, nil
	}
	if kind == ConsentHelped {
		err := tx.Exec("UPDATE grants SET ended_at = ?, ended_by = ? WHERE maker_id = ? AND ended_at IS NULL", now, by, userID).Error
		if err != nil {
			return false, fmt.Errorf("account: end grants: %w", err)
		}
	}
	if s.hooks.ConsentEnded != nil {
		if err := s.hooks.ConsentEnded(ctx, tx, userID, kind); err != nil {
			return false, err
		}
	}
	return true, trail.RecordTx(ctx, tx, trail.Entry{Actor: by, Subject: subject(Actor{UserID: by}, userID), Verb: "withdraw_consent", Object: "consent", ObjectID: ids[0], Note: string(kind)})
}

// ExpireConsents ends the consents that have run out, as a withdrawal would.
// A job calls it every minute; pages re-check anyway.
func (s *Service) ExpireConsents(ctx context.Context) error {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return err
	}
	var due []struct {
		UserID int64
		Kind   ConsentKind
	}
	err = db.Raw("SELECT user_id, kind FROM consents WHERE ended_at IS NULL AND expires_at <= ? ORDER BY id", now).Scan(&due).Error
	if err != nil {
		return fmt.Errorf("account: expired consents: %w", err)
	}
	for _, d := range due {
		err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
			now, err := clock.Now(ctx, tx)
			if err != nil {
				return err
			}
			if _, err := lockUserTx(tx, d.UserID); err != nil && !fault.Is(err, fault.KindNotFound) {
				return err
			}
			// It may have been renewed since it was listed.
			holds, err := consented(tx, d.UserID, d.Kind, now)
			if err != nil || holds {
				return err
			}
			_, err = s.endConsentTx(ctx, tx, 0, d.UserID, d.Kind, "expired", now)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Consented reports whether the person's consent of that kind holds now.
func (s *Service) Consented(ctx context.Context, userID int64, kind ConsentKind) (bool, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return false, err
	}
	return consented(db, userID, kind, now)
}

// ConsentedTx is Consented inside the caller's transaction.
func (s *Service) ConsentedTx(ctx context.Context, tx *gorm.DB, userID int64, kind ConsentKind) (bool, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return false, err
	}
	return consented(tx, userID, kind, now)
}

func consented(db *gorm.DB, userID int64, kind ConsentKind, now time.Time) (bool, error) {
	var n int64
	err := db.Raw("SELECT count(*) FROM consents WHERE user_id = ? AND kind = ? AND ended_at IS NULL AND expires_at > ?",
		userID, string(kind), now).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("account: consent: %w", err)
	}
	return n > 0, nil
}

// Consents returns every consent a person ever gave, newest first. The person
// may see them, and officers and admins of their territory.
func (s *Service) Consents(ctx context.Context, actor Actor, userID int64) ([]Consent, error) {
	db := s.db.Read(ctx)
	if actor.UserID != userID || !actor.SignedIn() {
		u, err := userByID(db, userID)
		if err != nil {
			return nil, err
		}
		if mayKeepPerson(actor, u) != nil {
			return nil, fault.NotFound("consents")
		}
	}
	var rows []struct {
		ID        int64
		UserID    int64
		Kind      ConsentKind
		Evidence  string
		PictureID int64
		GivenAt   time.Time
		ExpiresAt time.Time
		EndedAt   *time.Time
	}
	err := db.Raw(`SELECT id, user_id, kind, evidence, picture_id, given_at, expires_at, ended_at
		FROM consents WHERE user_id = ? ORDER BY id DESC`, userID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("account: consents: %w", err)
	}
	list := make([]Consent, len(rows))
	for i, r := range rows {
		list[i] = Consent{ID: r.ID, UserID: r.UserID, Kind: r.Kind, Evidence: r.Evidence, PictureID: r.PictureID,
			GivenAt: r.GivenAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), EndedAt: orZero(r.EndedAt)}
	}
	return list, nil
}

// GiveConsent is GiveConsentTx in a transaction of its own.
func (s *Service) GiveConsent(ctx context.Context, actor Actor, in NewConsent) (c Consent, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		c, err = s.GiveConsentTx(ctx, tx, actor, in)
		return err
	})
	return c, err
}

// WithdrawConsent is WithdrawConsentTx in a transaction of its own.
func (s *Service) WithdrawConsent(ctx context.Context, actor Actor, userID int64, kind ConsentKind, note string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error { return s.WithdrawConsentTx(ctx, tx, actor, userID, kind, note) })
}
