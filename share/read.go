package share

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

type divisionRow struct {
	ID         int64
	ShopID     int64
	TableID    int64
	Month      string
	Amount     int64
	Cost       int64
	State      string
	FormKey    string
	NeedsCheck bool
	ProposedBy int64
	ProposedAt time.Time
	DecidedBy  int64
	DecidedAt  *time.Time
	UndoBy     int64
	UndoReason string
	ReversedBy int64
	ReversedAt *time.Time
}

func (divisionRow) TableName() string { return "share_divisions" }

func (r divisionRow) division() Division {
	return Division{
		ID: r.ID, ShopID: r.ShopID, TableID: r.TableID, Month: r.Month, Amount: money.Rupiah(r.Amount), Cost: money.Rupiah(r.Cost),
		State: State(r.State), NeedsCheck: r.NeedsCheck, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt.UTC(), DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt,
		UndoBy: r.UndoBy, UndoReason: r.UndoReason, ReversedBy: r.ReversedBy, ReversedAt: r.ReversedAt,
	}
}

func (s *Service) one(ctx context.Context, tx *gorm.DB, query *gorm.DB) (Division, bool, error) {
	var r divisionRow
	err := query.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Division{}, false, nil
	}
	if err != nil {
		return Division{}, false, fmt.Errorf("share: division: %w", err)
	}
	d := r.division()
	var rows []struct {
		PartyID int64
		Party   string
		Kind    string
		Label   string
		Pieces  int64
		Amount  int64
	}
	err = tx.WithContext(ctx).Raw(`SELECT l.party_id, p.label AS party, l.kind, l.label, l.pieces, l.amount FROM share_division_parts l
		JOIN share_parties p ON p.id = l.party_id WHERE l.division_id = ? ORDER BY l.id`, d.ID).Scan(&rows).Error
	if err != nil {
		return d, false, fmt.Errorf("share: division %d: %w", d.ID, err)
	}
	for _, l := range rows {
		d.Lines = append(d.Lines, Line{PartyID: l.PartyID, Party: l.Party, Back: l.Kind == "back", Label: l.Label, Pieces: l.Pieces, Amount: money.Rupiah(l.Amount)})
	}
	return d, true, nil
}

func (s *Service) byID(ctx context.Context, tx *gorm.DB, id int64) (Division, error) {
	d, found, err := s.one(ctx, tx, tx.WithContext(ctx).Where("id = ?", id))
	if err == nil && !found {
		err = fault.NotFound(fmt.Sprintf("division %d", id))
	}
	return d, err
}

func (s *Service) byKey(ctx context.Context, tx *gorm.DB, shopID int64, formKey string) (Division, bool, error) {
	return s.one(ctx, tx, tx.WithContext(ctx).Where("shop_id = ? AND form_key = ?", shopID, formKey))
}

// Division is one division with its lines: for who runs the shop, finance, admin,
// and the second person (a head of its territory).
func (s *Service) Division(ctx context.Context, actor account.Actor, id int64) (Division, error) {
	db := s.db.Read(ctx)
	d, err := s.byID(ctx, db, id)
	if err != nil || reads(actor, d.ShopID) {
		return d, err
	}
	if d.NeedsCheck && actor.SignedIn() && actor.Has(account.RoleHead) {
		shop, err := s.shops.ShopTx(ctx, db, d.ShopID)
		if err != nil {
			return Division{}, err
		}
		if actor.Covers(shop.RegencyCode) {
			return d, nil
		}
	}
	return Division{}, mustRun(actor, d.ShopID)
}

// Divisions lists a shop's divisions without their lines, newest first, at most
// limit with an id below before (0 = the newest). Who runs the shop, finance, admin.
func (s *Service) Divisions(ctx context.Context, actor account.Actor, shopID, before int64, limit int) ([]Division, error) {
	if err := mustRead(actor, shopID); err != nil {
		return nil, err
	}
	if before <= 0 {
		before = 1<<63 - 1
	}
	var rows []divisionRow
	err := s.db.Read(ctx).Where("shop_id = ? AND id < ?", shopID, before).Order("id DESC").Limit(min(max(limit, 1), 200)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("share: divisions of shop %d: %w", shopID, err)
	}
	list := make([]Division, len(rows))
	for i, r := range rows {
		list[i] = r.division()
	}
	return list, nil
}

