// Package view holds the plain values that templates draw. Handlers fill them;
// they are ready to be shown: texts are in the language of the page, amounts are
// whole rupiah. Addresses of this site are complete but for the language, which
// the components add (text.URL). Nothing here knows the domain or HTTP.
package view

import (
	"regexp"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// Public is what every page needs. A page of only this is the same for everyone
// and may be cached.
type Public struct {
	Title       string      // without the brand, which the layout adds
	Description string      // for search engines and shared links
	Canonical   string      // absolute address; empty leaves the link out
	Alternates  []Alternate // this page in each language
	Other       string      // address of this page in the other language; empty when it has none
	Image       string      // absolute address of the picture for shared links
	ImageWidth  int         // of Image in pixels; 0 unknown
	ImageHeight int
	Product     *SharedProduct // the page sells this
	Graph       []any          // what search engines read: objects of schema.org, with plain JSON fields
	Query       string         // what stands in the header's search box
	NoIndex     bool           // personal and passing pages: carts, orders, errors
	NoReferrer  bool           // pages whose address is a secret: orders, payments
	Scripts     []string       // static names of modules this page needs beyond those its components bring
	ReloadAfter int            // seconds after which a browser without scripts asks again; 0 never
}

// Alternate is the absolute address of a page in one language.
type Alternate struct{ Lang, URL string }

// SharedProduct is what the card of a shared link says of a product.
type SharedProduct struct {
	Amount, Currency string
	Availability     string // instock, oos, pending: the words of Open Graph
}

// Private is a page of someone who is signed in.
type Private struct {
	Public
	Viewer  Viewer
	Area    string // "Toko saya", "Kurasi": the name beside the brand
	Nav     []Link // the area's own navigation; at most 5 for makers
	Flash   *Notice
	Acting  *Acting // set when the viewer acts for a maker
	Help    Help
	SignOut string // address of the form that ends the session
}

// Viewer is the person who looks.
type Viewer struct {
	Name  string
	Role  string // "Pendamping", "Kurator"; empty for makers
	Areas []Link // the areas this person may enter
	Inbox Link   // where messages are read; Count is how many are new
	Key   string // names the person, and the shop worked in, to this browser: whose unsent forms it keeps
	Keeps bool   // forms are kept in the browser and sent when the signal is back: makers and companions
}

// Acting names the maker for whom a companion or officer acts.
type Acting struct {
	Maker string
	Shop  string
	Until string // when the permission ends
	For   string // what it is for
	Leave Link
}

// Help is whom a maker can ask; it stands at the same place on every page.
type Help struct {
	Name, Role string
	Phone      string // as read
	WhatsApp   string // wa.me address
	Call       string // tel: address
	HowTo      Link   // the short page about the screen somebody stands on
}

// Link is a text with an address.
type Link struct {
	Label, URL string
	Icon       string // a symbol of icons.svg without "i-"
	Count      int    // shown when above zero
	Current    bool
	Note       string
}

// Tone says how a message or a chip is meant; the words must say it too.
type Tone string

// The tones.
const (
	Neutral Tone = "neutral"
	Info    Tone = "info"
	Good    Tone = "good"
	Wait    Tone = "wait"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// Notice is a message on a page.
type Notice struct {
	Tone   Tone
	Title  string
	Text   string
	Points []string
	Action *Link
}

// Chip is a short state in a word and an icon.
type Chip struct {
	Tone  Tone
	Label string
}

// FieldError belongs to one field of a form.
type FieldError struct{ Field, Message string }

// Errors are the faults of one form, in the order of its fields.
type Errors []FieldError

// Of returns the first message about field, or "".
func (e Errors) Of(field string) string {
	for _, one := range e {
		if one.Field == field {
			return one.Message
		}
	}
	return ""
}

// First is the first message, or "".
func (e Errors) First() string {
	if len(e) == 0 {
		return ""
	}
	return e[0].Message
}

// Any reports whether there is a fault at all.
func (e Errors) Any() bool { return len(e) > 0 }

// Field is one input of a form. Only Name and Label are always needed.
type Field struct {
	Name, Label, Hint, Error, Value string
	ID                              string // "f-"+Name when empty
	Type                            string // "text" when empty
	InputMode                       string // "numeric", "tel"
	Autocomplete                    string
	Prefix                          string // "Rp"
	Suffix                          string // "gram"
	Min, Max                        string // of numbers
	MaxLength                       int
	Rows                            int      // above zero draws a text area
	Optional                        bool     // says so beside the label, and is not required
	Large                           bool     // the one question of a screen
	Focus                           bool     // takes the focus when the page opens
	List                            []string // suggestions
}

// Option is one choice of a Select or of Choices.
type Option struct {
	Value, Label string
	Note         string
	Price        string // shown at the end of the row
	Icon         string
	Group        string // options of one group stand together in a Select
	Selected     bool
	Disabled     bool
}

// Select is a drop-down list.
type Select struct {
	Name, Label, Hint, Error string
	ID                       string
	Empty                    string // the first, empty option
	Options                  []Option
	Optional                 bool
	Disabled                 bool
	Fetch                    string // address that lists this select's options for a parent's code, for scripts
	Parent                   string // id of the select whose value is appended to Fetch
	Auto                     bool   // scripts send the form when it changes
}

// Choices are radio buttons, one of which is taken.
type Choices struct {
	Name, Legend, Hint, Error string
	Options                   []Option
	Auto                      bool // scripts reload the page's figures when it changes
}

// Check is one box to tick.
type Check struct {
	Name, Value, Label, Hint, Error string
	Checked                         bool
}

// Quantity asks for a whole number of at least 1.
type Quantity struct {
	ID, Name, Label, Value, Error string
	Least                         int64 // the smallest order; 0 counts as 1
	Most                          int64 // the largest that can be promised; 0 unknown
}

// Hidden is a value that goes along with a form.
type Hidden struct{ Name, Value string }

// PhotoField asks for pictures; the camera opens on phones.
type PhotoField struct {
	Name, Label, Hint, Error string
	Existing                 []Picture
	Multiple                 bool
	Optional                 bool
}

// Pager leads through a list that only knows its next page.
type Pager struct {
	Shown string // "24 dari 56 produk"
	First string // address of the first page, when this is not it
	Next  string // address of the next page, when there is one
}

// Picture is one of ours, in the sizes of media. The zero value is "no picture".
type Picture struct {
	Key           string
	Alt           string
	Colour        string // "#rrggbb", shown while it loads or is being made
	Width, Height int
	Ready         bool   // its renditions exist
	Source        string // address of the master for those who may see it; only while not Ready
}

var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Fill is the colour to paint behind the picture, always a plain colour.
func (p Picture) Fill() string {
	if colour.MatchString(p.Colour) {
		return p.Colour
	}
	return "#e9dcc6"
}

// Proof is what helps to decide whether a buyer's money came to a shop's own account:
// what to look for there, and the photos the buyer sent.
type Proof struct {
	Look   []Fact
	Photos []Picture
}

// ProductCard is a product in a list.
type ProductCard struct {
	Title, URL   string
	Price        money.Rupiah // 0: on request
	From         bool         // variants cost more: "mulai Rp…"
	Unit         string       // "stoples", shown after the price
	Picture      Picture
	Shop, Place  string // of the card: "Kabupaten Madiun", without the district
	Rating       Rating
	Availability string   // "Stok 12", "Sanggup buat 45 lagi bulan ini"
	Tone         Tone     // of Availability: Good, Wait, Bad
	Marks        []string // "Halal", "P-IRT": quiet words of trust
}

// Rating is what buyers gave on average; its zero value is nothing yet.
type Rating struct {
	Average string // "4,8"
	Count   int64
}

// ShopCard is a shop in a list.
type ShopCard struct {
	Name, URL, Place, Kind string
	About                  string // one sentence
	Count                  string // "6 produk"
	Picture                Picture
	Products               []Picture // up to three, of its products
}

// Fact is a name with a value.
type Fact struct {
	Label, Value string
	Note         string
	URL          string
}

// Step is one moment of a timeline.
type Step struct {
	Label, When, Note string
	State             StepState
}

// StepState says where a timeline stands.
type StepState string

// The states of a step.
const (
	Done StepState = "done"
	Now  StepState = "now"
	Todo StepState = "todo"
	Fail StepState = "fail"
)

// Progress is "langkah 2 dari 4".
type Progress struct {
	Step, Total int
	Labels      []string
}

// Table is a plain table of staff pages.
type Table struct {
	Caption string
	Columns []Column
	Rows    []Row
	Empty   string // said when there are no rows
}

// Chart is figures as bars. The table beside it has the same figures.
type Chart struct {
	Title string
	Bars  []Bar
}

// Bar is one figure of a Chart; none is negative.
type Bar struct {
	Label string
	Value int64
	Text  string // the figure in words: "12", "3 hari"
	Note  string // below the name
	Tone  Tone   // Bad and Warn stand out
}

// Share is the bar's length in thousandths of the longest. A small figure can
// still be seen, and nothing is nothing.
func (c Chart) Share(b Bar) int64 {
	var most int64
	for _, x := range c.Bars {
		most = max(most, x.Value)
	}
	if b.Value <= 0 || most == 0 {
		return 0
	}
	return max(8, b.Value*1000/most)
}

// Column heads a Table.
type Column struct {
	Label   string
	Numeric bool
	SortURL string // orders by this column
	Sorted  string // "ascending", "descending" or ""
}

// Row is one line of a Table. Its cells are in the order of the columns.
type Row struct {
	Cells []Cell
	Tone  Tone
}

// Cell is text, or a link, or a chip.
type Cell struct {
	Text, URL, Note string
	Chip            *Chip
	Picture         *Picture
}

// Stat is a figure with its name.
type Stat struct {
	Label, Value, Note, URL string
	Tone                    Tone
}

// Amount is a line of a bill.
type Amount struct {
	Label, Note string
	Value       money.Rupiah
	Strong      bool
}

// Reveal is the page of something that is masked elsewhere: the form that asks
// for a reason, or, once, what was asked for.
type Reveal struct {
	Page   Private
	Title  string
	Of     string // whose
	URL    string // of the form
	Reason string
	Errors Errors
	Value  string // shown instead of the form
	Facts  []Fact // beside the value
	Back   Link
}

// Lesson is a short page that teaches makers one thing.
type Lesson struct {
	Title, Summary string
	Parts          []LessonPart
}

// LessonPart is a heading, text and a picture; each may be missing.
type LessonPart struct {
	Heading string
	Body    string // a paragraph a line; lines that begin with "- " are a list
	Picture Picture
	Drawing string // static name of a drawing, instead of a picture
	Alt     string // of the drawing
}

// Pinned is a picture with numbered spots on it.
type Pinned struct {
	Picture Picture
	Pins    []Pin
}

// Pin is a numbered spot; X and Y are thousandths of the picture's width and
// height.
type Pin struct{ Number, X, Y int64 }

// Said is what somebody answered to one point of a review.
type Said struct {
	Who   string // "Hendro, pendamping"
	When  string
	Body  string
	Marks []string // "Sudah diperbaiki"
	Desk  bool     // said by the desk's side
}
