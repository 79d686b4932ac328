package checkout

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// ProofPicture is the media owner kind of a buyer's proof of payment; the owner is
// the order. It is private: the shop's own people and overseeing staff see it.
const ProofPicture = "payment_proof"

// MaxProofs is how many photos a buyer may send for one order.
const MaxProofs = 5

// Proof is a photo by which a buyer shows that they paid a shop itself. It proves
// nothing to us: the shop says whether the money arrived (order.PayDirect).
type Proof struct {
	ID        int64
	OrderID   int64
	PictureID int64
	SentAt    time.Time
}

// TableName is the table of Proof.
func (Proof) TableName() string { return "payment_proofs" }

// Direct is where the buyer of one order pays its shop.
type Direct struct {
	Account payment.Bank // as the agency confirmed it; zero without
	Code    Code         // the QRIS code; zero without
	Rests   bool         // the shop's account was changed just now: wait, nothing is shown
	Proofs  []Proof      // what was sent, oldest first
	CanSend bool         // the order waits for money, and there is room for a photo
}

// DirectOf says where the buyer of an order pays the shop; the caller has found the
// order by its buyer's token. Where to pay is shown while the order waits only.
func (s *Service) DirectOf(ctx context.Context, o order.Order) (Direct, error) {
	if o.PayBy != order.ByDirect {
		return Direct{}, fault.NotFound(fmt.Sprintf("direct payment of order %d", o.ID))
	}
	read := s.db.Read(ctx)
	proofs, err := proofsTx(ctx, read, o.ID)
	if err != nil || o.State != order.AwaitingPayment {
		return Direct{Proofs: proofs}, err
	}
	p, err := s.shopPaymentsTx(ctx, read, o.ShopID)
	if err != nil {
		return Direct{}, err
	}
	d := Direct{Rests: p.Rests, Proofs: proofs, CanSend: len(proofs) < MaxProofs}
	if !p.Rests {
		d.Account, d.Code = p.Account, p.Code
	}
	return d, nil
}

func proofsTx(ctx context.Context, tx *gorm.DB, orderID int64) ([]Proof, error) {
	var proofs []Proof
	if err := tx.WithContext(ctx).Where("order_id = ?", orderID).Order("id").Limit(MaxProofs).Find(&proofs).Error; err != nil {
		return nil, fmt.Errorf("checkout: proofs of order %d: %w", orderID, err)
	}
	return proofs, nil
}

// MaySendProof says whether a photo for the order would be taken, before it is stored;
// a Conflict when not. The caller has found the order by its buyer's token.
func (s *Service) MaySendProof(ctx context.Context, o order.Order) error {
	if o.PayBy != order.ByDirect || o.State != order.AwaitingPayment {
		return fault.Conflict("checkout.proof.not_now")
	}
	proofs, err := proofsTx(ctx, s.db.Read(ctx), o.ID)
	if err == nil && len(proofs) >= MaxProofs {
		return fault.Conflict("checkout.proof.enough")
	}
	return err
}

// SendProof keeps a stored photo (ProofPicture of this order) as proof, tells the
// shop, and stops the order's lapsing by time. The caller has found the order by its
// buyer's token. An order that no longer waits for such money is a Conflict.
func (s *Service) SendProof(ctx context.Context, o order.Order, pictureID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		pictures, err := s.parts.Pictures.PicturesTx(ctx, tx, []int64{pictureID})
		if err != nil {
			return err
		}
		if p, found := pictures[pictureID]; !found || p.OwnerKind != ProofPicture || p.OwnerID != o.ID {
			return fault.NotFound(fmt.Sprintf("picture %d of order %d", pictureID, o.ID))
		}
		// Locks the order: photos sent at the same moment are counted one by one.
		if err := s.parts.Orders.ProofSentTx(ctx, tx, o.ID); err != nil {
			return err
		}
		proofs, err := proofsTx(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		if len(proofs) >= MaxProofs {
			return fault.Conflict("checkout.proof.enough")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.WithContext(ctx).Create(&Proof{OrderID: o.ID, PictureID: pictureID, SentAt: now}).Error; err != nil {
			return fmt.Errorf("checkout: proof: %w", err)
		}
		return nil
	})
}

// Proofs lists the photos a buyer sent for an order, oldest first: for the shop's own
// people and overseeing staff, who say whether the money came; never for a companion
// (they do not decide about money). Anyone else gets NotFound.
func (s *Service) Proofs(ctx context.Context, actor account.Actor, orderID int64) ([]Proof, error) {
	may, err := s.MaySeeProofs(ctx, actor, orderID)
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, fault.NotFound(fmt.Sprintf("proofs of order %d", orderID))
	}
	return proofsTx(ctx, s.db.Read(ctx), orderID)
}

// MaySeeProofs says whether somebody may see the photos of an order.
func (s *Service) MaySeeProofs(ctx context.Context, viewer account.Actor, orderID int64) (bool, error) {
	shop, err := s.parts.Orders.ShopOf(ctx, orderID)
	if fault.Is(err, fault.KindNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	staff := viewer.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) && viewer.Covers(shop.RegencyCode)
	return viewer.SignedIn() && (viewer.Runs(shop.ID) || staff), nil
}

// MaySeeCode says whether somebody may see a code's picture before buyers do: the
// shop's own people, and the staff who compare it.
func (s *Service) MaySeeCode(ctx context.Context, viewer account.Actor, shopID int64) (bool, error) {
	if !viewer.SignedIn() {
		return false, nil
	}
	if viewer.Runs(shopID) {
		return true, nil
	}
	shop, err := s.parts.Catalog.ShopTx(ctx, s.db.Read(ctx), shopID)
	if err != nil {
		return false, err
	}
	return viewer.HasAny(account.RoleOfficer, account.RoleHead) && viewer.Covers(shop.RegencyCode), nil
}
