package program

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

const (
	// AnswerDays are the working days within which a complaint is answered: a
	// platform names a time limit (PP 80/2019 art. 27, domain notes B9).
	AnswerDays = 2
	// MaxComplaint is how long a complaint may be, in letters.
	MaxComplaint = 3000
	// complaintsKept is how long the words of an answered complaint are kept.
	complaintsKept = 365 * 24 * time.Hour
)

// OrderNumbers knows of which shop an order is; 0 for a number that is none's.
type OrderNumbers interface {
	ShopOfNumber(ctx context.Context, number string) (shopID int64, err error)
}

// ComplaintState is where a complaint stands.
type ComplaintState string

// A complaint is open until somebody of the agency answered it; there is no way
// back, a new one is written instead.
const (
	ComplaintOpen     ComplaintState = "open"
	ComplaintAnswered ComplaintState = "answered"
)

// Complaint is what somebody complained about.
type Complaint struct {
	ID          int64
	Number      string
	OrderNumber string
	ShopID      *int64
	RegencyCode string
	Name        string
	Phone       string // E.164
	Email       string
	Body        string
	State       ComplaintState
	Answer      string
	CreatedAt   time.Time
	DueAt       time.Time
	AnsweredAt  *time.Time
}

// Late reports whether the promised time passed without an answer.
func (c Complaint) Late(now time.Time) bool { return c.State == ComplaintOpen && now.After(c.DueAt) }

// NewComplaint is the form on the complaint page.
type NewComplaint struct {
	OrderNumber string // optional
	Name        string
	Contact     string // a phone number or an e-mail address, for the answer
	Body        string
	Source      string // the network address it comes from, for the limit
}

// Complain takes a complaint from anybody. It reaches the agency's staff in the
// territory of the order's shop; without a known order, all of them. The same
// words sent twice are one complaint. Faults are on name, contact and words; too
// many from one address are rate-limited.
func (s *Service) Complain(ctx context.Context, in NewComplaint) (Complaint, error) {
	in.Name, in.OrderNumber = line(in.Name), strings.ToUpper(line(in.OrderNumber))
	in.Contact, in.Body = line(in.Contact), strings.TrimSpace(clean(in.Body))
	c := Complaint{Name: in.Name, OrderNumber: in.OrderNumber, Body: in.Body, State: ComplaintOpen}
	bad := fault.Invalid("fault.form")
	if n := utf8.RuneCountInString(in.Name); n < 2 || n > 100 {
		bad.With("name", "program.complaint.name")
	}
	if phone, ok := account.Phone(in.Contact); ok {
		c.Phone = phone
	} else if at := strings.Index(in.Contact, "@"); at > 0 && at < len(in.Contact)-3 && len(in.Contact) <= 200 && !strings.Contains(in.Contact, " ") {
		c.Email = in.Contact
	} else {
		bad.With("contact", "program.complaint.contact")
	}
	if n := utf8.RuneCountInString(in.Body); n < 10 || n > MaxComplaint {
		bad.With("words", "program.complaint.words", "max", MaxComplaint)
	}
	if len(in.OrderNumber) > 20 {
		bad.With("order", "program.complaint.order")
	}
	if err := bad.OrNil(); err != nil {
		return Complaint{}, err
	}
	if err := s.accounts.Allow(ctx, account.Limit{Name: "complaint", Who: in.Source, Most: 5, Window: time.Hour}); err != nil {
		return Complaint{}, err
	}
	if in.OrderNumber != "" && s.orders != nil {
		shopID, err := s.orders.ShopOfNumber(ctx, in.OrderNumber)
		if err != nil {
			return Complaint{}, err
		}
		if shopID > 0 {
			shop, err := s.catalog.Shop(ctx, shopID)
			if err != nil {
				return Complaint{}, err
			}
			c.ShopID, c.RegencyCode = &shopID, shop.RegencyCode
		}
	}
	digest := id.Hash(strings.Join([]string{in.OrderNumber, in.Name, in.Contact, in.Body}, "\x00"))
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		c.Number, c.CreatedAt, c.DueAt = id.ComplaintNumber(), now, calendar.AddWorkingDays(now.In(calendar.Zone(c.RegencyCode)), AnswerDays).UTC()
		err = tx.Raw(`INSERT INTO complaints (number, digest, order_number, shop_id, regency_code, name, phone, email, body, state, created_at, due_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING RETURNING id`,
			c.Number, digest, c.OrderNumber, c.ShopID, c.RegencyCode, c.Name, c.Phone, c.Email, c.Body, c.State, now, c.DueAt).Scan(&c.ID).Error
		if err != nil {
			return fmt.Errorf("program: complain: %w", err)
		}
		if c.ID > 0 {
			return trail.RecordTx(ctx, tx, trail.Entry{Verb: "complain", Object: "complaint", ObjectID: c.ID})
		}
		first, err := complaints(ctx, tx, "digest = ?", digest)
		if err == nil && len(first) == 1 {
			c = first[0]
		}
		return err
	})
	return c, err
}

