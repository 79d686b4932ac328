package curator

import "github.com/lapak-berdaya/lapak/templates/view"

// Lessons is every lesson there is, and the form that starts one.
type Lessons struct {
	Page   view.Private
	Rows   []view.Row
	Write  bool // the viewer may write
	Title  string
	Max    int // letters of a title
	Errors view.Errors
}

// LessonDesk is one lesson as those who write it see it.
type LessonDesk struct {
	Page       view.Private
	Action     string // the lesson's address
	Write      bool
	Version    string
	Heading    string // the title it has
	State      view.Chip
	Title      string // as typed
	Summary    string
	Published  bool
	TitleMax   int
	SummaryMax int
	TextMax    int
	AltMax     int
	Parts      []LessonPart
	New        LessonPart // the form of one more
	Full       bool       // there cannot be one more
	Errors     view.Errors
}

// LessonPart is the form of one part.
type LessonPart struct {
	ID          string // "" for a new one
	N           int
	Heading     string
	Body        string
	Alt         string
	Picture     view.Picture
	Drawing     string // static name
	First, Last bool
	Errors      view.Errors
}

// named is a field's id, which differs from part to part.
func (p LessonPart) named(field string) string { return "f-" + field + "-" + p.ID }

// LessonPreview is a lesson as makers read it.
type LessonPreview struct {
	Page   view.Private
	Lesson view.Lesson
	Back   string
}

// SavedAnswers is the library of answers.
type SavedAnswers struct {
	Page    view.Private
	Write   bool
	Groups  []SavedGroup
	Retired []SavedAnswer
	New     SavedAnswer
	Max     int // letters of a name
	MaxBody int
}

// SavedGroup is the answers about one aspect.
type SavedGroup struct {
	Label   string
	Answers []SavedAnswer
}

// SavedAnswer is one answer, with its form.
type SavedAnswer struct {
	ID      string // "" for a new one
	Aspects []view.Option
	Title   string
	Body    string
	Note    string // "Dipakai 12 kali · ditulis Dimas"
	Open    bool
	Errors  view.Errors
}

func (s SavedAnswer) named(field string) string { return "f-" + field + "-" + s.ID }

// Offered are the saved answers beside the comments of a review: the script of the
// page offers each in the fields of its aspect.
type Offered struct {
	Aspect, Label string
	Answers       []SavedAnswer
}
