package account

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/clock"
)

// ConsentEndsSoon is how long before its end a consent is listed as ending.
const ConsentEndsSoon = 30 * 24 * time.Hour

// ConsentState is how a consent stands, for the register's filter.
type ConsentState string

// The states: it holds; it holds and ends within ConsentEndsSoon; it was
// withdrawn, replaced or ran out.
const (
	ConsentHolds ConsentState = "holds"
	ConsentSoon  ConsentState = "soon"
	ConsentOver  ConsentState = "over"
)

// RegisterFilter narrows ConsentRegister. The zero filter lists everything there is in
// the actor's territory.
type RegisterFilter struct {
	Kind   ConsentKind  // "" for all
	State  ConsentState // "" for all
	Before int64        // consents older than this id
	Limit  int          // default 50, at most 200
}

// Registered is one line of the register of consents.
type Registered struct {
	Consent
	Name         string // of the person
	DistrictCode string
	EndNote      string
	Soon         bool // it holds and ends within ConsentEndsSoon
	Over         bool
}

// ConsentRegister lists the consents of the people in the actor's territory, newest
// first: officers, heads and admins only, everybody else finds nothing.
func (s *Service) ConsentRegister(ctx context.Context, actor Actor, f RegisterFilter) ([]Registered, error) {
	if !actor.SignedIn() || !actor.HasAny(RoleOfficer, RoleHead, RoleAdmin) {
		return nil, nil
	}
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	where, args := "1 = 1", []any{}
	and := func(sql string, more ...any) { where, args = where+" AND "+sql, append(args, more...) }
	if f.Kind != "" {
		and("c.kind = ?", string(f.Kind))
	}
	switch f.State {
	case ConsentHolds:
		and("c.ended_at IS NULL AND c.expires_at > ?", now)
	case ConsentSoon:
		and("c.ended_at IS NULL AND c.expires_at > ? AND c.expires_at <= ?", now, now.Add(ConsentEndsSoon))
	case ConsentOver:
		and("(c.ended_at IS NOT NULL OR c.expires_at <= ?)", now)
	}
	if f.Before > 0 {
		and("c.id < ?", f.Before)
	}
	area, more := inTerritory(actor, "u.district_code")
	and(area, more...)
	var rows []struct {
		ID           int64
		UserID       int64
		Kind         ConsentKind
		Evidence     string
		PictureID    int64
		GivenAt      time.Time
		ExpiresAt    time.Time
		EndedAt      *time.Time
		EndNote      string
		Name         string
		DistrictCode string
	}
	err = db.Raw(`SELECT c.id, c.user_id, c.kind, c.evidence, c.picture_id, c.given_at, c.expires_at, c.ended_at, c.end_note, u.name, u.district_code
		FROM consents c JOIN users u ON u.id = c.user_id WHERE `+where+` ORDER BY c.id DESC LIMIT ?`, append(args, f.Limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("account: register of consents: %w", err)
	}
	list := make([]Registered, len(rows))
	for i, r := range rows {
		over := r.EndedAt != nil || !r.ExpiresAt.After(now)
		list[i] = Registered{
			Consent: Consent{ID: r.ID, UserID: r.UserID, Kind: r.Kind, Evidence: r.Evidence, PictureID: r.PictureID,
				GivenAt: r.GivenAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), EndedAt: orZero(r.EndedAt)},
			Name: r.Name, DistrictCode: r.DistrictCode, EndNote: r.EndNote, Over: over, Soon: !over && r.ExpiresAt.Sub(now) <= ConsentEndsSoon,
		}
	}
	return list, nil
}

// ConsentPicture is the owner kind of pictures of signed consent forms in package
// media; the owner is the person (users.id).
const ConsentPicture = "consent"

// MayKeep reports whether the actor may see and keep what is private of a person:
// the person, and officers and admins of their territory.
func (s *Service) MayKeep(ctx context.Context, actor Actor, userID int64) (bool, error) {
	if !actor.SignedIn() {
		return false, nil
	}
	if actor.UserID == userID {
		return true, nil
	}
	u, err := userByID(s.db.Read(ctx), userID)
	if err != nil {
		return false, err
	}
	return mayKeepPerson(actor, u) == nil, nil
}
