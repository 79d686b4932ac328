package finance

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Channels are the ways to pay online (payment.Service).
type Channels interface {
	Channels(ctx context.Context) ([]payment.ChannelSetting, error)
	SetChannel(ctx context.Context, actor account.Actor, in payment.ChannelSetting) error
	Refusals(ctx context.Context) ([]payment.ChannelRefusal, error)
}

// Limits are how much may be paid in cash at the door (checkout.Service).
type Limits interface {
	Limits(ctx context.Context) (checkout.Limits, error)
	SetCODMax(ctx context.Context, actor account.Actor, most money.Rupiah) error
}

// Commission is the operator's part of sales (order.Service).
type Commission interface {
	CommissionNow(ctx context.Context) (order.CommissionSetting, error)
	SetCommission(ctx context.Context, actor account.Actor, permille int64) error
}

const channelsAt = "/keuangan/saluran"

// channelForm is a form of the page as typed: of one channel, of the limit, or of the operator's part.
type channelForm struct {
	Do      string `form:"do"`
	Code    string `form:"kode"`
	Min     string `form:"min"`
	Max     string `form:"max"`
	Days    string `form:"refund_days"`
	Offered string `form:"tawarkan"`
	Refund  string `form:"kembali"`
	Partial string `form:"sebagian"`
	COD     string `form:"cod_max"`
	Part    string `form:"permille"`
}

// channels lists the ways to pay with their limits; ?ubah=CODE opens one.
func (a area) channels(c *web.Ctx) error {
	return a.channelsPage(c, http.StatusOK, channelForm{Code: c.Query("ubah")}, nil)
}

func (a area) channelsPage(c *web.Ctx, status int, in channelForm, e view.Errors) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	all, err := a.Payments.Channels(c.Context())
	if err != nil {
		return err
	}
	limits, err := a.Limits.Limits(c.Context())
	if err != nil {
		return err
	}
	commission, err := a.Commission.CommissionNow(c.Context())
	if err != nil {
		return err
	}
	ids := []int64{limits.ChangedBy, commission.ChangedBy}
	for _, ch := range all {
		ids = append(ids, ch.ChangedBy)
	}
	people, err := a.People.Users(c.Context(), ids)
	if err != nil {
		return err
	}
	v := pages.Channels{Page: a.frame(c, text.T("financepage.channels.title")), Errors: e, COD: money.Group(uint64(max(limits.CODMax, 0))), Table: channelTable(all, people)}
	refused, err := a.Payments.Refusals(c.Context())
	if err != nil {
		return err
	}
	for _, r := range refused {
		v.Refused = append(v.Refused, refusal(r, all))
	}
	if limits.ChangedBy > 0 {
		v.CODBy = text.T("financepage.channels.by", "time", stamp(limits.ChangedAt), "name", people[limits.ChangedBy].Name)
	}
	v.Part, v.MaySetPart = web.Percent(commission.Permille), c.Actor.HasAny(account.RoleAdmin)
	if commission.ChangedBy > 0 {
		v.PartBy = text.T("financepage.channels.by", "time", stamp(commission.ChangedAt), "name", people[commission.ChangedBy].Name)
	}
	if in.Do == "bagian" {
		v.Part = in.Part
	}
	if in.Do == "tunai" {
		v.COD = in.COD
	}
	for _, ch := range all {
		if ch.Code == in.Code {
			v.One = openChannel(ch, in)
		}
	}
	if in.Code != "" && v.One == nil {
		return fault.NotFound("channel")
	}
	return c.Page(status, pages.ChannelsPage(v))
}

// refusal says which channels the gateway's account refused, and what buyers are
// offered meanwhile.
func refusal(r payment.ChannelRefusal, all []payment.ChannelSetting) string {
	names := func(codes []string) string {
		var out []string
		for _, ch := range all {
			if slices.Contains(codes, ch.Code) {
				out = append(out, ch.Name)
			}
		}
		return strings.Join(out, ", ")
	}
	key := "financepage.channels.refused"
	if len(r.Offered) == 0 {
		key = "financepage.channels.refused_all"
	}
	return text.T(key, "asked", names(r.Codes), "offered", names(r.Offered), "times", strconv.FormatInt(r.Times, 10), "time", stamp(r.LastAt))
}

func yesNo(on bool) string {
	if on {
		return text.T("financepage.channels.yes")
	}
	return text.T("financepage.channels.no")
}

