package curator

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Samples is what the desk asks of package curation about goods in the hand.
type Samples interface {
	AskSample(ctx context.Context, actor account.Actor, in curation.NewSample) (curation.Sample, error)
	MoveSample(ctx context.Context, actor account.Actor, step curation.SampleStep) (curation.Sample, error)
	Sample(ctx context.Context, actor account.Actor, sampleID int64) (curation.Sample, error)
	Samples(ctx context.Context, actor account.Actor, submissionID int64) ([]curation.Sample, error)
	SamplesUnderWay(ctx context.Context, actor account.Actor, f curation.SampleFilter) ([]curation.SampleLine, bool, error)
	SampleTimes(ctx context.Context, actor account.Actor) ([]curation.SampleTime, error)
	LastPlace(ctx context.Context, actor account.Actor) (string, error)
}

// photoBody is the largest form with a photo.
const photoBody = 12 << 20

func (a area) sampleRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/kurasi/sampel", Handler: a.sampleList},
		{Method: http.MethodGet, Path: "/kurasi/:id/sampel", Handler: a.samples},
		{Method: http.MethodPost, Path: "/kurasi/:id/sampel", Handler: a.askSample},
		{Method: http.MethodPost, Path: "/kurasi/sampel/:id", Handler: a.moveSample, BodyLimit: photoBody},
	}
}

// sampleBrief is the sample as the page of a submission mentions it.
func (a area) sampleBrief(c *web.Ctx, submissionID int64) (pages.SampleBrief, error) {
	v := pages.SampleBrief{URL: curation.SampleDesk(submissionID), Label: narrowing{}.item(submissionID) + "/label"}
	list, err := a.Curation.Samples(c.Context(), c.Actor, submissionID)
	if err != nil || len(list) == 0 {
		return v, err
	}
	last := list[len(list)-1]
	chip := sampleChip(last.State)
	v.Chip, v.What, v.Open = &chip, last.What, last.State.Open()
	if w := curation.Compare(last.Grams, last.Stated); last.Grams > 0 {
		v.Weight = weighed(w)
		v.Short = w.Short()
	}
	return v, nil
}

func sampleChip(s curation.SampleState) view.Chip {
	tone := view.Wait
	switch s {
	case curation.SampleReturned, curation.SampleUsedUp:
		tone = view.Good
	case curation.SampleCancelled, curation.SampleMissing:
		tone = view.Neutral
	case curation.SampleReceived, curation.SampleWeighed, curation.SampleTried:
		tone = view.Info
	}
	return view.Chip{Tone: tone, Label: text.T("sample.state." + string(s))}
}

// weighed says what the scales showed beside the label.
func weighed(w curation.Weighing) string {
	grams := money.Group(uint64(w.Grams))
	if w.Stated == 0 {
		return text.T("sample.weighed_alone", "grams", grams)
	}
	key := "sample.weighed_fits"
	if w.Short() {
		key = "sample.weighed_short"
	}
	return text.T(key, "grams", grams, "stated", money.Group(uint64(w.Stated)), "off", percent(w.Off), "tolerance", money.Group(uint64(w.Tolerance)))
}

// percent writes tenths of a percent: "+1,2%", "−4%".
func percent(tenths int64) string {
	sign := "+"
	if tenths < 0 {
		sign, tenths = "−", -tenths
	}
	out := sign + strconv.FormatInt(tenths/10, 10)
	if tenths%10 != 0 {
		out += "," + strconv.FormatInt(tenths%10, 10)
	}
	return out + "%"
}

// typedSample is what a faulty form was sent with.
type typedSample struct {
	ask    pages.SampleAsk
	step   pages.SampleStepForm
	errors view.Errors
}

func (a area) samples(c *web.Ctx) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	return a.samplesPage(c, http.StatusOK, submissionID, typedSample{})
}

