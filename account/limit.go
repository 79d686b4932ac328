package account

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// Limit says how often something may happen in a window of time.
type Limit struct {
	Name   string // "sign-in"
	Who    string // whom the count is for: an address, a phone number, a token; stored hashed
	Most   int64
	Window time.Duration
}

// Allow counts one try of each limit, for all instances together, and returns
// a rate-limited fault (with the minutes to wait) when any is above its most.
// It counts refused tries too, and it must not be called in a transaction: a
// rolled-back try would not count.
func (s *Service) Allow(ctx context.Context, limits ...Limit) error {
	var wait time.Duration
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		wait = 0
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		for _, l := range limits {
			start := now.Truncate(l.Window)
			name := l.Name + ":" + id.Hash(l.Who)[:32] // no address or number at rest
			var hits int64
			err := tx.Raw(`INSERT INTO rate_counters (name, window_start, hits) VALUES (?, ?, 1)
				ON CONFLICT (name, window_start) DO UPDATE SET hits = rate_counters.hits + 1
				RETURNING hits`, name, start).Scan(&hits).Error
			if err != nil {
				return fmt.Errorf("account: count %s: %w", l.Name, err)
			}
			if hits > l.Most {
				wait = max(wait, start.Add(l.Window).Sub(now))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		minutes := int64((wait + time.Minute - 1) / time.Minute)
		return fault.RateLimited("account.limit.wait", "minutes", minutes)
	}
	return nil
}

// network is what is counted of an address: an IPv6 customer has a whole /64.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// signInLimits are the limits of every way to sign in: 25 tries in 5 minutes
// from one network, 10 in 15 minutes for one number, known or not.
func signInLimits(phone, ip string) []Limit {
	return []Limit{
		{Name: "sign-in-ip", Who: network(ip), Most: 25, Window: 5 * time.Minute},
		{Name: "sign-in-phone", Who: phone, Most: 10, Window: 15 * time.Minute},
	}
}

// codeLimits are the limits of asking for a code: messages cost money and
// patience.
func codeLimits(phone, ip string) []Limit {
	return []Limit{
		{Name: "code-ip", Who: network(ip), Most: 15, Window: 15 * time.Minute},
		{Name: "code-phone", Who: phone, Most: 3, Window: 15 * time.Minute},
	}
}
