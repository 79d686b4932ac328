package catalog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// CertificatePicture is the owner kind of scans in package media; the owner is
// the shop. They stay private for ever.
const CertificatePicture = "certificate"

// CertificateKind is what was certified, registered or stated.
type CertificateKind string

// The kinds. HalalPending is an exception with an end that a curator makes while
// a halal certificate is under way; NotHalal is the maker's honest statement,
// which the law asks for in place of a certificate (domain notes B5).
const (
	PIRT         CertificateKind = "pirt"
	Halal        CertificateKind = "halal"
	HalalPending CertificateKind = "halal_pending"
	NotHalal     CertificateKind = "not_halal"
	BPOM         CertificateKind = "bpom"
	SNI          CertificateKind = "sni"
	BTKP         CertificateKind = "btkp"
	NIB          CertificateKind = "nib"
)

// kindRule says what is asked for with a kind.
type kindRule struct {
	kind   CertificateKind
	number bool // a number belongs to it
	ends   bool // its last day is asked for
	mark   bool // a quiet mark on the cards of its goods
	maker  bool // the shop's people may enter it
}

// kindRules are the kinds in the order pages show them. Their places are the bits
// of Marks: add at the end.
var kindRules = []kindRule{
	{PIRT, true, true, true, true},
	{Halal, true, false, true, true}, // without an end while the recipe stays (B5)
	{BPOM, true, true, true, true},
	{SNI, true, true, true, true},
	{BTKP, true, true, true, true},
	{NIB, true, false, false, true},
	{NotHalal, false, false, false, true},
	{HalalPending, false, true, false, false},
}

func ruleOf(k CertificateKind) (kindRule, bool) {
	i := slices.IndexFunc(kindRules, func(r kindRule) bool { return r.kind == k })
	if i < 0 {
		return kindRule{}, false
	}
	return kindRules[i], true
}

// CertificateKinds are all kinds, in the order pages show them.
func CertificateKinds() []CertificateKind {
	var out []CertificateKind
	for _, r := range kindRules {
		out = append(out, r.kind)
	}
	return out
}

// MakerKinds are those the shop's people may enter.
func MakerKinds() []CertificateKind {
	var out []CertificateKind
	for _, r := range kindRules {
		if r.maker {
			out = append(out, r.kind)
		}
	}
	return out
}

// HasNumber reports whether a number belongs to the kind.
func (k CertificateKind) HasNumber() bool { r, _ := ruleOf(k); return r.number }

// Ends reports whether the last day of the kind is asked for.
func (k CertificateKind) Ends() bool { r, _ := ruleOf(k); return r.ends }

// Marks are the kinds of certificates that hold for one product at one moment.
type Marks int64

// Has reports whether the kind is among them.
func (m Marks) Has(k CertificateKind) bool {
	i := slices.IndexFunc(kindRules, func(r kindRule) bool { return r.kind == k })
	return i >= 0 && m&(1<<i) != 0
}

// With is the marks and this one.
func (m Marks) With(k CertificateKind) Marks {
	i := slices.IndexFunc(kindRules, func(r kindRule) bool { return r.kind == k })
	if i < 0 {
		return m
	}
	return m | 1<<i
}

// Shown are the kinds that a card names quietly, in their order.
func (m Marks) Shown() []CertificateKind {
	var out []CertificateKind
	for _, r := range kindRules {
		if r.mark && m.Has(r.kind) {
			out = append(out, r.kind)
		}
	}
	return out
}

// marksColumn is Marks as a column of a query over products p: one bit for each
// kind that is confirmed for the product or its whole shop and holds at two given
// moments, both the present (see heldAt). A certificate leaves by itself at its
// end, without a write: no page is kept across an hour, and days end at full ones.
// A test holds the numbers to kindRules.
const marksColumn = `(SELECT CAST(COALESCE(SUM(DISTINCT CASE e.kind WHEN 'pirt' THEN 1 WHEN 'halal' THEN 2 WHEN 'bpom' THEN 4
	WHEN 'sni' THEN 8 WHEN 'btkp' THEN 16 WHEN 'nib' THEN 32 WHEN 'not_halal' THEN 64 WHEN 'halal_pending' THEN 128 ELSE 0 END), 0) AS BIGINT)
	FROM certificates e WHERE e.shop_id = p.shop_id AND (e.product_id IS NULL OR e.product_id = p.id) AND ` + heldAt + `) AS marks`

