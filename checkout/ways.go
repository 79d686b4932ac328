package checkout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// Accounts knows a shop's confirmed bank account, for buyers who pay the shop
// itself (finance.Service). rests says that a changed account, or a sign-in that was
// just reset, still rests (design §3.7): no money shall be sent to it yet.
type Accounts interface {
	DirectAccountTx(ctx context.Context, tx *gorm.DB, shopID int64) (bank payment.Bank, rests bool, err error)
}

// Connect gives checkout what is made after it; without it shops are paid directly
// by their QRIS code only.
func (s *Service) Connect(accounts Accounts) { s.accounts = accounts }

// ShopPayments is how buyers may pay one shop beside the gateway, which every shop
// has.
type ShopPayments struct {
	COD     bool // in cash to the maker who brings the parcel
	Courier bool // in cash to the courier, who passes it on to the shop
	Cash    bool // in cash at pick-up
	Direct  bool // on the shop's own account or QRIS: nothing is held

	Account payment.Bank // confirmed; zero without
	Code    Code         // the QRIS code in use; zero without
	Next    Code         // the QRIS code that waits, or was refused last; zero without
	Rests   bool         // the account was changed a short while ago: not offered yet
}

// Payable says that there is somewhere to pay to.
func (p ShopPayments) Payable() bool {
	return !p.Rests && (p.Account.AccountNumber != "" || p.Code.ID > 0)
}

// Way is one way to pay for an order.
type Way struct {
	PayBy order.PayBy
	Max   money.Rupiah // the most that may be paid so; 0 for no limit
	Over  bool         // the order costs more than Max: shown, not to be chosen
}

// CODMax is the most that is paid in cash to whoever brings the parcel, unless an
// administrator changed it: somebody on a motorcycle carries it home.
const CODMax money.Rupiah = 1_000_000

const limitCOD = "cod_max"

type shopPaymentsRow struct {
	ShopID    int64 `gorm:"primaryKey;autoIncrement:false"`
	COD       bool  `gorm:"column:cod"`
	Courier   bool  `gorm:"column:cod_courier"`
	Cash      bool
	Direct    bool
	UpdatedBy int64
	UpdatedAt time.Time
}

func (shopPaymentsRow) TableName() string { return "shop_payments" }

// Payments returns how buyers may pay a shop, for the page that changes it: whoever
// manages the shop. The account is filled for its owner only.
func (s *Service) Payments(ctx context.Context, actor account.Actor, shopID int64) (ShopPayments, error) {
	if !actor.Manages(shopID) {
		return ShopPayments{}, fault.NotFound(fmt.Sprintf("payments of shop %d", shopID))
	}
	p, err := s.shopPaymentsTx(ctx, s.db.Read(ctx), shopID)
	if err == nil && !ownsMoney(actor, shopID) {
		p.Account.AccountNumber = mask(p.Account.AccountNumber)
	}
	return p, err
}

func mask(number string) string {
	if len(number) <= 4 {
		return number
	}
	return "••••" + number[len(number)-4:]
}

// ownsMoney is who may say where a shop's money goes: its owner, or the officer who
// runs an institution's shop; never a companion (design §3.7).
func ownsMoney(actor account.Actor, shopID int64) bool {
	role := actor.MemberAs(shopID)
	return actor.SignedIn() && (role == account.MemberOwner || role == account.MemberOfficer)
}

func mustOwnMoney(actor account.Actor, shopID int64) error {
	switch {
	case ownsMoney(actor, shopID):
		return nil
	case actor.Manages(shopID) && !actor.IsSystem():
		return fault.Forbidden("checkout.ways.own_only")
	}
	return fault.NotFound(fmt.Sprintf("payments of shop %d", shopID))
}

