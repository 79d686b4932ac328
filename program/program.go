// Package program is the agency's side: which agency brings which maker in, from
// the invitation to the open shop. It owns the tables agencies, invitations, erasures,
// complaints and join_requests
// and is the use case above account, catalog and delivery.
package program

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Service invites makers and opens their shops.
type Service struct {
	db       *database.DB
	accounts *account.Service
	catalog  *catalog.Service
	delivery *delivery.Service
	orders   OrderNumbers
	messages Messages
	sales    Sales
	cash     Cash
	samples  func(ctx context.Context, shops []int64) (map[int64]int64, error)
	keepers  []personal.Keeper // in the order in which they forget
}

// NewService returns the service over its neighbours.
func NewService(db *database.DB, accounts *account.Service, shops *catalog.Service, deliveries *delivery.Service) *Service {
	return &Service{db: db, accounts: accounts, catalog: shops, delivery: deliveries}
}

// Follow names who knows the order a complaint is about. Call it once, before
// serving.
func (s *Service) Follow(orders OrderNumbers) { s.orders = orders }

// Agency is one social-welfare agency.
type Agency struct {
	ID           int64
	Name         string
	ProvinceCode string
}

// FoundAgency adds an agency. Only admins and the system may; a name that exists
// is a conflict.
func (s *Service) FoundAgency(ctx context.Context, actor account.Actor, name, provinceCode string) (Agency, error) {
	if !actor.Has(account.RoleAdmin) {
		return Agency{}, fault.NotFound("role")
	}
	a := Agency{Name: strings.Join(strings.Fields(name), " "), ProvinceCode: provinceCode}
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw("INSERT INTO agencies (name, province_code, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING RETURNING id",
			a.Name, a.ProvinceCode, now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("program: found agency: %w", err)
		}
		if len(ids) == 0 {
			return fault.Conflict("program.agency.exists")
		}
		a.ID = ids[0]
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "found", Object: "agency", ObjectID: a.ID})
	})
	return a, err
}

// Agencies lists every agency, by name; it checks no permission.
func (s *Service) Agencies(ctx context.Context) ([]Agency, error) {
	var all []Agency
	if err := s.db.Read(ctx).Raw("SELECT id, name, province_code FROM agencies ORDER BY name, id").Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("program: agencies: %w", err)
	}
	return all, nil
}

// Agency returns one agency.
func (s *Service) Agency(ctx context.Context, id int64) (Agency, error) {
	var a Agency
	err := s.db.Read(ctx).Raw("SELECT id, name, province_code FROM agencies WHERE id = ?", id).Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return a, fault.NotFound("agency")
	}
	return a, err
}

// Invitation is what an officer writes down at the first visit.
type Invitation struct {
	FormKey     string // a second send of the same form finds the first
	Name        string // the maker
	Phone       string // as typed; empty with NoPhone
	NoPhone     bool
	NIK         string // as typed; empty when it is written down later
	ShopName    string
	Kind        catalog.ShopKind
	District    string // kecamatan code
	Village     string
	About       string // public words about the shop
	Street      string // private: where parcels start
	Consent     string // evidence of the consent to be helped: the signed form, a witness
	CompanionID int64  // 0 when nobody helps
	Pickup      bool
	Own         bool
	OwnFee      money.Rupiah
	Courier     bool
	JoinID      int64 // the request to join that this answers and closes; 0 for none
}

// Invited is the result of an invitation.
type Invited struct {
	ShopID  int64
	MakerID int64
}

