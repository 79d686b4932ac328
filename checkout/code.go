package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
)

// CodePicture is the media owner kind of a shop's QRIS code; the owner is the shop.
const CodePicture = "shop_code"

// CodeState is where a shop's QRIS code stands.
type CodeState string

// The states of a code, as a bank account's.
const (
	CodeProposed CodeState = "proposed" // waits for the agency
	CodeActive   CodeState = "active"   // buyers scan it
	CodeRefused  CodeState = "refused"
	CodeReplaced CodeState = "replaced"
)

// Code is a shop's own QRIS code, as a picture.
type Code struct {
	ID         int64
	ShopID     int64
	PictureID  int64
	State      CodeState
	ProposedBy int64
	CreatedAt  time.Time
	DecidedBy  int64
	DecidedAt  *time.Time
	Note       string // why it was refused
}

// TableName is the table of Code.
func (Code) TableName() string { return "shop_codes" }

// codesTx returns the code in use, and the newest that waits or was refused since.
func codesTx(ctx context.Context, tx *gorm.DB, shopID int64) (now, next Code, err error) {
	var rows []Code
	err = tx.WithContext(ctx).Where("shop_id = ? AND state <> ?", shopID, string(CodeReplaced)).Order("id DESC").Limit(20).Find(&rows).Error
	if err != nil {
		return now, next, fmt.Errorf("checkout: codes of shop %d: %w", shopID, err)
	}
	for i, c := range rows {
		switch {
		case c.State == CodeActive:
			now = c
		case i == 0:
			next = c
		}
	}
	return now, next, nil
}

// ProposeCode proposes the picture of a QRIS code that buyers shall scan. Only who
// owns the shop's money may; it counts once the agency confirmed it, and replaces an
// older proposal. The caller has stored the picture for the shop (CodePicture); the
// same picture again changes nothing, and of two at the same moment one is a Conflict.
// The shop's people are told on every channel.
func (s *Service) ProposeCode(ctx context.Context, actor account.Actor, shopID, pictureID int64) error {
	if err := mustOwnMoney(actor, shopID); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		pictures, err := s.parts.Pictures.PicturesTx(ctx, tx, []int64{pictureID})
		if err != nil {
			return err
		}
		if p, found := pictures[pictureID]; !found || p.OwnerKind != CodePicture || p.OwnerID != shopID {
			return fault.NotFound(fmt.Sprintf("picture %d of shop %d", pictureID, shopID))
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var known int64
		if err := tx.Raw("SELECT count(*) FROM shop_codes WHERE shop_id = ? AND picture_id = ?", shopID, pictureID).Scan(&known).Error; err != nil {
			return fmt.Errorf("checkout: code of shop %d: %w", shopID, err)
		}
		if known > 0 {
			return nil
		}
		err = tx.Exec("UPDATE shop_codes SET state = ?, decided_at = ? WHERE shop_id = ? AND state = ?",
			string(CodeReplaced), now, shopID, string(CodeProposed)).Error
		if err != nil {
			return fmt.Errorf("checkout: code of shop %d: %w", shopID, err)
		}
		row := Code{ShopID: shopID, PictureID: pictureID, State: CodeProposed, ProposedBy: actor.UserID, CreatedAt: now}
		if err := tx.Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return fault.Conflict("checkout.code.meanwhile") // only one waits: another was sent at the same moment
		} else if err != nil {
			return fmt.Errorf("checkout: code of shop %d: %w", shopID, err)
		}
		if err := trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "propose", Object: "shop_code", ObjectID: row.ID}); err != nil {
			return err
		}
		return s.tellShopTx(ctx, tx, shopID, "code_proposed", nil)
	})
}

// ConfirmCode makes a proposed code the one buyers scan. Officers and heads of the
// shop's territory, who compare the name it shows with the maker's; never the
// proposer, a relative or a companion. The shop's money rests from then on, as after
// a change of its bank account.
func (s *Service) ConfirmCode(ctx context.Context, actor account.Actor, codeID int64) error {
	return s.decideCode(ctx, actor, codeID, CodeActive, "")
}

// RefuseCode turns a proposed code down with a reason the maker reads. Who may: as
// ConfirmCode.
func (s *Service) RefuseCode(ctx context.Context, actor account.Actor, codeID int64, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.Invalid("finance.reason.missing").With("reason", "finance.reason.missing")
	}
	return s.decideCode(ctx, actor, codeID, CodeRefused, reason)
}

