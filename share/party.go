package share

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
)

// Party has a part in a shop's money.
type Party struct {
	ID       int64
	ShopID   int64
	Kind     PartyKind
	Label    string // private for members
	UserID   int64  // a member's account; 0 without one
	ClosedAt *time.Time
	LeftAt   *time.Time   // takes no part any more; what is owed stays theirs
	Due      money.Rupiah // what it may still take; filled by Parties and Party
}

// Open reports that the party still takes part.
func (p Party) Open() bool { return p.ClosedAt == nil && p.LeftAt == nil }

type partyRow struct {
	ID        int64
	ShopID    int64
	Kind      string
	Label     string
	UserID    int64
	CreatedBy int64
	CreatedAt time.Time
	ClosedBy  int64
	ClosedAt  *time.Time
	LeftBy    int64
	LeftAt    *time.Time
}

func (partyRow) TableName() string { return "share_parties" }

func (r partyRow) party() Party {
	return Party{ID: r.ID, ShopID: r.ShopID, Kind: PartyKind(r.Kind), Label: r.Label, UserID: r.UserID, ClosedAt: r.ClosedAt, LeftAt: r.LeftAt}
}

// code is what a worker of an institution is called: letters and a number, so that
// no name can be written there.
var code = regexp.MustCompile(`^[A-Z]{1,4}-?[0-9]{1,4}$`)

// labelMax bounds a name or a fund's.
const labelMax = 60

// NewParty is somebody who shall have a part.
type NewParty struct {
	Kind   PartyKind
	Label  string
	UserID int64 // a member of the shop, or 0
}

// AddParty takes somebody in. Who runs the shop. A group takes members, an
// institution takes coded workers; both take funds. Errors: NotFound or Forbidden by
// who asks, Invalid (field label) for a name in the place of a code or one that
// exists, Conflict for another account.
func (s *Service) AddParty(ctx context.Context, actor account.Actor, shopID int64, n NewParty) (Party, error) {
	if err := mustRun(actor, shopID); err != nil {
		return Party{}, err
	}
	var result Party
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) (err error) {
		result, err = s.addTx(ctx, tx, actor, shopID, n)
		return err
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return Party{}, fault.Invalid("shares.party.faulty").With("label", "shares.party.known")
	}
	return result, err
}

