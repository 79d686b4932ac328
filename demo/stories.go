package demo

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/share"
)

// What a group and an institution share, as the outline of the demo world tells it:
// the jars of story 4 and the bags of story 5 are sold and paid to the rupiah, and
// wait to be divided by whoever opens the demo. Whoever worked in the institution is
// a code; the group's people are invented.

// bakers are the eight of the kitchen; the first one runs it.
var bakers = []string{"Lastri", "Ibu Parmi", "Ibu Sulis", "Ibu Wati", "Ibu Endah", "Ibu Rumini", "Ibu Tutik", "Ibu Yatmi"}

// knitters made these pieces; they meet on Wednesdays.
var knitters = []struct {
	name   string
	pieces int64
}{{"Lestari", 14}, {"Ibu Murni", 11}, {"Ibu Suci", 9}, {"Ibu Harti", 8}, {"Mbak Ningsih", 6}}

// workers are how many codes the institution has.
const workers = 6

// checker is the institution's second officer: proposes and agrees beside Wahyu.
var checker = struct{ name, phone, password string }{"Kuncoro", "0812-0000-0035", "dua-mata-35"}

// sold is one order of a story.
type sold struct {
	shop, art string
	pieces    int64
	who       buyer
	day       int  // of the world's year, when it was paid
	open      bool // the shop still has it to do
}

// bulk are buyers of more than a household needs.
var (
	grocer     = buyer{"Toko Kue Sari Rasa", "0812-0000-0170", "35.78", "60151"}
	canteen    = buyer{"Koperasi Karyawan Contoh", "0812-0000-0171", "35.77", "63139"}
	society    = buyer{"Asosiasi Perajin Contoh", "0812-0000-0172", "35.78", "60286"}
	contractor = buyer{"CV Bangun Contoh", "0812-0000-0173", "36.03", "15560"}
)

// soldInStories are the orders: 298 jars for Rp15.675.000, forty bags for
// Rp2.880.000, and two that are paid and still to be made.
func soldInStories() []sold {
	out := []sold{{"S01", "p01-nastar", 60, grocer, 300, false}, {"S01", "p01-nastar", 50, canteen, 301, false}}
	for i := range 47 {
		out = append(out, sold{"S01", "p01-nastar", 4, buyers[i%len(buyers)], 296 + i*3/4, false})
	}
	return append(out, sold{"S01", "p01-nastar", 2, buyers[0], 331, false},
		sold{"S07", "p24-tas-rajut", 40, society, 328, false},
		sold{"S01", "p02-kastengel", 50, canteen, 357, true},
		sold{"S04", "p14-rompi-kerja-reflektif", 30, contractor, 357, true})
}

// The days of the world's year on which the stories' orders are made, fetched and
// finished: after the makers took the money of the last quarter.
const made, fetched, finished = 336, 342, 346

// tell adds the stories to the past.
func (p *past) tell() {
	for i, s := range soldInStories() {
		after := time.Duration(s.day)*day + time.Duration(i)*11*time.Minute
		p.at(after, func(ctx context.Context) error { return p.sell(ctx, after, i, s) })
	}
	p.at(made*day-2*time.Hour, p.parties)
	p.at(339*day, p.byWork)
	p.at(358*day, p.askAhead)
}

// sell lets somebody order, pay and collect one thing.
func (p *past) sell(ctx context.Context, after time.Duration, i int, s sold) error {
	item, maker := p.items[s.art], p.makers[s.shop]
	var from shop
	for _, one := range shops {
		if one.id == s.shop {
			from = one
		}
	}
	token := checkout.NewToken()
	variant, err := p.restock(ctx, from, item, s.pieces)
	if err != nil {
		return err
	}
	if err := p.Market.Checkout.SetVariant(ctx, token, item.id, variant, s.pieces); err != nil {
		return fmt.Errorf("%d of %s: %w", s.pieces, s.art, err)
	}
	method := map[int64]delivery.Method{item.shopID: delivery.Pickup}
	quote, err := p.Market.Checkout.Quote(ctx, token, delivery.Destination{RegencyCode: s.who.regency}, method)
	if err != nil {
		return err
	}
	purchase, err := p.Market.Checkout.Place(ctx, checkout.PlaceInput{
		CartToken: token, CartVersion: quote.Cart.Version, SeenTotal: quote.Total, FormKey: id.Token(),
		Buyer: checkout.Contact{Name: s.who.name, Phone: s.who.phone}, Choices: method,
	})
	if err != nil {
		return fmt.Errorf("%d of %s: %w", s.pieces, s.art, err)
	}
	opened, err := p.Market.Payments.Open(ctx, purchase.Payment.ID)
	if err != nil {
		return err
	}
	p.at(after+3*time.Minute, func(ctx context.Context) error {
		if err := p.Market.Pay(opened.Reference, "BRI"); err != nil {
			return err
		}
		return p.look(ctx, opened.ID)
	})
	p.at(after+2*day, func(ctx context.Context) error { return p.settle(ctx, opened.ID) })
	if s.open {
		return nil
	}
	orderID, buyerToken := purchase.Orders[0].ID, purchase.Orders[0].Token
	later := time.Duration(i) * 7 * time.Minute
	for at, name := range map[time.Duration]order.Transition{made * day: order.Start, (made + 3) * day: order.Finish} {
		p.at(at+later, func(ctx context.Context) error {
			_, err := p.Market.Orders.Move(ctx, maker, orderID, name, order.MoveInput{FormKey: id.Token()})
			return err
		})
	}
	p.at(fetched*day+later, func(ctx context.Context) error {
		o, err := p.Market.Orders.ByToken(ctx, buyerToken)
		if err != nil {
			return err
		}
		_, err = p.Market.Orders.Move(ctx, maker, orderID, order.HandOver, order.MoveInput{Code: o.PickupCode, FormKey: id.Token()})
		return err
	})
	p.at(finished*day+later, func(ctx context.Context) error {
		_, err := p.Market.Orders.MoveByToken(ctx, buyerToken, order.Complete, order.MoveInput{FormKey: id.Token()})
		return err
	})
	return nil
}

