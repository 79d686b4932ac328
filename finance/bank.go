package finance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/sealed"
	"github.com/lapak-berdaya/lapak/payment"
)

// BankState is where a shop's bank account stands.
type BankState string

const (
	BankProposed BankState = "proposed" // waits for the agency
	BankActive   BankState = "active"   // money goes here
	BankRefused  BankState = "refused"
	BankReplaced BankState = "replaced" // by a newer proposal or account
)

// BankAccount is where a shop's money goes: a bank account or an e-wallet.
type BankAccount struct {
	ID          int64
	ShopID      int64
	ChannelCode string // a payment.PayoutChannel
	Number      string // private: filled for the shop's own people and for payouts only
	Masked      string // "BCA ••••1234", for everybody who may see that there is one
	HolderName  string
	State       BankState
	ProposedBy  int64
	CreatedAt   time.Time
	DecidedBy   int64
	DecidedAt   *time.Time
	Note        string // why it was refused
}

type bankRow struct {
	ID            int64
	ShopID        int64
	ChannelCode   string
	AccountNumber string // sealed as stored, readable once opened
	HolderName    string
	State         string
	FormKey       string
	ProposedBy    int64
	CreatedAt     time.Time
	DecidedBy     int64
	DecidedAt     *time.Time
	Note          string
}

func (bankRow) TableName() string { return "bank_accounts" }

func (r bankRow) bank() payment.Bank {
	return payment.Bank{ChannelCode: r.ChannelCode, AccountNumber: r.AccountNumber, HolderName: r.HolderName}
}

func (r bankRow) account(own bool) BankAccount {
	a := BankAccount{
		ID: r.ID, ShopID: r.ShopID, ChannelCode: r.ChannelCode, Masked: masked(r.bank()), HolderName: r.HolderName,
		State: BankState(r.State), ProposedBy: r.ProposedBy, CreatedAt: r.CreatedAt.UTC(),
		DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, Note: r.Note,
	}
	if own {
		a.Number = r.AccountNumber
	}
	return a
}

// masked names an account without giving it away.
func masked(b payment.Bank) string {
	name := strings.TrimPrefix(b.ChannelCode, "ID_")
	if c, found := payment.PayoutChannelByCode(b.ChannelCode); found {
		name = c.Name
	}
	last := b.AccountNumber
	if len(last) > 4 {
		last = last[len(last)-4:]
	}
	return name + " ••••" + last
}

// SetBankAccount proposes where a shop's money shall go. Only who leads the shop may
// (never a treasurer, companion or agency officer). It takes effect when the
// agency confirms it; until then the old account stays. A newer proposal replaces
// an older one, the same formKey returns the first result. The shop's people are
// told on every channel.
//
// Errors: NotFound or Forbidden by who asks, Invalid with the fields
// channel_code, account_number, holder_name.
func (s *Service) SetBankAccount(ctx context.Context, actor account.Actor, shopID int64, bank payment.Bank, formKey string) (BankAccount, error) {
	if err := mustOwnMoney(actor, shopID); err != nil {
		return BankAccount{}, err
	}
	if !actor.Leads(shopID) { // a group's treasurer takes money, and does not say where it goes
		return BankAccount{}, fault.Forbidden("finance.bank.lead_only")
	}
	bank = payment.CleanBank(bank)
	if err := payment.CheckBank(bank); err != nil {
		return BankAccount{}, err
	}
	if formKey == "" {
		return BankAccount{}, fault.Invalid("finance.form.stale")
	}
	var result BankAccount
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var first bankRow
		err = tx.Where("shop_id = ? AND form_key = ?", shopID, formKey).Take(&first).Error
		if err == nil {
			first, err = s.opened(first)
			result = first.account(true)
			return err
		}
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			return fmt.Errorf("finance: bank account of shop %d: %w", shopID, err)
		}
		err = tx.Exec(`UPDATE bank_accounts SET state = ?, decided_at = ? WHERE shop_id = ? AND state = ?`,
			string(BankReplaced), now, shopID, string(BankProposed)).Error
		if err != nil {
			return fmt.Errorf("finance: bank account of shop %d: %w", shopID, err)
		}
		row := bankRow{
			ShopID: shopID, ChannelCode: bank.ChannelCode, AccountNumber: s.parts.Keys.Seal(sealPurpose, bank.AccountNumber), HolderName: bank.HolderName,
			State: string(BankProposed), FormKey: formKey, ProposedBy: actor.UserID, CreatedAt: now,
		}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("finance: bank account of shop %d: %w", shopID, err)
		}
		row.AccountNumber = bank.AccountNumber
		result = row.account(true)
		if err := s.record(ctx, tx, actor.UserID, 0, "propose", "bank_account", row.ID, ""); err != nil {
			return err
		}
		return s.tell(ctx, tx, shopID, "bank_proposed", map[string]string{"rekening": result.Masked})
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		// Two sends at once: the other one stands and is found by its key.
		return s.SetBankAccount(ctx, actor, shopID, bank, formKey)
	}
	return result, err
}

