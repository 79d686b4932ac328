package catalog

import "slices"

// UnitKind is what one piece of a product is, as data: for words such as "per
// kg" and for search engines. What the maker calls it ("toples 500 g") stays in
// Unit.
type UnitKind string

// The kinds. A unit of weight, length or area is sold in whole ones.
const (
	UnitPiece  UnitKind = "piece"
	UnitJar    UnitKind = "jar"
	UnitBottle UnitKind = "bottle"
	UnitPack   UnitKind = "pack"
	UnitBox    UnitKind = "box"
	UnitSet    UnitKind = "set"
	UnitPair   UnitKind = "pair"
	UnitKilo   UnitKind = "kg"
	UnitMetre  UnitKind = "m"
	UnitSquare UnitKind = "m2"
	UnitJob    UnitKind = "job"
)

// UnitKinds are all kinds, in the order in which forms offer them.
var UnitKinds = []UnitKind{UnitPiece, UnitJar, UnitBottle, UnitPack, UnitBox, UnitSet, UnitPair, UnitKilo, UnitMetre, UnitSquare, UnitJob}

// Known reports whether u is one of UnitKinds.
func (u UnitKind) Known() bool { return slices.Contains(UnitKinds, u) }
