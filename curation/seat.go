package curation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// MaxSeatRegions bounds the regions that one seat names.
const MaxSeatRegions = 40

// Seat is a curator's place at the desk: what comes to them and who takes over
// while they are away. A curator whose seat was never set has an empty one.
type Seat struct {
	CuratorID  int64
	Name       string
	Lead       bool     // answers for the desk; what no seat names is theirs
	Regions    []string // province, regency or district codes; none means all
	Categories []string // slugs; none means all. A seat with neither has only what it covers for others
	Absence
	CoverName string
}

// Absence is when a curator is away, by the capital's calendar, and who takes
// over. Days are written 2026-11-22; both are "" while none is planned.
type Absence struct {
	From, Until string // first and last day
	CoverID     int64  // 0 for nobody: the lead
}

// Away reports whether the curator is away on the day.
func (a Absence) Away(day string) bool { return a.From != "" && a.From <= day && day <= a.Until }

// Names reports whether the seat names anything of its own.
func (s Seat) Names() bool { return len(s.Regions)+len(s.Categories) > 0 }

// today is the day by the capital's calendar, as seats write days.
func today(now time.Time) string { return now.In(calendar.WIB).Format(time.DateOnly) }

// IsLead reports whether the actor answers for the desk: a curator whom a head or
// an admin made lead, or the system.
func (s *Service) IsLead(ctx context.Context, tx *gorm.DB, actor account.Actor) (bool, error) {
	if !actor.Has(account.RoleCurator) {
		return false, nil
	}
	if actor.IsSystem() {
		return true, nil
	}
	var n int64
	err := tx.WithContext(ctx).Raw(`SELECT COUNT(*) FROM desk_seats WHERE curator_id = ? AND lead`, actor.UserID).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("curation: lead: %w", err)
	}
	return n > 0, nil
}

// Seats returns every curator's seat, by name. Who may see the desk may.
func (s *Service) Seats(ctx context.Context, actor account.Actor) ([]Seat, error) {
	if err := looks(actor); err != nil {
		return nil, err
	}
	return s.seats(ctx, s.db.Read(ctx))
}

// seats are the seats of those who are curators now; what somebody left behind
// counts no more.
func (s *Service) seats(ctx context.Context, db *gorm.DB) ([]Seat, error) {
	curators, err := s.people.WithRole(ctx, account.RoleCurator)
	if err != nil {
		return nil, err
	}
	return seatsOf(ctx, db, curators)
}

func seatsOf(ctx context.Context, db *gorm.DB, curators []account.User) ([]Seat, error) {
	var rows []struct {
		CuratorID, CoverID  int64
		Lead                bool
		Regions, Categories string
		AwayFrom, AwayUntil string
	}
	err := db.WithContext(ctx).Raw(`SELECT curator_id, lead, regions, categories, cover_id, away_from, away_until FROM desk_seats`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: seats: %w", err)
	}
	out := make([]Seat, len(curators))
	at := map[int64]*Seat{}
	for i, u := range curators {
		out[i] = Seat{CuratorID: u.ID, Name: u.Name}
		at[u.ID] = &out[i]
	}
	for _, r := range rows {
		seat := at[r.CuratorID]
		if seat == nil {
			continue
		}
		seat.Lead = r.Lead
		seat.Absence = Absence{From: r.AwayFrom, Until: r.AwayUntil}
		if cover := at[r.CoverID]; cover != nil {
			seat.CoverID, seat.CoverName = cover.CuratorID, cover.Name
		}
		for _, list := range []struct {
			raw  string
			into *[]string
		}{{r.Regions, &seat.Regions}, {r.Categories, &seat.Categories}} {
			if err := json.Unmarshal([]byte(list.raw), list.into); err != nil {
				return nil, fmt.Errorf("curation: seat %d: %w", r.CuratorID, err)
			}
		}
	}
	return out, nil
}