// mustDecideBank lets agency staff of the shop's territory decide, but never who
// proposed the account or has an interest in the shop.
func (s *Service) mustDecideBank(ctx context.Context, tx *gorm.DB, actor account.Actor, row bankRow) (regency string, err error) {
	shop, err := s.parts.Shops.ShopTx(ctx, tx, row.ShopID)
	if err != nil {
		return "", err
	}
	if !actor.SignedIn() || !actor.HasAny(account.RoleOfficer, account.RoleHead) || !actor.Covers(shop.RegencyCode) {
		return "", fault.NotFound(fmt.Sprintf("bank account %d", row.ID))
	}
	if row.ProposedBy == actor.UserID || actor.Conflicted(row.ShopID) {
		return "", fault.Forbidden("finance.decide.conflict")
	}
	return shop.RegencyCode, nil
}

// ConfirmBankAccount makes a proposed account the one money goes to. Officers and
// heads of the shop's territory, who compare it with the maker's bank proof;
// never the proposer, a relative or a companion of the shop. From now on
// withdrawals rest for account.RestAfterReset, open requests to the old account
// are cancelled, and the shop's people are told.
func (s *Service) ConfirmBankAccount(ctx context.Context, actor account.Actor, id int64) error {
	return s.decideBank(ctx, actor, id, BankActive, "")
}

// RefuseBankAccount turns a proposed account down, with a reason the maker reads.
// Who may: as ConfirmBankAccount.
func (s *Service) RefuseBankAccount(ctx context.Context, actor account.Actor, id int64, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.Invalid("finance.reason.missing").With("reason", "finance.reason.missing")
	}
	return s.decideBank(ctx, actor, id, BankRefused, reason)
}

func (s *Service) decideBank(ctx context.Context, actor account.Actor, id int64, to BankState, reason string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, err := s.bankByID(tx, id)
		if err != nil {
			return err
		}
		regency, err := s.mustDecideBank(ctx, tx, actor, row)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if to == BankActive {
			err := tx.Exec("UPDATE bank_accounts SET state = ? WHERE shop_id = ? AND state = ?",
				string(BankReplaced), row.ShopID, string(BankActive)).Error
			if err != nil {
				return fmt.Errorf("finance: bank account %d: %w", id, err)
			}
		}
		result := tx.Exec(`UPDATE bank_accounts SET state = ?, decided_by = ?, decided_at = ?, note = ? WHERE id = ? AND state = ?`,
			string(to), actor.UserID, now, reason, id, string(BankProposed))
		if result.Error != nil {
			return fmt.Errorf("finance: bank account %d: %w", id, result.Error)
		}
		if result.RowsAffected == 0 {
			return fault.Conflict("finance.bank.decided")
		}
		verb, kind := "refuse", "bank_refused"
		data := map[string]string{"rekening": masked(row.bank()), "alasan": reason}
		if to == BankActive {
			verb, kind = "confirm", "bank_active"
			until, err := s.restTx(ctx, tx, row.ShopID)
			if err != nil {
				return err
			}
			data["sampai"] = calendar.DateTime(until, regency)
			if err := s.dropOpenTx(ctx, tx, actor, row.ShopID, now); err != nil {
				return err
			}
		}
		if err := s.record(ctx, tx, actor.UserID, row.ProposedBy, verb, "bank_account", id, reason); err != nil {
			return err
		}
		return s.tell(ctx, tx, row.ShopID, kind, data)
	})
}

// restTx lets the money of a shop rest with every person who runs it, so that
// none of them leaving ends the rest early.
func (s *Service) restTx(ctx context.Context, tx *gorm.DB, shopID int64) (until time.Time, err error) {
	members, err := s.parts.People.MembersTx(ctx, tx, shopID)
	if err != nil {
		return until, err
	}
	for _, u := range members {
		if until, err = s.parts.People.RestWithdrawalsTx(ctx, tx, u.ID); err != nil {
			return until, err
		}
	}
	return until, nil
}

// BankAccounts returns the shop's present and proposed account, newest first, and
// the last refusal; with full numbers for those who own the shop's money, masked
// for finance and admin.
func (s *Service) BankAccounts(ctx context.Context, actor account.Actor, shopID int64) ([]BankAccount, error) {
	if !seesMoney(actor, shopID) {
		return nil, mustOwnMoney(actor, shopID)
	}
	var rows []bankRow
	err := s.db.Read(ctx).Where("shop_id = ? AND state <> ?", shopID, string(BankReplaced)).Order("id DESC").Limit(10).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finance: bank accounts of shop %d: %w", shopID, err)
	}
	own := ownsMoney(actor, shopID)
	accounts := make([]BankAccount, len(rows))
	for i, r := range rows {
		if r, err = s.opened(r); err != nil {
			return nil, err
		}
		accounts[i] = r.account(own)
	}
	return accounts, nil
}