func (a area) samplesPage(c *web.Ctx, status int, submissionID int64, typed typedSample) error {
	r, err := a.Curation.Review(c.Context(), c.Actor, submissionID)
	if err != nil {
		return err
	}
	list, err := a.Curation.Samples(c.Context(), c.Actor, submissionID)
	if err != nil {
		return err
	}
	may := c.Actor.Has(account.RoleCurator) && !r.Conflicted
	v := pages.Samples{
		Page: a.frame(c, text.T("sample.title")), Back: view.Link{Label: text.T("label.back_review"), URL: narrowing{}.item(submissionID)},
		Title: r.Submission.Revision.Title, Shop: r.Shop.Name + " · " + r.Shop.Place(), Errors: typed.errors,
	}
	open := false
	for i := len(list) - 1; i >= 0; i-- {
		card, err := a.sampleCard(c, list[i], may)
		if err != nil {
			return err
		}
		if list[i].State.Open() {
			open = true
			if may {
				card.Form = stepForm(list[i], typed)
			}
		}
		v.Cards = append(v.Cards, card)
	}
	if r.Conflicted {
		v.Blocked = text.T("catalog.review.conflicted")
	}
	if may && !open && waits(r.Submission.State) {
		ask := typed.ask
		if ask.FormKey == "" {
			if ask, err = a.freshAsk(c, r); err != nil {
				return err
			}
		}
		ask.Action, ask.MaxWords = curation.SampleDesk(submissionID), curation.MaxSampleWords
		v.Ask = &ask
	}
	return c.Page(status, pages.SamplesPage(v))
}

// freshAsk is the form as it opens: two pieces, a week, the counter of last time.
func (a area) freshAsk(c *web.Ctx, r curation.Review) (pages.SampleAsk, error) {
	ask := pages.SampleAsk{FormKey: id.Token(), What: text.T("sample.what_default", "produk", r.Submission.Revision.Title), Pieces: "1"}
	var err error
	if ask.Place, err = a.Curation.LastPlace(c.Context(), c.Actor); err != nil {
		return ask, err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return ask, err
	}
	ask.Due = now.In(calendar.WIB).AddDate(0, 0, 7).Format(time.DateOnly)
	return ask, nil
}

func (a area) sampleCard(c *web.Ctx, s curation.Sample, may bool) (pages.SampleCard, error) {
	now, err := a.Now(c.Context())
	if err != nil {
		return pages.SampleCard{}, err
	}
	card := pages.SampleCard{ID: strconv.FormatInt(s.ID, 10), What: s.What, Chip: sampleChip(s.State), Facts: []view.Fact{
		{Label: text.T("sample.pieces"), Value: money.Group(uint64(s.Pieces))}, {Label: text.T("sample.place"), Value: s.Place}, {Label: text.T("sample.due"), Value: dueDate(s.DueDay)},
	}}
	if s.Late(now) {
		card.Late = text.T("sample.late")
	}
	if s.Grams > 0 {
		w := curation.Compare(s.Grams, s.Stated)
		card.Weight, card.Short, card.Tone = weighed(w), w.Short(), view.Good
		if w.Stated == 0 {
			card.Tone = view.Info
		}
	}
	var ids []int64
	for _, e := range s.Events {
		ids = append(ids, e.PictureID)
	}
	found := map[int64]media.Picture{}
	if c.Actor.Has(account.RoleCurator) {
		if found, err = a.Pictures.Pictures(c.Context(), ids); err != nil {
			return card, err
		}
	}
	for i, e := range s.Events {
		step := pages.SampleStep{Label: text.T("sample.did." + e.Move), When: calendar.DateTime(e.At, "31") + " · " + e.ActorName, Note: e.Note}
		if i > 0 {
			step.Took = took(e.Took)
		}
		if e.Grams > 0 {
			step.Label += " · " + text.T("curator.value.grams", "grams", money.Group(uint64(e.Grams)))
		}
		if p, ok := found[e.PictureID]; ok {
			shown := web.Picture(p, text.T("sample.photo_alt", "langkah", step.Label))
			step.Photo = &shown
		}
		card.Steps = append(card.Steps, step)
	}
	return card, nil
}

