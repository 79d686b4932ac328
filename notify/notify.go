// Package notify tells people things: an inbox for those who sign in, mail when
// there is an address, WhatsApp for those who have only a phone, and a call
// list for companions. It owns the tables inbox, messages and call_list.
//
// Callers write in their own transaction; delivery happens in jobs, so nobody
// is told of something that did not happen.
package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// Recipient is who is told. Each filled field is one channel: UserID the
// inbox, Email mail, Phone (E.164) WhatsApp.
type Recipient struct {
	UserID int64
	Name   string
	Phone  string
	Email  string
}

// Message is one thing to tell. Kind names the text keys notify.KIND.title and
// notify.KIND.body; Data fills their placeholders, {nama} is the recipient's
// name. Link is a path of the site, made absolute in mails.
type Message struct {
	Kind   string
	To     Recipient
	Data   map[string]string
	Link   string
	Secret bool // a code: never in the inbox, wiped after sending
}

// Mailer sends one mail.
type Mailer interface {
	Mail(ctx context.Context, l Letter) error
}

// WhatsApp sends one message to a phone number in E.164.
type WhatsApp interface {
	WhatsApp(ctx context.Context, c Chat) error
}

// Service writes and delivers messages.
type Service struct {
	db       *database.DB
	queue    *jobs.Queue
	base     string
	mail     Mailer
	whatsapp WhatsApp
	keep     bool
}

// Options are how messages leave the house. A nil Mail or WhatsApp means that
// the channel does not exist here and nothing is queued for it. KeepSecrets
// keeps the text of sent codes for the outbox page of the demo; production
// never sets it.
type Options struct {
	BaseURL     string
	Mail        Mailer
	WhatsApp    WhatsApp
	KeepSecrets bool
}

// NewService returns the service.
func NewService(db *database.DB, queue *jobs.Queue, o Options) *Service {
	return &Service{db: db, queue: queue, base: strings.TrimSuffix(o.BaseURL, "/"), mail: o.Mail, whatsapp: o.WhatsApp, keep: o.KeepSecrets}
}

// Deliver is the job that sends one message.
type Deliver struct {
	MessageID int64 `json:"message_id"`
}

// Kind names the job.
func (Deliver) Kind() string { return "notify_deliver" }

// RegisterJobs adds this package's workers.
func (s *Service) RegisterJobs(w *jobs.Workers) {
	jobs.Handle(w, 30*time.Second, func(ctx context.Context, d Deliver) error { return s.Deliver(ctx, d.MessageID) })
}

// SendTx tells To on every channel it has, in the caller's transaction.
func (s *Service) SendTx(ctx context.Context, tx *gorm.DB, m Message) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	args := []any{"nama", m.To.Name}
	for k, v := range m.Data {
		args = append(args, k, v)
	}
	title := text.T("notify."+m.Kind+".title", args...)
	body := text.T("notify."+m.Kind+".body", args...)
	if m.To.UserID > 0 && !m.Secret {
		err := tx.Exec("INSERT INTO inbox (user_id, kind, title, body, link, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			m.To.UserID, m.Kind, title, body, m.Link, now).Error
		if err != nil {
			return fmt.Errorf("notify: inbox: %w", err)
		}
	}
	outside := body
	if m.Link != "" {
		outside += "\n\n" + s.base + m.Link
	}
	if m.To.Email != "" && s.mail != nil {
		if err := s.queueTx(ctx, tx, "mail", m, m.To.Email, title, outside, now); err != nil {
			return err
		}
	}
	if m.To.Phone != "" && s.whatsapp != nil {
		return s.queueTx(ctx, tx, "whatsapp", m, m.To.Phone, title, outside, now)
	}
	return nil
}

func (s *Service) queueTx(ctx context.Context, tx *gorm.DB, channel string, m Message, to, subject, body string, now time.Time) error {
	var id int64
	err := tx.Raw(`INSERT INTO messages (channel, kind, address, subject, body, secret, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`, channel, m.Kind, to, oneLine(subject), body, m.Secret, now).Scan(&id).Error
	if err != nil {
		return fmt.Errorf("notify: queue: %w", err)
	}
	return s.queue.InsertTx(ctx, tx, Deliver{id})
}

// oneLine keeps typed names from adding mail headers.
func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}

type message struct {
	ID      int64
	Channel string
	Address string
	Subject string
	Body    string
	Secret  bool
	State   string

	CreatedAt time.Time
}

// key names the message for those who pass it on, the same at every attempt. The
// time is in it because a restored database gives out ids again.
func (m message) key() string {
	return id.Hash(fmt.Sprintf("message|%d|%d", m.ID, m.CreatedAt.UnixMicro()))[:32]
}