// heldAt is the condition of a certificate e that holds at a moment given twice.
const heldAt = `e.state = 'confirmed' AND (e.starts_at IS NULL OR e.starts_at <= ?) AND (e.ends_at IS NULL OR e.ends_at > ?)`

// MarksOf returns, in one query, what holds now for each live product that has
// something: for an index over all of them.
func (s *Service) MarksOf(ctx context.Context) (map[int64]Marks, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID    int64
		Marks Marks
	}
	err = db.Raw(`SELECT p.id, `+marksColumn+` FROM products p WHERE p.live_revision_id IS NOT NULL
		AND EXISTS (SELECT 1 FROM certificates x WHERE x.shop_id = p.shop_id AND x.state = 'confirmed')`, now, now).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: marks: %w", err)
	}
	out := map[int64]Marks{}
	for _, r := range rows {
		if r.Marks != 0 {
			out[r.ID] = r.Marks
		}
	}
	return out, nil
}

// Certificate is one certificate, registration or statement of a shop.
type Certificate struct {
	ID        int64
	ShopID    int64
	ProductID *int64 // nil: for everything the shop makes
	Kind      CertificateKind
	Number    string
	Issuer    string
	StartsAt  *time.Time // a day begins, in the shop's zone
	EndsAt    *time.Time // its last day is over; nil: it has no end
	PictureID int64      // the private scan, 0 for none
	State     CertificateState
	Note      string
	EnteredBy int64
	EnteredAt time.Time
	DecidedBy int64
	DecidedAt *time.Time

	RenewsID   *int64     // the one it follows
	WarnedDays int64      // the last warning sent, in days before the end; 0 for none
	LapsedAt   *time.Time // when its products were looked after, because it was over or taken back
}

// LastDay is the last day it holds, in the shop's zone; the zero time without an end.
func (c Certificate) LastDay() time.Time {
	if c.EndsAt == nil {
		return time.Time{}
	}
	return c.EndsAt.Add(-time.Microsecond)
}

// HoldsAt reports whether it counts at that moment.
func (c Certificate) HoldsAt(now time.Time) bool {
	return c.State == CertificateConfirmed && (c.StartsAt == nil || !c.StartsAt.After(now)) && (c.EndsAt == nil || c.EndsAt.After(now))
}

const certificateColumns = `e.id, e.shop_id, e.product_id, e.kind, e.number, e.issuer, e.starts_at, e.ends_at, e.picture_id, e.state, e.note,
	e.entered_by, e.entered_at, e.decided_by, e.decided_at, e.renews_id, e.warned_days, e.lapsed_at`

// NewCertificate is what is typed from a certificate.
type NewCertificate struct {
	FormKey   string // a second send of the same form finds the first
	ProductID int64  // 0: for everything the shop makes
	Kind      CertificateKind
	Number    string
	Issuer    string
	Starts    time.Time // a day; zero: not given
	Ends      time.Time // its last day; zero: no end
	PictureID int64     // a stored picture of owner CertificatePicture and the shop; 0 for none
	RenewsID  int64     // the one it follows, whose product and kind it takes (see RenewalKind) and whose paper is shown; 0 for a first one
}

// pirtShape is how a P-IRT number usually looks (domain notes B1). It advises:
// unusual numbers are taken as they are.
var pirtShape = regexp.MustCompile(`^(P-?IRT\s*)?[0-9]{13}-?[0-9]{2}$`)

// Unusual reports whether a number does not look as those of its kind usually do.
func (k CertificateKind) Unusual(number string) bool {
	switch k {
	case PIRT:
		return !pirtShape.MatchString(strings.ToUpper(number))
	case Halal:
		return !strings.HasPrefix(strings.ToUpper(number), "ID")
	}
	return false
}

