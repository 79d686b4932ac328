package curator

import "github.com/lapak-berdaya/lapak/templates/view"

// Checklists is every checklist there is, and the form that starts one.
type Checklists struct {
	Page   view.Private
	Rows   []view.Row
	Write  bool
	Name   string
	Max    int
	Errors view.Errors
}

// Checklist is one published version of a checklist, and all there were.
type Checklist struct {
	Page       view.Private
	Action     string // the checklist's address
	Name       string
	State      view.Chip
	Write      bool
	HasDraft   bool
	CanArchive bool
	Shown      string // "Versi 3"; "" when none was published
	Old        bool   // it is not the one in use
	Serves     string
	Groups     []Group
	Versions   []view.Row
	Errors     view.Errors
}

// ChecklistPreview is a draft as it will ask.
type ChecklistPreview struct {
	Page             view.Private
	Action           string
	Name             string
	Write            bool
	Version, Edition string
	New              bool // nothing was published yet
	Serves           string
	Changes          []string
	Groups           []Group
	Errors           view.Errors
}

// ChecklistDesk is the form of a draft.
type ChecklistDesk struct {
	Page             view.Private
	Action           string
	Heading          string
	Version, Edition string
	Rest             bool // serves what no other serves: no categories to choose
	Gone             bool // the draft that was typed into is no more
	Stale            bool // somebody else saved it
	Name             string
	Categories       []view.Check
	Groups           []ChecklistGroup
	New              ChecklistEntry
	Full             bool
	NameMax          int
	QuestionMax      int
	HelpMax          int
	Errors           view.Errors
}

// ChecklistGroup is the items of one aspect.
type ChecklistGroup struct {
	Aspect, Title string
	Items         []ChecklistEntry
}

// ChecklistEntry is the form of one item.
type ChecklistEntry struct {
	N           string // its number in the form
	Key         string // "" for a new one
	Question    string
	Help        string
	Aspects     []view.Option
	Lessons     []view.Option
	First, Last bool // within its aspect
	Open        bool
}