func channelTable(all []payment.ChannelSetting, people map[int64]account.User) view.Table {
	t := view.Table{Caption: text.T("financepage.channels.table"), Columns: columns("financepage.channels.channel", "financepage.channels.offered",
		"financepage.channels.least", "financepage.channels.most", "financepage.channels.back", "financepage.channels.settles", "financepage.channels.source")}
	for i := 2; i < 4; i++ {
		t.Columns[i].Numeric = true
	}
	for _, ch := range all {
		back, days := text.T("financepage.channels.by_link"), ""
		if ch.Refund {
			back, days = text.T("financepage.channels.whole"), text.T("financepage.channels.within", "days", strconv.Itoa(ch.RefundDays))
			if ch.PartialRefund {
				back = text.T("financepage.channels.in_parts")
			}
		}
		source, by := text.T("financepage.channels.published"), ""
		if ch.ChangedBy > 0 {
			source, by = stamp(ch.ChangedAt), people[ch.ChangedBy].Name
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: ch.Name, Note: text.T("financepage.channels.kind." + ch.Kind), URL: channelsAt + "?ubah=" + ch.Code + "#ubah"},
			{Text: yesNo(ch.Enabled)}, {Text: ch.Min.String()}, {Text: ch.Max.String()},
			{Text: back, Note: days}, {Text: settles(ch.SettlesInDays)}, {Text: source, Note: by},
		}})
	}
	return t
}

// settles says when the gateway gives the money on.
func settles(days int) string {
	if days == 0 {
		return text.T("financepage.channels.at_once")
	}
	return text.T("financepage.channels.working_days", "days", strconv.Itoa(days))
}

// openChannel is the form of one channel: as it is, or as typed.
func openChannel(ch payment.ChannelSetting, in channelForm) *pages.Channel {
	v := &pages.Channel{Code: ch.Code, Name: ch.Name, Min: money.Group(uint64(ch.Min)), Max: money.Group(uint64(ch.Max)), Days: strconv.Itoa(ch.RefundDays),
		Offered: ch.Enabled, Refund: ch.Refund, Partial: ch.PartialRefund}
	if published, found := payment.ChannelByCode(ch.Code); found {
		v.Published = text.T("financepage.channels.as_published", "min", published.Min, "max", published.Max)
		if published.Note != "" {
			v.Note = text.T("financepage.channels.note." + ch.Code)
		}
	}
	if in.Do == "saluran" {
		v.Min, v.Max, v.Days = in.Min, in.Max, in.Days
		v.Offered, v.Refund, v.Partial = in.Offered != "", in.Refund != "", in.Partial != ""
	}
	return v
}

// setChannel changes one channel, the most that is paid in cash at the door, or the
// operator's part.
func (a area) setChannel(c *web.Ctx) error {
	var in channelForm
	err := c.Decode(&in)
	if err == nil {
		err = mayReadBooks(c)
	}
	if err == nil {
		err = a.saveChannel(c, in)
	}
	if web.Faulty(err) {
		return a.channelsPage(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "financepage.channels.saved")
	return c.SeeOther(channelsAt)
}

func (a area) saveChannel(c *web.Ctx, in channelForm) error {
	bad := fault.Invalid("payment.channel.check")
	amount := func(field, typed string) money.Rupiah {
		sum, err := money.Parse(typed)
		if err != nil {
			bad.With(field, "cashpage.unreadable")
		}
		return sum
	}
	switch in.Do {
	case "tunai":
		most := amount("cod_max", in.COD)
		if err := bad.OrNil(); err != nil {
			return err
		}
		return a.Limits.SetCODMax(c.Context(), c.Actor, most)
	case "bagian":
		permille, ok := web.Permille(in.Part)
		if !ok {
			permille = -1 // which is refused with the sentence about what may be typed
		}
		return a.Commission.SetCommission(c.Context(), c.Actor, permille)
	case "saluran":
		set := payment.ChannelSetting{Channel: payment.Channel{Code: in.Code, Min: amount("min", in.Min), Max: amount("max", in.Max), Refund: in.Refund != "", PartialRefund: in.Partial != ""}, Enabled: in.Offered != ""}
		days, err := strconv.Atoi(strings.TrimSpace(in.Days))
		if err != nil {
			bad.With("refund_days", "payment.channel.days")
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		set.RefundDays = days
		return a.Payments.SetChannel(c.Context(), c.Actor, set)
	}
	return fault.Invalid("finance.form.stale")
}
