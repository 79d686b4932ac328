package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// orderRow is a row of orders.
type orderRow struct {
	ID                 int64
	Number             string
	TokenHash          string
	PickupHash         string
	PurposeKind        string
	PurposeID          int64
	ShopID             int64
	ShopName           string
	RegencyCode        string
	State              State
	Version            int64
	BuyerUserID        int64
	BuyerName          string
	BuyerPhone         string
	BuyerEmail         string
	Note               string
	DeliveryMethod     delivery.Method
	DeliveryFee        money.Rupiah
	DeliveryZone       string
	DeliveryCarrier    string
	DeliveryService    string
	DeliveryDaysMin    int
	DeliveryDaysMax    int
	Goods              money.Rupiah
	Total              money.Rupiah
	Refunded           money.Rupiah
	TrackingNumber     string
	Courier            string
	PickupTries        int64
	PickupBlockedUntil *time.Time
	PaymentID          int64
	CreatedAt          time.Time
	PaidAt             *time.Time
	SettledAt          *time.Time
	ReadyBy            *time.Time
	SeenAt             *time.Time
	DispatchedAt       *time.Time
	DeliveredAt        *time.Time
	CompletedAt        *time.Time
	DeliveryReleasedAt *time.Time
	GoodsReleasedAt    *time.Time
	RemindAt           *time.Time
	AskAt              *time.Time
	DeliverAt          *time.Time
	CompleteAt         *time.Time
	PayBy              PayBy
	BegunAt            *time.Time
	StateAt            *time.Time
	PromisesUsedAt     *time.Time
	PayUntil           *time.Time
	DirectProofAt      *time.Time
	CollectBy          *time.Time
	NewDate            *time.Time
	NewDateAt          *time.Time
	DateDeclinedAt     *time.Time
	ComplainUntil      *time.Time
	Clawed             money.Rupiah
	ComplainedAt       *time.Time
	ProposedBack       money.Rupiah
	ProposedBy         int64
	CommissionPermille int64
	Source             Source
}

func (orderRow) TableName() string { return "orders" }

func (o orderRow) pickup() bool { return o.DeliveryMethod == delivery.Pickup }

// kind is what decides about the order's moves beside its state.
func (o orderRow) kind() Kind {
	return Kind{PayBy: o.PayBy, Pickup: o.pickup(), Again: o.PromisesUsedAt != nil, Paid: o.PaidAt != nil, Outside: o.Source.Outside() && o.PayBy == ByCash}
}

// shops says whether the order is the shop's business: from when it is to be
// made, and from the start when the buyer pays the shop itself or the shop wrote it down.
func (o orderRow) shops() bool { return o.BegunAt != nil || o.PayBy == ByDirect || o.Source.Outside() }

// remaining is what the order is still worth.
func (o orderRow) remaining() money.Rupiah { return o.Total - o.Refunded }

type lineRow struct {
	ID          int64
	OrderID     int64
	ProductID   int64
	RevisionID  int64
	PictureID   int64
	VariantID   int64
	Title       string
	Unit        string
	UnitPrice   money.Rupiah
	Quantity    int64
	Cancelled   int64
	WeightGrams int64
	HowSoon     catalog.HowSoon
	Drawn       bool
	ReadyBy     *time.Time
	Period      string
}

func (lineRow) TableName() string { return "order_lines" }

type addressRow struct {
	OrderID      int64 `gorm:"primaryKey;autoIncrement:false"`
	Name         string
	Phone        string
	RegencyCode  string
	DistrictCode string
	Village      string
	Street       string
	Postcode     string
}

func (addressRow) TableName() string { return "order_addresses" }

type eventRow struct {
	ID        int64
	OrderID   int64
	At        time.Time
	Move      Transition
	FromState State
	ToState   State
	Who       Who
	ActorID   int64
	SubjectID int64
	Cause     Cause
	Reason    string
	Amount    money.Rupiah
}

func (eventRow) TableName() string { return "order_events" }

// rowTx loads one order by id.
func rowTx(ctx context.Context, tx *gorm.DB, id int64) (orderRow, error) {
	var row orderRow
	err := tx.WithContext(ctx).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault.NotFound(fmt.Sprintf("order %d", id))
	}
	if err != nil {
		return row, fmt.Errorf("order: load %d: %w", id, err)
	}
	return row, nil
}

// lockedTx loads one order and keeps others from changing it until the
// transaction ends, so that what is read next (lines, forms) belongs to it. On
// SQLite the transaction is the only writer already.
func lockedTx(ctx context.Context, tx *gorm.DB, id int64) (orderRow, error) {
	if tx.Name() == database.Postgres {
		var held int64
		if err := tx.WithContext(ctx).Raw("SELECT id FROM orders WHERE id = ? FOR UPDATE", id).Scan(&held).Error; err != nil {
			return orderRow{}, fmt.Errorf("order: lock %d: %w", id, err)
		}
	}
	return rowTx(ctx, tx, id)
}

// rowsOfTx loads the orders that one payment's purpose asks money for, in id order.
func rowsOfTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) ([]orderRow, error) {
	var rows []orderRow
	if err := tx.WithContext(ctx).Where("purpose_kind = ? AND purpose_id = ?", of.Kind, of.ID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("order: load %s %d: %w", of.Kind, of.ID, err)
	}
	return rows, nil
}

func linesTx(ctx context.Context, tx *gorm.DB, orderIDs ...int64) ([]lineRow, error) {
	var rows []lineRow
	if len(orderIDs) == 0 {
		return nil, nil
	}
	if err := tx.WithContext(ctx).Where("order_id IN ?", orderIDs).Order("order_id, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("order: load lines: %w", err)
	}
	return rows, nil
}

