package public

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// ReturnDays are the working days in which goods can be exchanged or sent back
// after receipt: the order machine keeps the money so long. The law asks for two
// at least (PP 80/2019, domain notes B9).
const ReturnDays = 3

// chapter is one part of an explaining page: its name in the sentences' keys, its
// anchor, and how many questions it answers.
type chapter struct {
	name, anchor string
	questions    int
}

// documents are the explaining pages, by their name in the sentences' keys.
var documents = map[string][]chapter{
	"help": {
		{"buy", "membeli", 5}, {"pay", "membayar", 4}, {"ship", "mengirim", 3}, {"cancel", "batal-tukar", 4},
		{"track", "melacak", 2}, {"trust", "izin-label", 3}, {"sell", "berjualan", 1},
	},
	"terms": {
		{"who", "kami", 2}, {"price", "harga", 3}, {"deliver", "pengiriman", 2}, {"return", "pengembalian", 3},
		{"duty", "tanggung-jawab", 3}, {"dispute", "sengketa", 1},
	},
	"privacy": {
		{"buyers", "pembeli", 2}, {"makers", "pembuat", 2}, {"complaints", "pengaduan", 1}, {"time", "lama-simpan", 1},
		{"cookies", "kuki", 1}, {"rights", "hak", 2},
	},
}

// documentKeys begins the keys of their sentences: info.help.buy.q1, info.help.buy.a1.
const documentKeys = "info."

// document returns the handler of an explaining page.
func (a area) document(name, path string) web.Handler {
	return func(c *web.Ctx) error {
		key := documentKeys + name
		v := pages.Document{
			Page: c.PublicView(c.T(key+".title"), c.T(key+".lead"), path), Title: c.T(key + ".title"), Lead: c.T(key + ".lead"), Contact: a.Contact(c.Context()),
		}
		args := []any{"organisation", v.Contact.Organisation, "days", ReturnDays, "answer", program.AnswerDays}
		for _, ch := range documents[name] {
			part := pages.Chapter{ID: ch.anchor, Title: c.T(key + "." + ch.name)}
			for n := 1; n <= ch.questions; n++ {
				at := fmt.Sprintf("%s.%s", key, ch.name)
				part.Questions = append(part.Questions, pages.Question{
					ID: fmt.Sprintf("%s-%d", ch.anchor, n), Title: c.T(fmt.Sprintf("%s.q%d", at, n), args...),
					Lines: lines(c.T(fmt.Sprintf("%s.a%d", at, n), args...)),
				})
			}
			if name == "help" && ch.name == "track" {
				part.Door = &view.Link{Label: c.T("info.door.track"), URL: "/pesanan", Icon: "search"}
			}
			v.Chapters = append(v.Chapters, part)
		}
		return c.Page(http.StatusOK, pages.DocumentPage(v))
	}
}

// complaintForm is a complaint as typed.
type complaintForm struct {
	Order   string `form:"order"`
	Name    string `form:"name"`
	Contact string `form:"contact"`
	Words   string `form:"words"`
}

// orderNumber is what may stand in an address to fill the form.
var orderNumber = regexp.MustCompile(`^LB-[0-9A-Z]{4,10}$`)

func (a area) showComplaint(c *web.Ctx) error {
	in := complaintForm{}
	if n := strings.ToUpper(c.Query("pesanan")); orderNumber.MatchString(n) {
		in.Order = n
	}
	return a.complaintPage(c, http.StatusOK, in, nil)
}

func (a area) complaintPage(c *web.Ctx, status int, in complaintForm, e view.Errors) error {
	v := pages.Complaint{
		Page: c.PublicView(c.T("info.complaint.title"), c.T("info.complaint.lead", "days", program.AnswerDays), "/pengaduan"), Contact: a.Contact(c.Context()),
		Days: program.AnswerDays, Order: in.Order, Name: in.Name, Reply: in.Contact, Words: in.Words, MaxWords: program.MaxComplaint, Errors: e,
	}
	return c.Page(status, pages.ComplaintPage(v))
}

func (a area) complain(c *web.Ctx) error {
	var in complaintForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	done, err := a.Complaints.Complain(c.Context(), program.NewComplaint{
		OrderNumber: in.Order, Name: in.Name, Contact: in.Contact, Body: in.Words, Source: c.IP(),
	})
	switch {
	case web.Faulty(err):
		return a.complaintPage(c, http.StatusUnprocessableEntity, in, c.Errors(err))
	case fault.Is(err, fault.KindRateLimited): // what was written is not lost
		return a.complaintPage(c, http.StatusTooManyRequests, in, c.Errors(err))
	case err != nil:
		return err
	}
	return c.SeeOther("/pengaduan/" + done.Number)
}

// showReceipt tells whoever has the number how far a complaint is.
func (a area) showReceipt(c *web.Ctx) error {
	done, err := a.Complaints.ComplaintReceipt(c.Context(), strings.ToUpper(c.Param("token")))
	if err != nil {
		return err
	}
	v := pages.Receipt{Page: c.Own(c.T("info.receipt.title", "number", done.Number)), Title: c.T("info.receipt.title", "number", done.Number), Contact: a.Contact(c.Context())}
	v.Notice = view.Notice{Tone: view.Good, Title: c.T("info.receipt.open"), Text: c.T("info.receipt.open_text", "date", c.Date(done.CreatedAt), "due", c.Date(done.DueAt))}
	if done.AnsweredAt != nil {
		v.Notice = view.Notice{Tone: view.Good, Title: c.T("info.receipt.answered"), Text: c.T("info.receipt.answered_text", "date", c.Date(done.CreatedAt), "done", c.Date(*done.AnsweredAt))}
	}
	return c.Page(http.StatusOK, pages.ReceiptPage(v))
}