// shopPaymentsTx reads how a shop is paid, in full.
func (s *Service) shopPaymentsTx(ctx context.Context, tx *gorm.DB, shopID int64) (ShopPayments, error) {
	offered, err := offeredTx(ctx, tx, shopID)
	if err != nil {
		return ShopPayments{}, err
	}
	row := offered[shopID]
	p := ShopPayments{COD: row.COD, Courier: row.Courier, Cash: row.Cash, Direct: row.Direct}
	if s.accounts != nil {
		if p.Account, p.Rests, err = s.accounts.DirectAccountTx(ctx, tx, shopID); err != nil {
			return ShopPayments{}, err
		}
	}
	p.Code, p.Next, err = codesTx(ctx, tx, shopID)
	return p, err
}

// offeredTx is what shops have switched on, by shop; nothing for most.
func offeredTx(ctx context.Context, tx *gorm.DB, shopIDs ...int64) (map[int64]shopPaymentsRow, error) {
	offered := map[int64]shopPaymentsRow{}
	if len(shopIDs) == 0 {
		return offered, nil
	}
	var rows []shopPaymentsRow
	if err := tx.WithContext(ctx).Where("shop_id IN ?", shopIDs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("checkout: payments of shops: %w", err)
	}
	for _, r := range rows {
		offered[r.ShopID] = r
	}
	return offered, nil
}

// shopIDs are the shops of a cart.
func (c Cart) shopIDs() []int64 {
	ids := make([]int64, len(c.Groups))
	for i, g := range c.Groups {
		ids[i] = g.ShopID
	}
	return ids
}

// OfferCash switches the two ways to pay in cash. Whoever manages the shop may:
// no money of the shop's goes elsewhere by it.
func (s *Service) OfferCash(ctx context.Context, actor account.Actor, shopID int64, cod, cash bool) error {
	if !actor.SignedIn() || !actor.Manages(shopID) {
		return fault.NotFound(fmt.Sprintf("payments of shop %d", shopID))
	}
	return s.offer(ctx, actor, shopID, func(row *shopPaymentsRow) error {
		row.COD, row.Cash = cod, cash
		return nil
	})
}

// OfferCourierCash switches cash to the shop's courier: only couriers with whom the
// shop has agreed on it take money. Whoever manages the shop may.
func (s *Service) OfferCourierCash(ctx context.Context, actor account.Actor, shopID int64, on bool) error {
	if !actor.SignedIn() || !actor.Manages(shopID) {
		return fault.NotFound(fmt.Sprintf("payments of shop %d", shopID))
	}
	return s.offer(ctx, actor, shopID, func(row *shopPaymentsRow) error {
		row.Courier = on
		return nil
	})
}

// OfferDirect switches "bayar langsung ke toko". Only who owns the shop's money may;
// switching it on needs a confirmed account or QRIS code (Conflict without).
func (s *Service) OfferDirect(ctx context.Context, actor account.Actor, shopID int64, on bool) error {
	if err := mustOwnMoney(actor, shopID); err != nil {
		return err
	}
	if on {
		now, err := s.shopPaymentsTx(ctx, s.db.Read(ctx), shopID)
		if err != nil {
			return err
		}
		if now.Account.AccountNumber == "" && now.Code.ID == 0 {
			return fault.Conflict("checkout.ways.nowhere")
		}
	}
	return s.offer(ctx, actor, shopID, func(row *shopPaymentsRow) error {
		row.Direct = on
		return nil
	})
}

