package catalog_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// The moves as design §4 (and §1 for shops) draws them, written out by hand: the
// tables in code must say exactly this.
func TestMachinesSayWhatTheDesignSays(t *testing.T) {
	require.ElementsMatch(t, []string{
		"draft -> submitted", "submitted -> in_review", "in_review -> approved", "in_review -> returned", "in_review -> refused",
		"returned -> submitted", "draft -> withdrawn", "submitted -> withdrawn", "returned -> withdrawn", "refused -> in_review",
		"approved -> scheduled", "scheduled -> live",
		// a change that waits for its day: another day, back to the maker, back to the desk by hand or by a rule
		"scheduled -> scheduled", "scheduled -> withdrawn", "scheduled -> submitted", "scheduled -> submitted",
	}, arrows(catalog.SubmissionMoves))
	require.ElementsMatch(t, []string{
		"unpublished -> published", "published -> paused", "paused -> published",
		"published -> suspended", "paused -> suspended", "suspended -> suspended", "suspended -> published", "suspended -> paused",
		"published -> suspended", "paused -> suspended", "suspended -> published", "suspended -> paused", // by the system, for a certificate
		"unpublished -> archived", "published -> archived", "paused -> archived", "suspended -> archived",
	}, arrows(catalog.ProductMoves))
	require.ElementsMatch(t, []string{
		"invited -> verified", "verified -> open", "open -> closed", "open -> suspended", "suspended -> open", "suspended -> closed",
	}, arrows(catalog.ShopMoves))
	require.Panics(t, func() { catalog.ShopMoves.Move("fly") })
}

var update = flag.Bool("update", false, "write docs/catalog-states.md anew")

func TestDiagramsFollowTheTables(t *testing.T) {
	path := filepath.Join("..", "docs", "catalog-states.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(catalog.Mermaid()), 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, catalog.Mermaid(), string(written), "go test ./catalog -update writes it anew")
}

func arrows[S ~string](m catalog.Machine[S]) []string {
	var out []string
	for _, t := range m {
		for _, from := range t.From {
			out = append(out, fmt.Sprintf("%s -> %s", from, t.To))
		}
	}
	return out
}

var submissionStates = []catalog.SubmissionState{
	catalog.SubmissionDraft, catalog.SubmissionSubmitted, catalog.SubmissionInReview, catalog.SubmissionApproved, catalog.SubmissionReturned,
	catalog.SubmissionRefused, catalog.SubmissionWithdrawn, catalog.SubmissionScheduled, catalog.SubmissionLive,
}

// Every move is tried from every state; what the table does not allow is refused
// as a conflict and changes nothing.
func TestEveryForbiddenMoveOfASubmission(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		moves := map[string]func(tx *gorm.DB, sub catalog.Submission) error{
			"submit": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.SubmitTx(ctx, tx, maker, sub.ID)
				return err
			},
			"withdraw": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.WithdrawTx(ctx, tx, maker, sub.ID)
				return err
			},
			"appeal": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.AppealTx(ctx, tx, maker, sub.ID)
				return err
			},
			"review": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.BeginReviewTx(ctx, tx, curator, sub.ID)
				return err
			},
			"return": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.ReturnTx(ctx, tx, curator, sub.ID, sub.Revision.ID)
				return err
			},
			"refuse": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.RefuseTx(ctx, tx, curator, sub.ID, sub.Revision.ID)
				return err
			},
			"approve": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.ApproveTx(ctx, tx, curator, sub.ID, sub.Revision.ID)
				return err
			},
			"reschedule": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.RescheduleTx(ctx, tx, maker, sub.ID, "2026-11-20")
				return err
			},
			"recall": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.RecallTx(ctx, tx, curator, sub.ID)
				return err
			},
			"hold": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.HoldTx(ctx, tx, sub.ID, "rule")
				return err
			},
			"go_live": func(tx *gorm.DB, sub catalog.Submission) error {
				_, err := w.cat.GoLiveTx(ctx, tx, account.System, sub.ID)
				return err
			},
		}
		for _, m := range catalog.SubmissionMoves {
			if m.Name != "schedule" { // a part of approve
				require.Contains(t, moves, m.Name, "every move has a test")
			}
		}
		for _, from := range submissionStates {
			var sub catalog.Submission
			for name, move := range moves {
				if sub.ID == 0 { // a refused move leaves it as it was, good for the next
					sub = w.draft(shop, maker, goods{title: "Kue"})
					if from != catalog.SubmissionDraft && from != catalog.SubmissionReturned {
						sub = w.submit(maker, sub) // sealed
					}
					require.NoError(t, w.exec(`UPDATE submissions SET state = ?, submitted_at = created_at, first_submitted_at = created_at, live_at = created_at WHERE id = ?`, from, sub.ID))
				}
				err := w.tx(func(tx *gorm.DB) error { return move(tx, sub) })
				after, readErr := w.cat.Submission(ctx, maker, sub.ID)
				require.NoError(t, readErr)
				allowed := catalog.SubmissionMoves.Allows(name, from) || name == "review" && from == catalog.SubmissionInReview
				if allowed {
					require.NoError(t, err, "%s from %s", name, from)
					to := catalog.SubmissionMoves.Move(name).To
					if name == "approve" {
						to = catalog.SubmissionLive // its day is today
					}
					require.Equal(t, to, after.State, "%s from %s", name, from)
					sub = catalog.Submission{}
					continue
				}
				require.True(t, fault.Is(err, fault.KindConflict), "%s from %s: %v", name, from, err)
				require.Equal(t, from, after.State, "%s from %s changed it", name, from)
			}
		}
	})
}