// assemble turns rows into the public shape, without tokens, codes and events.
func assemble(ctx context.Context, tx *gorm.DB, rows []orderRow) ([]Order, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	lines, err := linesTx(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	var addresses []addressRow
	if err := tx.WithContext(ctx).Where("order_id IN ?", ids).Find(&addresses).Error; err != nil {
		return nil, fmt.Errorf("order: load addresses: %w", err)
	}
	return public(rows, lines, addresses), nil
}

// public turns rows into the public shape.
func public(rows []orderRow, lines []lineRow, addresses []addressRow) []Order {
	byOrder := map[int64]Recipient{}
	for _, a := range addresses {
		byOrder[a.OrderID] = Recipient{Name: a.Name, Phone: a.Phone, RegencyCode: a.RegencyCode,
			DistrictCode: a.DistrictCode, Village: a.Village, Street: a.Street, Postcode: a.Postcode}
	}
	orders := make([]Order, len(rows))
	at := map[int64]int{}
	for i, r := range rows {
		orders[i] = publicOrder(r, byOrder[r.ID])
		at[r.ID] = i
	}
	for _, l := range lines {
		o := &orders[at[l.OrderID]]
		o.Lines = append(o.Lines, Line{ID: l.ID, ProductID: l.ProductID, VariantID: l.VariantID, RevisionID: l.RevisionID, PictureID: l.PictureID,
			Title: l.Title, Unit: l.Unit, UnitPrice: l.UnitPrice, Quantity: l.Quantity, Cancelled: l.Cancelled,
			WeightGrams: l.WeightGrams, HowSoon: l.HowSoon, Drawn: l.Drawn, ReadyBy: deref(l.ReadyBy), Period: l.Period})
	}
	return orders
}

func publicOrder(r orderRow, to Recipient) Order {
	o := Order{
		ID: r.ID, Number: r.Number, PayBy: r.PayBy, Source: r.Source, Purpose: payment.Purpose{Kind: r.PurposeKind, ID: r.PurposeID}, ShopID: r.ShopID, ShopName: r.ShopName, RegencyCode: r.RegencyCode,
		State: r.State, Version: r.Version,
		Buyer:     Person{UserID: r.BuyerUserID, Name: r.BuyerName, Phone: r.BuyerPhone, Email: r.BuyerEmail},
		Recipient: to, Note: r.Note,
		Delivery: Delivery{Method: r.DeliveryMethod, Fee: r.DeliveryFee, Zone: r.DeliveryZone, Carrier: r.DeliveryCarrier, Service: r.DeliveryService,
			DaysMin: r.DeliveryDaysMin, DaysMax: r.DeliveryDaysMax},
		Goods: r.Goods, Total: r.Total, Refunded: r.Refunded, CommissionPermille: r.CommissionPermille,
		TrackingNumber: r.TrackingNumber, Courier: r.Courier, PaymentID: r.PaymentID,
		CreatedAt: r.CreatedAt, PaidAt: deref(r.PaidAt), SettledAt: deref(r.SettledAt), ReadyBy: deref(r.ReadyBy),
		SeenAt: deref(r.SeenAt), DispatchedAt: deref(r.DispatchedAt), DeliveredAt: deref(r.DeliveredAt),
		CompletedAt: deref(r.CompletedAt), BegunAt: deref(r.BegunAt), StateAt: deref(r.StateAt), Again: r.PromisesUsedAt != nil,
		ProofAt: deref(r.DirectProofAt), NewDate: deref(r.NewDate), NewDateAt: deref(r.NewDateAt), DateDeclinedAt: deref(r.DateDeclinedAt),
		ComplainUntil: deref(r.ComplainUntil), ComplainedAt: deref(r.ComplainedAt), ProposedBack: r.ProposedBack, ProposedBy: r.ProposedBy,
		asked: r.AskAt == nil,
	}
	switch r.State {
	case AwaitingPayment:
		o.ClosesAt = deref(r.PayUntil)
	case Ready:
		o.ClosesAt = deref(r.CollectBy)
	case Dispatched:
		o.ClosesAt = deref(r.DeliverAt)
	case Delivered:
		o.ClosesAt = deref(r.CompleteAt)
	}
	return o
}

func deref(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// eventsOf loads an order's history, oldest first.
func eventsOf(ctx context.Context, tx *gorm.DB, of orderRow) ([]Event, error) {
	var rows []eventRow
	if err := tx.WithContext(ctx).Where("order_id = ?", of.ID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("order: load events: %w", err)
	}
	var shown []struct{ EventID, PictureID int64 }
	if err := tx.WithContext(ctx).Raw("SELECT event_id, picture_id FROM order_pictures WHERE order_id = ? ORDER BY picture_id", of.ID).Scan(&shown).Error; err != nil {
		return nil, fmt.Errorf("order: load pictures: %w", err)
	}
	pictures := map[int64][]int64{}
	for _, p := range shown {
		pictures[p.EventID] = append(pictures[p.EventID], p.PictureID)
	}
	events := make([]Event, len(rows))
	for i, r := range rows {
		events[i] = Event{ID: r.ID, At: r.At.UTC(), Move: r.Move, From: r.FromState, To: r.ToState, Who: r.Who,
			ActorID: r.ActorID, SubjectID: r.SubjectID, Cause: r.Cause, Reason: r.Reason, Amount: r.Amount, Pictures: pictures[r.ID]}
		events[i].back = backOf(of, r.At)
	}
	return events, nil
}