// EnterCertificate records what a certificate says; it counts once a curator or
// an officer confirmed it. The shop's members, their companion and the officers of
// its territory may. Faults are on kind, number, ends, product and photo. Errors
// of a renewal: not found for what is another shop's or withdrawn, conflict while
// one waits already.
func (s *Service) EnterCertificate(ctx context.Context, actor account.Actor, shopID int64, in NewCertificate) (Certificate, error) {
	rule, known := ruleOf(in.Kind)
	in.Number, in.Issuer = cleanLine(in.Number), cleanLine(in.Issuer)
	bad := fault.Invalid("fault.form")
	switch {
	case !known || !rule.maker:
		bad.With("kind", "catalog.certificate.kind")
	case rule.number && !hasWord(in.Number):
		bad.With("number", "catalog.certificate.number")
	case letters(in.Number) > 60:
		bad.With("number", "catalog.too_long", "max", 60)
	}
	if letters(in.Issuer) > 100 {
		bad.With("issuer", "catalog.too_long", "max", 100)
	}
	if rule.ends && in.Ends.IsZero() {
		bad.With("ends", "catalog.certificate.ends")
	}
	if !in.Starts.IsZero() && !in.Ends.IsZero() && in.Ends.Before(in.Starts) {
		bad.With("ends", "catalog.certificate.ends_first")
	}
	if in.RenewsID > 0 && in.PictureID == 0 {
		bad.With("photo", "catalog.certificate.photo")
	}
	if err := bad.OrNil(); err != nil {
		return Certificate{}, err
	}
	if err := goodKey(in.FormKey); err != nil {
		return Certificate{}, err
	}
	if in.PictureID > 0 {
		found, err := s.pictures.Pictures(ctx, []int64{in.PictureID})
		if err != nil {
			return Certificate{}, err
		}
		if p := found[in.PictureID]; p.OwnerKind != CertificatePicture || p.OwnerID != shopID {
			return Certificate{}, fault.Invalid("fault.form").With("photo", "catalog.draft.picture_unknown")
		}
	}
	return s.newCertificate(ctx, actor, shopID, in, func(tx *gorm.DB, shop Shop) error {
		if !actor.Manages(shopID) && !governs(actor, shop.RegencyCode) {
			return fault.NotFound("another's shop")
		}
		return nil
	}, CertificateEntered, "")
}

// ExceptHalalTx lets a product stay without a halal certificate until a day,
// because one is under way. Package curation alone calls it, which knows who leads
// the desk; no curator with an interest in the shop may. The reason and the day are
// kept and trailed. The same formKey again returns the first. Errors: invalid
// reason or until; not found; forbidden.
func (s *Service) ExceptHalalTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, until time.Time, reason, formKey string) (Certificate, error) {
	reason = cleanLine(reason)
	bad := fault.Invalid("fault.form")
	if !hasWord(reason) {
		bad.With("reason", "catalog.certificate.reason")
	}
	if until.IsZero() {
		bad.With("until", "catalog.certificate.ends")
	}
	if err := bad.OrNil(); err != nil {
		return Certificate{}, err
	}
	if err := goodKey(formKey); err != nil {
		return Certificate{}, err
	}
	p, err := productByID(ctx, tx, productID)
	if err != nil {
		return Certificate{}, err
	}
	in := NewCertificate{FormKey: formKey, ProductID: productID, Kind: HalalPending, Ends: until}
	return s.newCertificateTx(ctx, tx, actor, p.ShopID, in, func(*gorm.DB, Shop) error { return decides(actor, p.ShopID) }, CertificateConfirmed, reason)
}

func (s *Service) newCertificate(ctx context.Context, actor account.Actor, shopID int64, in NewCertificate,
	may func(tx *gorm.DB, shop Shop) error, state CertificateState, note string,
) (Certificate, error) {
	var out Certificate
	insert := func(tx *gorm.DB) (err error) {
		out, err = s.newCertificateTx(ctx, tx, actor, shopID, in, may, state, note)
		return err
	}
	err := database.InTx(ctx, s.db, insert)
	if duplicate(err) { // the same form was sent twice at once
		err = database.InTx(ctx, s.db, insert)
	}
	return out, err
}