// Invite records a maker, the consent, the companion's grant and the shop in
// one transaction; the shop starts as invited and shows nothing. Officers of
// the territory only, and never with themselves as the companion's witness.
// Field faults carry the names of Invitation's form: name, phone, nik, shop_name,
// kind, district, village, street, evidence, companion. A request to join that it
// answers is closed in the same transaction: not found outside the territory,
// conflict when somebody decided it before, and then nobody is invited.
func (s *Service) Invite(ctx context.Context, actor account.Actor, in Invitation) (Invited, error) {
	switch {
	case actor.Has(account.RoleOfficer):
	case actor.HasAny(account.RoleHead, account.RoleAdmin):
		return Invited{}, fault.Forbidden("account.invite.forbidden")
	default:
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
		if in.JoinID > 0 { // answered by somebody else: that is told before what is wrong in the form
			if _, err := s.joinTx(tx, actor, in.JoinID); err != nil {
				return err
			}
		}
		maker, err := s.accounts.InviteTx(ctx, tx, actor, account.NewUser{Name: in.Name, Phone: in.Phone, NoPhone: in.NoPhone, DistrictCode: in.District})
		if err != nil {
			return err
		}
		if in.NIK != "" {
			if err := s.accounts.SetNIKTx(ctx, tx, actor, maker.ID, in.NIK); err != nil {
				return err
			}
		}
		shop, err := s.catalog.CreateShopTx(ctx, tx, actor, catalog.NewShop{Name: in.ShopName, Kind: in.Kind, DistrictCode: in.District, Village: in.Village, About: in.About})
		if err != nil {
			return rename(err, "name", "shop_name")
		}
		role := account.MemberOwner
		if in.Kind == catalog.Institution {
			role = account.MemberOfficer
		}
		if err := s.accounts.AddMembershipTx(ctx, tx, actor, maker.ID, shop.ID, role); err != nil {
			return err
		}
		err = s.delivery.SetUpTx(ctx, tx, actor, shop.ID, delivery.Settings{
			Address: delivery.Address{DistrictCode: in.District, Village: in.Village, Street: in.Street},
			Pickup:  in.Pickup, Own: in.Own, OwnFee: in.OwnFee, Courier: in.Courier,
		})
		if err != nil {
			return err
		}
		if _, err := s.accounts.GiveConsentTx(ctx, tx, actor, account.NewConsent{UserID: maker.ID, Kind: account.ConsentHelped, Evidence: in.Consent}); err != nil {
			return err
		}
		var companion *int64
		if in.CompanionID > 0 {
			_, err := s.accounts.GrantTx(ctx, tx, actor, account.NewGrant{ShopID: shop.ID, MakerID: maker.ID, CompanionID: in.CompanionID, Evidence: in.Consent})
			if err != nil {
				return err
			}
			companion = &in.CompanionID
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO invitations (agency_id, shop_id, maker_id, companion_id, invited_by, form_key, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, actor.AgencyID, shop.ID, maker.ID, companion, actor.UserID, in.FormKey, now).Error
		if err != nil {
			return fmt.Errorf("program: invite: %w", err)
		}
		out = Invited{ShopID: shop.ID, MakerID: maker.ID}
		if in.JoinID > 0 {
			return s.inviteJoinTx(ctx, tx, actor, in.JoinID, out)
		}
		return nil
	})
	return s.sentTwice(ctx, actor, in.FormKey, out, err)
}

// sentTwice answers a form that could not be kept because the same one, sent at the
// same moment, was: with what that one made.
func (s *Service) sentTwice(ctx context.Context, actor account.Actor, key string, out Invited, err error) (Invited, error) {
	if err == nil {
		return out, nil
	}
	if first, found, again := s.byFormKey(s.db.Read(ctx), actor, key); again == nil && found {
		return first, nil
	}
	return out, err
}

func (s *Service) byFormKey(tx *gorm.DB, actor account.Actor, key string) (Invited, bool, error) {
	var rows []Invited
	err := tx.Raw("SELECT shop_id, maker_id FROM invitations WHERE form_key = ? AND invited_by = ?", key, actor.UserID).Scan(&rows).Error
	if err != nil {
		return Invited{}, false, fmt.Errorf("program: form key: %w", err)
	}
	if len(rows) == 0 {
		return Invited{}, false, nil
	}
	return rows[0], true, nil
}

// rename gives a neighbour's field faults the names of our form.
func rename(err error, from, to string) error {
	var f *fault.Error
	if errors.As(err, &f) {
		for i := range f.Fields {
			if f.Fields[i].Name == from {
				f.Fields[i].Name = to
			}
		}
	}
	return err
}

// Verify says that identity and consent were seen on paper: invited → verified.
// Officers of the shop's territory only; another agency's shop is not found.
func (s *Service) Verify(ctx context.Context, actor account.Actor, shopID int64) error {
	return s.move(ctx, actor, shopID, s.catalog.VerifyShopTx)
}