func (s *Service) addTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, n NewParty) (Party, error) {
	shop, err := s.shops.ShopTx(ctx, tx, shopID)
	if err != nil {
		return Party{}, err
	}
	n.Label = strings.Join(strings.Fields(n.Label), " ")
	bad := fault.Invalid("shares.party.faulty")
	switch {
	case n.Kind == Worker:
		if n.Label = strings.ToUpper(n.Label); !code.MatchString(n.Label) {
			bad.With("label", "shares.party.code_only")
		}
	case n.Label == "":
		bad.With("label", "shares.party.no_name")
	case utf8.RuneCountInString(n.Label) > labelMax:
		bad.With("label", "shares.party.too_long", "max", labelMax)
	}
	institution := shop.Kind == catalog.Institution
	if n.Kind == Member && institution || n.Kind == Worker && !institution || n.Kind != Member && n.Kind != Worker && n.Kind != Fund {
		bad.With("label", "shares.party.wrong_kind")
	}
	if n.UserID > 0 {
		members, err := s.people.MembersTx(ctx, tx, shopID)
		if err != nil {
			return Party{}, err
		}
		theirs := false
		for _, u := range members {
			theirs = theirs || u.ID == n.UserID
		}
		if !theirs || n.Kind != Member {
			return Party{}, fault.NotFound(fmt.Sprintf("member %d of shop %d", n.UserID, shopID))
		}
	}
	if err := bad.OrNil(); err != nil {
		return Party{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Party{}, err
	}
	var known int64
	err = tx.WithContext(ctx).Raw("SELECT COUNT(*) FROM share_parties WHERE shop_id = ? AND (label = ? OR (user_id = ? AND user_id > 0))", shopID, n.Label, n.UserID).Scan(&known).Error
	if err != nil {
		return Party{}, fmt.Errorf("share: parties of shop %d: %w", shopID, err)
	}
	if known > 0 {
		return Party{}, fault.Invalid("shares.party.faulty").With("label", "shares.party.known")
	}
	r := partyRow{ShopID: shopID, Kind: string(n.Kind), Label: n.Label, UserID: n.UserID, CreatedBy: actor.UserID, CreatedAt: now}
	if err := tx.Create(&r).Error; err != nil {
		return Party{}, fmt.Errorf("share: party of shop %d: %w", shopID, err)
	}
	return r.party(), record(ctx, tx, actor, "add", "share_party", r.ID, n.labelForTrail())
}

// labelForTrail is the label where it names nobody.
func (n NewParty) labelForTrail() string {
	if n.Kind == Member {
		return ""
	}
	return n.Label
}

// CloseParty ends a part: a member left, a worker was released. Only once nothing is
// owed any more (Conflict): what they earned is paid out first. Who runs the shop. A
// second press changes nothing.
func (s *Service) CloseParty(ctx context.Context, actor account.Actor, partyID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := s.PartyTx(ctx, tx, partyID)
		if err != nil {
			return err
		}
		if err := mustRun(actor, p.ShopID); err != nil {
			return err
		}
		if p.ClosedAt != nil {
			return nil
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		// first the row, which a division under way holds too, then what it left
		if err := tx.Exec("UPDATE share_parties SET closed_by = ?, closed_at = ? WHERE id = ? AND closed_at IS NULL", actor.UserID, now, partyID).Error; err != nil {
			return fmt.Errorf("share: party %d: %w", partyID, err)
		}
		if p, err = s.PartyTx(ctx, tx, partyID); err != nil {
			return err
		}
		if p.Due > 0 {
			return fault.Conflict("shares.party.still_due", "due", p.Due)
		}
		waiting, err := s.waitingForTx(ctx, tx, partyID)
		if err != nil {
			return err
		}
		if waiting {
			return fault.Conflict("shares.division.open")
		}
		return record(ctx, tx, actor, "close", "share_party", partyID, "")
	})
}

// ReopenTx opens a closed party again, to which cash came back that nobody fetched:
// package finance calls it where it gives it back. It checks no permission. An open
// party stays as it is.
func (s *Service) ReopenTx(ctx context.Context, tx *gorm.DB, actor account.Actor, partyID int64) error {
	done := tx.WithContext(ctx).Exec("UPDATE share_parties SET closed_by = 0, closed_at = NULL WHERE id = ? AND closed_at IS NOT NULL", partyID)
	if done.Error != nil {
		return fmt.Errorf("share: party %d: %w", partyID, done.Error)
	}
	if done.RowsAffected == 0 {
		return nil
	}
	return record(ctx, tx, actor, "reopen", "share_party", partyID, "")
}

// PartyTx is one party with what it may take, in the caller's transaction. It checks
// no permission: package finance pays with it. Errors: not found.
func (s *Service) PartyTx(ctx context.Context, tx *gorm.DB, partyID int64) (Party, error) {
	var r partyRow
	err := tx.WithContext(ctx).Where("id = ?", partyID).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Party{}, fault.NotFound(fmt.Sprintf("share party %d", partyID))
	}
	if err != nil {
		return Party{}, fmt.Errorf("share: party %d: %w", partyID, err)
	}
	p := r.party()
	p.Due, err = s.books.BalanceTx(ctx, tx, Due(p.ID))
	return p, err
}

// Party is one party: for who runs the shop, finance, admin, and the member whose
// part it is; to others it does not exist.
func (s *Service) Party(ctx context.Context, actor account.Actor, partyID int64) (Party, error) {
	p, err := s.PartyTx(ctx, s.db.Read(ctx), partyID)
	if err != nil {
		return p, err
	}
	if p.UserID > 0 && p.UserID == actor.UserID || reads(actor, p.ShopID) {
		return p, nil
	}
	return Party{}, mustRun(actor, p.ShopID)
}

