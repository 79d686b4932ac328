package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/share"
)

// The past of the demo world: a year of orders, so that nothing that shows
// results begins empty. It is played through the same use cases as every order,
// at times long gone (the database's clock is shifted), in the order in which
// things happened. What jobs and messages would do, this does itself: the
// services here drop both.

// Market is what the past is played through.
type Market struct {
	Checkout *checkout.Service
	Orders   *order.Service
	Payments *payment.Service
	Finance  *finance.Service
	Reviews  *review.Service
	Shares   *share.Service
	// Pay pays the invoice of this reference at the gateway, exactly.
	Pay func(reference, channel string) error
}

// event is something that happens at a moment.
type event struct {
	after time.Duration // since the founding
	do    func(ctx context.Context) error
}

// past plays events, the earliest first.
type past struct {
	*loader
	rnd    *rand.Rand
	events []event
}

// listed is a product of the window with what a buyer needs of it.
type listed struct {
	product
	id, shopID int64
}

// at adds an event; those of one moment happen in the order they were added.
func (p *past) at(after time.Duration, do func(ctx context.Context) error) {
	n, _ := slices.BinarySearchFunc(p.events, after, func(e event, t time.Duration) int {
		if e.after <= t {
			return -1
		}
		return 1
	})
	p.events = slices.Insert(p.events, n, event{after, do})
}

const day = 24 * time.Hour

