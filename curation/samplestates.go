package curation

import (
	"slices"

	"github.com/lapak-berdaya/lapak/catalog"
)

// SampleState is where a sample stands.
type SampleState string

// The states of a sample.
const (
	SampleAsked     SampleState = "asked"
	SampleOnItsWay  SampleState = "on_its_way"
	SampleReceived  SampleState = "received"
	SampleWeighed   SampleState = "weighed"
	SampleTried     SampleState = "tried"
	SampleReturned  SampleState = "returned"
	SampleUsedUp    SampleState = "used_up"
	SampleCancelled SampleState = "cancelled"
	SampleMissing   SampleState = "missing"
)

// SampleMoves is the machine of samples. A maker who has no phone at hand says
// nothing, so a curator may receive what nobody said was sent; goods without a
// weight are tried at once; a slip at the scales is weighed again.
var SampleMoves = catalog.Machine[SampleState]{
	{Name: "send", From: []SampleState{SampleAsked}, To: SampleOnItsWay, By: catalog.ByMaker, Effect: "the curator who asked is told"},
	{Name: "decline", From: []SampleState{SampleAsked}, To: SampleCancelled, By: catalog.ByMaker, Effect: "with the reason; the curator who asked is told"},
	{Name: "receive", From: []SampleState{SampleAsked, SampleOnItsWay}, To: SampleReceived, By: catalog.ByCurator, Effect: "maker and companion are told"},
	{Name: "weigh", From: []SampleState{SampleReceived, SampleWeighed}, To: SampleWeighed, By: catalog.ByCurator, Effect: "grams, kept beside what the label said at that moment"},
	{Name: "try", From: []SampleState{SampleReceived, SampleWeighed}, To: SampleTried, By: catalog.ByCurator, Effect: "notes on taste, texture or strength; maker and companion are told"},
	{Name: "return", From: []SampleState{SampleReceived, SampleWeighed, SampleTried}, To: SampleReturned, By: catalog.ByCurator, Effect: "given back; maker and companion are told"},
	{Name: "use_up", From: []SampleState{SampleReceived, SampleWeighed, SampleTried}, To: SampleUsedUp, By: catalog.ByCurator, Effect: "nothing is left of it; maker and companion are told"},
	{Name: "cancel", From: []SampleState{SampleAsked, SampleOnItsWay}, To: SampleCancelled, By: catalog.ByCurator, Effect: "with the reason; maker and companion are told"},
	{Name: "miss", From: []SampleState{SampleAsked, SampleOnItsWay}, To: SampleMissing, By: catalog.ByCurator, Effect: "it never arrived; maker and companion are told"},
}

// SampleEnds are the states in which a sample is over.
func SampleEnds() []SampleState {
	return []SampleState{SampleReturned, SampleUsedUp, SampleCancelled, SampleMissing}
}

// Open reports whether something is still to be done.
func (s SampleState) Open() bool { return !slices.Contains(SampleEnds(), s) }

// Mermaid draws the machine of samples as docs/sample-states.md; a test holds the
// file to the table.
func Mermaid() string {
	return `# The states of a sample

<!-- Written by curation.Mermaid from its table; do not edit. -->

What is not an arrow here is refused, and a test tries every refused move.
` + catalog.Diagram("Sample", "Goods a curator asked to hold in the hand: `curation.SampleMoves`.", SampleMoves, SampleAsked)
}

// Tolerance is by how many grams one package of this stated weight may fall short
// (Permendag 31/2011 and its guide on testing, the table of permitted errors of
// goods in packages, after OIML R 87). Percentages are rounded up to whole grams.
// Below 5 g and above 50 kg the table says nothing: 0.
func Tolerance(stated int64) int64 {
	percent := func(permille int64) int64 { return (stated*permille + 999) / 1000 }
	switch {
	case stated < 5 || stated > 50_000:
		return 0
	case stated <= 50:
		return percent(90)
	case stated <= 100:
		return 5 // 4.5 g on scales that know whole grams
	case stated <= 200:
		return percent(45)
	case stated <= 300:
		return 9
	case stated <= 500:
		return percent(30)
	case stated <= 1000:
		return 15
	case stated <= 10_000:
		return percent(15)
	case stated <= 15_000:
		return 150
	}
	return percent(10)
}

// Weighing compares what was weighed with what the label said.
type Weighing struct {
	Grams, Stated int64
	Off           int64 // tenths of a percent of the stated weight; negative: too little
	Tolerance     int64 // grams that may be missing
}

// Short reports whether more is missing than may be (UU 8/1999 art. 8 forbids a
// net weight that is not true).
func (w Weighing) Short() bool { return w.Stated > 0 && w.Stated-w.Grams > w.Tolerance }

// Compare weighs against the label.
func Compare(grams, stated int64) Weighing {
	w := Weighing{Grams: grams, Stated: stated, Tolerance: Tolerance(stated)}
	if stated > 0 {
		w.Off = (grams - stated) * 1000 / stated
	}
	return w
}