func TestEveryForbiddenMoveOfAProduct(t *testing.T) {
	states := []catalog.ProductState{
		catalog.ProductUnpublished, catalog.ProductPublished, catalog.ProductPaused, catalog.ProductSuspended, catalog.ProductArchived,
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		tx := func(fn func(tx *gorm.DB) error) func() error { return func() error { return w.tx(fn) } }
		moves := map[string]func(id int64) func() error{
			"pause":   func(id int64) func() error { return func() error { return w.cat.Pause(ctx, maker, id) } },
			"resume":  func(id int64) func() error { return func() error { return w.cat.Resume(ctx, maker, id) } },
			"archive": func(id int64) func() error { return func() error { return w.cat.Archive(ctx, maker, id) } },
			"suspend": func(id int64) func() error {
				return tx(func(tx *gorm.DB) error {
					return w.cat.SuspendProductTx(ctx, tx, curator, id, catalog.NewSuspension{Reason: "keluhan"})
				})
			},
			"lift": func(id int64) func() error {
				return tx(func(tx *gorm.DB) error { return w.cat.LiftProductTx(ctx, tx, curator, id, "uji") })
			},
		}
		id := w.live(shop, maker, goods{title: "Kue"}).ProductID
		for name, move := range moves {
			for _, from := range states {
				for _, resume := range []catalog.ProductState{catalog.ProductPublished, catalog.ProductPaused} {
					back := ""
					if from == catalog.ProductSuspended {
						back = string(resume)
					}
					require.NoError(t, w.exec(`UPDATE products SET state = ?, resume_state = ? WHERE id = ?`, from, back, id))
					require.NoError(t, w.exec(`UPDATE product_suspensions SET ended_at = begun_at WHERE ended_at IS NULL`))
					err := move(id)()
					to, table := from, name
					if name == "lift" {
						table = "lift_" + string(resume)
					}
					allowed := catalog.ProductMoves.Allows(table, from)
					if allowed {
						to = catalog.ProductMoves.Move(table).To
					}
					after := w.sellable(id)
					require.Equal(t, to, after.State, "%s from %s", name, from)
					if !allowed && from != catalog.ProductMoves.Move(table).To { // saying again what is so already is harmless
						require.True(t, fault.Is(err, fault.KindConflict), "%s from %s: %v", name, from, err)
					}
				}
			}
		}
	})
}