// Open lets the shop's approved products be seen: verified → open.
func (s *Service) Open(ctx context.Context, actor account.Actor, shopID int64) error {
	return s.move(ctx, actor, shopID, s.catalog.OpenShopTx)
}

func (s *Service) move(ctx context.Context, actor account.Actor, shopID int64,
	do func(context.Context, *gorm.DB, account.Actor, int64) (catalog.Shop, error),
) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.ownTx(tx, actor, shopID); err != nil {
			return err
		}
		_, err := do(ctx, tx, actor, shopID)
		return err
	})
}

// ownTx refuses a shop of another agency as not found.
func (s *Service) ownTx(tx *gorm.DB, actor account.Actor, shopID int64) error {
	if !actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) {
		return fault.NotFound("role")
	}
	var n int64
	err := tx.Raw("SELECT count(*) FROM invitations WHERE shop_id = ? AND (agency_id = ? OR ?)",
		shopID, actor.AgencyID, actor.Has(account.RoleAdmin)).Scan(&n).Error
	if err != nil {
		return fmt.Errorf("program: %w", err)
	}
	if n == 0 {
		return fault.NotFound("shop of another agency")
	}
	return nil
}

// AgencyOf says which agency brought the shop in; 0 when none did. It checks no
// permission: the edge asks it whose the shop in an address is.
func (s *Service) AgencyOf(ctx context.Context, shopID int64) (int64, error) {
	var ids []int64
	if err := s.db.Read(ctx).Raw("SELECT agency_id FROM invitations WHERE shop_id = ?", shopID).Scan(&ids).Error; err != nil {
		return 0, fmt.Errorf("program: whose shop: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

// Line is one maker in the agency's list.
type Line struct {
	Shop        catalog.Shop
	Maker       account.User
	CompanionID int64
	InvitedAt   time.Time
}

// Makers lists the agency's makers within the actor's territory, newest first.
// Officers, heads and admins only.
func (s *Service) Makers(ctx context.Context, actor account.Actor) ([]Line, error) {
	if !actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) {
		return nil, fault.NotFound("role")
	}
	var rows []struct {
		ShopID      int64
		MakerID     int64
		CompanionID *int64
		CreatedAt   time.Time
	}
	err := s.db.Read(ctx).Raw(`SELECT shop_id, maker_id, companion_id, created_at FROM invitations
		WHERE agency_id = ? OR ? ORDER BY id DESC`, actor.AgencyID, actor.Has(account.RoleAdmin)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("program: makers: %w", err)
	}
	makers, shopIDs := make([]int64, len(rows)), make([]int64, len(rows))
	for i, r := range rows {
		makers[i], shopIDs[i] = r.MakerID, r.ShopID
	}
	users, err := s.accounts.Users(ctx, makers)
	if err != nil {
		return nil, err
	}
	shops, err := s.shopsOf(ctx, actor, shopIDs)
	if err != nil {
		return nil, err
	}
	var out []Line
	for _, r := range rows {
		shop, near := shops[r.ShopID]
		if !near {
			continue
		}
		line := Line{Shop: shop, Maker: users[r.MakerID], InvitedAt: r.CreatedAt}
		if r.CompanionID != nil {
			line.CompanionID = *r.CompanionID
		}
		out = append(out, line)
	}
	return out, nil
}

// Maker returns one line of Makers; anything outside it is not found.
func (s *Service) Maker(ctx context.Context, actor account.Actor, shopID int64) (Line, error) {
	lines, err := s.Makers(ctx, actor)
	if err != nil {
		return Line{}, err
	}
	for _, l := range lines {
		if l.Shop.ID == shopID {
			return l, nil
		}
	}
	return Line{}, fault.NotFound("maker")
}

// GrantHelp records who may help a maker, after the maker's signed consent. Who
// may and the errors are those of account.GrantTx.
func (s *Service) GrantHelp(ctx context.Context, actor account.Actor, in account.NewGrant) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		_, err := s.accounts.GrantTx(ctx, tx, actor, in)
		return err
	})
}
