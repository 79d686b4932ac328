package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Photos of a draft: the first step of a new product. Without scripts one photo is sent
// with the form; js/photos.js makes photos smaller, keeps them in the browser until
// they have arrived, and sends each with a form key of its own.

func (a area) showPhotos(c *web.Ctx) error {
	return a.show(c, func(d draft) error { return a.photosPage(c, http.StatusOK, d, "", nil) })
}

func (a area) photosPage(c *web.Ctx, status int, d draft, how string, e view.Errors) error {
	page, s, err := a.step(c, d, stepPhoto, e)
	if err != nil {
		return err
	}
	have := d.sub.Revision.Pictures
	s.Multipart, s.FormKey = true, id.Token()
	if len(have) > 0 {
		s.Question, s.Hint = text.T("maker.photo.question"), ""
	}
	shown, err := a.pictures(c.Context(), pictureAlts(d.sub.Revision))
	if err != nil {
		return err
	}
	if how == "" && d.sub.State == catalog.SubmissionReturned {
		how = "replace"
	}
	v := pages.Photos{Page: page, Step: s, Base: submissionURL(d.sub.ID), Review: d.review, Choose: d.review && len(have) > 0, Replace: how == "replace",
		Full: len(have) >= catalog.MaxPictures, Most: catalog.MaxPictures}
	for n, id := range have {
		v.Pictures = append(v.Pictures, pages.Photo{ID: id, Picture: shown[id], N: n + 1, First: n == 0, EditURL: shapeURL(d, id)})
		if !shown[id].Ready {
			v.Soon = true
		}
	}
	if v.Soon {
		v.Page.ReloadAfter = 4
		v.Page.Scripts = append(v.Page.Scripts, "js/status.js")
	}
	if gone := number(c.Query("hapus")); status == http.StatusOK && gone > 0 && !slices.Contains(have, gone) {
		v.Gone, v.GoneAt = gone, int(number(c.Query("tempat")))
	}
	return c.Page(status, pages.PhotosPage(v))
}

func pictureAlts(r catalog.Revision) map[int64]string {
	alts := map[int64]string{}
	for n, id := range r.Pictures {
		alts[id] = text.T("maker.photo.alt", "n", n+1, "name", r.Title)
	}
	return alts
}

func (a area) addPhoto(c *web.Ctx) error {
	var in struct {
		Review  string `form:"review"`
		How     string `form:"how"`
		FormKey string `form:"form_key"`
		Later   string `form:"later"`
	}
	d, err := a.draft(c)
	if err != nil {
		return err
	}
	script := strings.HasPrefix(c.Request().Header.Get("Accept"), "application/json")
	answer := func(err error) error {
		switch {
		case err == nil && script:
			return c.JSON(http.StatusOK, map[string]bool{"arrived": true})
		case err == nil:
			return c.SeeOther(onward(c, d.sub, stepPhoto, d.review))
		case script && web.Faulty(err):
			return c.JSON(http.StatusUnprocessableEntity, map[string]string{"fault": web.Errors(err).First()})
		case script:
			return err
		}
		return again(c, err, func(e view.Errors) error {
			return a.photosPage(c, http.StatusUnprocessableEntity, d, in.How, e)
		})
	}
	if err := c.Decode(&in); err != nil {
		if script {
			return answer(err)
		}
		return again(c, err, func(e view.Errors) error { return a.photosPage(c, web.Status(fault.As(err).Kind), d, "", e) })
	}
	d.review = in.Review == "1"
	if in.Later != "" { // the browser keeps it and sends it as soon as there is a signal
		return answer(nil)
	}
	return answer(a.takePhoto(c, d, in.How == "replace", in.FormKey))
}

// takePhoto stores the sent picture and puts it on the draft, in place of the
// first one if asked. Without a picture the present ones are enough. The same
// picture sent twice stays one.
func (a area) takePhoto(c *web.Ctx, d draft, replace bool, formKey string) error {
	file, name, err := c.File("photo")
	if err == nil && file == nil {
		file, name, err = c.File("gallery")
	}
	if err != nil {
		return err
	}
	have := d.sub.Revision.Pictures
	if file == nil {
		if len(have) == 0 {
			return invalid("photo", "maker.photo.missing")
		}
		return nil
	}
	defer func() { _ = file.Close() }()
	up := media.Upload{Reader: file, OwnerKind: catalog.PictureOwner, OwnerID: d.sub.ProductID, Name: name, Key: formKey}
	if !d.sub.Editable() {
		// Taken before it was sent to the officers, and the answer never reached the phone.
		if _, before, err := a.Media.Sent(c.Context(), up); err != nil || before {
			return err
		}
		return fault.Conflict("catalog.submission.not_editable")
	}
	p, err := a.Media.Store(c.Context(), c.Actor, up)
	if err != nil {
		return err
	}
	known, err := a.Media.Pictures(c.Context(), have)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.SHA256 == p.SHA256 || k.Source() == p.ID {
			return nil
		}
	}
	if replace && len(have) > 0 {
		next := append([]int64{p.ID}, have[1:]...)
		_, err = a.Catalog.SetPictures(c.Context(), c.Actor, d.sub.ID, next)
		return err
	}
	_, err = a.Catalog.AddPicture(c.Context(), c.Actor, d.sub.ID, p.ID)
	return err
}

