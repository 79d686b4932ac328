package main

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/notify"
)

// pictureAccess opens private pictures: a product's to those who may see its
// drafts, a person's portrait and signed forms to the person and the officers of
// their territory.
func (a *app) pictureAccess(ctx context.Context, viewer account.Actor, ownerKind string, ownerID int64) (bool, error) {
	switch ownerKind {
	case catalog.PictureOwner:
		return a.catalog.MaySeePictures(ctx, viewer, ownerID)
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
