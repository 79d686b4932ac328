package curation

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// Suspend takes a live product from the public, for instance after a complaint,
// whose number is kept. Curators without an interest in the shop may; maker and
// companion read the reason. Errors: invalid on reason or complaint; conflict for
// what a curator suspended already, or what is not live.
func (s *Service) Suspend(ctx context.Context, actor account.Actor, productID int64, in catalog.NewSuspension) error {
	in.Complaint = clean(in.Complaint)
	if letters(in.Complaint) > 20 {
		return fault.Invalid("curation.invalid").With("complaint", "curation.complaint_number")
	}
	var err error
	if in.Reason, err = reasonOf(in.Reason); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.catalog.SuspendProductTx(ctx, tx, actor, productID, in); err != nil {
			return err
		}
		return s.tellProductTx(ctx, tx, productID, "curation_suspended", in.Reason)
	})
}

// Lift ends a curator's suspension; the product is again where it was. Who may: as
// Suspend. Errors: invalid on reason; conflict when it is not suspended, or a
// certificate that the law asks for is over.
func (s *Service) Lift(ctx context.Context, actor account.Actor, productID int64, reason string) error {
	reason, err := reasonOf(reason)
	if err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.catalog.LiftProductTx(ctx, tx, actor, productID, reason); err != nil {
			return err
		}
		return s.tellProductTx(ctx, tx, productID, "curation_lifted", reason)
	})
}

// reasonOf cleans and checks a reason that the maker reads; faults are on reason.
func reasonOf(reason string) (string, error) {
	reason = clean(reason)
	switch {
	case !says(reason):
		return "", fault.Invalid("curation.invalid").With("reason", "curation.reason")
	case letters(reason) > MaxNote:
		return "", fault.Invalid("curation.invalid").With("reason", "curation.note_too_long", "max", MaxNote)
	}
	return reason, nil
}

func (s *Service) tellProductTx(ctx context.Context, tx *gorm.DB, productID int64, kind, reason string) error {
	found, err := s.catalog.SellablesTx(ctx, tx, []int64{productID})
	if err != nil {
		return err
	}
	p := found[productID]
	return s.tellShopTx(ctx, tx, p.ShopID, kind, map[string]string{"produk": p.Title, "alasan": reason}, "/toko-saya/produk/"+strconv.FormatInt(productID, 10))
}

// ProductFile is a product as curators see it.
type ProductFile struct {
	Product     catalog.Sellable
	Suspensions []catalog.Suspension // oldest first
	Conflicted  bool                 // the asking curator must not decide
	names       map[int64]string
}

// Who names somebody of the file; 0 is the system.
func (f ProductFile) Who(userID int64) string {
	if name := f.names[userID]; name != "" {
		return name
	}
	return text.T("curation.system")
}

// ProductFile returns a product with every time it was suspended. Curators and
// admins may look, heads at their own territory. Errors: not found.
func (s *Service) ProductFile(ctx context.Context, actor account.Actor, productID int64) (ProductFile, error) {
	if err := looks(actor); err != nil {
		return ProductFile{}, err
	}
	found, err := s.catalog.Sellables(ctx, []int64{productID})
	if err != nil {
		return ProductFile{}, err
	}
	p, live := found[productID]
	if !live {
		if p, err = s.catalog.NeverLive(ctx, productID); err != nil {
			return ProductFile{}, err
		}
	}
	if !actor.HasAny(account.RoleCurator, account.RoleAdmin) && !actor.Covers(p.RegencyCode) {
		return ProductFile{}, fault.NotFound("product of another territory")
	}
	out := ProductFile{Product: p, Conflicted: actor.Conflicted(p.ShopID), names: map[int64]string{}}
	if out.Suspensions, err = s.catalog.SuspensionsOf(ctx, actor, productID); err != nil {
		return ProductFile{}, err
	}
	var ids []int64
	for _, x := range out.Suspensions {
		ids = append(ids, x.BegunBy, x.EndedBy)
	}
	people, err := s.people.Users(ctx, ids)
	for id, u := range people {
		out.names[id] = u.Name
	}
	return out, err
}
