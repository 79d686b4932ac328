package maker

import (
	"context"
	"net/http"
	"time"

	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// sampleRequest is a sample in the maker's words.
func sampleRequest(s curation.Sample) pages.SampleRequest {
	v := pages.SampleRequest{
		URL: curation.SamplePath(s.ID), What: s.What, Pieces: text.T("maker.sample.pieces", "n", s.Pieces), Place: s.Place, Due: s.DueDay,
		State: text.T("maker.sample.state." + string(s.State)), Asked: s.State == curation.SampleAsked, MaxNote: curation.MaxSampleNote,
	}
	if day, err := time.Parse(time.DateOnly, s.DueDay); err == nil {
		v.Due = text.T("maker.sample.due", "day", calendar.Date(day))
	}
	if s.Grams > 0 {
		v.Weight = text.T("maker.sample.weighed", "grams", pieces(s.Grams))
		if w := curation.Compare(s.Grams, s.Stated); w.Short() {
			v.Weight = text.T("maker.sample.short", "grams", pieces(s.Grams), "stated", pieces(s.Stated))
		}
	}
	for _, e := range s.Events {
		if e.Note != "" {
			v.Notes = append(v.Notes, pages.Note{Aspect: text.T("sample.did." + e.Move), Text: e.Note})
		}
	}
	return v
}

// sampleRequests are the samples of a submission, the newest first.
func (a area) sampleRequests(c *web.Ctx, submissionID int64) ([]pages.SampleRequest, error) {
	list, err := a.Curation.Samples(c.Context(), c.Actor, submissionID)
	if err != nil {
		return nil, err
	}
	var out []pages.SampleRequest
	for i := len(list) - 1; i >= 0; i-- {
		out = append(out, sampleRequest(list[i]))
	}
	return out, nil
}

func (a area) sample(c *web.Ctx) error {
	return a.samplePage(c, http.StatusOK, "", "", nil)
}

// samplePage is one sample; note and move are what a faulty form was sent with.
func (a area) samplePage(c *web.Ctx, status int, move, note string, e view.Errors) error {
	s, err := a.ownSample(c)
	if err != nil {
		return err
	}
	shop, err := a.own(c, s.ShopID)
	if err != nil {
		return err
	}
	sub, err := a.Catalog.Submission(c.Context(), c.Actor, s.SubmissionID)
	if err != nil {
		return err
	}
	page, err := a.frame(c, shop, "produk", text.T("maker.sample.title"))
	if err != nil {
		return err
	}
	v := pages.Sample{Page: page, Title: sub.Revision.Title, Back: submissionURL(s.SubmissionID), Request: sampleRequest(s), Note: note, Declining: move == "decline", Errors: e}
	alts := map[int64]string{}
	for _, e := range s.Events {
		if e.PictureID > 0 {
			alts[e.PictureID] = text.T("sample.photo_alt", "langkah", text.T("sample.did."+e.Move))
		}
	}
	shown, err := a.pictures(c.Context(), alts)
	if err != nil {
		return err
	}
	for _, e := range s.Events {
		if p, ok := shown[e.PictureID]; ok {
			v.Photos = append(v.Photos, p)
		}
	}
	return c.Page(status, pages.SamplePage(v))
}

// ownSample is the sample of the address, only for the shop's own people.
func (a area) ownSample(c *web.Ctx) (curation.Sample, error) {
	sampleID, err := c.ID("id")
	if err != nil {
		return curation.Sample{}, err
	}
	s, err := a.Curation.Sample(c.Context(), c.Actor, sampleID)
	if err == nil && !c.Actor.Manages(s.ShopID) {
		err = fault.NotFound("another's sample")
	}
	return s, err
}

func (a area) moveSample(c *web.Ctx) error {
	var in struct {
		Move string `form:"langkah"`
		Note string `form:"note"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	s, err := a.ownSample(c)
	if err != nil {
		return err
	}
	if err := a.takeStep(c, curation.SampleStep{SampleID: s.ID, Move: in.Move, Note: in.Note}); err != nil {
		return again(c, err, func(e view.Errors) error {
			return a.samplePage(c, http.StatusUnprocessableEntity, in.Move, in.Note, e)
		})
	}
	c.Flash(view.Good, "maker.sample.noted")
	return c.SeeOther(curation.SamplePath(s.ID))
}

// takeStep makes the move with the photo that came along; one of a step that was
// refused is not kept.
func (a area) takeStep(c *web.Ctx, step curation.SampleStep) error {
	file, name, err := c.File("photo")
	if err != nil {
		return err
	}
	if file != nil {
		defer func() { _ = file.Close() }()
		p, err := a.Media.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: curation.SamplePicture, OwnerID: step.SampleID, Name: name})
		if err != nil {
			return err
		}
		step.PictureID = p.ID
	}
	_, err = a.Curation.MoveSample(c.Context(), c.Actor, step)
	if err != nil && step.PictureID > 0 {
		if lost := a.Media.Remove(context.WithoutCancel(c.Context()), step.PictureID); lost != nil {
			return lost
		}
	}
	return err
}
