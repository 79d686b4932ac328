package quote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/order"
)

// day is how days are stored.
const day = time.DateOnly

type requestRow struct {
	ID           int64
	TokenHash    string
	FormKey      string
	State        State
	Version      int64
	ProductID    *int64
	ShopID       *int64
	Wish         string
	Details      string
	Quantity     int64
	NeededBy     string
	RegencyCode  string
	DistrictCode string
	BuyerUserID  int64
	BuyerName    string
	BuyerPhone   string
	BuyerEmail   string
	Organisation string
	Reason       string
	CreatedAt    time.Time
	AskedAt      *time.Time
	EndedAt      *time.Time
	RemindAt     *time.Time
}

func (requestRow) TableName() string { return "quote_requests" }

// shop is who is asked, 0 for nobody yet.
func (r requestRow) shop() int64 {
	if r.ShopID == nil {
		return 0
	}
	return *r.ShopID
}

// passed says that the agency passes the request on: no product was named.
func (r requestRow) passed() bool { return r.ProductID == nil }

type sizeRow struct {
	RequestID int64
	Position  int64
	Label     string
	Quantity  int64
}

func (sizeRow) TableName() string { return "quote_sizes" }

type offerRow struct {
	ID             int64
	RequestID      int64
	FormKey        string
	State          OfferState
	ShopID         int64
	ShopName       string
	ProductID      int64
	RevisionID     int64
	Title          string
	Goods          money.Rupiah
	DeliveryMethod delivery.Method
	DeliveryFee    money.Rupiah
	Total          money.Rupiah
	ReadyOn        string
	Drawn          bool
	ValidUntil     time.Time
	Note           string
	MadeBy         int64
	SubjectID      int64
	SentAt         time.Time
	AcceptedAt     *time.Time
	PayUntil       *time.Time
}

func (offerRow) TableName() string { return "quote_offers" }

type offerLineRow struct {
	OfferID   int64
	Position  int64
	Label     string
	Quantity  int64
	UnitPrice money.Rupiah
}

func (offerLineRow) TableName() string { return "quote_offer_lines" }

// by is who makes a move, with the users behind it for the trail.
type by struct {
	who     Who
	actor   int64
	subject int64
}

// one reads the only row that q finds.
func one[T any](q *gorm.DB, what string) (T, error) {
	var row T
	err := q.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault.NotFound(what)
	}
	if err != nil {
		return row, fmt.Errorf("quote: %s: %w", what, err)
	}
	return row, nil
}

// lockedTx loads one request and keeps others from changing it, or its offers,
// until the transaction ends. On SQLite the transaction is the only writer already.
func lockedTx(ctx context.Context, tx *gorm.DB, requestID int64) (requestRow, error) {
	if tx.Name() == database.Postgres {
		var held int64
		if err := tx.WithContext(ctx).Raw("SELECT id FROM quote_requests WHERE id = ? FOR UPDATE", requestID).Scan(&held).Error; err != nil {
			return requestRow{}, fmt.Errorf("quote: lock request %d: %w", requestID, err)
		}
	}
	return one[requestRow](tx.WithContext(ctx).Where("id = ?", requestID), "request")
}

func offerTx(ctx context.Context, tx *gorm.DB, offerID int64) (offerRow, error) {
	return one[offerRow](tx.WithContext(ctx).Where("id = ?", offerID), "offer")
}

// notNow is the answer to a move from a state that has none.
func notNow() error {
	return fault.Conflict("quote.move.not_now")
}

// moveTx makes one move of a request along the table, by one conditional UPDATE,
// and records it. set are further columns. When another transaction was faster it
// is a Conflict.
func moveTx(ctx context.Context, tx *gorm.DB, row requestRow, name string, who by, now time.Time, set map[string]any) (requestRow, error) {
	rule, ok := RuleOf(Moves, name)
	if !ok || !rule.Allows(row.State, who.who) || rule.Name == wrongWay(row.passed()) {
		return row, notNow()
	}
	if set == nil {
		set = map[string]any{}
	}
	set["state"], set["version"] = rule.To, row.Version+1
	if _, said := set["remind_at"]; !said {
		set["remind_at"] = nil
	}
	switch rule.To {
	case Accepted, Declined, Cancelled:
		set["ended_at"] = now
	default:
		set["ended_at"] = nil
	}
	done := tx.WithContext(ctx).Table("quote_requests").Where("id = ? AND state = ? AND version = ?", row.ID, row.State, row.Version).Updates(set)
	if done.Error != nil {
		return row, fmt.Errorf("quote: %s %d: %w", name, row.ID, done.Error)
	}
	if done.RowsAffected == 0 {
		return row, fault.Conflict("quote.move.changed")
	}
	err := trail.RecordTx(ctx, tx, trail.Entry{Actor: who.actor, Subject: who.subject, Verb: name, Object: "quote_request", ObjectID: row.ID, Note: string(who.who)})
	if err != nil {
		return row, err
	}
	story.Tell(ctx, tx, "request moved", story.For(PictureOwner, row.ID), slog.String("move", name), slog.String("from", string(row.State)),
		slog.String("to", string(rule.To)), slog.String("who", string(who.who)))
	return one[requestRow](tx.WithContext(ctx).Where("id = ?", row.ID), "request")
}