func dueDate(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return calendar.Date(t)
}

// took writes how long a step took: hours below two days, then days.
func took(d time.Duration) string {
	switch {
	case d < time.Hour:
		return text.T("sample.took_soon")
	case d < 48*time.Hour:
		return text.T("sample.took_hours", "n", int64(d.Hours()))
	}
	return text.T("sample.took_days", "n", int64(d.Hours()/24))
}

// stepForm is what may be done next with a sample, at the desk.
func stepForm(s curation.Sample, typed typedSample) *pages.SampleStepForm {
	form := typed.step
	form.Action, form.MaxNote = "/kurasi/sampel/"+strconv.FormatInt(s.ID, 10), curation.MaxSampleNote
	proposed := false // the first step that leads on
	for _, m := range curation.SampleMoves {
		if m.By == catalog.ByCurator && curation.SampleMoves.Allows(m.Name, s.State) {
			form.Steps = append(form.Steps, view.Option{Value: m.Name, Label: text.T("sample.do." + m.Name), Note: text.T("sample.do_note." + m.Name),
				Selected: m.Name == form.Chosen || form.Chosen == "" && !proposed && m.To != s.State})
			proposed = proposed || m.To != s.State
			form.Weigh = form.Weigh || m.Name == "weigh"
		}
	}
	return &form
}

func (a area) askSample(c *web.Ctx) error {
	var in struct {
		FormKey string `form:"form_key"`
		What    string `form:"what"`
		Pieces  string `form:"pieces"`
		Place   string `form:"place"`
		Due     string `form:"due"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	pieces, _ := strconv.ParseInt(strings.TrimSpace(in.Pieces), 10, 64) // what is no number is out of bounds
	_, err = a.Curation.AskSample(c.Context(), c.Actor, curation.NewSample{
		SubmissionID: submissionID, FormKey: in.FormKey, What: in.What, Pieces: pieces, Place: in.Place, DueDay: in.Due,
	})
	if web.Faulty(err) {
		return a.samplesPage(c, http.StatusUnprocessableEntity, submissionID, typedSample{
			ask: pages.SampleAsk{FormKey: in.FormKey, What: in.What, Pieces: in.Pieces, Place: in.Place, Due: in.Due}, errors: c.Errors(err),
		})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "sample.asked")
	return c.SeeOther(curation.SampleDesk(submissionID))
}

func (a area) moveSample(c *web.Ctx) error {
	var in struct {
		Move  string `form:"langkah"`
		Grams string `form:"grams"`
		Note  string `form:"note"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	sampleID, err := c.ID("id")
	if err != nil {
		return err
	}
	s, err := a.Curation.Sample(c.Context(), c.Actor, sampleID)
	if err != nil {
		return err
	}
	step := curation.SampleStep{SampleID: sampleID, Move: in.Move, Note: in.Note}
	if in.Move == "weigh" {
		step.Grams, _ = strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(in.Grams), ".", ""), 10, 64) // what is no number is too little
	}
	if err := a.takeStep(c, step); err != nil {
		if !web.Faulty(err) {
			return err
		}
		return a.samplesPage(c, http.StatusUnprocessableEntity, s.SubmissionID, typedSample{
			step: pages.SampleStepForm{Chosen: in.Move, Grams: in.Grams, Note: in.Note}, errors: c.Errors(err),
		})
	}
	c.Flash(view.Good, "sample.noted")
	return c.SeeOther(curation.SampleDesk(s.SubmissionID))
}

// takeStep makes the move with the photo that came along. A photo of a step that
// was refused is not kept.
func (a area) takeStep(c *web.Ctx, step curation.SampleStep) error {
	if !c.Actor.Has(account.RoleCurator) {
		return fault.NotFound("not a curator")
	}
	file, name, err := c.File("photo")
	if err != nil {
		return err
	}
	if file != nil {
		p, err := a.keep(c, file, name, step.SampleID)
		if err != nil {
			return err
		}
		step.PictureID = p.ID
	}
	_, err = a.Curation.MoveSample(c.Context(), c.Actor, step)
	if err != nil && step.PictureID > 0 {
		if lost := a.Uploads.Remove(context.WithoutCancel(c.Context()), step.PictureID); lost != nil {
			return lost
		}
	}
	return err
}