// Deliver sends one queued message; it is the job's work and safe to repeat. A
// crash between sending and writing may send a message twice, never lose it.
func (s *Service) Deliver(ctx context.Context, messageID int64) error {
	var m message
	err := s.db.Read(ctx).Raw("SELECT id, channel, address, subject, body, secret, state, created_at FROM messages WHERE id = ?", messageID).Take(&m).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return jobs.Cancel(err)
	}
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	if m.State == "sent" {
		return nil
	}
	crash.Point("notify/deliver/sending")
	switch {
	case m.Channel == "mail" && s.mail != nil:
		err = s.mail.Mail(ctx, Letter{Key: m.key(), To: m.Address, Subject: m.Subject, Body: m.Body})
	case m.Channel == "whatsapp" && s.whatsapp != nil:
		err = s.whatsapp.WhatsApp(ctx, Chat{Key: m.key(), To: m.Address, Body: m.Body})
	default:
		err = fmt.Errorf("no channel %s here", m.Channel)
	}
	crash.Point("notify/deliver/sent")
	state := "sent"
	if err != nil {
		state = "failed"
	}
	written := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		change := map[string]any{"state": state, "attempts": gorm.Expr("attempts + 1")}
		if state == "sent" {
			change["sent_at"] = now
			if m.Secret && !s.keep {
				change["body"] = ""
			}
		}
		err = tx.Table("messages").Where("id = ? AND state <> 'sent'", messageID).Updates(change).Error
		crash.Point("notify/deliver/written")
		return err
	})
	if written == nil && errors.Is(err, ErrRefused) {
		return jobs.Cancel(err)
	}
	return errors.Join(err, written)
}

// Item is one line of a person's inbox.
type Item struct {
	ID        int64
	Kind      string
	Title     string
	Body      string
	Link      string
	CreatedAt time.Time
	ReadAt    *time.Time
}

// Inbox returns the newest 100 messages of one person, newest first. Callers
// pass the signed-in person's own id.
func (s *Service) Inbox(ctx context.Context, userID int64) ([]Item, error) {
	var items []Item
	err := s.db.Read(ctx).Raw(`SELECT id, kind, title, body, link, created_at, read_at FROM inbox
		WHERE user_id = ? ORDER BY id DESC LIMIT 100`, userID).Scan(&items).Error
	return items, err
}

// Unread counts what the person has not opened.
func (s *Service) Unread(ctx context.Context, userID int64) (int, error) {
	var n int
	err := s.db.Read(ctx).Raw("SELECT count(*) FROM inbox WHERE user_id = ? AND read_at IS NULL", userID).Scan(&n).Error
	return n, err
}

// MarkRead marks everything up to and including id as read by its owner.
func (s *Service) MarkRead(ctx context.Context, userID, id int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Exec("UPDATE inbox SET read_at = ? WHERE user_id = ? AND id <= ? AND read_at IS NULL", now, userID, id).Error
	})
}

// Sent is one message as the outbox page shows it.
type Sent struct {
	ID        int64
	Channel   string
	Kind      string
	Address   string
	Subject   string
	Body      string
	State     string
	CreatedAt time.Time
}

// Outbox returns the newest 200 outgoing messages. Only the demo's outbox page
// and the administrator may read it: addresses are personal data.
func (s *Service) Outbox(ctx context.Context) ([]Sent, error) {
	var rows []Sent
	err := s.db.Read(ctx).Raw(`SELECT id, channel, kind, address, subject, body, state, created_at FROM messages
		ORDER BY id DESC LIMIT 200`).Scan(&rows).Error
	return rows, err
}

// Call is one line of a companion's call list, about an order or a request.
type Call struct {
	ID        int64
	ShopID    int64
	OrderID   int64 // 0 when it is about a request
	RequestID int64 // 0 when it is about an order
	Reason    string
	CreatedAt time.Time
}

// CallTx puts a call on the companion's list, once per order and reason.
func (s *Service) CallTx(ctx context.Context, tx *gorm.DB, companionID, shopID, orderID int64, reason string) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = tx.Exec(`INSERT INTO call_list (companion_id, shop_id, order_id, reason, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (companion_id, order_id, reason) DO NOTHING`, companionID, shopID, orderID, reason, now).Error
	if err != nil {
		return fmt.Errorf("notify: call list: %w", err)
	}
	return nil
}

// CallAboutTx puts a call about a request on the companion's list, once per
// request and reason.
func (s *Service) CallAboutTx(ctx context.Context, tx *gorm.DB, companionID, shopID, requestID int64, reason string) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = tx.Exec(`INSERT INTO call_list (companion_id, shop_id, request_id, reason, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (companion_id, request_id, reason) DO NOTHING`, companionID, shopID, requestID, reason, now).Error
	if err != nil {
		return fmt.Errorf("notify: call list: %w", err)
	}
	return nil
}

// Calls returns the open calls of a companion, oldest first.
func (s *Service) Calls(ctx context.Context, companionID int64) ([]Call, error) {
	var calls []Call
	err := s.db.Read(ctx).Raw(`SELECT id, shop_id, COALESCE(order_id, 0) AS order_id, COALESCE(request_id, 0) AS request_id, reason, created_at FROM call_list
		WHERE companion_id = ? AND done_at IS NULL ORDER BY id`, companionID).Scan(&calls).Error
	return calls, err
}

// CallFor says whose call it is. It checks no permission: the edge asks it whose
// the call in an address is. Errors: not found.
func (s *Service) CallFor(ctx context.Context, id int64) (companionID int64, err error) {
	var ids []int64
	if err := s.db.Read(ctx).Raw("SELECT companion_id FROM call_list WHERE id = ?", id).Scan(&ids).Error; err != nil {
		return 0, fmt.Errorf("notify: whose call: %w", err)
	}
	if len(ids) == 0 {
		return 0, fault.NotFound("call")
	}
	return ids[0], nil
}

// CallDone takes a call off the companion's own list.
func (s *Service) CallDone(ctx context.Context, companionID, id int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		r := tx.Exec("UPDATE call_list SET done_at = ? WHERE id = ? AND companion_id = ? AND done_at IS NULL", now, id, companionID)
		if r.Error == nil && r.RowsAffected == 0 {
			return fault.NotFound("call")
		}
		return r.Error
	})
}
