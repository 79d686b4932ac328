package account

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
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

// Source is where a try to get in comes from.
type Source struct {
	IP     string // the network address
	Device string // the device cookie (NewDevice), "" without
}

// tries are the limits of guessing one person's secret, whether or not there is
// such a person. what names the secret, who the account.
//
// A browser that has signed in as this person before brings a budget of its own
// and is counted by nothing else, so that nobody far away can keep the owner out
// on her own phone, nor a neighbour behind the same address. All other browsers
// together share one budget for the account: 10 tries in 15 minutes, from however
// many addresses (ASVS 6.3.1).
func (s *Service) tries(what, who string, userID int64, from Source) []Limit {
	if device, ok := s.device(from.Device, userID); ok {
		return []Limit{{Name: what + "-device", Who: device, Most: 10, Window: 15 * time.Minute}}
	}
	return []Limit{
		{Name: what + "-ip", Who: network(from.IP), Most: 25, Window: 5 * time.Minute},
		{Name: what + "-pair", Who: who + "|" + network(from.IP), Most: 8, Window: 15 * time.Minute},
		{Name: what + "-account", Who: who, Most: 10, Window: 15 * time.Minute},
	}
}

// codeLimits are the limits of asking for a code: messages cost money and
// patience. A known device has its own, as in tries.
func (s *Service) codeLimits(phone string, userID int64, from Source) []Limit {
	if device, ok := s.device(from.Device, userID); ok {
		return []Limit{{Name: "code-device", Who: device, Most: 3, Window: 15 * time.Minute}}
	}
	return []Limit{
		{Name: "code-ip", Who: network(from.IP), Most: 15, Window: 15 * time.Minute},
		{Name: "code-phone", Who: phone, Most: 3, Window: 15 * time.Minute},
	}
}

// A device cookie holds up to four entries, for a phone that several people use:
// random, dot, signature over it and the person. It opens nothing; it says only
// whose budget of tries counts.
const devicesAtOnce = 4

func devicePurpose(userID int64) string { return fmt.Sprintf("device|%d", userID) }

// NewDevice adds the person to a device cookie after they signed in, and returns
// the cookie's new value.
func (s *Service) NewDevice(cookie string, userID int64) string {
	if _, ok := s.device(cookie, userID); ok {
		return cookie
	}
	name := id.Token()[:22]
	entries := append([]string{name + "." + s.keys.Sign(devicePurpose(userID), name)}, strings.Fields(strings.ReplaceAll(cookie, "~", " "))...)
	return strings.Join(entries[:min(len(entries), devicesAtOnce)], "~")
}

// device is the name of a device cookie's entry for this person.
func (s *Service) device(cookie string, userID int64) (string, bool) {
	if userID == 0 || len(cookie) > 1000 {
		return "", false
	}
	for entry := range strings.SplitSeq(cookie, "~") {
		name, sig, ok := strings.Cut(entry, ".")
		if ok && s.keys.Verify(devicePurpose(userID), name, sig) {
			return name, true
		}
	}
	return "", false
}