// SetSeat says what comes to a curator, who covers for them and when they are
// away. The lead, heads and admins may; who is lead, heads and admins alone say.
// Errors: forbidden; invalid with a field each for "curator", "regions",
// "categories", "cover", "from" and "until".
func (s *Service) SetSeat(ctx context.Context, actor account.Actor, in Seat) error {
	if err := looks(actor); err != nil {
		return err
	}
	categories, err := s.catalog.Categories(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, c := range categories {
		known[c.Slug] = true
	}
	return s.sit(ctx, actor, in.CuratorID, "set_seat", func(seats []Seat, seat *Seat, now time.Time) (string, error) {
		above := actor.HasAny(account.RoleHead, account.RoleAdmin)
		if !above && !slices.ContainsFunc(seats, func(s Seat) bool { return s.CuratorID == actor.UserID && s.Lead }) {
			return "", fault.Forbidden("curation.lead_only")
		}
		if in.Lead != seat.Lead && !above {
			return "", fault.Forbidden("desk.lead_by_head")
		}
		bad := fault.Invalid("curation.invalid")
		for _, slug := range in.Categories {
			if !known[slug] {
				bad.With("categories", "desk.category_unknown")
			}
		}
		for _, code := range in.Regions {
			if region.Name(code) == "" {
				bad.With("regions", "desk.region_unknown")
			}
		}
		if len(in.Regions) > MaxSeatRegions {
			bad.With("regions", "desk.regions_many", "max", MaxSeatRegions)
		}
		checkAbsence(bad, seats, *seat, in.Absence, now)
		if err := bad.OrNil(); err != nil {
			return "", err
		}
		note := ""
		if in.Lead != seat.Lead {
			note = map[bool]string{true: "lead", false: "no longer lead"}[in.Lead]
		}
		seat.Lead, seat.Regions, seat.Categories, seat.Absence = in.Lead, distinct(in.Regions), distinct(in.Categories), in.Absence
		return note, nil
	})
}

// SetAbsence says when the actor, a curator, is away and who covers for them.
// Errors: not found for others; invalid with a field each for "cover", "from" and
// "until".
func (s *Service) SetAbsence(ctx context.Context, actor account.Actor, in Absence) error {
	if !actor.Has(account.RoleCurator) {
		return fault.NotFound("a seat at the desk")
	}
	return s.sit(ctx, actor, actor.UserID, "set_absence", func(seats []Seat, seat *Seat, now time.Time) (string, error) {
		bad := fault.Invalid("curation.invalid")
		checkAbsence(bad, seats, *seat, in, now)
		seat.Absence = in
		return "", bad.OrNil()
	})
}

// sit lets change one curator's seat and keeps it, with a line in the trail.
func (s *Service) sit(ctx context.Context, actor account.Actor, curatorID int64, verb string, change func(seats []Seat, seat *Seat, now time.Time) (note string, err error)) error {
	curators, err := s.people.WithRole(ctx, account.RoleCurator)
	if err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		seats, err := seatsOf(ctx, tx, curators)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(seats, func(s Seat) bool { return s.CuratorID == curatorID })
		if i < 0 {
			return fault.Invalid("curation.invalid").With("curator", "desk.no_curator")
		}
		seat := seats[i]
		note, err := change(seats, &seat, now)
		if err != nil {
			return err
		}
		regions, err := json.Marshal(append([]string{}, seat.Regions...))
		if err != nil {
			return fmt.Errorf("curation: seat: %w", err)
		}
		categories, err := json.Marshal(append([]string{}, seat.Categories...))
		if err != nil {
			return fmt.Errorf("curation: seat: %w", err)
		}
		err = tx.Exec(`INSERT INTO desk_seats (curator_id, lead, regions, categories, cover_id, away_from, away_until, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (curator_id) DO UPDATE SET lead = excluded.lead, regions = excluded.regions, categories = excluded.categories, cover_id = excluded.cover_id,
				away_from = excluded.away_from, away_until = excluded.away_until, updated_at = excluded.updated_at`,
			curatorID, seat.Lead, string(regions), string(categories), seat.CoverID, seat.From, seat.Until, now).Error
		if err != nil {
			return fmt.Errorf("curation: seat: %w", err)
		}
		subject := curatorID
		if subject == actor.UserID {
			subject = 0
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject, Verb: verb, Object: "desk_seat", ObjectID: curatorID, Note: note})
	})
}