func TestEveryForbiddenMoveOfAShop(t *testing.T) {
	states := []catalog.ShopState{catalog.ShopInvited, catalog.ShopVerified, catalog.ShopOpen, catalog.ShopClosed, catalog.ShopSuspended}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		type move func(tx *gorm.DB, a account.Actor, id int64) (catalog.Shop, error)
		moves := map[string]move{
			"verify": func(tx *gorm.DB, a account.Actor, id int64) (catalog.Shop, error) {
				return w.cat.VerifyShopTx(ctx, tx, a, id)
			},
			"open": func(tx *gorm.DB, a account.Actor, id int64) (catalog.Shop, error) {
				return w.cat.OpenShopTx(ctx, tx, a, id)
			},
			"suspend": func(tx *gorm.DB, a account.Actor, id int64) (catalog.Shop, error) {
				return w.cat.SuspendShopTx(ctx, tx, a, id, "uji")
			},
			"lift": func(tx *gorm.DB, a account.Actor, id int64) (catalog.Shop, error) {
				return w.cat.LiftShopTx(ctx, tx, a, id)
			},
			"close": func(tx *gorm.DB, a account.Actor, id int64) (catalog.Shop, error) {
				return w.cat.CloseShopTx(ctx, tx, a, id, "uji")
			},
		}
		require.Len(t, moves, len(catalog.ShopMoves))
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		elsewhere := account.Actor{UserID: 8, Roles: officer.Roles, Territory: []string{"33"}}
		for name, m := range moves {
			for _, from := range states {
				require.NoError(t, w.exec(`UPDATE shops SET state = ? WHERE id = ?`, from, shop.ID))
				for _, a := range []account.Actor{maker, elsewhere, curator, {}} {
					err := w.tx(func(tx *gorm.DB) error { _, err := m(tx, a, shop.ID); return err })
					require.True(t, fault.Is(err, fault.KindNotFound), "%s by %d", name, a.UserID)
				}
				err := w.tx(func(tx *gorm.DB) error { _, err := m(tx, officer, shop.ID); return err })
				after, readErr := w.cat.Shop(ctx, shop.ID)
				require.NoError(t, readErr)
				if slices.Contains(catalog.ShopMoves.Move(name).From, from) {
					require.NoError(t, err)
					require.Equal(t, catalog.ShopMoves.Move(name).To, after.State)
					continue
				}
				require.True(t, fault.Is(err, fault.KindConflict), "%s from %s", name, from)
				require.Equal(t, from, after.State)
			}
		}
	})
}