var proofs = []struct{ name, table, query string }{
	{"share sum", "share_divisions", `SELECT d.id, 'the parts do not sum to what was shared' AS text FROM share_divisions d
		WHERE d.amount - d.cost <> (SELECT COALESCE(SUM(p.amount), 0) FROM share_division_parts p WHERE p.division_id = d.id)`},
	{"share four eyes", "share_divisions", `SELECT id, 'one person alone divided or took back an institution''s money' AS text FROM share_divisions
		WHERE needs_check AND (state IN ('done', 'reversed') AND (decided_by = 0 OR decided_by = proposed_by) OR state = 'reversed' AND (reversed_by = 0 OR reversed_by = undo_by))`},
	{"share paid in", "share_parties", `SELECT party_id AS id, 'was given back more than was paid in' AS text FROM (
		SELECT party_id, amount FROM share_contributions
		UNION ALL SELECT p.party_id, -p.amount FROM share_division_parts p JOIN share_divisions d ON d.id = p.division_id
			WHERE p.kind = 'back' AND d.state IN ('proposed', 'done')) AS moved GROUP BY party_id HAVING SUM(amount) < 0`},
	{"share correction", "share_contributions", `SELECT c.id, 'does not take back what it corrects' AS text FROM share_contributions c
		JOIN share_contributions o ON o.id = c.corrects_id WHERE c.amount <> -o.amount OR c.party_id <> o.party_id`},
	{"share work counted", "share_work", `SELECT w.id, 'is counted in a division that does not hold, or of another shop' AS text FROM share_work w
		JOIN share_divisions d ON d.id = w.division_id WHERE d.shop_id <> w.shop_id OR d.state NOT IN ('proposed', 'done')`},
	{"share shop", "share_parties", `SELECT p.id, 'has contributions or work in another shop' AS text FROM share_parties p
		WHERE EXISTS (SELECT 1 FROM share_contributions c WHERE c.party_id = p.id AND c.shop_id <> p.shop_id)
			OR EXISTS (SELECT 1 FROM share_work w WHERE w.party_id = p.id AND w.shop_id <> p.shop_id)`},
	{"share left", "share_parties", `SELECT p.id, 'got a part of a division made after leaving' AS text FROM share_parties p
		WHERE p.left_at IS NOT NULL AND EXISTS (SELECT 1 FROM share_divisions d JOIN share_division_parts l ON l.division_id = d.id
			WHERE l.party_id = p.id AND d.proposed_at > p.left_at AND d.state IN ('proposed', 'done'))`},
	{"share party", "share_division_parts", `SELECT l.id, 'goes to a party of another shop' AS text FROM share_division_parts l
		JOIN share_divisions d ON d.id = l.division_id JOIN share_parties p ON p.id = l.party_id WHERE p.shop_id <> d.shop_id`},
}

// Prove checks the shares' own rows: every division's parts sum to what was shared,
// an institution's had two people, parts stay in their shop, nobody was given back more
// than they paid in, work is counted once, and workers are codes.
// What concerns the journal is audit's. It reads only.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	return ProveTx(ctx, s.db.Read(ctx))
}

// ProveTx is Prove as seen by a running transaction.
func ProveTx(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	var findings []proof.Finding
	db = db.WithContext(ctx)
	for _, p := range proofs {
		var rows []struct {
			ID   int64
			Text string
		}
		if err := db.Raw(p.query + " ORDER BY 1").Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("share: prove %s: %w", p.name, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: p.name, Row: fmt.Sprintf("%s %d", p.table, r.ID), Text: r.Text})
		}
	}
	var workers []partyRow
	if err := db.Where("kind = ?", string(Worker)).Order("id").Find(&workers).Error; err != nil {
		return nil, fmt.Errorf("share: prove workers: %w", err)
	}
	for _, w := range workers {
		if !code.MatchString(w.Label) {
			findings = append(findings, proof.Finding{Invariant: "share worker code", Row: fmt.Sprintf("share_parties %d", w.ID), Text: "a worker of an institution is not a code"})
		}
	}
	return findings, nil
}

