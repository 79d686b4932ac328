package catalog

import "slices"

// ShopKind is what kind of seller a shop is.
type ShopKind string

// The kinds of sellers.
const (
	Individual  ShopKind = "individual"
	Group       ShopKind = "group"       // KUBE
	Institution ShopKind = "institution" // prison workshop, training centre
)

// ShopState is where a shop stands.
type ShopState string

// The states of a shop.
const (
	ShopInvited   ShopState = "invited"
	ShopVerified  ShopState = "verified"
	ShopOpen      ShopState = "open"
	ShopClosed    ShopState = "closed"
	ShopSuspended ShopState = "suspended"
)

// ProductState is where a product stands towards the public.
type ProductState string

// The states of a product.
const (
	ProductUnpublished ProductState = "unpublished"
	ProductPublished   ProductState = "published"
	ProductPaused      ProductState = "paused"
	ProductSuspended   ProductState = "suspended"
	ProductArchived    ProductState = "archived"
)

// SubmissionKind says whether a submission is a product's first.
type SubmissionKind string

// The kinds of submissions.
const (
	SubmissionNew  SubmissionKind = "new"
	SubmissionEdit SubmissionKind = "edit"
)

// SubmissionState is where a change stands on its way through review.
type SubmissionState string

// The states of a submission.
const (
	SubmissionDraft     SubmissionState = "draft"
	SubmissionSubmitted SubmissionState = "submitted"
	SubmissionInReview  SubmissionState = "in_review"
	SubmissionApproved  SubmissionState = "approved"
	SubmissionReturned  SubmissionState = "returned"
	SubmissionRefused   SubmissionState = "refused"
	SubmissionWithdrawn SubmissionState = "withdrawn"
	SubmissionScheduled SubmissionState = "scheduled"
	SubmissionLive      SubmissionState = "live"
)

// CertificateState is where a certificate stands.
type CertificateState string

// The states of a certificate. That it is over is no state: its last day says so.
const (
	CertificateEntered   CertificateState = "entered"
	CertificateConfirmed CertificateState = "confirmed"
	CertificateRefused   CertificateState = "refused"
	CertificateWithdrawn CertificateState = "withdrawn"
)

// Who may make a move.
type Who string

// The movers.
const (
	ByMaker   Who = "maker"   // a member of the shop, or a companion under a grant
	ByCurator Who = "curator" // never one with an interest in the shop
	ByOfficer Who = "officer" // agency staff of the shop's territory
	ByBuyer   Who = "buyer"   // whoever holds the private link
	BySystem  Who = "system"  // follows from another move, without a person
)

// Transition is one allowed move of a state machine.
type Transition[S ~string] struct {
	Name   string
	From   []S
	To     S
	By     Who
	Effect string // in one line, for the diagram and for readers
}

// Machine is every allowed move; whatever is not in it is forbidden.
type Machine[S ~string] []Transition[S]

// Move returns the named transition. It panics on a name that is not in the
// table, which only a mistake in this program can cause.
func (m Machine[S]) Move(name string) Transition[S] {
	for _, t := range m {
		if t.Name == name {
			return t
		}
	}
	panic("catalog: no transition " + name)
}

// Allows reports whether the named transition may start from that state.
func (m Machine[S]) Allows(name string, from S) bool {
	return slices.ContainsFunc(m, func(t Transition[S]) bool {
		return t.Name == name && slices.Contains(t.From, from)
	})
}

// ShopMoves is the machine of shops (design §1).
var ShopMoves = Machine[ShopState]{
	{"verify", []ShopState{ShopInvited}, ShopVerified, ByOfficer, "identity and consent were seen"},
	{"open", []ShopState{ShopVerified}, ShopOpen, ByOfficer, "approved products become public"},
	{"suspend", []ShopState{ShopOpen}, ShopSuspended, ByOfficer, "its products leave the public pages"},
	{"lift", []ShopState{ShopSuspended}, ShopOpen, ByOfficer, "its products return"},
	{"close", []ShopState{ShopOpen, ShopSuspended}, ShopClosed, ByOfficer, "its products leave the public pages for good"},
}

