package finance

import (
	"context"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Funds is money for materials and the account that bears fees.
type Funds interface {
	AdvanceQueue(ctx context.Context, actor account.Actor, decided bool) ([]finance.Advance, error)
	GrantAdvance(ctx context.Context, actor account.Actor, id int64) (finance.Advance, error)
	RefuseAdvance(ctx context.Context, actor account.Actor, id int64, note string) (finance.Advance, error)
	AdvanceCeiling(ctx context.Context, actor account.Actor, shopID int64) (most, debt money.Rupiah, err error)
	Subsidy(ctx context.Context, actor account.Actor) (finance.Subsidy, error)
	TopUpSubsidy(ctx context.Context, actor account.Actor, amount money.Rupiah, reason, formKey string) (finance.TopUp, error)
	RefuseTopUp(ctx context.Context, actor account.Actor, id int64, note string) (finance.TopUp, error)
	ConfirmTopUp(ctx context.Context, actor account.Actor, id int64) (finance.TopUp, error)
}

const fundsAt = "/keuangan/dana"

func (a area) funds(c *web.Ctx) error { return a.fundsPage(c, http.StatusOK, pages.Funds{}, nil) }

// fundsPage shows both, with what was typed into a faulty form.
func (a area) fundsPage(c *web.Ctx, status int, v pages.Funds, e view.Errors) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	v.Page, v.Errors, v.May = a.frame(c, text.T("financepage.funds.title")), e, c.Actor.Has(account.RoleFinance)
	if v.FormKey == "" {
		v.FormKey = id.Token()
	}
	waiting, err := a.Funds.AdvanceQueue(c.Context(), c.Actor, false)
	if err != nil {
		return err
	}
	decided, err := a.Funds.AdvanceQueue(c.Context(), c.Actor, true)
	if err != nil {
		return err
	}
	var shopIDs []int64
	for _, one := range append(append([]finance.Advance{}, waiting...), decided...) {
		shopIDs = append(shopIDs, one.ShopID)
	}
	shops, err := a.shopsOf(c.Context(), shopIDs)
	if err != nil {
		return err
	}
	for _, one := range waiting {
		most, debt, err := a.Funds.AdvanceCeiling(c.Context(), c.Actor, one.ShopID)
		if err != nil {
			return err
		}
		v.Waiting = append(v.Waiting, pages.FundAdvance{
			ID: strconv.FormatInt(one.ID, 10), Shop: shops[one.ShopID].Name, Amount: one.Amount, Reason: one.Reason, When: stamp(one.RequestedAt),
			Most: most, Debt: debt, State: text.T(one.State.LabelKey()), May: v.May && one.RequestedBy != c.Actor.UserID && one.AgreedBy != c.Actor.UserID && !c.Actor.Conflicted(one.ShopID),
		})
	}
	v.Decided = view.Table{Caption: text.T("financepage.funds.decided"), Columns: columns("financepage.col.shop", "financepage.col.amount", "financepage.col.reason", "financepage.col.state")}
	for _, one := range decided {
		v.Decided.Rows = append(v.Decided.Rows, view.Row{Cells: []view.Cell{
			{Text: shops[one.ShopID].Name, URL: linesAddress(ledger.Account{Kind: ledger.ShopOwes, Owner: one.ShopID})}, {Text: one.Amount.String()}, {Text: one.Reason}, {Text: text.T(one.State.LabelKey()), Note: one.Note},
		}})
	}
	subsidy, err := a.Funds.Subsidy(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v.Left = subsidy.Left
	if subsidy.Low {
		v.Low = &view.Notice{Tone: view.Warn, Text: text.T("financepage.funds.low", "left", subsidy.Left)}
	}
	for _, one := range subsidy.TopUps {
		v.TopUps = append(v.TopUps, pages.FundTopUp{ID: strconv.FormatInt(one.ID, 10), Amount: one.Amount, Reason: one.Reason, When: stamp(one.ProposedAt),
			State: text.T("financepage.funds.state." + one.State), Note: one.Note, May: v.May && one.State == "proposed" && one.ProposedBy != c.Actor.UserID})
	}
	return c.Page(status, pages.FundsPage(v))
}

// decideFunds grants or refuses an advance, or fills the fee account.
func (a area) decideFunds(c *web.Ctx) error {
	var in struct {
		Do      string `form:"do"`
		ID      int64  `form:"nomor"`
		Note    string `form:"note"`
		Amount  string `form:"amount"`
		Reason  string `form:"reason"`
		FormKey string `form:"form_key"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := mayReadBooks(c); err != nil {
		return err
	}
	if !c.Actor.Has(account.RoleFinance) {
		return fault.Forbidden("fault.forbidden")
	}
	var err error
	refusing := ""
	switch in.Do {
	case "beri":
		_, err = a.Funds.GrantAdvance(c.Context(), c.Actor, in.ID)
	case "tolak":
		_, err = a.Funds.RefuseAdvance(c.Context(), c.Actor, in.ID, in.Note)
	case "setuju":
		_, err = a.Funds.ConfirmTopUp(c.Context(), c.Actor, in.ID)
	case "tolak-dana":
		_, err = a.Funds.RefuseTopUp(c.Context(), c.Actor, in.ID, in.Note)
		refusing = strconv.FormatInt(in.ID, 10)
	case "tambah":
		amount, unreadable := money.Parse(in.Amount)
		if unreadable != nil {
			amount = 0
		}
		_, err = a.Funds.TopUpSubsidy(c.Context(), c.Actor, amount, in.Reason, in.FormKey)
	default:
		return fault.Invalid("finance.form.stale")
	}
	if err == nil {
		c.Flash(view.Good, "financepage.funds.done")
		return c.SeeOther(fundsAt)
	}
	if web.Faulty(err) {
		return a.fundsPage(c, http.StatusUnprocessableEntity, pages.Funds{Amount: in.Amount, Reason: in.Reason, FormKey: in.FormKey, Refusing: refusing}, web.Errors(err))
	}
	return err
}