type arrangeForm struct {
	Picture int64  `form:"picture"`
	Do      string `form:"do"`
	Review  string `form:"review"`
	At      int    `form:"at"`     // where a removed one stood
	Turned  int    `form:"turned"` // the shape wanted
	Crop    string `form:"crop"`
}

// arrangePhotos moves, turns, crops, removes and brings back one photo.
func (a area) arrangePhotos(c *web.Ctx) error {
	var in arrangeForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	d, err := a.draft(c)
	if err != nil {
		return err
	}
	d.review = in.Review == "1"
	have := d.sub.Revision.Pictures
	at := slices.Index(have, in.Picture)
	if (at < 0) == (in.Do != "restore") {
		return c.SeeOther(photosURL(d)) // it is gone already, or back
	}
	next, to := slices.Clone(have), photosURL(d)
	switch in.Do {
	case "first":
		next = append([]int64{in.Picture}, slices.Delete(next, at, at+1)...)
	case "earlier", "later":
		other := at + 1
		if in.Do == "earlier" {
			other = at - 1
		}
		if other >= 0 && other < len(next) {
			next[at], next[other] = next[other], next[at]
		}
	case "remove":
		next = slices.Delete(next, at, at+1)
		to = fmt.Sprintf("%s?hapus=%d&tempat=%d", submissionURL(d.sub.ID)+"/"+stepPhoto, in.Picture, at)
		if d.review {
			to += "&review=1"
		}
	case "restore":
		next = slices.Insert(next, min(max(in.At, 0), len(next)), in.Picture)
	case "shape":
		if !d.sub.Editable() {
			return c.SeeOther(submissionURL(d.sub.ID))
		}
		p, err := a.Media.Reshape(c.Context(), c.Actor, in.Picture, media.Shape{Turned: in.Turned, Crop: media.Crop(in.Crop)})
		if err != nil {
			return again(c, err, func(e view.Errors) error { return a.photosPage(c, http.StatusUnprocessableEntity, d, "", e) })
		}
		next[at], to = p.ID, shapeURL(d, p.ID)
	default:
		return c.SeeOther(to)
	}
	if _, err := a.Catalog.SetPictures(c.Context(), c.Actor, d.sub.ID, next); err != nil {
		return again(c, err, func(e view.Errors) error { return a.photosPage(c, http.StatusUnprocessableEntity, d, "", e) })
	}
	return c.SeeOther(to)
}

// showShape turns and crops one photo of the draft by buttons (foto in the address).
func (a area) showShape(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		at := slices.Index(d.sub.Revision.Pictures, number(c.Query("foto")))
		if at < 0 {
			return c.SeeOther(photosURL(d))
		}
		pictureID := d.sub.Revision.Pictures[at]
		known, err := a.Media.Pictures(c.Context(), []int64{pictureID})
		if err != nil {
			return err
		}
		p := known[pictureID]
		v := pages.Shape{Base: submissionURL(d.sub.ID), Back: photosURL(d), Review: d.review, N: at + 1, Of: len(d.sub.Revision.Pictures),
			ID: pictureID, Turned: p.Turned, Crop: string(p.Crop), Original: p.SourceID == nil}
		if v.Page, err = a.frame(c, d.shop, "produk", text.T("maker.shape.title", "n", at+1)); err != nil {
			return err
		}
		if v.Picture, err = a.picture(c, pictureID, text.T("maker.photo.alt", "n", at+1, "name", d.sub.Revision.Title)); err != nil {
			return err
		}
		if !v.Picture.Ready {
			v.Page.ReloadAfter, v.Page.Scripts = 3, []string{"js/status.js"}
		}
		// The source after turning: upright or lying decides what the ends are called.
		width, height := p.Width, p.Height
		if p.SourceID != nil {
			sources, err := a.Media.Pictures(c.Context(), []int64{*p.SourceID})
			if err != nil {
				return err
			}
			if source, found := sources[*p.SourceID]; found {
				if width, height = source.Width, source.Height; p.Turned%180 != 0 {
					width, height = height, width
				}
			}
		}
		v.Upright, v.Square = height > width, height == width
		return c.Page(http.StatusOK, pages.ShapePage(v))
	})
}

func photosURL(d draft) string {
	at := submissionURL(d.sub.ID) + "/" + stepPhoto
	if d.review {
		at += "?review=1"
	}
	return at
}

func shapeURL(d draft, pictureID int64) string {
	at := fmt.Sprintf("%s/%s/ubah?foto=%d", submissionURL(d.sub.ID), stepPhoto, pictureID)
	if d.review {
		at += "&review=1"
	}
	return at
}