// ProductMoves is the machine of products (design §4).
var ProductMoves = Machine[ProductState]{
	{"publish", []ProductState{ProductUnpublished}, ProductPublished, BySystem, "the first approved revision goes live"},
	{"pause", []ProductState{ProductPublished}, ProductPaused, ByMaker, "it stays visible and takes no orders"},
	{"resume", []ProductState{ProductPaused}, ProductPublished, ByMaker, "it takes orders again"},
	{"suspend", []ProductState{ProductPublished, ProductPaused}, ProductSuspended, ByCurator, "page and pictures are gone"},
	{"hold", []ProductState{ProductSuspended}, ProductSuspended, ByCurator, "after a lapse: a renewal alone no longer lifts it"},
	{"lift_published", []ProductState{ProductSuspended}, ProductPublished, ByCurator, "back to where it was, unless a certificate is over"},
	{"lift_paused", []ProductState{ProductSuspended}, ProductPaused, ByCurator, "back to where it was, unless a certificate is over"},
	{"lapse", []ProductState{ProductPublished, ProductPaused}, ProductSuspended, BySystem, "a certificate that the law asks for ended; page and pictures are gone"},
	{"renew_published", []ProductState{ProductSuspended}, ProductPublished, BySystem, "the certificate is there again and no curator holds it"},
	{"renew_paused", []ProductState{ProductSuspended}, ProductPaused, BySystem, "the certificate is there again and no curator holds it"},
	{"archive", []ProductState{ProductUnpublished, ProductPublished, ProductPaused, ProductSuspended}, ProductArchived, ByMaker, "gone for good; its orders stay"},
}

// SubmissionMoves is the machine of submissions (design §4). Package curation
// makes all of them except the drafting itself.
var SubmissionMoves = Machine[SubmissionState]{
	{"submit", []SubmissionState{SubmissionDraft, SubmissionReturned}, SubmissionSubmitted, ByMaker, "the newest revision is sealed"},
	{"review", []SubmissionState{SubmissionSubmitted}, SubmissionInReview, ByCurator, "somebody reads it"},
	{"appeal", []SubmissionState{SubmissionRefused}, SubmissionInReview, ByMaker, "another curator decides again"},
	{"approve", []SubmissionState{SubmissionInReview}, SubmissionApproved, ByCurator, "the sealed revision may go live"},
	{"return", []SubmissionState{SubmissionInReview}, SubmissionReturned, ByCurator, "the maker reads what to improve"},
	{"refuse", []SubmissionState{SubmissionInReview}, SubmissionRefused, ByCurator, "with a reason"},
	{"withdraw", []SubmissionState{SubmissionDraft, SubmissionSubmitted, SubmissionReturned, SubmissionScheduled}, SubmissionWithdrawn, ByMaker, "its words stay for the next try; what is live stays live"},
	{"schedule", []SubmissionState{SubmissionApproved}, SubmissionScheduled, BySystem, "its day is set; at once is today"},
	{"reschedule", []SubmissionState{SubmissionScheduled}, SubmissionScheduled, ByMaker, "another day, earlier or later; curators may too"},
	{"recall", []SubmissionState{SubmissionScheduled}, SubmissionSubmitted, ByCurator, "the desk decides again, in its old place of the queue"},
	{"hold", []SubmissionState{SubmissionScheduled}, SubmissionSubmitted, BySystem, "on its day a hard rule forbids it, or the product is suspended: the desk decides again"},
	{"go_live", []SubmissionState{SubmissionScheduled}, SubmissionLive, BySystem, "live_revision_id points at it"},
}

// CertificateMoves is the machine of certificates. An exception for halal begins
// as confirmed, because a curator makes it.
var CertificateMoves = Machine[CertificateState]{
	{"confirm", []CertificateState{CertificateEntered}, CertificateConfirmed, ByCurator, "shown to the public while it holds; officers of the territory may too, never who entered it"},
	{"refuse", []CertificateState{CertificateEntered}, CertificateRefused, ByCurator, "with a reason"},
	{"withdraw", []CertificateState{CertificateEntered, CertificateConfirmed, CertificateRefused}, CertificateWithdrawn, ByMaker, "it counts no longer"},
}