// moveOfferTx makes one move of an offer; set are further columns of it.
func moveOfferTx(ctx context.Context, tx *gorm.DB, row offerRow, name string, who Who, set map[string]any) (offerRow, error) {
	rule, ok := RuleOf(OfferMoves, name)
	if !ok || !rule.Allows(row.State, who) {
		return row, fault.Conflict("quote.move.changed")
	}
	if set == nil {
		set = map[string]any{}
	}
	set["state"] = rule.To
	done := tx.WithContext(ctx).Table("quote_offers").Where("id = ? AND state = ?", row.ID, row.State).Updates(set)
	if done.Error != nil {
		return row, fmt.Errorf("quote: %s offer %d: %w", name, row.ID, done.Error)
	}
	if done.RowsAffected == 0 {
		return row, fault.Conflict("quote.move.changed")
	}
	return offerTx(ctx, tx, row.ID)
}

// openOfferTx is the offer that waits for the buyer; false when there is none.
func openOfferTx(ctx context.Context, tx *gorm.DB, requestID int64) (offerRow, bool, error) {
	var rows []offerRow
	err := tx.WithContext(ctx).Where("request_id = ? AND state = ?", requestID, Sent).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return offerRow{}, false, err
	}
	return rows[0], true, nil
}

// endOpenTx ends the open offer, if there is one, by a move.
func endOpenTx(ctx context.Context, tx *gorm.DB, requestID int64, name string, who Who) error {
	open, there, err := openOfferTx(ctx, tx, requestID)
	if err != nil || !there {
		return err
	}
	_, err = moveOfferTx(ctx, tx, open, name, who, nil)
	return err
}

// assemble turns rows into the public shape, with sizes and without offers and
// tokens.
func assemble(ctx context.Context, tx *gorm.DB, rows []requestRow) ([]Request, error) {
	ids := make([]int64, len(rows))
	out := make([]Request, len(rows))
	at := map[int64]int{}
	for i, r := range rows {
		ids[i], at[r.ID] = r.ID, i
		out[i] = Request{
			ID: r.ID, State: r.State, Version: r.Version, ShopID: r.shop(), Wish: r.Wish, Details: r.Details, Quantity: r.Quantity,
			NeededBy: date(r.NeededBy), RegencyCode: r.RegencyCode, DistrictCode: r.DistrictCode,
			Buyer:        order.Person{UserID: r.BuyerUserID, Name: r.BuyerName, Phone: r.BuyerPhone, Email: r.BuyerEmail},
			Organisation: r.Organisation, Reason: r.Reason, CreatedAt: r.CreatedAt.UTC(), AskedAt: deref(r.AskedAt),
		}
		if r.ProductID != nil {
			out[i].ProductID = *r.ProductID
		}
	}
	if len(rows) == 0 {
		return out, nil
	}
	var sizes []sizeRow
	if err := tx.WithContext(ctx).Where("request_id IN ?", ids).Order("request_id, position").Find(&sizes).Error; err != nil {
		return nil, fmt.Errorf("quote: sizes: %w", err)
	}
	for _, s := range sizes {
		r := &out[at[s.RequestID]]
		r.Sizes = append(r.Sizes, Size{Label: s.Label, Quantity: s.Quantity})
	}
	return out, nil
}

// offersOf reads a request's offers with their lines, oldest first.
func offersOf(ctx context.Context, tx *gorm.DB, requestID int64) ([]Offer, error) {
	var rows []offerRow
	if err := tx.WithContext(ctx).Where("request_id = ?", requestID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("quote: offers: %w", err)
	}
	var lines []offerLineRow
	err := tx.WithContext(ctx).Raw(`SELECT l.* FROM quote_offer_lines l JOIN quote_offers o ON o.id = l.offer_id
		WHERE o.request_id = ? ORDER BY l.offer_id, l.position`, requestID).Scan(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("quote: offer lines: %w", err)
	}
	out := make([]Offer, len(rows))
	for i, r := range rows {
		out[i] = Offer{
			ID: r.ID, RequestID: r.RequestID, State: r.State, ShopID: r.ShopID, ShopName: r.ShopName, ProductID: r.ProductID, Title: r.Title,
			Goods: r.Goods, Method: r.DeliveryMethod, Fee: r.DeliveryFee, Total: r.Total, ReadyOn: date(r.ReadyOn), ValidUntil: r.ValidUntil.UTC(),
			Drawn: r.Drawn, Note: r.Note, SentAt: r.SentAt.UTC(), AcceptedAt: deref(r.AcceptedAt), PayUntil: deref(r.PayUntil),
		}
		for _, l := range lines {
			if l.OfferID == r.ID {
				out[i].Lines = append(out[i].Lines, OfferLine{Label: l.Label, Quantity: l.Quantity, UnitPrice: l.UnitPrice})
			}
		}
	}
	return out, nil
}

func date(s string) time.Time {
	t, _ := time.Parse(day, s) // empty and only what we wrote
	return t
}

func deref(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// today is the day it is in a place.
func today(now time.Time, regencyCode string) time.Time {
	y, m, d := now.In(calendar.Zone(regencyCode)).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