func (s *Service) newCertificateTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, in NewCertificate,
	may func(tx *gorm.DB, shop Shop) error, state CertificateState, note string,
) (Certificate, error) {
	shop, err := heldShopTx(ctx, tx, shopID)
	if err != nil {
		return Certificate{}, err
	}
	if err := may(tx, shop); err != nil {
		return Certificate{}, err
	}
	same, err := certificates(ctx, tx, `e.shop_id = ? AND e.form_key = ?`, shopID, in.FormKey)
	if err != nil {
		return Certificate{}, err
	}
	if len(same) > 0 {
		return same[0], nil
	}
	if in.RenewsID > 0 {
		if err := renewsTx(ctx, tx, shopID, &in); err != nil {
			return Certificate{}, err
		}
	}
	if in.ProductID > 0 {
		p, err := productByID(ctx, tx, in.ProductID)
		if err != nil || p.ShopID != shopID {
			return Certificate{}, fault.Invalid("fault.form").With("product", "catalog.certificate.product")
		}
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Certificate{}, err
	}
	out := Certificate{ShopID: shopID, Kind: in.Kind, Number: in.Number, Issuer: in.Issuer, PictureID: in.PictureID, State: state, Note: note, EnteredBy: actor.UserID, EnteredAt: now}
	if in.ProductID > 0 {
		out.ProductID = &in.ProductID
	}
	if in.RenewsID > 0 {
		out.RenewsID = &in.RenewsID
	}
	zone := calendar.Zone(shop.RegencyCode)
	if !in.Starts.IsZero() {
		at := midnight(in.Starts, zone)
		out.StartsAt = &at
	}
	if !in.Ends.IsZero() {
		at := midnight(in.Ends.AddDate(0, 0, 1), zone)
		out.EndsAt = &at
		if !at.After(now) {
			field := "ends"
			if state == CertificateConfirmed { // an exception's day
				field = "until"
			}
			return Certificate{}, fault.Invalid("fault.form").With(field, "catalog.certificate.over")
		}
	}
	if state == CertificateConfirmed {
		out.DecidedBy, out.DecidedAt = actor.UserID, &now
	}
	err = tx.Raw(`INSERT INTO certificates (shop_id, product_id, kind, number, issuer, starts_at, ends_at, picture_id, state, note, form_key,
		entered_by, entered_at, decided_by, decided_at, renews_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		shopID, out.ProductID, out.Kind, out.Number, out.Issuer, out.StartsAt, out.EndsAt, out.PictureID, state, note, in.FormKey,
		actor.UserID, now, out.DecidedBy, out.DecidedAt, out.RenewsID).Scan(&out.ID).Error
	if err != nil {
		return Certificate{}, fmt.Errorf("catalog: new certificate: %w", err)
	}
	if state == CertificateConfirmed {
		if _, err := s.liftRenewedTx(ctx, tx, shopID, now); err != nil {
			return Certificate{}, err
		}
		if err := s.invalidateShopTx(ctx, tx, shop); err != nil {
			return Certificate{}, err
		}
	}
	return out, record(ctx, tx, actor, shopID, "enter", "certificate", out.ID, string(out.Kind))
}

// renewsTx lets a renewal take over what it is for.
func renewsTx(ctx context.Context, tx *gorm.DB, shopID int64, in *NewCertificate) error {
	old, err := certificates(ctx, tx, `e.id = ? AND e.shop_id = ? AND e.state <> 'withdrawn'`, in.RenewsID, shopID)
	if err != nil {
		return err
	}
	if len(old) == 0 {
		return fault.NotFound("certificate to renew")
	}
	if in.Kind != old[0].RenewalKind() {
		return fault.Invalid("fault.form").With("kind", "catalog.certificate.kind")
	}
	waiting, err := certificates(ctx, tx, `e.renews_id = ? AND e.state = 'entered'`, in.RenewsID)
	if err == nil && len(waiting) > 0 {
		err = fault.Conflict("catalog.certificate.renewal_waits")
	}
	if in.ProductID = 0; old[0].ProductID != nil {
		in.ProductID = *old[0].ProductID
	}
	return err
}

// midnight is the beginning of a typed day in the shop's zone, in UTC.
func midnight(d time.Time, zone *time.Location) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone).UTC()
}

// CertificateChange is what a decision about a certificate, or its withdrawal, did.
type CertificateChange struct {
	Certificate Certificate
	Product     string   // the title of the one it is for; "" for all the shop makes
	Lifted      []string // titles of the products that are back, because only its lapse had suspended them
	Suspended   []string // titles of those it left without what the law asks for
}

// DecideCertificateTx confirms ("confirm") or refuses ("refuse", with a reason) what
// was entered. A curator without an interest in the shop or an officer of its
// territory may, never who entered it. Products that only the lack of it had
// suspended are back with the confirmation. Errors: not found, conflict.
func (s *Service) DecideCertificateTx(ctx context.Context, tx *gorm.DB, actor account.Actor, certificateID int64, move, reason string) (CertificateChange, error) {
	reason = cleanLine(reason)
	if move == "refuse" && !hasWord(reason) {
		return CertificateChange{}, fault.Invalid("fault.form").With("reason", "catalog.certificate.reason")
	}
	return s.moveCertificateTx(ctx, tx, actor, certificateID, move, reason, func(c Certificate, shop Shop) error {
		if !governs(actor, shop.RegencyCode) {
			if err := decides(actor, c.ShopID); err != nil {
				return err
			}
		}
		if actor.Conflicted(c.ShopID) {
			return fault.Forbidden("catalog.review.conflicted")
		}
		if c.EnteredBy == actor.UserID {
			return fault.Forbidden("catalog.certificate.own")
		}
		return nil
	})
}

// DecideCertificate is DecideCertificateTx alone: nobody is told.
func (s *Service) DecideCertificate(ctx context.Context, actor account.Actor, certificateID int64, move, reason string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		_, err := s.DecideCertificateTx(ctx, tx, actor, certificateID, move, reason)
		return err
	})
}

// WithdrawCertificateTx takes one back, entered or confirmed: the shop's members,
// their companion, and the officers of the territory may. What the law does not
// let be sold without it is suspended, as at its end.
func (s *Service) WithdrawCertificateTx(ctx context.Context, tx *gorm.DB, actor account.Actor, certificateID int64) (CertificateChange, error) {
	return s.moveCertificateTx(ctx, tx, actor, certificateID, "withdraw", "", func(c Certificate, shop Shop) error {
		if !actor.Manages(c.ShopID) && !governs(actor, shop.RegencyCode) {
			return fault.NotFound("another's certificate")
		}
		return nil
	})
}

func (s *Service) moveCertificateTx(ctx context.Context, tx *gorm.DB, actor account.Actor, certificateID int64, name, note string, may func(Certificate, Shop) error) (CertificateChange, error) {
	var out CertificateChange
	found, err := certificates(ctx, tx, `e.id = ?`, certificateID)
	if err != nil {
		return out, err
	}
	if len(found) == 0 {
		return out, fault.NotFound("certificate")
	}
	shop, err := heldShopTx(ctx, tx, found[0].ShopID)
	if err != nil {
		return out, err
	}
	if err := may(found[0], shop); err != nil {
		return out, err
	}
	if found, err = certificates(ctx, tx, `e.id = ?`, certificateID); err != nil { // as it is now that the shop is held
		return out, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return out, err
	}
	out.Certificate = found[0]
	move, lapsedAt := CertificateMoves.Move(name), out.Certificate.LapsedAt
	taken := name == "withdraw" && out.Certificate.State == CertificateConfirmed && lapsedAt == nil
	if taken {
		lapsedAt = &now
	}
	res := tx.WithContext(ctx).Exec(`UPDATE certificates SET state = ?, note = ?, decided_by = ?, decided_at = ?, lapsed_at = ? WHERE id = ? AND state IN ?`,
		move.To, note, actor.UserID, now, lapsedAt, certificateID, move.From)
	if res.Error != nil {
		return out, fmt.Errorf("catalog: %s certificate: %w", name, res.Error)
	}
	if res.RowsAffected == 0 {
		return out, fault.Conflict("catalog.certificate.moved")
	}
	out.Certificate.State = move.To
	if out.Certificate.ProductID != nil {
		if out.Product, err = titleOf(ctx, tx, *out.Certificate.ProductID); err != nil {
			return out, err
		}
	}
	switch {
	case name == "confirm":
		out.Lifted, err = s.liftRenewedTx(ctx, tx, shop.ID, now)
	case taken:
		out.Suspended, err = s.suspendLackingTx(ctx, tx, out.Certificate, now)
	}
	if err != nil {
		return out, err
	}
	if err := s.invalidateShopTx(ctx, tx, shop); err != nil {
		return out, err
	}
	return out, record(ctx, tx, actor, shop.ID, name, "certificate", certificateID, note)
}

// certificates reads certificates e, oldest first, with their days in the zone of
// their shop; where is a constant of ours.
func certificates(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]Certificate, error) {
	var rows []struct {
		Certificate
		RegencyCode string
	}
	err := tx.WithContext(ctx).Raw(`SELECT `+certificateColumns+`, h.regency_code FROM certificates e JOIN shops h ON h.id = e.shop_id
		WHERE `+where+` ORDER BY e.id`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: certificates: %w", err)
	}
	all := make([]Certificate, len(rows))
	for i, r := range rows {
		c := r.Certificate
		c.EnteredAt, c.DecidedAt, c.LapsedAt = c.EnteredAt.UTC(), utc(c.DecidedAt), utc(c.LapsedAt)
		for _, t := range []*time.Time{c.StartsAt, c.EndsAt} {
			if t != nil {
				*t = t.In(calendar.Zone(r.RegencyCode))
			}
		}
		all[i] = c
	}
	return all, nil
}

// Certificates returns what was entered for a shop and is not withdrawn, or, with
// a product, for the product and the whole shop. The shop's people, curators,
// heads, admins and officers of its territory may read it.
func (s *Service) Certificates(ctx context.Context, actor account.Actor, shopID, productID int64) ([]Certificate, error) {
	if ok, err := s.MaySeeScans(ctx, actor, shopID); err != nil || !ok {
		if err == nil {
			err = fault.NotFound("another's shop")
		}
		return nil, err
	}
	db := s.db.Read(ctx)
	if productID > 0 {
		return certificates(ctx, db, `e.shop_id = ? AND (e.product_id IS NULL OR e.product_id = ?) AND e.state <> 'withdrawn'`, shopID, productID)
	}
	return certificates(ctx, db, `e.shop_id = ? AND e.state <> 'withdrawn'`, shopID)
}

// ValidCertificates are those that hold now for a product, for its public page.
func (s *Service) ValidCertificates(ctx context.Context, p Sellable) ([]Certificate, error) {
	database.Depend(ctx, "product:"+p.Slug)
	if p.Marks == 0 {
		return nil, nil
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	all, err := certificates(ctx, db, `e.shop_id = ? AND (e.product_id IS NULL OR e.product_id = ?) AND `+heldAt, p.ShopID, p.ProductID, now, now)
	slices.SortStableFunc(all, func(a, b Certificate) int {
		return slices.Index(CertificateKinds(), a.Kind) - slices.Index(CertificateKinds(), b.Kind)
	})
	return all, err
}

// MarksFor adds up which of these certificates hold at that moment.
func MarksFor(list []Certificate, now time.Time) Marks {
	var m Marks
	for _, c := range list {
		if c.HoldsAt(now) {
			m = m.With(c.Kind)
		}
	}
	return m
}

// MaySeeScans reports whether the actor may see the scans of a shop's certificates
// (media's access hook for owner kind CertificatePicture).
func (s *Service) MaySeeScans(ctx context.Context, actor account.Actor, shopID int64) (bool, error) {
	if actor.Manages(shopID) || actor.HasAny(account.RoleCurator, account.RoleAdmin) {
		return true, nil
	}
	if !actor.SignedIn() {
		return false, nil
	}
	shop, err := s.Shop(ctx, shopID)
	if fault.Is(err, fault.KindNotFound) {
		return false, nil
	}
	return err == nil && governs(actor, shop.RegencyCode), err
}

// ShopOfCertificate says which shop a certificate is of. It checks no permission.
func (s *Service) ShopOfCertificate(ctx context.Context, certificateID int64) (int64, error) {
	return shopOf(s.db.Read(ctx).Raw("SELECT shop_id FROM certificates WHERE id = ?", certificateID))
}