// ProposedBanks lists the accounts that wait for the actor, an officer or head, in
// their territory, oldest first; those they must not decide are left out.
func (s *Service) ProposedBanks(ctx context.Context, actor account.Actor) ([]BankAccount, error) {
	if !actor.SignedIn() || !actor.HasAny(account.RoleOfficer, account.RoleHead) {
		return nil, fault.NotFound("proposed bank accounts")
	}
	var rows []bankRow
	if err := s.db.Read(ctx).Where("state = ?", string(BankProposed)).Order("id").Limit(500).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("finance: proposed bank accounts: %w", err)
	}
	var accounts []BankAccount
	for _, r := range rows {
		shop, err := s.parts.Shops.Shop(ctx, r.ShopID)
		if err != nil {
			return nil, err
		}
		if actor.Covers(shop.RegencyCode) && r.ProposedBy != actor.UserID && !actor.Conflicted(r.ShopID) {
			if r, err = s.opened(r); err != nil {
				return nil, err
			}
			accounts = append(accounts, r.account(false))
		}
	}
	return accounts, nil
}

func (s *Service) bankByID(tx *gorm.DB, id int64) (bankRow, error) {
	var row bankRow
	err := tx.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault.NotFound(fmt.Sprintf("bank account %d", id))
	}
	if err != nil {
		return row, fmt.Errorf("finance: bank account %d: %w", id, err)
	}
	return s.opened(row)
}

// activeBankTx returns the account a shop's money goes to; false when it has none.
func (s *Service) activeBankTx(tx *gorm.DB, shopID int64) (bankRow, bool, error) {
	var row bankRow
	err := tx.Where("shop_id = ? AND state = ?", shopID, string(BankActive)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("finance: bank account of shop %d: %w", shopID, err)
	}
	row, err = s.opened(row)
	return row, err == nil, err
}

// DirectAccountTx is where buyers send money that they pay the shop itself: its
// confirmed account, in the caller's transaction. rests says that the account, or the
// sign-in of somebody who runs the shop, changed a short while ago. The caller shows
// it only to who pays this shop. (checkout.Accounts)
func (s *Service) DirectAccountTx(ctx context.Context, tx *gorm.DB, shopID int64) (bank payment.Bank, rests bool, err error) {
	row, found, err := s.activeBankTx(tx.WithContext(ctx), shopID)
	if err != nil {
		return bank, false, err
	}
	if found {
		bank = row.bank()
	}
	until, err := s.parts.People.WithdrawalsRestTx(ctx, tx, shopID)
	return bank, !until.IsZero(), err
}

// sealPurpose is what account numbers are sealed for (id.Keys.Seal).
const sealPurpose = "bank_account"

// opened is a stored row with its number readable.
func (s *Service) opened(row bankRow) (bankRow, error) {
	number, err := s.parts.Keys.Unseal(sealPurpose, row.AccountNumber)
	if err != nil {
		return row, fmt.Errorf("finance: bank account %d: %w", row.ID, err)
	}
	row.AccountNumber = number
	return row, nil
}

// Reseal seals the account numbers that are in plain text or under an older key,
// and returns how many there were. For the start of the program and `rotate`.
func (s *Service) Reseal(ctx context.Context) (int, error) {
	banks, err := sealed.Renew(ctx, s.db, s.parts.Keys, sealed.Column{Table: "bank_accounts", Sealed: "account_number", Purpose: sealPurpose})
	if err != nil {
		return banks, err
	}
	strays, err := sealed.Renew(ctx, s.db, s.parts.Keys, sealed.Column{Table: "unmatched_payments", Key: "payment_id", Sealed: "account_number", Purpose: strayPurpose})
	return banks + strays, err
}

// RevealBank returns a whole account number, once, for a reason: to finance and
// admins, and to officers and heads of the shop's territory; never to who has an
// interest in the shop. The person who gave the account is told. Errors: NotFound
// and Forbidden by who asks, Invalid with the field reason, rate-limited.
func (s *Service) RevealBank(ctx context.Context, actor account.Actor, id int64, reason string) (BankAccount, error) {
	if err := s.parts.People.AllowReveal(ctx, actor); err != nil {
		return BankAccount{}, err
	}
	var shown BankAccount
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, err := s.bankByID(tx, id)
		if err != nil {
			return err
		}
		shop, err := s.parts.Shops.ShopTx(ctx, tx, row.ShopID)
		if err != nil {
			return err
		}
		local := actor.HasAny(account.RoleOfficer, account.RoleHead) && actor.Covers(shop.RegencyCode)
		if !actor.SignedIn() || !local && !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
			return fault.NotFound(fmt.Sprintf("bank account %d", id))
		}
		if row.ProposedBy == actor.UserID || actor.Conflicted(row.ShopID) {
			return fault.Forbidden("finance.decide.conflict")
		}
		shown = row.account(true)
		return s.parts.People.RevealTx(ctx, tx, actor, row.ProposedBy, account.RevealBank, reason)
	})
	if err != nil {
		return BankAccount{}, err
	}
	return shown, nil
}
