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
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/program"
)

// Art holds our own drawings, one JPEG per product and the hero of the home page.
//
//go:embed art/*.jpg
var Art embed.FS

// World is what the demo world is loaded through.
type World struct {
	DB       *database.DB
	Accounts *account.Service
	Media    *media.Service
	Catalog  *catalog.Service
	Curation *curation.Service
	Program  *program.Service
	Finance  *finance.Service
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
}

// The world is founded thirty days before its first start, so that waiting times
// (a new bank account rests 72 hours) lie behind it; what is still under way was
// sent yesterday.
const ago, recently = 30 * 24 * time.Hour, 20 * time.Hour

// Load founds the world in an empty database. It is not one transaction: an
// interrupted load leaves a half-filled world, and the caller starts over. It
// shifts the database's clock while it works and sets it right again.
func Load(ctx context.Context, w World) error {
	shift := w.DB.Clock()
	defer func() { shift.Advance(-shift.Offset()) }()
	shift.Advance(-ago)
	l := &loader{World: w, total: len(people) + len(shops) + len(products), people: map[string]account.Actor{}, makers: map[string]account.Actor{}, shops: map[string]int64{}}
	if err := l.loadPeople(ctx); err != nil {
		return fmt.Errorf("demo: people: %w", err)
	}
	for _, s := range shops {
		if err := l.loadShop(ctx, s); err != nil {
			return fmt.Errorf("demo: shop %s: %w", s.id, err)
		}
	}
	for _, done := range []bool{true, false} {
		if !done {
			shift.Advance(ago - recently)
		}
		for _, p := range products {
			if (p.stage == published) != done {
				continue
			}
			if err := l.loadProduct(ctx, p); err != nil {
				return fmt.Errorf("demo: product %s: %w", p.art, err)
			}
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
	l.makers[s.id], l.shops[s.id] = maker, invited.ShopID
	l.step(s.name)
	return nil
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
		Reader: bytes.NewReader(raw), OwnerKind: catalog.PictureOwner, OwnerID: sub.ProductID, Name: p.art + ".jpg", Alt: p.title,
	})
	if err != nil {
		return err
	}
	if _, err := l.Catalog.AddPicture(ctx, maker, sub.ID, picture.ID); err != nil {
		return err
	}
	if _, err := l.Catalog.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{
		Title: &p.title, Description: &p.description, Unit: &p.unit, Category: &p.category, Price: &p.price,
		Mode: &p.mode, Quantity: &p.quantity, LeadDays: &p.lead, WeightGrams: &p.grams, PickupOnly: &p.pickupOnly,
	}); err != nil {
		return err
	}
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
	var curator account.Actor
	for _, s := range shops {
		if s.id == p.shop {
			curator = l.people[s.curator]
		}
	}
	if _, err := l.Curation.Claim(ctx, curator, d.SubmissionID); err != nil {
		return err
	}
	if p.stage == returned {
		return l.Curation.Return(ctx, curator, d, []curation.Note{{Aspect: curation.Packaging, Text: p.note}})
	}
	return l.Curation.Approve(ctx, curator, d)
}