// checkAbsence adds to bad what is wrong with an absence of the seat's curator.
func checkAbsence(bad *fault.Error, seats []Seat, seat Seat, in Absence, now time.Time) {
	if in.CoverID != 0 && (in.CoverID == seat.CuratorID || !slices.ContainsFunc(seats, func(s Seat) bool { return s.CuratorID == in.CoverID })) {
		bad.With("cover", "desk.cover_unknown")
	}
	for _, day := range []struct{ field, typed string }{{"from", in.From}, {"until", in.Until}} {
		if day.typed == "" {
			if in.From+in.Until != "" {
				bad.With(day.field, "desk.both_days")
			}
			continue
		}
		if t, err := time.Parse(time.DateOnly, day.typed); err != nil || t.Year() < 2000 || t.Year() > 2100 {
			bad.With(day.field, "desk.day")
		}
	}
	if in.From != "" && in.Until != "" && in.From > in.Until {
		bad.With("until", "desk.days_turned")
	}
	if in.Until != "" && in.Until < today(now) && in.Until != seat.Until {
		bad.With("until", "desk.day_past")
	}
}

func distinct(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// Duty is what one present curator answers for on a day.
type Duty struct {
	CuratorID int64
	Name      string
	Seats     []Seat // their own, if it names anything, and those they cover
	Rest      bool   // and what no seat names
}

// Duties shares what waits among those who are there on the day (2026-11-22). A
// cover who is away passes on to theirs. A seat that ends with nobody, and what no
// seat names, is the leads'; with no lead there either, everybody's.
func Duties(seats []Seat, day string) []Duty {
	at := map[int64]*Seat{}
	for i := range seats {
		at[seats[i].CuratorID] = &seats[i]
	}
	holder := func(seat *Seat) int64 {
		for range seats {
			if !seat.Away(day) {
				return seat.CuratorID
			}
			if seat = at[seat.CoverID]; seat == nil {
				return 0
			}
		}
		return 0 // they cover each other in a ring, and all are away
	}
	of := map[int64]*Duty{}
	var out []Duty
	for _, s := range seats {
		if !s.Away(day) {
			out = append(out, Duty{CuratorID: s.CuratorID, Name: s.Name})
		}
	}
	for i := range out {
		of[out[i].CuratorID] = &out[i]
	}
	led := false
	for i := range seats {
		d := of[holder(&seats[i])]
		if d == nil {
			continue
		}
		if seats[i].Names() {
			d.Seats = append(d.Seats, seats[i])
		}
		if seats[i].Lead {
			d.Rest, led = true, true
		}
	}
	for i := range out {
		out[i].Rest = out[i].Rest || !led
	}
	return out
}

// Holds reports whether a thing of the category, made in the district, comes to
// the seat.
func (s Seat) Holds(category, district string) bool {
	in := func(list []string, fits func(string) bool) bool {
		return len(list) == 0 || slices.ContainsFunc(list, fits)
	}
	return s.Names() && in(s.Categories, func(c string) bool { return c == category }) &&
		in(s.Regions, func(code string) bool { return district == code || strings.HasPrefix(district, code+".") })
}

// Answers reports whether a thing of the category, made in the district, is for
// the curator of this duty; all are the day's duties.
func (d Duty) Answers(all []Duty, category, district string) bool {
	holds := func(s Seat) bool { return s.Holds(category, district) }
	if slices.ContainsFunc(d.Seats, holds) {
		return true
	}
	return d.Rest && !slices.ContainsFunc(all, func(o Duty) bool { return slices.ContainsFunc(o.Seats, holds) })
}

// proveSeats checks that whoever covers is somebody else who exists, and that
// seats name what there is.
func (s *Service) proveSeats(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	categories, err := s.catalog.Categories(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, c := range categories {
		known[c.Slug] = true
	}
	seats, err := s.seats(ctx, db)
	if err != nil {
		return nil, err
	}
	var out []proof.Finding
	find := func(seat Seat, what string) {
		out = append(out, proof.Finding{Invariant: "K7 seats", Row: fmt.Sprintf("desk_seats %d", seat.CuratorID), Text: "names " + what + ", which does not exist"})
	}
	for _, seat := range seats {
		for _, slug := range seat.Categories {
			if !known[slug] {
				find(seat, "the category "+slug)
			}
		}
		for _, code := range seat.Regions {
			if region.Name(code) == "" {
				find(seat, "the region "+code)
			}
		}
	}
	return out, nil
}