// KnowTx implements personal.Knower: the person's parts.
func (s *Service) KnowTx(_ context.Context, tx *gorm.DB, p *personal.Person) error {
	if err := tx.Raw("SELECT id FROM share_parties WHERE user_id = ? ORDER BY id", p.UserID).Scan(&p.Parties).Error; err != nil {
		return fmt.Errorf("share: parts of a person: %w", err)
	}
	return nil
}

// DataOf implements personal.Keeper: the person's own part and what it brought.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "bagian", SQL: `SELECT id, shop_id, label, created_at, closed_at FROM share_parties WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "setoran", SQL: `SELECT c.shop_id, c.day, c.amount, c.note FROM share_contributions c JOIN share_parties sp ON sp.id = c.party_id WHERE sp.user_id = ? ORDER BY c.id`, Args: []any{p.UserID}},
		personal.Query{Name: "hasil_kerja", SQL: `SELECT w.shop_id, w.day, w.product_id, w.unit, w.quantity FROM share_work w JOIN share_parties sp ON sp.id = w.party_id WHERE sp.user_id = ? ORDER BY w.id`, Args: []any{p.UserID}},
		personal.Query{Name: "ajakan_kelompok", SQL: `SELECT shop_id, duty, created_at, decided_at, accepted FROM share_invites WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "bagian_uang", SQL: `SELECT d.month, l.label, l.pieces, l.amount, d.state FROM share_division_parts l JOIN share_divisions d ON d.id = l.division_id
			JOIN share_parties sp ON sp.id = l.party_id WHERE sp.user_id = ? ORDER BY l.id`, Args: []any{p.UserID}})
}

// OpenTx implements personal.Keeper: nobody is forgotten whose part was not paid.
func (s *Service) OpenTx(ctx context.Context, tx *gorm.DB, p personal.Person) ([]personal.Open, error) {
	var ids []int64
	err := tx.WithContext(ctx).Raw("SELECT id FROM share_parties WHERE user_id = ? OR (shop_id IN ? AND kind <> 'fund')", p.UserID, personal.Ids(p.Alone)).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("share: parts of a person: %w", err)
	}
	count := int64(0)
	for _, id := range ids {
		due, err := s.books.BalanceTx(ctx, tx, Due(id))
		if err != nil {
			return nil, err
		}
		if due > 0 {
			count++
		}
	}
	if count == 0 {
		return nil, nil
	}
	return []personal.Open{{Key: "program.erasure.open_share", Count: count}}, nil
}

// ForgetTx implements personal.Keeper: the name of the person's part, and why a
// division of a shop of theirs was taken back. What was shared when stays.
func (s *Service) ForgetTx(_ context.Context, tx *gorm.DB, p personal.Person) error {
	return personal.Run(tx,
		personal.Step{SQL: `UPDATE share_contributions SET note = '' WHERE party_id IN (SELECT id FROM share_parties WHERE user_id = ?) OR shop_id IN ?`, Args: []any{p.UserID, personal.Ids(p.Alone)}},
		personal.Step{SQL: `UPDATE share_parties SET label = ? || ' ' || id, user_id = 0 WHERE user_id = ? OR (kind = 'member' AND shop_id IN ?)`, Args: []any{personal.Gone, p.UserID, personal.Ids(p.Alone)}},
		personal.Step{SQL: `UPDATE share_divisions SET undo_reason = '' WHERE undo_by = ? OR shop_id IN ?`, Args: []any{p.UserID, personal.Ids(p.Alone)}})
}
