package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/quote"
)

// lebaran is how many days after its first start the demo world celebrates.
const lebaran = 108

// oven lets the cookies of one kitchen share its oven: three kinds of jars draw on
// one number, and a hamper takes three of them.
func (l *loader) oven(ctx context.Context) error {
	jars := l.items["p01-nastar"].id
	for _, share := range []catalog.Share{
		{ProductID: l.items["p02-kastengel"].id, WithID: jars, Weight: 1, Instead: true},
		{ProductID: l.items["p03-putri-salju"].id, WithID: jars, Weight: 1, Instead: true},
		{ProductID: l.items["p04-hampers"].id, WithID: jars, Weight: 3},
	} {
		if err := l.Catalog.SharePool(ctx, l.makers["S01"], share); err != nil {
			return err
		}
	}
	return nil
}

// choice is a collection of the first page.
type choice struct {
	title, words, titleEn, wordsEn string
	arts                           []string
}

var choices = []choice{
	{"Untuk meja Lebaran", "Dipanggang mendekati hari, dipesan dari sekarang. Kuota tiap dapur terbatas.",
		"For the Lebaran table", "Baked close to the day, ordered from now on. Each kitchen takes only so many.",
		[]string{"p04-hampers", "p01-nastar", "p02-kastengel", "p03-putri-salju", "p06-kue-semprit", "p07-rengginang"}},
	{"Buat sekolah dan kantor", "Seragam, kaos dan tas dalam jumlah banyak, dengan harga yang turun bersama jumlahnya.",
		"For schools and offices", "Uniforms, shirts and bags in quantity, at prices that fall with it.",
		[]string{"p16-seragam-sd", "p20-seragam-olahraga", "p17-seragam-kantor", "p21-kaos-sablon", "p23-tas-belanja-kain"}},
	{"Anyaman dan rajutan", "Satu barang dikerjakan satu orang, dari awal sampai akhir.",
		"Woven and knitted", "One piece, one pair of hands, from beginning to end.",
		[]string{"p24-tas-rajut", "p33-tas-rajut-anyam", "p37-bakul-bambu", "p38-besek-hantaran", "p49-keranjang-koran", "p36-syal-rajut"}},
}

// season is what is the matter now: a window of pre-orders, a shop on holiday,
// work that is done nearby only, collections, and a maker who lets her story be told.
func (l *loader) season(ctx context.Context) error {
	today := time.Now().In(calendar.WIB) // shops and curators name days of their own zone
	on := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	window := catalog.WindowDraft{Opens: on(-6), Closes: on(lebaran - 16), FormKey: id.Token(), Slots: []catalog.SlotDraft{
		{Dispatch: on(lebaran - 31), Capacity: 12}, {Dispatch: on(lebaran - 24), Capacity: 16}, {Dispatch: on(lebaran - 17), Capacity: 20}, {Dispatch: on(lebaran - 12), Capacity: 12},
	}}
	if err := l.Catalog.OpenWindow(ctx, l.makers["S01"], l.items["p04-hampers"].id, window); err != nil {
		return fmt.Errorf("window: %w", err)
	}
	if err := l.cutoffs(ctx, on); err != nil {
		return fmt.Errorf("last days: %w", err)
	}
	for art, area := range map[string]catalog.Area{
		"p41-jasa-las": {"35.71"}, "p42-laundry-kiloan": {"35.78.16", "35.78.17", "35.78.29", "35.78.12"}, "p43-cuci-karpet": {"35.78.16", "35.78.17", "35.78.29", "35.78.12"},
	} {
		if err := l.Catalog.SetArea(ctx, l.makers[l.items[art].shop], l.items[art].id, area); err != nil {
			return fmt.Errorf("area of %s: %w", art, err)
		}
	}
	err := l.Catalog.AddClosure(ctx, l.makers["S10"], l.shops["S10"], catalog.NewClosure{Kind: catalog.ShopShut, First: on(0), Last: on(9), FormKey: id.Token()})
	if err != nil {
		return fmt.Errorf("holiday: %w", err)
	}
	for _, c := range choices {
		if err := l.collect(ctx, c, today); err != nil {
			return fmt.Errorf("collection %s: %w", c.title, err)
		}
	}
	if err := l.askForJackets(ctx, on(45)); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	return l.tellStory(ctx)
}

// askForJackets leaves a company's request waiting at the shop that sews life
// jackets to specification: with 215 of 260 a month, room for 45 remains.
func (l *loader) askForJackets(ctx context.Context, by string) error {
	_, err := l.Quotes.Ask(ctx, quote.AskInput{
		FormKey: id.Token(), ProductID: l.items["p12-jahit-rompi-pelampung"].id, Wish: "Jahit rompi pelampung dewasa", NeededBy: by,
		Details:      "Tiap bulan 215 buah, rencananya setahun; permintaan ini untuk bulan pertama. Pola, busa dan kain bersertifikat dari kami, contoh jahitan kami kirim.",
		Sizes:        []quote.TypedSize{{Label: "M", Quantity: "60"}, {Label: "L", Quantity: "95"}, {Label: "XL", Quantity: "60"}},
		DistrictCode: "36.03.07", RegencyCode: "36.03", Name: "Indra Prasetya", Phone: "0812-0000-0076", Email: "pengadaan@bahari.contoh.id", Organisation: "PT Bahari Contoh",
	})
	return err
}

func (l *loader) collect(ctx context.Context, c choice, today time.Time) error {
	curator := l.people[dimas]
	collection, err := l.Catalog.StartCollection(ctx, curator, c.title)
	if err != nil {
		return err
	}
	for _, art := range c.arts {
		if err := l.Catalog.AddToCollection(ctx, curator, collection, l.items[art].id); err != nil {
			return err
		}
	}
	return l.Catalog.SaveCollection(ctx, curator, collection, catalog.CollectionWords{
		Title: c.title, Words: c.words, TitleEn: c.titleEn, WordsEn: c.wordsEn, CoverID: l.items[c.arts[0]].id, Home: true,
		From: today, LastDay: today.AddDate(1, 0, 0),
	})
}

// tellStory lets the maker of S03 tell her story, with her consent.
func (l *loader) tellStory(ctx context.Context) error {
	maker, officer := l.owners["S03"], l.people["Ratna W."]
	const signed = "Formulir izin cerita bertanda tangan, 14 hari untuk berubah pikiran"
	if _, err := l.Accounts.GiveConsent(ctx, officer, account.NewConsent{UserID: maker, Kind: account.ConsentStory, Evidence: signed}); err != nil {
		return err
	}
	story := "Dulu jahe saya jual basah di pinggir jalan, seharga sekilo gula. Waktu ikut pelatihan saya belajar mengeringkan dan menimbang. Sekarang satu bungkus cukup untuk seminggu, dan anak-anak tahu ibunya punya nama di kemasan."
	return l.Catalog.SetPortrait(ctx, officer, l.shops["S03"], maker, catalog.PortraitChange{Story: &story})
}