func (s *Service) decideCode(ctx context.Context, actor account.Actor, codeID int64, to CodeState, reason string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, err := codeTx(ctx, tx, codeID)
		if err != nil {
			return err
		}
		if err := s.mustDecideCode(ctx, tx, actor, row); err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if to == CodeActive {
			if err := s.swapCodeTx(ctx, tx, row); err != nil {
				return err
			}
			err := tx.Exec("UPDATE shop_codes SET state = ? WHERE shop_id = ? AND state = ?", string(CodeReplaced), row.ShopID, string(CodeActive)).Error
			if err != nil {
				return fmt.Errorf("checkout: code %d: %w", codeID, err)
			}
		}
		err = claimWith(tx, "checkout.code.decided", "UPDATE shop_codes SET state = ?, decided_by = ?, decided_at = ?, note = ? WHERE id = ? AND state = ?",
			string(to), actor.UserID, now, reason, codeID, string(CodeProposed))
		if err != nil {
			return err
		}
		verb, kind := "refuse", "code_refused"
		if to == CodeActive {
			verb, kind = "confirm", "code_active"
			people, err := s.parts.People.MembersTx(ctx, tx, row.ShopID)
			if err != nil {
				return err
			}
			for _, u := range people {
				if _, err := s.parts.People.RestWithdrawalsTx(ctx, tx, u.ID); err != nil {
					return err
				}
			}
		}
		err = trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: row.ProposedBy, Verb: verb, Object: "shop_code", ObjectID: codeID, Note: reason})
		if err != nil {
			return err
		}
		return s.tellShopTx(ctx, tx, row.ShopID, kind, map[string]string{"alasan": reason})
	})
}

// swapCodeTx lets buyers see the new code and nobody the old one.
func (s *Service) swapCodeTx(ctx context.Context, tx *gorm.DB, row Code) error {
	old, _, err := codesTx(ctx, tx, row.ShopID)
	if err != nil {
		return err
	}
	if old.ID > 0 {
		if err := s.parts.Pictures.SetVisibilityTx(ctx, tx, []int64{old.PictureID}, media.Private); err != nil {
			return err
		}
	}
	return s.parts.Pictures.SetVisibilityTx(ctx, tx, []int64{row.PictureID}, media.Public)
}

func (s *Service) mustDecideCode(ctx context.Context, tx *gorm.DB, actor account.Actor, row Code) error {
	shop, err := s.parts.Catalog.ShopTx(ctx, tx, row.ShopID)
	if err != nil {
		return err
	}
	if !actor.SignedIn() || !actor.HasAny(account.RoleOfficer, account.RoleHead) || !actor.Covers(shop.RegencyCode) {
		return fault.NotFound(fmt.Sprintf("code %d", row.ID))
	}
	if row.ProposedBy == actor.UserID || actor.Conflicted(row.ShopID) {
		return fault.Forbidden("checkout.code.conflict")
	}
	return nil
}

// ProposedCodes lists the codes that wait for the actor, an officer or head, in
// their territory, oldest first; those they must not decide are left out.
func (s *Service) ProposedCodes(ctx context.Context, actor account.Actor) ([]Code, error) {
	if !actor.SignedIn() || !actor.HasAny(account.RoleOfficer, account.RoleHead) {
		return nil, fault.NotFound("proposed codes")
	}
	read := s.db.Read(ctx)
	var rows, mine []Code
	if err := read.Where("state = ?", string(CodeProposed)).Order("id").Limit(500).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("checkout: proposed codes: %w", err)
	}
	for _, r := range rows {
		err := s.mustDecideCode(ctx, read, actor, r)
		if err != nil && !fault.Is(err, fault.KindNotFound) && !fault.Is(err, fault.KindForbidden) {
			return nil, err
		}
		if err == nil {
			mine = append(mine, r)
		}
	}
	return mine, nil
}

// ShopOfCode is the shop whose code it is, for the authorization of addresses.
func (s *Service) ShopOfCode(ctx context.Context, codeID int64) (int64, error) {
	row, err := codeTx(ctx, s.db.Read(ctx), codeID)
	return row.ShopID, err
}

func codeTx(ctx context.Context, tx *gorm.DB, codeID int64) (Code, error) {
	var row Code
	err := tx.WithContext(ctx).Where("id = ?", codeID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault.NotFound(fmt.Sprintf("code %d", codeID))
	}
	if err != nil {
		return row, fmt.Errorf("checkout: code %d: %w", codeID, err)
	}
	return row, nil
}

// tellShopTx tells everybody who runs a shop, on every channel they have.
func (s *Service) tellShopTx(ctx context.Context, tx *gorm.DB, shopID int64, kind string, data map[string]string) error {
	people, err := s.parts.People.MembersTx(ctx, tx, shopID)
	if err != nil {
		return err
	}
	for _, u := range people {
		err := s.parts.Messages.SendTx(ctx, tx, notify.Message{Kind: kind, Data: data, Link: "/toko-saya/bayar",
			To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email}})
		if err != nil {
			return err
		}
	}
	return nil
}
