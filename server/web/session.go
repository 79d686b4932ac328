package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Passed says what a person has just proved.
type Passed struct {
	Login  bool // password or one-time code
	Code   bool // it was a one-time code
	Factor bool // the second factor
}

// SignIn starts a session for a person: a new token, so that a token known before
// is worth nothing after. Their roles count only when they passed the factor. The
// browser gets the device cookie that keeps its tries apart from strangers'.
func (c *Ctx) SignIn(userID int64, by Passed) error {
	ctx := c.Context()
	for _, key := range []string{halfKey, account.SessionByCode, account.SessionFactor} {
		c.site.sessions.Remove(ctx, key)
	}
	c.site.sessions.Put(ctx, account.SessionUser, userID)
	c.site.sessions.Put(ctx, account.SessionDevice, device(c.Request().UserAgent()))
	by.Login = true
	now, err := c.prove(by)
	if err != nil {
		return err
	}
	c.site.sessions.Put(ctx, account.SessionSince, now.UnixMicro())
	c.SetCookie(deviceCookie, c.site.accounts.NewDevice(c.Cookie(deviceCookie), userID), deviceDays*24*60*60)
	return nil
}

// Proved notes that the person proved themself once more. A session that passes
// the factor for the first time begins anew: from now on it lives as staff's.
func (c *Ctx) Proved(by Passed) error {
	first := by.Factor && c.site.sessions.GetInt64(c.Context(), account.SessionFactor) == 0
	now, err := c.prove(by)
	if err == nil && first {
		c.site.sessions.Put(c.Context(), account.SessionSince, now.UnixMicro())
	}
	return err
}

// prove writes what was proved under a new token.
func (c *Ctx) prove(by Passed) (time.Time, error) {
	ctx := c.Context()
	now, err := c.site.accounts.Now(ctx)
	if err != nil {
		return now, err
	}
	if err := c.site.sessions.RenewToken(ctx); err != nil {
		return now, fault.Internal(err)
	}
	for key, yes := range map[string]bool{account.SessionLogin: by.Login, account.SessionByCode: by.Code, account.SessionFactor: by.Factor} {
		if yes {
			c.site.sessions.Put(ctx, key, now.UnixMicro())
		}
	}
	return now, nil
}

// proof reads from the session what the person proved.
func (s *Site) proof(ctx context.Context) account.Proof {
	at := func(key string) time.Time {
		if micros := s.sessions.GetInt64(ctx, key); micros > 0 {
			return time.UnixMicro(micros).UTC()
		}
		return time.Time{}
	}
	return account.Proof{
		Since: at(account.SessionSince), Login: at(account.SessionLogin),
		ByCode: at(account.SessionByCode), Factor: at(account.SessionFactor),
	}
}

// deviceCookie is remembered for half a year after the last sign-in.
const deviceCookie, deviceDays = "perangkat", 180

// Source is where the request comes from, for counting tries.
func (c *Ctx) Source() account.Source {
	return account.Source{IP: c.IP(), Device: c.Cookie(deviceCookie)}
}

// Half is somebody between the two steps of signing in: known by password or
// code, not signed in, with nothing open to them but the second step.
type Half struct {
	UserID int64     `json:"user"`
	Code   bool      `json:"code"`   // the first step was a one-time code
	Next   string    `json:"next"`   // where they wanted to go
	Secret string    `json:"secret"` // sealed: the enrolment this session began
	At     time.Time `json:"at"`
}

// halfLife is how long the second step may take.
const halfKey, halfLife = "half", 10 * time.Minute

// BeginHalf remembers who has passed the first step, under a new token. Whoever
// was signed in here no longer is.
func (c *Ctx) BeginHalf(h Half) error {
	for _, key := range []string{account.SessionUser, account.SessionSince, account.SessionLogin, account.SessionByCode, account.SessionFactor} {
		c.site.sessions.Remove(c.Context(), key)
	}
	now, err := c.site.accounts.Now(c.Context())
	if err != nil {
		return err
	}
	if err := c.site.sessions.RenewToken(c.Context()); err != nil {
		return fault.Internal(err)
	}
	h.At = now
	return c.KeepHalf(h)
}

// KeepHalf saves a changed Half; its ten minutes go on.
func (c *Ctx) KeepHalf(h Half) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return fault.Internal(err)
	}
	c.Put(halfKey, string(raw))
	return nil
}

// Half returns who is between the steps; false when nobody is or their ten
// minutes are over. A signed-in person whose roles wait for the factor is too.
func (c *Ctx) Half() (Half, bool, error) {
	var h Half
	if err := json.Unmarshal([]byte(c.Peek(halfKey)), &h); err == nil && h.UserID > 0 {
		now, err := c.site.accounts.Now(c.Context())
		if err != nil {
			return Half{}, false, err
		}
		if now.Sub(h.At) <= halfLife && (!c.Actor.SignedIn() || c.Actor.UserID == h.UserID) {
			return h, true, nil
		}
	}
	if c.Actor.FactorDue {
		return Half{UserID: c.Actor.UserID, At: c.Actor.Proof.Now}, true, nil
	}
	return Half{}, false, nil
}

// toProof sends somebody who must prove themself anew, or whose roles wait for the
// second factor, to do so and back. A form is parked and offered again after it.
func (s *Site) toProof(c *Ctx) error {
	step := "/masuk/lagi"
	if c.Actor.FactorDue {
		step = "/masuk/dua"
	}
	return c.redirect(step + "?lanjut=" + url.QueryEscape(s.park(c)))
}

// park keeps a posted form and says where to go on after signing in.
func (s *Site) park(c *Ctx) string {
	if c.Request().Method != http.MethodPost {
		return c.Request().URL.RequestURI()
	}
	if values, err := c.Form(); err == nil && !values.Has(passwordField) {
		if raw, err := json.Marshal(parked{c.Request().URL.Path, values}); err == nil && len(raw) <= parkedLimit {
			c.Put(parkedKey, string(raw))
		}
	}
	return "/masuk/lanjut"
}