// The database itself refuses what the code never does.
func TestTriggersHold(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		draft := w.draft(shop, maker, goods{title: "Nastar"})
		p := w.shirts(shop, maker, catalog.ModeStock, 3, 3)
		variant := p.Variants[0].ID
		edit, err := w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		edit = w.review(maker, edit)
		sealed := edit.Revision.ID
		spare := w.picture(p.ProductID)

		for sql, args := range map[string][]any{
			`UPDATE revisions SET title = 'Lain' WHERE id = ?`:                                                        {sealed},
			`UPDATE revisions SET sealed_at = NULL WHERE id = ?`:                                                      {sealed},
			`DELETE FROM revisions WHERE id = ?`:                                                                      {sealed},
			`DELETE FROM revision_pictures WHERE revision_id = ?`:                                                     {sealed},
			`UPDATE revision_pictures SET position = 9 WHERE revision_id = ?`:                                         {sealed},
			`INSERT INTO revision_pictures (revision_id, position, picture_id) VALUES (?, 9, ?)`:                      {sealed, spare},
			`INSERT INTO revision_variants (revision_id, position, variant_id, name, price) VALUES (?, 1, ?, 'M', 1)`: {sealed, variant},
			`UPDATE revision_variants SET name = 'S' WHERE revision_id = ?`:                                           {p.RevisionID},
			`DELETE FROM revision_variants WHERE revision_id = ?`:                                                     {p.RevisionID},
			`INSERT INTO revision_tiers (revision_id, min_quantity, price) VALUES (?, 50, 1)`:                         {sealed},
			`UPDATE revision_tiers SET price = 1 WHERE revision_id = ?`:                                               {p.RevisionID},
			`DELETE FROM revision_tiers WHERE revision_id = ?`:                                                        {p.RevisionID},
			`UPDATE products SET price = 0 WHERE id = ?`:                                                              {p.ProductID},
			`UPDATE products SET live_revision_id = ? WHERE id = ?`:                                                   {sealed, p.ProductID},
			`UPDATE products SET live_revision_id = ? WHERE id = ? AND 1 = 1`:                                         {draft.Revision.ID, draft.ProductID},
			`UPDATE products SET live_revision_id = ? WHERE id = ? AND 2 = 2`:                                         {p.RevisionID, draft.ProductID},
			`UPDATE products SET live_revision_id = NULL WHERE id = ?`:                                                {p.ProductID},
			`UPDATE products SET state = 'published' WHERE id = ?`:                                                    {draft.ProductID},
			`UPDATE stock_movements SET amount = 5`:                                                                   nil,
			`DELETE FROM stock_movements`:                                                                             nil,
			`UPDATE allotments SET taken = capacity + 1`:                                                              nil,
			`UPDATE allotments SET taken = -1`:                                                                        nil,
			`INSERT INTO products (shop_id, state, live_revision_id, category_id, mode, price, created_by, created_at, updated_at)
				SELECT shop_id, 'unpublished', live_revision_id, category_id, mode, price, 0, created_at, updated_at FROM products WHERE id = ?`: {p.ProductID},
		} {
			require.Error(t, w.exec(sql, args...), sql)
		}
		require.NoError(t, w.exec(`UPDATE revisions SET unit = 'toples' WHERE id = ?`, draft.Revision.ID), "an open draft may change")
		w.sound()
	})
}

func TestShopOpensWithItsPicturesAndClosesThem(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar"})
		public := func() bool {
			_, err := w.cat.ShopBySlug(ctx, shop.Slug)
			_, err2 := w.cat.ProductBySlug(ctx, p.Slug)
			page, err3 := w.cat.Products(ctx, catalog.Filter{})
			require.NoError(t, err3)
			seen := err == nil
			require.Equal(t, seen, err2 == nil)
			require.Equal(t, seen, len(page.Products) == 1)
			require.Equal(t, seen, w.visibility(p.PictureID) == "public")
			return seen
		}
		require.True(t, public())
		w.must(func(tx *gorm.DB) error { _, err := w.cat.SuspendShopTx(ctx, tx, officer, shop.ID, "uji"); return err })
		require.False(t, public())
		_, err := w.cat.StartDraft(ctx, maker, shop.ID, w.form())
		require.True(t, fault.Is(err, fault.KindForbidden))
		w.sound()
		w.must(func(tx *gorm.DB) error { _, err := w.cat.LiftShopTx(ctx, tx, officer, shop.ID); return err })
		require.True(t, public())
		w.must(func(tx *gorm.DB) error {
			return w.cat.SuspendProductTx(ctx, tx, curator, p.ProductID, catalog.NewSuspension{Reason: "uji"})
		})
		_, err = w.cat.ProductBySlug(ctx, p.Slug)
		require.True(t, fault.Is(err, fault.KindGone), "%v", err)
		require.EqualValues(t, "private", w.visibility(p.PictureID))
		w.sound()
		w.must(func(tx *gorm.DB) error { return w.cat.LiftProductTx(ctx, tx, curator, p.ProductID, "uji") })
		require.True(t, public())
		require.NoError(t, w.cat.Pause(ctx, maker, p.ProductID))
		view, err := w.cat.ProductBySlug(ctx, p.Slug)
		require.NoError(t, err, "a paused product keeps its page")
		require.False(t, view.Orderable())
		page, err := w.cat.Products(ctx, catalog.Filter{})
		require.NoError(t, err)
		require.Empty(t, page.Products)
		w.sound()
	})
}