func (a area) keep(c *web.Ctx, file io.ReadCloser, name string, sampleID int64) (media.Picture, error) {
	defer func() { _ = file.Close() }()
	return a.Uploads.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: curation.SamplePicture, OwnerID: sampleID, Name: name})
}

// sampleFilter is the part of an address that narrows the list of samples.
func sampleFilter(q url.Values) curation.SampleFilter {
	f := curation.SampleFilter{Region: q.Get("wilayah"), Late: q.Get("telat") != "", Mine: q.Get("saya") != ""}
	for _, s := range []curation.SampleState{curation.SampleAsked, curation.SampleOnItsWay, curation.SampleReceived, curation.SampleWeighed, curation.SampleTried} {
		if q.Get("keadaan") == string(s) {
			f.State = s
		}
	}
	return f
}

func (a area) sampleList(c *web.Ctx) error {
	f := sampleFilter(c.QueryValues())
	lines, more, err := a.Curation.SamplesUnderWay(c.Context(), c.Actor, f)
	if err != nil {
		return err
	}
	v := pages.SampleList{Page: a.frame(c, text.T("sample.list_title")), Total: text.T("sample.list_total", "n", len(lines)), Late: f.Late, Mine: f.Mine}
	if more {
		v.Total = text.T("sample.list_more", "n", len(lines))
	}
	for _, s := range []curation.SampleState{curation.SampleAsked, curation.SampleOnItsWay, curation.SampleReceived, curation.SampleWeighed, curation.SampleTried} {
		v.States = append(v.States, view.Option{Value: string(s), Label: text.T("sample.state." + string(s)), Selected: f.State == s})
	}
	for _, p := range region.Provinces() {
		v.Regions = append(v.Regions, view.Option{Value: p.Code, Label: p.Name, Selected: f.Region == p.Code})
	}
	for _, on := range []bool{f.Region != "", f.State != "", f.Late, f.Mine} {
		if on {
			v.Active++
		}
	}
	v.Table = view.Table{Caption: text.T("sample.list_title"), Empty: text.T("sample.list_none"), Columns: []view.Column{
		{Label: text.T("sample.col_product")}, {Label: text.T("sample.col_shop")}, {Label: text.T("sample.col_state")}, {Label: text.T("sample.col_age"), Numeric: true}, {Label: text.T("sample.due")}, {Label: text.T("sample.place")},
	}}
	for _, l := range lines {
		chip := sampleChip(l.State)
		row := view.Row{Cells: []view.Cell{
			{Text: l.Title, URL: curation.SampleDesk(l.SubmissionID)}, {Text: l.ShopName, Note: l.ShopPlace}, {Chip: &chip},
			{Text: text.T("curator.value.days", "days", l.Days)}, {Text: dueDate(l.DueDay)}, {Text: l.Place},
		}}
		if l.Overdue {
			row.Tone, row.Cells[4].Note = view.Warn, text.T("sample.late")
		}
		v.Table.Rows = append(v.Table.Rows, row)
	}
	times, err := a.Curation.SampleTimes(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v.Times = view.Table{Caption: text.T("sample.times"), Empty: text.T("sample.times_none"), Columns: []view.Column{
		{Label: text.T("sample.col_step")}, {Label: text.T("sample.col_count"), Numeric: true}, {Label: text.T("sample.col_median"), Numeric: true},
	}}
	for _, t := range times {
		v.Times.Rows = append(v.Times.Rows, view.Row{Cells: []view.Cell{{Text: text.T("sample.did." + t.Move)}, {Text: strconv.Itoa(t.Count)}, {Text: took(t.Median)}}})
	}
	return c.Page(http.StatusOK, pages.SampleListPage(v))
}