// parties says who has a part in the money of two groups and the institution, and
// by which rule.
func (p *past) parties(ctx context.Context) error {
	for i, name := range bakers {
		who := share.NewParty{Kind: share.Member, Label: name}
		if i == 0 {
			who.UserID = p.owners["S01"]
		}
		if _, err := p.Market.Shares.AddParty(ctx, p.makers["S01"], p.shops["S01"], who); err != nil {
			return err
		}
	}
	if err := p.flour(ctx); err != nil {
		return err
	}
	if _, err := p.Market.Shares.SetGroup(ctx, p.makers["S01"], p.shops["S01"], share.Equal, "Anggota"); err != nil {
		return err
	}
	for _, k := range knitters {
		if _, err := p.Market.Shares.AddParty(ctx, p.makers["S09"], p.shops["S09"], share.NewParty{Kind: share.Member, Label: k.name}); err != nil {
			return err
		}
	}
	if _, err := p.Market.Shares.SetGroup(ctx, p.makers["S09"], p.shops["S09"], share.ByWork, "Anggota"); err != nil {
		return err
	}
	for i := range workers {
		if _, err := p.Market.Shares.AddParty(ctx, p.makers["S07"], p.shops["S07"], share.NewParty{Kind: share.Worker, Label: fmt.Sprintf("WB-%02d", i+1)}); err != nil {
			return err
		}
	}
	_, err := p.Market.Shares.SetInstitution(ctx, p.makers["S07"], p.shops["S07"], share.Premi.Workers, share.Premi.PNBP, share.Premi.Capital, [3]string{"Premi", "PNBP", "Modal"})
	return err
}

// flour is what the bakers paid in for flour and butter, 900.000 each.
func (p *past) flour(ctx context.Context) error {
	all, err := p.Market.Shares.Parties(ctx, p.makers["S01"], p.shops["S01"])
	if err != nil {
		return err
	}
	paid := map[int64]money.Rupiah{}
	for _, party := range all {
		paid[party.ID] = 900_000
	}
	day := time.Now().Add(p.DB.Clock().Offset()).In(calendar.WIB).Format("2006-01-02")
	return p.Market.Shares.Contribute(ctx, p.makers["S01"], p.shops["S01"], day, "Tepung dan mentega", paid, id.Token())
}

// byWork divides what the knitters earned by the pieces each of them made.
func (p *past) byWork(ctx context.Context) error {
	maker, shopID := p.makers["S09"], p.shops["S09"]
	m, err := p.Market.Finance.Money(ctx, maker, shopID)
	if err != nil || m.Free <= 0 {
		return err
	}
	all, err := p.Market.Shares.Parties(ctx, maker, shopID)
	if err != nil {
		return err
	}
	pieces := map[int64]int64{}
	for _, party := range all {
		for _, k := range knitters {
			if k.name == party.Label {
				pieces[party.ID] = k.pieces
			}
		}
	}
	month := time.Now().Add(p.DB.Clock().Offset()).In(calendar.WIB).Format("2006-01")
	_, err = p.Market.Shares.Divide(ctx, maker, shopID, share.New{Month: month, Amount: m.Free, Pieces: pieces, FormKey: id.Token()})
	return err
}

// askAhead leaves a request for material money on an order that is paid: finance
// finds it on its desk.
func (p *past) askAhead(ctx context.Context) error {
	_, err := p.Market.Finance.RequestAdvance(ctx, p.makers["S04"], p.shops["S04"], 700_000, "Kain dan pita reflektif untuk 30 rompi", id.Token())
	return err
}

// joinChecker lets the institution's second officer in.
func (l *loader) joinChecker(ctx context.Context) error {
	var user account.User
	err := database.InTx(ctx, l.DB, func(tx *gorm.DB) (err error) {
		if user, err = l.Accounts.InviteTx(ctx, tx, account.System, account.NewUser{Name: checker.name, Phone: checker.phone, DistrictCode: "35.21.10"}); err != nil {
			return err
		}
		return l.Accounts.AddMembershipTx(ctx, tx, account.System, user.ID, l.shops["S07"], account.MemberOfficer)
	})
	if err != nil {
		return err
	}
	_, err = l.actor(ctx, user.ID, checker.password)
	return err
}

// cutoffs are the last days before Lebaran: couriers first, the counter last.
func (l *loader) cutoffs(ctx context.Context, on func(days int) string) error {
	for _, c := range []delivery.Cutoff{
		{Name: "Lebaran", Method: delivery.Courier, LastDay: on(lebaran - 10), Resumes: on(lebaran + 6)},
		{Name: "Lebaran", Method: delivery.Pickup, LastDay: on(lebaran - 3), Resumes: on(lebaran + 5)},
	} {
		if err := l.Delivery.AddCutoff(ctx, l.people["Nadia R."], c); err != nil {
			return err
		}
	}
	return nil
}