// Parties lists who has a part in a shop's money, with what each may take; the open
// ones first. Who runs the shop, finance and admin.
func (s *Service) Parties(ctx context.Context, actor account.Actor, shopID int64) ([]Party, error) {
	if err := mustRead(actor, shopID); err != nil {
		return nil, err
	}
	return s.partiesTx(ctx, s.db.Read(ctx), shopID)
}

func (s *Service) partiesTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]Party, error) {
	var rows []partyRow
	err := tx.WithContext(ctx).Where("shop_id = ?", shopID).Order("CASE WHEN closed_at IS NULL AND left_at IS NULL THEN 0 ELSE 1 END, id").Limit(500).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("share: parties of shop %d: %w", shopID, err)
	}
	parties := make([]Party, len(rows))
	for i, r := range rows {
		parties[i] = r.party()
		if parties[i].Due, err = s.books.BalanceTx(ctx, tx, Due(r.ID)); err != nil {
			return nil, err
		}
	}
	return parties, nil
}

// Mine is the actor's own part in a shop they are a member of; false without one.
func (s *Service) Mine(ctx context.Context, actor account.Actor, shopID int64) (Party, bool, error) {
	if !actor.SignedIn() || !actor.Runs(shopID) {
		return Party{}, false, nil
	}
	var ids []int64
	db := s.db.Read(ctx)
	if err := db.Raw("SELECT id FROM share_parties WHERE shop_id = ? AND user_id = ?", shopID, actor.UserID).Scan(&ids).Error; err != nil {
		return Party{}, false, fmt.Errorf("share: own part in shop %d: %w", shopID, err)
	}
	if len(ids) == 0 {
		return Party{}, false, nil
	}
	p, err := s.PartyTx(ctx, db, ids[0])
	return p, err == nil, err
}

// Statement is what a party was given and took in [from, to). Who may: as Party.
func (s *Service) Statement(ctx context.Context, actor account.Actor, partyID int64, from, to time.Time) (ledger.Period, error) {
	if _, err := s.Party(ctx, actor, partyID); err != nil {
		return ledger.Period{}, err
	}
	return s.books.Period(ctx, Due(partyID), from, to)
}

// Labels names parties for the finance desk's books: workers and funds by their
// label, members by their group and number. It checks no permission.
func (s *Service) Labels(ctx context.Context, ids []int64) (map[int64]Party, error) {
	found := map[int64]Party{}
	for start := 0; start < len(ids); start += 500 { // stay below the engines' bind limits
		var rows []partyRow
		if err := s.db.Read(ctx).Where("id IN ?", ids[start:min(start+500, len(ids))]).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("share: labels: %w", err)
		}
		for _, r := range rows {
			found[r.ID] = r.party()
		}
	}
	return found, nil
}

// ShopOfParty says whose a party is. It checks no permission: the edge asks it.
func (s *Service) ShopOfParty(ctx context.Context, partyID int64) (int64, error) {
	return s.shopOf(s.db.Read(ctx).Raw("SELECT shop_id FROM share_parties WHERE id = ?", partyID))
}

// ShopOfDivision says the same of a division in any state.
func (s *Service) ShopOfDivision(ctx context.Context, divisionID int64) (int64, error) {
	return s.shopOf(s.db.Read(ctx).Raw("SELECT shop_id FROM share_divisions WHERE id = ?", divisionID))
}

func (s *Service) shopOf(query *gorm.DB) (int64, error) {
	var ids []int64
	if err := query.Scan(&ids).Error; err != nil {
		return 0, fmt.Errorf("share: whose: %w", err)
	}
	if len(ids) == 0 {
		return 0, fault.NotFound("no such row")
	}
	return ids[0], nil
}

// Members are the people of a shop, from whom a member's own account is chosen. Who
// runs the shop.
func (s *Service) Members(ctx context.Context, actor account.Actor, shopID int64) ([]account.User, error) {
	if err := mustRun(actor, shopID); err != nil {
		return nil, err
	}
	return s.people.MembersTx(ctx, s.db.Read(ctx), shopID)
}