func TestShops(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		a, maker := w.shop("Toples Bu Wening", "35.20.08")
		b, _ := w.shop("Toples Bu Wening", "36.01.17")
		require.Equal(t, "toples-bu-wening", a.Slug)
		require.Equal(t, "toples-bu-wening-2", b.Slug, "the same name gets its own address")
		require.Equal(t, "35", a.ProvinceCode)

		var invited catalog.Shop
		w.must(func(tx *gorm.DB) (err error) {
			invited, err = w.cat.CreateShopTx(ctx, tx, officer, catalog.NewShop{Name: "Baru", Kind: catalog.Group, DistrictCode: "35.20.08"})
			return err
		})
		_, err := w.cat.ShopBySlug(ctx, invited.Slug)
		notFound(t, err)
		for name, c := range map[string]struct {
			filter catalog.ShopFilter
			want   []int64
		}{
			"open":      {catalog.ShopFilter{}, []int64{a.ID, b.ID}},
			"province":  {catalog.ShopFilter{Regions: []string{"35"}}, []int64{a.ID}},
			"regencies": {catalog.ShopFilter{Regions: []string{"35.20", "36.01"}}, []int64{a.ID, b.ID}},
			"district":  {catalog.ShopFilter{Regions: []string{"36.01.17"}}, []int64{b.ID}},
			"invited":   {catalog.ShopFilter{States: []catalog.ShopState{catalog.ShopInvited}}, []int64{invited.ID}},
			"words":     {catalog.ShopFilter{Query: "WENING toples"}, []int64{a.ID, b.ID}},
			"no word":   {catalog.ShopFilter{Query: "wening%"}, []int64{a.ID, b.ID}},
			"other":     {catalog.ShopFilter{Query: "laundry"}, nil},
			"after":     {catalog.ShopFilter{AfterID: a.ID}, []int64{b.ID}},
			"none":      {catalog.ShopFilter{IDs: []int64{}}, nil},
		} {
			shops, err := w.cat.Shops(ctx, c.filter)
			require.NoError(t, err)
			var ids []int64
			for _, s := range shops {
				ids = append(ids, s.ID)
			}
			require.Equal(t, c.want, ids, name)
		}
		mine, err := w.cat.MyShops(ctx, maker)
		require.NoError(t, err)
		require.Len(t, mine, 1)

		for name, c := range map[string]struct {
			in    catalog.NewShop
			field string
		}{
			"no name":     {catalog.NewShop{Kind: catalog.Group, DistrictCode: "35.20.08"}, "name"},
			"no kind":     {catalog.NewShop{Name: "Toko", DistrictCode: "35.20.08"}, "kind"},
			"no district": {catalog.NewShop{Name: "Toko", Kind: catalog.Group, DistrictCode: "35.20.99"}, "district"},
		} {
			err := w.tx(func(tx *gorm.DB) error { _, err := w.cat.CreateShopTx(ctx, tx, officer, c.in); return err })
			require.Equal(t, []string{c.field}, fields(t, err), name)
		}
		err = w.tx(func(tx *gorm.DB) error {
			_, err := w.cat.CreateShopTx(ctx, tx, officer, catalog.NewShop{Name: "Jauh", Kind: catalog.Group, DistrictCode: "11.01.01"})
			return err
		})
		require.True(t, fault.Is(err, fault.KindForbidden))
		w.sound()
	})
}
