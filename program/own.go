package program

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// OwnShop is a shop of her own for somebody who left a group.
type OwnShop struct {
	FormKey  string // a second send of the same form finds the first
	Group    int64  // the group's shop: says where she lives, and is not linked to hers
	UserID   int64  // her account; 0 for a member without one
	Name     string // hers, where she has no account
	ShopName string
}

// OpenOwn opens a shop of her own for somebody who left a group, in one step: what is
// known of her and of the group's place is taken over, and nothing is asked again. It
// is verified and open, has sold nothing, and nothing in it points at the group; the
// group's products and history stay with the group. Officers of the agency that brought the
// group in, within their territory. Errors: as Invite; Conflict while she still is in
// the group, or when the agency opened a shop of her own for her before.
func (s *Service) OpenOwn(ctx context.Context, actor account.Actor, in OwnShop) (Invited, error) {
	if !actor.Has(account.RoleOfficer) {
		return Invited{}, fault.NotFound("role")
	}
	if in.FormKey == "" {
		return Invited{}, fault.Invalid("fault.form")
	}
	var out Invited
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if first, found, err := s.byFormKey(tx, actor, in.FormKey); err != nil || found {
			out = first
			return err
		}
		if err := s.ownTx(tx, actor, in.Group); err != nil {
			return err
		}
		group, err := s.catalog.ShopTx(ctx, tx, in.Group)
		if err != nil {
			return err
		}
		maker := account.User{ID: in.UserID}
		if in.UserID == 0 {
			maker, err = s.accounts.InviteTx(ctx, tx, actor, account.NewUser{Name: in.Name, NoPhone: true, DistrictCode: group.DistrictCode})
			if err != nil {
				return err
			}
		} else {
			people, err := s.accounts.MembersTx(ctx, tx, in.Group)
			if err != nil {
				return err
			}
			for _, u := range people {
				if u.ID == in.UserID {
					return fault.Conflict("program.own.still_in")
				}
			}
		}
		shop, err := s.catalog.CreateShopTx(ctx, tx, actor, catalog.NewShop{Name: in.ShopName, Kind: catalog.Individual, DistrictCode: group.DistrictCode, Village: group.Village})
		if err != nil {
			return rename(err, "name", "shop_name")
		}
		if err := s.accounts.AddMembershipTx(ctx, tx, actor, maker.ID, shop.ID, account.MemberOwner); err != nil {
			return err
		}
		if err := s.noneYetTx(ctx, tx, maker.ID); err != nil { // her account's row is held by now
			return err
		}
		err = s.delivery.SetUpTx(ctx, tx, actor, shop.ID, delivery.Settings{Address: delivery.Address{DistrictCode: group.DistrictCode, Village: group.Village}, Courier: true})
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO invitations (agency_id, shop_id, maker_id, companion_id, invited_by, form_key, created_at)
			VALUES (?, ?, ?, NULL, ?, ?, ?)`, actor.AgencyID, shop.ID, maker.ID, actor.UserID, in.FormKey, now).Error
		if err != nil {
			return fmt.Errorf("program: open own: %w", err)
		}
		for _, move := range []func(context.Context, *gorm.DB, account.Actor, int64) (catalog.Shop, error){s.catalog.VerifyShopTx, s.catalog.OpenShopTx} {
			if _, err := move(ctx, tx, actor, shop.ID); err != nil {
				return err
			}
		}
		out = Invited{ShopID: shop.ID, MakerID: maker.ID}
		return nil
	})
	return s.sentTwice(ctx, actor, in.FormKey, out, err)
}

// noneYetTx finds a conflict with a shop of her own that somebody was invited with and
// that is not closed.
func (s *Service) noneYetTx(ctx context.Context, tx *gorm.DB, makerID int64) error {
	var shops []int64
	if err := tx.Raw("SELECT shop_id FROM invitations WHERE maker_id = ? ORDER BY id", makerID).Scan(&shops).Error; err != nil {
		return fmt.Errorf("program: shops of maker %d: %w", makerID, err)
	}
	for _, id := range shops {
		shop, err := s.catalog.ShopTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if shop.Kind == catalog.Individual && shop.State != catalog.ShopClosed {
			return fault.Conflict("program.own.has")
		}
	}
	return nil
}
