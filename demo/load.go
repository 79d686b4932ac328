// Package demo is the demo world: invented people, shops and products, loaded
// through the same use cases that real people use. Nothing here writes a table.
package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/quote"
)

// Art holds our own drawings, one JPEG per product and the hero of the home page.
//
//go:embed art/*.jpg
var Art embed.FS

// tariff is the price list of an invented courier, as an admin would upload it.
//
//go:embed tariff.csv
var tariff []byte

// World is what the demo world is loaded through.
type World struct {
	DB       *database.DB
	Accounts *account.Service
	Media    *media.Service
	Catalog  *catalog.Service
	Curation *curation.Service
	Program  *program.Service
	Delivery *delivery.Service
	Finance  *finance.Service
	Quotes   *quote.Service
	Book     *book.Service
	// Market and PastOrders: about so many orders lie behind the world when it
	// opens; none without a market.
	Market     *Market
	PastOrders int
	// Progress is told after each step; it may be nil.
	Progress func(done, total int, what string)
}

// SignIn is one person of the demo who can sign in.
type SignIn struct {
	Role, Name, Phone, Password string
}

// SignIns returns one person of each role, makers first.
func SignIns() []SignIn {
	out := []SignIn{}
	for _, s := range shops {
		if s.id == "S01" || s.id == "S05" {
			out = append(out, SignIn{"maker", s.maker + ", " + s.name, s.phone, s.password})
		}
	}
	for _, p := range people {
		out = append(out, SignIn{string(p.role), p.name, p.phone, p.password})
	}
	return out
}

// Secret is the second factor of the demo person with this number (E.164), for an
// authenticator app. Everybody can know it: it is worth nothing outside the demo.
func Secret(phone string) string {
	sum := sha256.Sum256([]byte("langkah kedua demo|" + phone))
	return base32.StdEncoding.EncodeToString(sum[:20])
}

// Code is what the authenticator app of a demo person shows now. known is false
// for people with a factor of their own; the code is "" while the ones near now
// are used up.
func Code(ctx context.Context, accounts *account.Service, userID int64) (code string, known bool, err error) {
	user, err := accounts.User(ctx, userID)
	if err != nil {
		return "", false, err
	}
	step, known, err := accounts.UnusedStep(ctx, userID, Secret(user.Phone))
	if err != nil || step == 0 {
		return "", false, err
	}
	if !known {
		return "", true, nil
	}
	code, err = account.FactorCode(Secret(user.Phone), step)
	return code, true, err
}

// loader keeps what later steps need of earlier ones.
type loader struct {
	World
	done, total int
	people      map[string]account.Actor // by name
	makers      map[string]account.Actor // who lists the products of a shop, by shop id (S01 …)
	shops       map[string]int64
	owners      map[string]int64  // user id of a shop's maker
	items       map[string]listed // what is or was on sale, by art
}

// The world is founded most of a year before its first start; what is still under
// way was sent yesterday.
const ago, recently = 360 * day, 20 * time.Hour

// Load founds the world in an empty database. It is not one transaction: an
// interrupted load leaves a half-filled world, and the caller starts over. It
// shifts the database's clock while it works and sets it right again.
func Load(ctx context.Context, w World) error {
	shift, now := w.DB.Clock(), time.Now()
	defer func() { shift.Advance(-shift.Offset()) }()
	shift.Advance(-ago)
	l := &loader{World: w, total: len(people) + len(shops) + len(products) + w.PastOrders, items: map[string]listed{}, people: map[string]account.Actor{}, makers: map[string]account.Actor{}, shops: map[string]int64{}, owners: map[string]int64{}}
	if err := l.loadPeople(ctx); err != nil {
		return fmt.Errorf("demo: people: %w", err)
	}
	if err := l.loadTariff(ctx); err != nil {
		return fmt.Errorf("demo: tariff: %w", err)
	}
	for _, s := range shops {
		if err := l.loadShop(ctx, s); err != nil {
			return fmt.Errorf("demo: shop %s: %w", s.id, err)
		}
	}
	if err := l.joinChecker(ctx); err != nil {
		return fmt.Errorf("demo: checker: %w", err)
	}
	for _, done := range []bool{true, false} {
		if !done {
			if err := l.oven(ctx); err != nil {
				return fmt.Errorf("demo: oven: %w", err)
			}
			if w.Market != nil {
				if err := l.playPast(ctx, w.PastOrders, now); err != nil {
					return fmt.Errorf("demo: past: %w", err)
				}
			}
			shift.Advance(-recently - shift.Offset())
		}
		for _, p := range products {
			if p.wasPublished() != done {
				continue
			}
			if err := l.loadProduct(ctx, p); err != nil {
				return fmt.Errorf("demo: product %s: %w", p.art, err)
			}
		}
	}
	for _, p := range products {
		if p.stage == suspended {
			if err := l.Curation.Suspend(ctx, l.curatorOf(p.shop), l.items[p.art].id, catalog.NewSuspension{Reason: p.note}); err != nil {
				return fmt.Errorf("demo: suspend %s: %w", p.art, err)
			}
		}
	}
	shift.Advance(-shift.Offset())
	if _, err := l.Curation.RunCertificates(ctx); err != nil { // the warnings that are due
		return fmt.Errorf("demo: certificates: %w", err)
	}
	if err := l.season(ctx); err != nil {
		return fmt.Errorf("demo: season: %w", err)
	}
	if w.Market != nil && w.PastOrders > 0 {
		if err := l.books(ctx, now); err != nil {
			return fmt.Errorf("demo: books: %w", err)
		}
	}
	return nil
}