// playPast lets about n orders happen between the founding and now, when the world opens.
func (l *loader) playPast(ctx context.Context, n int, now time.Time) error {
	p := &past{loader: l, rnd: rand.New(rand.NewPCG(2026, 11))}
	p.plan(n)
	if n > 0 {
		p.tell()
		p.keepBooks(now)
	}
	p.at(ago-35*day, p.renew)
	for len(p.events) > 0 {
		e := p.events[0]
		p.events = p.events[1:]
		if e.after >= ago {
			continue // has not happened yet: the order stays where it is
		}
		l.DB.Clock().Advance(e.after - ago - l.DB.Clock().Offset())
		if err := e.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// renew signs again what lasts a year at most, as a companion would on a visit.
func (p *past) renew(ctx context.Context) error {
	officer := p.people["Ratna W."]
	for _, s := range shops {
		helper, helped := p.people[s.companion]
		if !helped {
			continue
		}
		maker := p.owners[s.id]
		const evidence = "Diperpanjang saat kunjungan, formulir bertanda tangan"
		if _, err := p.Accounts.GiveConsent(ctx, officer, account.NewConsent{UserID: maker, Kind: account.ConsentHelped, Evidence: evidence}); err != nil {
			return err
		}
		if err := p.Program.GrantHelp(ctx, officer, account.NewGrant{ShopID: p.shops[s.id], MakerID: maker, CompanionID: helper.UserID, Evidence: evidence}); err != nil {
			return err
		}
	}
	return nil
}

// fortune is how a shop's sales went over its year, in twelfths, oldest first.
type fortune [12]int

var fortunes = map[string]fortune{
	"growing":  {2, 2, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10},
	"steady":   {4, 4, 5, 6, 5, 4, 4, 5, 4, 5, 4, 5},
	"baker":    {2, 2, 4, 12, 10, 2, 3, 3, 4, 4, 5, 6}, // Lebaran in the fourth and fifth month
	"stagnant": {6, 5, 5, 4, 3, 3, 2, 2, 1, 1, 0, 0},   // nothing for sixty days
	"fading":   {2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0},
}

// plan spreads about n purchases over the shops and months.
func (p *past) plan(n int) {
	weight := 0
	for _, s := range shops {
		for _, w := range fortunes[s.fortune] {
			weight += w
		}
	}
	for _, s := range shops {
		goods := p.goodsOf(s.id)
		if len(goods) == 0 {
			continue
		}
		for month, w := range fortunes[s.fortune] {
			count := (n*w + p.rnd.IntN(weight)) / weight
			for range count {
				after := time.Duration(month)*30*day + time.Duration(p.rnd.IntN(30*24*60))*time.Minute + 3*day
				p.at(after, func(ctx context.Context) error { return p.buy(ctx, after, s, goods) })
			}
		}
		for quarter := range 4 {
			if s.phone != "" {
				after := time.Duration(quarter+1)*85*day + time.Duration(len(goods))*time.Hour
				p.at(after, func(ctx context.Context) error { return p.withdraw(ctx, after, s) })
			}
		}
	}
}

func (p *past) goodsOf(shop string) []listed {
	var out []listed
	for _, x := range products {
		if item, ok := p.items[x.art]; ok && x.shop == shop && x.wasPublished() && (x.mode == inStock || x.mode == perMonth) {
			out = append(out, item)
		}
	}
	return out
}

// pieces is how many somebody buys: mostly a few, now and then for a shop or a feast.
func (p *past) pieces(x listed) int64 {
	if p.rnd.IntN(9) == 0 && len(x.tiers) > 0 {
		return x.tiers[0].from + int64(p.rnd.IntN(6))
	}
	n := int64(1 + p.rnd.IntN(3))
	if x.price < 20_000 {
		n = int64(2 + p.rnd.IntN(7))
	}
	return max(n, x.least)
}

// buy lets somebody order one or two things of a shop, pay, and get them.
func (p *past) buy(ctx context.Context, after time.Duration, s shop, goods []listed) error {
	who := buyers[p.rnd.IntN(len(buyers))]
	token := checkout.NewToken()
	first := goods[p.rnd.IntN(len(goods))]
	chosen := []listed{first}
	if second := goods[p.rnd.IntN(len(goods))]; p.rnd.IntN(4) == 0 && second.id != first.id {
		chosen = append(chosen, second)
	}
	var grams int64
	for _, x := range chosen {
		n := p.pieces(x)
		variant, err := p.restock(ctx, s, x, n)
		if err != nil {
			return err
		}
		if err := p.Market.Checkout.SetVariant(ctx, token, x.id, variant, n); err != nil {
			continue // this month is full: they would take something else
		}
		grams += x.grams * n
	}
	districts := region.Districts(who.regency)
	district := districts[p.rnd.IntN(len(districts))].Code
	to := delivery.Destination{RegencyCode: who.regency, DistrictCode: district}
	method := delivery.Courier
	if !s.couri || slices.ContainsFunc(chosen, func(x listed) bool { return x.pickupOnly }) || who.regency == s.district[:5] && s.pickup {
		method = delivery.Pickup
	}
	quote, err := p.Market.Checkout.Quote(ctx, token, to, map[int64]delivery.Method{first.shopID: method})
	if err != nil {
		return err
	}
	if !quote.Complete || grams > 20_000 && method == delivery.Courier {
		return nil // too little to pay online, or too much for a parcel
	}
	purchase, err := p.Market.Checkout.Place(ctx, checkout.PlaceInput{
		CartToken: token, CartVersion: quote.Cart.Version, SeenTotal: quote.Total, FormKey: id.Token(),
		Buyer:   checkout.Contact{Name: who.name, Phone: who.phone},
		Address: checkout.Address{RegencyCode: who.regency, DistrictCode: district, Village: "Desa Contoh", Street: "Jalan Contoh " + fmt.Sprint(1+p.rnd.IntN(90)), Postcode: who.postcode},
		Choices: map[int64]delivery.Method{first.shopID: method},
	})
	if err != nil {
		return fmt.Errorf("past order of %s: %w", s.name, err)
	}
	paid, err := p.Market.Payments.Open(ctx, purchase.Payment.ID)
	if err != nil {
		return err
	}
	p.step("pesanan " + who.name)
	if p.rnd.IntN(25) == 0 { // thought better of it
		p.at(after+26*time.Hour, func(ctx context.Context) error { return p.look(ctx, paid.ID) })
		return nil
	}
	channels := []string{"QRIS", "QRIS", "QRIS", "BRI", "BRI", "MANDIRI", "DANA", "SHOPEEPAY"}
	channel := channels[p.rnd.IntN(len(channels))]
	after += 3 * time.Minute
	p.at(after, func(ctx context.Context) error {
		if err := p.Market.Pay(paid.Reference, channel); err != nil {
			return err
		}
		return p.look(ctx, paid.ID)
	})
	p.at(after+2*day, func(ctx context.Context) error { return p.settle(ctx, paid.ID) })
	for _, o := range purchase.Orders {
		p.fulfil(after, s, o.ID, o.Token, method, chosen[0].lead)
	}
	return nil
}

// restock chooses a variant and keeps its shelf from running empty: makers go on
// making.
func (p *past) restock(ctx context.Context, s shop, x listed, n int64) (variantID int64, err error) {
	found, err := p.Catalog.Sellables(ctx, []int64{x.id})
	if err != nil {
		return 0, err
	}
	sold, full := found[x.id], x.quantity
	if len(sold.Variants) > 0 {
		i := p.rnd.IntN(len(sold.Variants))
		sold, _ = sold.Choose(sold.Variants[i].ID)
		full = x.variants[i].stock
	}
	if x.mode != inStock || sold.Available >= n+10 {
		return sold.VariantID, nil
	}
	_, err = p.Catalog.AdjustStock(ctx, p.makers[s.id], x.id, catalog.StockEdit{Seen: sold.Available, Want: full + n, VariantID: sold.VariantID, FormKey: id.Token()})
	return sold.VariantID, err
}

// look reads what became of a payment at the gateway.
func (p *past) look(ctx context.Context, paymentID int64) error {
	_, err := p.Market.Payments.Refresh(ctx, paymentID)
	return err
}

// settle sees the money arrive, and what the gateway kept of it.
func (p *past) settle(ctx context.Context, paymentID int64) error {
	if err := p.Market.Payments.Reconcile(ctx); err != nil {
		return err
	}
	_, err := p.Market.Payments.BookFee(ctx, payment.ChargeOf{Kind: payment.ChargePayment, ID: paymentID})
	return err
}

// fulfil makes and sends one order, with the patience of its shop.
func (p *past) fulfil(after time.Duration, s shop, orderID int64, token string, method delivery.Method, lead int64) {
	maker := p.makers[s.id]
	move := func(after time.Duration, name order.Transition, in order.MoveInput) {
		p.at(after, func(ctx context.Context) error {
			in.FormKey = id.Token()
			_, err := p.Market.Orders.Move(ctx, maker, orderID, name, in)
			return err
		})
	}
	after += time.Duration(2+p.rnd.IntN(20)) * time.Hour
	if p.rnd.IntN(40) == 0 {
		move(after, order.Refuse, order.MoveInput{Reason: "Bahan sedang habis di pasar, maaf."})
		p.at(after+time.Hour, func(ctx context.Context) error { return p.refund(ctx, after+time.Hour, orderID) })
		return
	}
	move(after, order.Start, order.MoveInput{})
	after += time.Duration(lead)*day*3/4 + time.Duration(p.rnd.IntN(24))*time.Hour
	move(after, order.Finish, order.MoveInput{})
	after += time.Duration(2+p.rnd.IntN(8)) * time.Hour
	if method == delivery.Pickup {
		p.at(after, func(ctx context.Context) error {
			o, err := p.Market.Orders.ByToken(ctx, token)
			if err != nil {
				return err
			}
			_, err = p.Market.Orders.Move(ctx, maker, orderID, order.HandOver, order.MoveInput{Code: o.PickupCode, FormKey: id.Token()})
			return err
		})
	} else {
		move(after, order.Dispatch, order.MoveInput{Courier: "JNE", TrackingNumber: fmt.Sprintf("CONTOH%09d", 100_000_000+p.rnd.IntN(800_000_000))})
		after += time.Duration(1+p.rnd.IntN(4)) * day
		p.at(after, func(ctx context.Context) error {
			_, err := p.Market.Orders.MoveByToken(ctx, token, order.Deliver, order.MoveInput{FormKey: id.Token()})
			return err
		})
	}
	after += time.Duration(1+p.rnd.IntN(3)) * day
	p.at(after, func(ctx context.Context) error {
		_, err := p.Market.Orders.MoveByToken(ctx, token, order.Complete, order.MoveInput{FormKey: id.Token()})
		return err
	})
	if p.rnd.IntN(5) == 0 {
		p.at(after+time.Duration(p.rnd.IntN(40))*time.Hour, func(ctx context.Context) error { return p.review(ctx, s, token) })
	}
}

// praise is what buyers wrote, with their stars.
var praise = []struct {
	stars int64
	words string
}{
	{5, "Sampai dengan rapi, sesuai foto. Terima kasih."}, {5, "Sudah pesan kedua kali, mutunya sama."}, {4, "Bagus. Pengirimannya sehari lebih lama dari dugaan saya."},
	{5, ""}, {5, "Buatannya telaten, kelihatan dikerjakan tangan."}, {4, ""}, {5, "Keluarga suka semua, mau pesan lagi untuk acara RT."},
	{3, "Barangnya baik, kemasannya agak penyok."}, {5, "Penjualnya ramah dan tepat janji."}, {4, "Sesuai harga. Semoga ada ukuran lebih besar."},
}

// review says how it was, and now and then the maker answers.
func (p *past) review(ctx context.Context, s shop, token string) error {
	o, err := p.Market.Orders.ByToken(ctx, token)
	if err != nil || o.State != order.Completed {
		return err
	}
	said := praise[p.rnd.IntN(len(praise))]
	in := review.Input{ProductID: o.Lines[0].ProductID, Stars: said.stars, Words: said.words, Anonymous: p.rnd.IntN(6) == 0}
	if err := p.Market.Reviews.Write(ctx, token, in); err != nil {
		return err
	}
	if said.words == "" || p.rnd.IntN(3) > 0 {
		return nil
	}
	all, err := p.Market.Reviews.ForShop(ctx, p.makers[s.id], p.shops[s.id], "")
	if err != nil || len(all.Reviews) == 0 {
		return err
	}
	return p.Market.Reviews.Answer(ctx, p.makers[s.id], all.Reviews[0].ID, "Terima kasih, senang mendengarnya. Kami tunggu pesanan berikutnya.")
}

// refund brings the money of a refused order back, through the channel or to the
// account that the buyer gives by the link.
func (p *past) refund(ctx context.Context, after time.Duration, orderID int64) error {
	refunds, err := p.Market.Payments.RefundsFor(ctx, payment.Purpose{Kind: order.PurposeKind, ID: orderID})
	if err != nil {
		return err
	}
	for _, r := range refunds {
		switch token, linked := p.Market.Payments.RefundToken(r); {
		case linked && r.State == payment.RefundAwaitingAccount:
			_, err = p.Market.Payments.GiveAccount(ctx, token, payment.Bank{ChannelCode: "ID_BRI", AccountNumber: "001201009999509", HolderName: "Pembeli Contoh"})
		default:
			err = p.Market.Payments.SendRefund(ctx, r.ID)
		}
		if err != nil {
			return err
		}
	}
	p.at(after+time.Hour, p.Market.Payments.Reconcile)
	p.at(after+2*time.Hour, p.Market.Payments.Reconcile)
	return nil
}

// withdraw lets a maker take what the quarter brought, at most what one person of
// finance may send: the rest comes with the next quarter's.
func (p *past) withdraw(ctx context.Context, after time.Duration, s shop) error {
	maker, shopID := p.makers[s.id], p.shops[s.id]
	m, err := p.Market.Finance.Money(ctx, maker, shopID)
	if err != nil {
		return err
	}
	amount := min(m.Free, finance.BatchAlone) / 10_000 * 10_000
	if amount < money.Rupiah(200_000) {
		return nil
	}
	w, err := p.Market.Finance.RequestWithdrawal(ctx, maker, shopID, amount, id.Token())
	if err != nil {
		return err
	}
	if w.NeedsCheck {
		if _, err := p.Market.Finance.Check(ctx, p.people["Bambang S."], w.ID); err != nil {
			return err
		}
	}
	if w, err = p.Market.Finance.Approve(ctx, p.people["Agus P."], w.ID); err != nil {
		return err
	}
	payouts, err := p.Market.Payments.PayoutsFor(ctx, payment.Purpose{Kind: finance.KindWithdrawal, ID: w.ID})
	if err != nil || len(payouts) == 0 {
		return errors.Join(err, fmt.Errorf("payouts of withdrawal %d: %d", w.ID, len(payouts)))
	}
	payout := payouts[len(payouts)-1].ID
	if err := p.Market.Payments.SendPayout(ctx, payout); err != nil {
		return err
	}
	p.at(after+time.Hour, func(ctx context.Context) error {
		if err := p.Market.Payments.Reconcile(ctx); err != nil {
			return err
		}
		_, err := p.Market.Payments.BookFee(ctx, payment.ChargeOf{Kind: payment.ChargePayout, ID: payout})
		return err
	})
	return nil
}

// buyer is somebody who ordered before. All are invented; the numbers nobody has.
type buyer struct{ name, phone, regency, postcode string }

var buyers = func() []buyer {
	names := []string{
		"Siti Aminah", "Budi Hartono", "Rina Wulandari", "Agus Salim", "Dewi Lestari", "Joko Prasetyo", "Maria Goretti", "Hasan Basri",
		"Ni Luh Ayu", "Yohanes Tani", "Fitri Handayani", "Slamet Riyadi", "Kartika Sari", "Bayu Nugroho", "Wulan Sari", "Taufik Hidayat",
		"Endang Rahayu", "Rudi Setiawan", "Mega Puspita", "Iwan Kurnia", "Lilis Suryani", "Dodi Firmansyah", "Ratih Kumala", "Anton Wijaya",
		"Nur Hidayah", "Gilang Ramadhan", "Sri Wahyuni", "Bagas Pratama", "Titik Sumarni", "Yusuf Maulana", "Puji Astuti", "Herman Susilo",
	}
	places := []struct{ regency, postcode string }{
		{"35.78", "60151"}, {"35.78", "60286"}, {"35.73", "65147"}, {"35.77", "63139"}, {"35.19", "63171"}, {"35.15", "61219"}, {"36.71", "15117"},
		{"36.03", "15560"}, {"36.73", "42124"}, {"31.74", "12160"}, {"32.73", "40115"}, {"33.74", "50134"}, {"34.71", "55122"}, {"35.71", "64129"},
	}
	out := make([]buyer, len(names))
	for i, name := range names {
		at := places[i%len(places)]
		out[i] = buyer{name, fmt.Sprintf("0812-0000-01%02d", i), at.regency, at.postcode}
	}
	return out
}()