func (s *Service) offer(ctx context.Context, actor account.Actor, shopID int64, change func(row *shopPaymentsRow) error) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		// Written first, so that two who switch different things wait for each other.
		err = tx.WithContext(ctx).Exec(`INSERT INTO shop_payments (shop_id, cod, cash, direct, updated_by, updated_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (shop_id) DO UPDATE SET updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
			shopID, false, false, false, actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("checkout: payments of shop %d: %w", shopID, err)
		}
		var row shopPaymentsRow
		if err := tx.WithContext(ctx).Where("shop_id = ?", shopID).Take(&row).Error; err != nil {
			return fmt.Errorf("checkout: payments of shop %d: %w", shopID, err)
		}
		if err := change(&row); err != nil {
			return err
		}
		err = tx.WithContext(ctx).Exec("UPDATE shop_payments SET cod = ?, cod_courier = ?, cash = ?, direct = ? WHERE shop_id = ?", row.COD, row.Courier, row.Cash, row.Direct, shopID).Error
		if err != nil {
			return fmt.Errorf("checkout: payments of shop %d: %w", shopID, err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: actor.SubjectFor(shopID), Verb: "set_payments", Object: "shop",
			ObjectID: shopID, Note: fmt.Sprintf("cod %t, courier %t, cash %t, direct %t", row.COD, row.Courier, row.Cash, row.Direct)})
	})
}

// waysTx lists the ways to pay a shop for an order of that sum, the gateway first.
// It reads only what the shop offers, because most shops offer nothing else.
func (s *Service) waysTx(ctx context.Context, tx *gorm.DB, offered shopPaymentsRow, method delivery.Method, total money.Rupiah) ([]Way, error) {
	ways := []Way{{PayBy: order.ByGateway}}
	if offered.Direct {
		p, err := s.shopPaymentsTx(ctx, tx, offered.ShopID)
		if err != nil {
			return nil, err
		}
		if p.Payable() {
			ways = append(ways, Way{PayBy: order.ByDirect})
		}
	}
	if offered.takesCash(method) {
		limits, err := limitsTx(ctx, tx)
		if err != nil {
			return nil, err
		}
		if limits.CODMax > 0 {
			ways = append(ways, Way{PayBy: order.ByCOD, Max: limits.CODMax, Over: total > limits.CODMax})
		}
	}
	if offered.Cash && method == delivery.Pickup {
		ways = append(ways, Way{PayBy: order.ByCash})
	}
	return ways, nil
}

// takesCash says that whoever brings a parcel so takes the money for it: the maker
// herself, or a courier of whom the shop said so.
func (row shopPaymentsRow) takesCash(method delivery.Method) bool {
	return row.COD && method == delivery.Own || row.Courier && method == delivery.Courier
}

// chosenWay is the way to choose of those offered: the wanted one if it is there and
// the sum allows it, else the gateway.
func chosenWay(ways []Way, want order.PayBy) order.PayBy {
	if slices.ContainsFunc(ways, func(w Way) bool { return w.PayBy == want && !w.Over }) {
		return want
	}
	return order.ByGateway
}

// Limits are what an administrator may change of checkout.
type Limits struct {
	CODMax    money.Rupiah
	ChangedBy int64 // 0: never changed
	ChangedAt time.Time
}

// Limits returns the present limits. Anyone may read them.
func (s *Service) Limits(ctx context.Context) (Limits, error) {
	return limitsTx(ctx, s.db.Read(ctx))
}

func limitsTx(ctx context.Context, tx *gorm.DB) (Limits, error) {
	var rows []struct {
		Amount    money.Rupiah
		UpdatedBy int64
		UpdatedAt time.Time
	}
	err := tx.WithContext(ctx).Raw("SELECT amount, updated_by, updated_at FROM checkout_limits WHERE name = ?", limitCOD).Scan(&rows).Error
	if err != nil {
		return Limits{}, fmt.Errorf("checkout: limits: %w", err)
	}
	l := Limits{CODMax: CODMax}
	for _, r := range rows {
		l = Limits{CODMax: r.Amount, ChangedBy: r.UpdatedBy, ChangedAt: r.UpdatedAt.UTC()}
	}
	return l, nil
}

// SetCODMax changes the most that is paid in cash at the door. Finance and admins
// only; 0 ends it everywhere. Orders already placed keep their way.
func (s *Service) SetCODMax(ctx context.Context, actor account.Actor, most money.Rupiah) error {
	if !actor.SignedIn() || !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return fault.Forbidden("fault.forbidden")
	}
	if most < 0 || most > payment.Largest() {
		return fault.Invalid("checkout.place.check").With("cod_max", "checkout.ways.cod_max", "max", payment.Largest())
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.WithContext(ctx).Exec(`INSERT INTO checkout_limits (name, amount, updated_by, updated_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET amount = excluded.amount, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
			limitCOD, int64(most), actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("checkout: limits: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "set_limit", Object: "checkout_limit", Note: fmt.Sprintf("%s %d", limitCOD, most)})
	})
}