func (l *loader) step(what string) {
	l.done++
	if l.Progress != nil {
		l.Progress(l.done, l.total, what)
	}
}

func (l *loader) loadPeople(ctx context.Context) error {
	founded, err := l.Program.FoundAgency(ctx, account.System, agency.name, agency.province)
	if err != nil {
		return err
	}
	for _, p := range people {
		district := "35.78.08"
		if len(p.territory) > 0 && len(p.territory[0]) > 2 {
			district = p.territory[0] + ".01"
		}
		var user account.User
		err := database.InTx(ctx, l.DB, func(tx *gorm.DB) (err error) {
			user, err = l.Accounts.InviteTx(ctx, tx, account.System, account.NewUser{Name: p.name, Phone: p.phone, DistrictCode: district})
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if _, err := l.Accounts.AssignRole(ctx, account.System, user.ID, p.role, founded.ID, p.territory); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := l.Accounts.SetFactor(ctx, account.System, user.ID, Secret(user.Phone)); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		actor, err := l.actor(ctx, user.ID, p.password)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		l.people[p.name] = actor
		l.step(p.name)
	}
	for _, seat := range seats {
		err := l.Curation.SetSeat(ctx, account.System, curation.Seat{
			CuratorID: l.people[seat.curator].UserID, Lead: seat.lead, Categories: seat.categories, Absence: curation.Absence{CoverID: l.people[seat.cover].UserID},
		})
		if err != nil {
			return fmt.Errorf("the seat of %s: %w", seat.curator, err)
		}
	}
	return nil
}

// actor sets a person's password, as they would themself, and loads them.
func (l *loader) actor(ctx context.Context, userID int64, password string) (account.Actor, error) {
	actor, err := l.Accounts.Actor(ctx, userID)
	if err != nil || password == "" {
		return actor, err
	}
	if err := l.Accounts.SetPassword(ctx, actor, "", password); err != nil {
		return actor, err
	}
	return actor, nil
}

func (l *loader) loadShop(ctx context.Context, s shop) error {
	officer := l.people["Ratna W."]
	companion := l.people[s.companion]
	invited, err := l.Program.Invite(ctx, officer, program.Invitation{
		FormKey: id.Token(), Name: s.maker, Phone: s.phone, NoPhone: s.phone == "",
		ShopName: s.name, Kind: s.kind, District: s.district, Village: s.village, Street: s.street, About: s.about,
		Consent: "Formulir izin bertanda tangan, diperlihatkan saat kunjungan", CompanionID: companion.UserID,
		Pickup: s.pickup, Own: s.own, OwnFee: s.ownFee, Courier: s.couri,
	})
	if err != nil {
		return err
	}
	if err := l.Program.Verify(ctx, officer, invited.ShopID); err != nil {
		return err
	}
	if err := l.Program.Open(ctx, officer, invited.ShopID); err != nil {
		return err
	}
	maker, err := l.actor(ctx, invited.MakerID, s.password)
	if err != nil {
		return err
	}
	if s.carrier != "" {
		err := l.Delivery.ChangeSettings(ctx, maker, invited.ShopID, func(in *delivery.Settings) {
			in.Carriers = []string{s.carrier}
			for day := time.Monday; day <= time.Saturday; day++ {
				in.Hours = append(in.Hours, delivery.Hours{Weekday: day, Opens: 8 * 60, Closes: 16 * 60})
			}
		})
		if err != nil {
			return err
		}
	}
	if s.phone != "" {
		if err := l.loadBank(ctx, s, officer, maker, invited.ShopID); err != nil {
			return err
		}
	}
	if s.phone == "" { // nobody signs in: the companion lists the products
		if maker, err = l.Accounts.Actor(ctx, companion.UserID); err != nil {
			return err
		}
	}
	l.makers[s.id], l.shops[s.id], l.owners[s.id] = maker, invited.ShopID, invited.MakerID
	l.step(s.name)
	return nil
}

// loadTariff adds the courier of two shops with its price list.
func (l *loader) loadTariff(ctx context.Context) error {
	courier := delivery.CarrierInfo{Code: "cepat", Name: "Kirim Cepat", Active: true, Weighing: delivery.Weighing{ToleranceGrams: 300, Divisor: 6_000}}
	if err := l.Delivery.SaveCarrier(ctx, account.System, courier); err != nil {
		return err
	}
	faults, err := l.Delivery.StageTariff(ctx, account.System, "tarif-kirim-cepat.csv", tariff)
	if err != nil || len(faults) > 0 {
		return fmt.Errorf("the list has %d faults: %w", len(faults), err)
	}
	versions, err := l.Delivery.TariffVersions(ctx, account.System)
	if err != nil {
		return err
	}
	return l.Delivery.UseTariff(ctx, account.System, versions[0].ID)
}

// loadBank gives a shop the account its money goes to; the number is one that the
// payment simulator accepts.
func (l *loader) loadBank(ctx context.Context, s shop, officer, maker account.Actor, shopID int64) error {
	bank, err := l.Finance.SetBankAccount(ctx, maker, shopID, payment.Bank{
		ChannelCode: "ID_BRI", AccountNumber: "00120100" + s.phone[len(s.phone)-4:] + "509", HolderName: s.maker,
	}, id.Token())
	if err != nil {
		return err
	}
	return l.Finance.ConfirmBankAccount(ctx, officer, bank.ID)
}

func (l *loader) loadProduct(ctx context.Context, p product) error {
	maker, shopID := l.makers[p.shop], l.shops[p.shop]
	sub, err := l.Catalog.StartDraft(ctx, maker, shopID, id.Token())
	if err != nil {
		return err
	}
	raw, err := Art.ReadFile("art/" + p.art + ".jpg")
	if err != nil {
		return err
	}
	picture, err := l.Media.Store(ctx, maker, media.Upload{
		Reader: bytes.NewReader(raw), OwnerKind: catalog.PictureOwner, OwnerID: sub.ProductID, Name: p.art + ".jpg", Alt: p.title, Bulk: true,
	})
	if err != nil {
		return err
	}
	if _, err := l.Catalog.AddPicture(ctx, maker, sub.ID, picture.ID); err != nil {
		return err
	}
	if err := l.describe(ctx, maker, sub.ID, p); err != nil {
		return err
	}
	if err := l.certify(ctx, p, maker, shopID, sub.ProductID); err != nil {
		return err
	}
	if err := l.except(ctx, p, sub.ProductID); err != nil {
		return fmt.Errorf("exception: %w", err)
	}
	l.items[p.art] = listed{product: p, id: sub.ProductID, shopID: shopID}
	defer l.step(p.title)
	if p.stage == draft {
		return nil
	}
	sub, err = l.Curation.Submit(ctx, maker, sub.ID, id.Token())
	if err != nil || p.stage == waiting {
		return err
	}
	return l.review(ctx, p, curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID})
}

func (l *loader) review(ctx context.Context, p product, d curation.Decision) error {
	curator := l.curatorOf(p.shop)
	if _, err := l.Curation.Claim(ctx, curator, d.SubmissionID); err != nil {
		return err
	}
	switch p.stage {
	case returned:
		return l.Curation.Return(ctx, curator, d, []curation.Answer{{ItemKey: "packaging-closed", Verdict: curation.Improve, Comment: p.note}})
	case refused:
		return l.Curation.Refuse(ctx, curator, d, p.note, nil)
	}
	d.RestFine = true
	return l.Curation.Approve(ctx, curator, d, nil)
}

// describe types what the maker says of a product.
func (l *loader) describe(ctx context.Context, maker account.Actor, submissionID int64, p product) error {
	kind, least, unit, allergens := p.kind, max(p.least, 1), "g", catalog.ProposeAllergens(p.composition)
	if kind == "" {
		kind = catalog.UnitPiece
	}
	change := catalog.DraftChange{
		Title: &p.title, Description: &p.description, Unit: &p.unit, UnitKind: &kind, Category: &p.category, Price: &p.price,
		Mode: &p.mode, Quantity: &p.quantity, LeadDays: &p.lead, WeightGrams: &p.grams, Package: &p.size, PickupOnly: &p.pickupOnly,
		MinQuantity: &least, Service: &p.service,
	}
	if p.price == 0 {
		change.Price = nil
	}
	if p.composition != "" {
		change.Label = catalog.LabelChange{Composition: &p.composition, NetAmount: &p.net, NetUnit: &unit, Allergens: &allergens, ShelfDays: &p.shelf, Storage: &p.storage, Packaging: &p.packaging}
		if home := catalog.KitchenHome; !p.unasked {
			change.Label.Kitchen = &home
		}
	}
	if p.facts != "" {
		change.Label.Facts = &p.facts
	}
	if _, err := l.Catalog.SaveDraft(ctx, maker, submissionID, change); err != nil {
		return err
	}
	if len(p.variants) > 0 {
		var all []catalog.DraftVariant
		for _, v := range p.variants {
			all = append(all, catalog.DraftVariant{Name: v.name, Price: v.price, WeightGrams: v.grams, Quantity: v.stock})
		}
		if _, err := l.Catalog.SetVariants(ctx, maker, submissionID, all); err != nil {
			return err
		}
	}
	var tiers []catalog.PriceTier
	for _, t := range p.tiers {
		tiers = append(tiers, catalog.PriceTier{MinQuantity: t.from, Price: t.price})
	}
	_, err := l.Catalog.SetTiers(ctx, maker, submissionID, tiers)
	return err
}

// certify enters what is certified of a product, and lets its curator confirm it.
// The numbers say that they are examples.
func (l *loader) certify(ctx context.Context, p product, maker account.Actor, shopID, productID int64) error {
	curator := l.curatorOf(p.shop)
	until := time.Now().AddDate(2, 0, 0)
	enter := func(kind catalog.CertificateKind, number, issuer string, ends time.Time) error {
		c, err := l.Catalog.EnterCertificate(ctx, maker, shopID, catalog.NewCertificate{FormKey: id.Token(), ProductID: productID, Kind: kind, Number: number, Issuer: issuer, Ends: ends})
		if err != nil {
			return err
		}
		return l.Catalog.DecideCertificate(ctx, curator, c.ID, "confirm", "")
	}
	code := strings.ToUpper(p.art[:3])
	if p.pirt {
		ends := until
		if p.endsIn > 0 {
			ends = time.Now().AddDate(0, 0, p.endsIn)
		}
		if err := enter(catalog.PIRT, "P-IRT CONTOH-"+code, "Dinas Kesehatan (contoh)", ends); err != nil {
			return err
		}
	}
	if p.halal {
		if err := enter(catalog.Halal, "ID CONTOH-"+code, "BPJPH (contoh)", time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// except lets a product be sold whose halal certificate was only promised: the lead
// of the desk decides it, until a day. It comes before the product is sent: once the
// world is founded after the day of halal, the desk takes no such product without.
func (l *loader) except(ctx context.Context, p product, productID int64) error {
	if p.pending == "" {
		return nil
	}
	until := time.Now().AddDate(0, 0, 40)
	if p.stage == suspended { // that day came, the certificate did not
		until = time.Now().AddDate(0, 0, -2)
	}
	for _, seat := range seats {
		if !seat.lead {
			continue
		}
		_, err := l.Curation.ExceptHalal(ctx, l.people[seat.curator], productID, until, p.pending, id.Token())
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) curatorOf(shopID string) account.Actor {
	for _, s := range shops {
		if s.id == shopID {
			return l.people[s.curator]
		}
	}
	return account.Actor{}
}