// ComplaintReceipt is what the number of a complaint tells anybody: when it was
// received, until when an answer is promised, and whether there is one. Errors:
// not found.
func (s *Service) ComplaintReceipt(ctx context.Context, number string) (Complaint, error) {
	found, err := complaints(ctx, s.db.Read(ctx), "number = ?", number)
	if err != nil || len(found) == 0 {
		if err == nil {
			err = fault.NotFound("complaint")
		}
		return Complaint{}, err
	}
	c := found[0]
	return Complaint{Number: c.Number, State: c.State, CreatedAt: c.CreatedAt, DueAt: c.DueAt, AnsweredAt: c.AnsweredAt}, nil
}

// Complaints lists those of the actor's territory and those of no known order:
// open ones by the day they are due, then the answered ones, newest first, at most
// 200 in all. Officers, heads and admins.
func (s *Service) Complaints(ctx context.Context, actor account.Actor) ([]Complaint, error) {
	if !answers(actor) {
		return nil, fault.NotFound("complaints")
	}
	all, err := complaints(ctx, s.db.Read(ctx), "state = 'open' OR id IN (SELECT id FROM complaints WHERE state = 'answered' ORDER BY id DESC LIMIT 200)")
	var mine []Complaint
	for _, c := range all {
		if c.RegencyCode == "" || actor.Covers(c.RegencyCode) {
			mine = append(mine, c)
		}
	}
	return mine[:min(len(mine), 200)], err
}

// AnswerComplaint says what was done about a complaint. Officers, heads and
// admins of its territory; a fault is on answer. Errors: not found, conflict when
// somebody answered before.
func (s *Service) AnswerComplaint(ctx context.Context, actor account.Actor, complaintID int64, answer string) error {
	answer = strings.TrimSpace(clean(answer))
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		found, err := complaints(ctx, tx, "id = ?", complaintID)
		if err != nil {
			return err
		}
		if len(found) == 0 || !answers(actor) || found[0].RegencyCode != "" && !actor.Covers(found[0].RegencyCode) {
			return fault.NotFound("complaint")
		}
		if n := utf8.RuneCountInString(answer); n < 3 || n > MaxComplaint {
			return fault.Invalid("fault.form").With("answer", "program.complaint.answer")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		res := tx.Exec(`UPDATE complaints SET state = ?, answer = ?, answered_by = ?, answered_at = ? WHERE id = ? AND state = ?`,
			ComplaintAnswered, answer, actor.UserID, now, complaintID, ComplaintOpen)
		if res.Error != nil {
			return fmt.Errorf("program: answer complaint: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("program.complaint.answered")
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "answer", Object: "complaint", ObjectID: complaintID})
	})
}

// ForgetComplaints empties the words and the person of complaints that were
// answered long ago, and returns how many.
func (s *Service) ForgetComplaints(ctx context.Context) (int64, error) {
	var n int64
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec(`UPDATE complaints SET name = '', phone = '', email = '', body = '', answer = '' WHERE answered_at < ? AND name <> ''`, now.Add(-complaintsKept))
		n = done.RowsAffected
		return done.Error
	})
	if err != nil {
		return 0, fmt.Errorf("program: forget complaints: %w", err)
	}
	return n, nil
}

func answers(actor account.Actor) bool {
	return actor.SignedIn() && actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin)
}

// complaints reads complaints, open ones first by their due time, then newest
// first; where is a constant of ours.
func complaints(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]Complaint, error) {
	var all []Complaint
	err := tx.WithContext(ctx).Raw(`SELECT id, number, order_number, shop_id, regency_code, name, phone, email, body, state, answer, created_at, due_at, answered_at
		FROM complaints WHERE `+where+` ORDER BY CASE state WHEN 'open' THEN 0 ELSE 1 END, CASE state WHEN 'open' THEN id ELSE -id END`, args...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("program: complaints: %w", err)
	}
	for i := range all {
		all[i].CreatedAt, all[i].DueAt = all[i].CreatedAt.UTC(), all[i].DueAt.UTC()
		if all[i].AnsweredAt != nil {
			*all[i].AnsweredAt = all[i].AnsweredAt.UTC()
		}
	}
	return all, nil
}

// line makes one line of typed words.
func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// clean drops what no database keeps and nobody sees.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}
