package main

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/quote"
)

// pictureAccess opens private pictures: a product's to those who may see its
// drafts, scans of certificates to the shop and who confirms them, lessons to the makers
// and the desk, a person's portrait and signed forms to the person and the officers
// of their territory.
func (a *app) pictureAccess(ctx context.Context, viewer account.Actor, ownerKind string, ownerID int64) (bool, error) {
	switch ownerKind {
	case catalog.PictureOwner:
		return a.catalog.MaySeePictures(ctx, viewer, ownerID)
	case catalog.ShareOwner: // of everybody while the product is
		return a.catalog.Shared(ctx, ownerID)
	case catalog.CertificatePicture:
		return a.catalog.MaySeeScans(ctx, viewer, ownerID)
	case curation.LessonPicture:
		return a.library.MaySeePictures(ctx, viewer, ownerID)
	case curation.SamplePicture:
		return a.curation.MaySeeSample(ctx, viewer, ownerID)
	case order.PictureOwner:
		return a.orders.MaySeePictures(ctx, viewer, ownerID)
	case book.PictureOwner:
		return a.book.MaySeePictures(ctx, viewer, ownerID)
	case finance.ReceiptPicture:
		return a.finance.MaySeeReceipt(ctx, viewer, ownerID)
	case quote.PictureOwner:
		return a.quotes.MaySeePictures(ctx, viewer, ownerID)
	case checkout.ProofPicture:
		return a.checkout.MaySeeProofs(ctx, viewer, ownerID)
	case checkout.CodePicture:
		return a.checkout.MaySeeCode(ctx, viewer, ownerID)
	case catalog.PortraitOwner, account.ConsentPicture:
		return a.accounts.MayKeep(ctx, viewer, ownerID)
	}
	return false, nil
}

// personShown lets everybody see a portrait while an open shop shows it and the
// person's consent holds at this moment.
func (a *app) personShown(ctx context.Context, ownerKind string, ownerID int64) (bool, error) {
	if ownerKind != catalog.PortraitOwner {
		return false, nil
	}
	if shown, err := a.catalog.Portrayed(ctx, ownerID); err != nil || !shown {
		return false, err
	}
	return a.accounts.Consented(ctx, ownerID, account.ConsentPhoto)
}

// revealed tells a person who was shown a hidden number of theirs, and why.
func (a *app) revealed(ctx context.Context, tx *gorm.DB, to, by account.User, what account.RevealKind, reason string) error {
	return a.messages.SendTx(ctx, tx, notify.Message{
		Kind: "revealed_" + string(what), Data: map[string]string{"petugas": by.Name, "alasan": reason}, Link: "/akun/data",
		To: notify.Recipient{UserID: to.ID, Name: to.Name, Phone: to.Phone, Email: to.Email},
	})
}

// helped tells maker and helper, on every channel there is, that one may help the
// other, until when and for what.
func (a *app) helped(ctx context.Context, tx *gorm.DB, maker, helper account.User, g account.Grant, again bool) error {
	shop, err := a.catalog.ShopTx(ctx, tx, g.ShopID)
	if err != nil {
		return err
	}
	kind, purpose := "help_given", g.Purpose
	if again {
		kind = "help_longer"
	}
	if purpose == "" {
		purpose = text.T("maker.help.daily")
	}
	data := map[string]string{"pendamping": helper.Name, "perajin": maker.Name, "toko": shop.Name, "urusan": purpose,
		"tanggal": calendar.Date(g.ExpiresAt.In(calendar.Zone(shop.RegencyCode)))}
	for i, to := range []account.User{maker, helper} {
		err := a.messages.SendTx(ctx, tx, notify.Message{Kind: kind, Data: data, Link: []string{"/toko-saya/toko", "/dampingan"}[i],
			To: notify.Recipient{UserID: to.ID, Name: to.Name, Phone: to.Phone, Email: to.Email}})
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetOld is the daily job that forgets what was kept long enough.
type forgetOld struct{}

func (forgetOld) Kind() string { return "forget_old" }

// retention registers it.
func (a *app) retention() {
	jobs.Handle(a.workers, 5*time.Minute, func(ctx context.Context, _ forgetOld) error { return a.forgetOld(ctx) })
	a.workers.Every(24*time.Hour, forgetOld{})
}

// forgetOld empties what nobody needs any more of buyers and messages: how long
// each is kept stands beside the constants and in docs/personal-data.md.
func (a *app) forgetOld(ctx context.Context) error {
	for _, forget := range []func(context.Context) (int64, error){a.orders.ForgetBuyers, a.checkout.ForgetBuyers, a.quotes.ForgetBuyers, a.payments.ForgetPayers, a.messages.ForgetMessages, a.program.ForgetComplaints, a.program.ForgetJoins} {
		if _, err := forget(ctx); err != nil {
			return err
		}
	}
	return nil
}
