package server

import (
	"context"
	_ "embed" // the authorization file

	"github.com/lapak-berdaya/lapak/server/web"
)

//go:embed authorization.csv
var authorization string

// Rules reads who may come to which address: server/authorization.csv, which is
// part of the program. A faulty file is an error and stops the start.
func Rules() (web.Rules, error) { return web.ReadRules(authorization) }

// Owners are the lookups behind the words of the authorization file: for each
// kind of thing, the service that owns it says whose it is.
func (p Parts) Owners() web.Owners {
	return web.Owners{
		Things: map[string]web.Lookup{
			"product":     web.OfShop(p.Catalog.ShopOfProduct),
			"certificate": web.OfShop(p.Catalog.ShopOfCertificate),
			"change":      web.OfShop(p.Catalog.ShopOfChange),
			"submission":  web.OfShop(p.Catalog.ShopOfSubmission),
			"shop": func(ctx context.Context, id int64) (web.Whose, error) {
				shop, err := p.Catalog.Shop(ctx, id)
				return web.Whose{Shop: shop.ID, Regency: shop.RegencyCode}, err
			},
			"order": func(ctx context.Context, id int64) (web.Whose, error) {
				shop, err := p.Orders.ShopOf(ctx, id)
				return web.Whose{Shop: shop.ID, Regency: shop.RegencyCode}, err
			},
			"request":    web.OfShop(p.Quotes.ShopOf),
			"unplaced":   web.OfNobody,
			"withdrawal": web.OfShop(p.Finance.ShopOfWithdrawal),
			"code":       web.OfShop(p.Checkout.ShopOfCode),
			"bank":       web.OfShop(p.Finance.ShopOfBankAccount),
			"grant": func(ctx context.Context, id int64) (web.Whose, error) {
				g, err := p.Accounts.PartiesOf(ctx, id)
				return web.Whose{Shop: g.ShopID, People: []int64{g.MakerID, g.CompanionID}}, err
			},
			"call":    web.OfPerson(p.Messages.CallFor),
			"session": web.OfPerson(p.Accounts.PersonOfSession),
			"staff": func(ctx context.Context, id int64) (web.Whose, error) {
				_, err := p.Accounts.User(ctx, id)
				return web.Whose{}, err
			},
			"role":       web.OfNobody,
			"collection": web.OfNobody,
			"lesson":     web.OfNobody,
			"checklist":  web.OfNobody,
			"review":     web.OfShop(p.Reviews.ShopOf),
			"sample":     web.OfShop(p.Curation.ShopOfSample),
			"reset":      web.OfNobody,
			"suspense":   web.OfNobody,
			"stray":      web.OfNobody,
			"match":      web.OfNobody,
			"cash":       web.OfShop(p.Finance.ShopOfCash),
			"batch":      web.OfNobody,
		},
		Regency: func(ctx context.Context, shopID int64) (string, error) {
			shop, err := p.Catalog.Shop(ctx, shopID)
			return shop.RegencyCode, err
		},
		Agency: p.Program.AgencyOf,
	}
}
