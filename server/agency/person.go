package agency

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// photoLimit is the largest form that carries a picture, in bytes.
const photoLimit = 12 << 20

// personRoutes are those about what is private of a maker: identity number,
// consents, portrait, and what was revealed.
func (a area) personRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/nik", Handler: a.saveNIK},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/nik/lihat", Handler: a.revealNIK},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/izin", Handler: a.giveConsent, BodyLimit: photoLimit},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/izin/cabut", Handler: a.endConsent},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/tentang", Handler: a.step(a.Catalog.ResetAbout, "agency.maker.about_gone")},
		{Method: http.MethodGet, Path: "/dinas/perajin/:id/cerita", Handler: a.portrait},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/cerita", Handler: a.savePortrait, BodyLimit: photoLimit},
		{Method: http.MethodPost, Path: "/dinas/rekening/:id/lihat", Handler: a.revealBank},
		{Method: http.MethodGet, Path: "/dinas/izin", Handler: a.register},
		{Method: http.MethodGet, Path: "/dinas/pembukaan", Handler: a.reveals},
		{Method: http.MethodGet, Path: "/dampingan/nik/:id", Handler: a.helpedNIK},
		{Method: http.MethodPost, Path: "/dampingan/nik/:id", Handler: a.saveHelpedNIK},
	}
}

// keeps reports whether the actor keeps the papers of makers; a head looks on.
func keeps(actor account.Actor) bool { return actor.HasAny(account.RoleOfficer, account.RoleAdmin) }

// fillPerson adds what is private of the maker, for those who keep it.
func (a area) fillPerson(c *web.Ctx, v *pages.Maker, l program.Line, f makerForms) error {
	at := makerURL(l.Shop.ID)
	if keeps(c.Actor) {
		masked, err := a.Accounts.MaskedNIK(c.Context(), l.Maker.ID)
		if err != nil {
			return err
		}
		v.NIK = &pages.NIK{Masked: masked, URL: at + "/nik", RevealURL: at + "/nik/lihat", Errors: f.nikErrors}
	}
	if err := a.fillConsents(c, v, l, f); err != nil {
		return err
	}
	v.About, v.ResetAbout = l.Shop.About, at+"/tentang"
	if l.Shop.Kind == catalog.Institution {
		return nil
	}
	state, _, err := a.portraitState(c, l)
	v.Portrait = &pages.Portrait{State: state, URL: at + "/cerita"}
	return err
}

type nikForm struct {
	NIK string `form:"nik"`
}

func (a area) saveNIK(c *web.Ctx) error {
	var in nikForm
	l, err := a.line(c)
	if err == nil {
		err = c.Decode(&in)
	}
	if err == nil {
		err = a.Accounts.SetNIK(c.Context(), c.Actor, l.Maker.ID, in.NIK)
	}
	if web.Faulty(err) {
		return a.makerPage(c, http.StatusUnprocessableEntity, l, makerForms{nikErrors: web.Errors(err)})
	}
	return told(c, err, makerURL(l.Shop.ID), "agency.nik.saved")
}

// helpedLine is a shop that the actor helps, with its maker.
func (a area) helpedLine(c *web.Ctx) (helped, error) {
	shopID, err := c.ID("id")
	if err != nil {
		return helped{}, err
	}
	_, mine, err := a.caseload(c)
	if err != nil {
		return helped{}, err
	}
	h, ok := mine[shopID]
	if !ok {
		return helped{}, fault.NotFound("shop of nobody the actor helps")
	}
	return h, nil
}

func (a area) helpedNIK(c *web.Ctx) error {
	h, err := a.helpedLine(c)
	if err != nil {
		return err
	}
	return a.helpedNIKPage(c, http.StatusOK, h, nil)
}

func (a area) helpedNIKPage(c *web.Ctx, status int, h helped, e view.Errors) error {
	page := c.Private(text.T("agency.nik.title"))
	page.Area = text.T("agency.word.companion")
	page.Nav = []view.Link{{Label: text.T("agency.nav.companion"), URL: "/dampingan", Icon: "phone"}}
	return c.Page(status, pages.HelpedNIKPage(pages.HelpedNIK{
		Page: page, Maker: h.maker.Name, Form: pages.NIK{URL: fmt.Sprintf("/dampingan/nik/%d", h.shop.ID), Errors: e},
	}))
}

func (a area) saveHelpedNIK(c *web.Ctx) error {
	var in nikForm
	h, err := a.helpedLine(c)
	if err == nil {
		err = c.Decode(&in)
	}
	if err == nil {
		err = a.Accounts.SetNIK(c.Context(), c.Actor, h.maker.ID, in.NIK)
	}
	if web.Faulty(err) {
		return a.helpedNIKPage(c, http.StatusUnprocessableEntity, h, web.Errors(err))
	}
	return told(c, err, "/dampingan", "agency.nik.saved")
}

type reasonForm struct {
	Reason string `form:"reason"`
}

// revealNIK answers with the number itself and stores it nowhere: going back and
// forth asks again.
func (a area) revealNIK(c *web.Ctx) error {
	l, err := a.line(c)
	if err != nil {
		return err
	}
	v := view.Reveal{
		Page: a.frame(c, "makers", text.T("agency.nik.title")), Title: text.T("agency.nik.title"), Of: l.Maker.Name,
		URL: makerURL(l.Shop.ID) + "/nik/lihat", Back: view.Link{Label: l.Shop.Name, URL: makerURL(l.Shop.ID)},
	}
	return reveal(c, v, func(reason string) (value string, facts []view.Fact, err error) {
		value, err = a.Accounts.RevealNIK(c.Context(), c.Actor, l.Maker.ID, reason)
		return value, nil, err
	})
}

func (a area) revealBank(c *web.Ctx) error {
	bankID, err := c.ID("id")
	if err != nil {
		return err
	}
	v := view.Reveal{
		Page: a.frame(c, "banks", text.T("agency.banks.title")), Title: text.T("agency.banks.number"),
		URL: fmt.Sprintf("/dinas/rekening/%d/lihat", bankID), Back: view.Link{Label: text.T("agency.banks.title"), URL: "/dinas/rekening"},
	}
	return reveal(c, v, func(reason string) (string, []view.Fact, error) {
		bank, err := a.Finance.RevealBank(c.Context(), c.Actor, bankID, reason)
		return bank.Number, []view.Fact{{Label: text.T("agency.banks.number"), Value: bank.Masked}, {Label: text.T("agency.banks.owner"), Value: bank.HolderName}}, err
	})
}

// reveal decodes the reason and draws what show answers, once, or the form again.
func reveal(c *web.Ctx, v view.Reveal, show func(reason string) (string, []view.Fact, error)) error {
	var in reasonForm
	err := c.Decode(&in)
	if err == nil {
		v.Value, v.Facts, err = show(in.Reason)
	}
	if web.Faulty(err) {
		v.Value, v.Reason, v.Errors = "", in.Reason, web.Errors(err)
		return c.Page(http.StatusUnprocessableEntity, ui.RevealPage(v))
	}
	if err != nil {
		return err
	}
	return c.Page(http.StatusOK, ui.RevealPage(v))
}

// consentForm records one consent. Expires is a day, or empty.
type consentForm struct {
	Kind    string `form:"kind"`
	Proof   string `form:"proof"`
	Expires string `form:"expires"`
}

var consentKinds = []account.ConsentKind{account.ConsentStory, account.ConsentPhoto, account.ConsentHelped}

func kindOptions(chosen string) (out []view.Option) {
	for _, k := range consentKinds {
		out = append(out, view.Option{Value: string(k), Label: text.T("agency.consent_kind." + string(k)), Selected: string(k) == chosen})
	}
	return out
}

func (a area) fillConsents(c *web.Ctx, v *pages.Maker, l program.Line, f makerForms) error {
	v.Consents = pages.Consents{Kinds: kindOptions(f.consent.Kind), Evidence: f.consent.Proof, Expires: f.consent.Expires, Errors: f.consentErrors}
	all, err := a.Accounts.Consents(c.Context(), c.Actor, l.Maker.ID)
	if fault.Is(err, fault.KindNotFound) {
		return nil // a head looks on, and sees the register
	}
	if err != nil {
		return err
	}
	v.Consents.URL, v.Consents.EndURL = makerURL(l.Shop.ID)+"/izin", makerURL(l.Shop.ID)+"/izin/cabut"
	forms, err := a.forms(c, all)
	if err != nil {
		return err
	}
	zone := calendar.Zone(l.Shop.RegencyCode)
	for _, k := range all {
		line := pages.ConsentLine{
			Kind: text.T("agency.consent_kind." + string(k.Kind)), Evidence: k.Evidence, Given: calendar.Date(k.GivenAt.In(zone)),
			FormURL: forms[k.PictureID], Code: string(k.Kind),
			Chip: view.Chip{Tone: view.Good, Label: text.T("agency.consent.until", "date", calendar.Date(k.ExpiresAt.In(zone)))},
		}
		if !k.EndedAt.IsZero() {
			line.Code, line.Chip = "", view.Chip{Tone: view.Neutral, Label: text.T("agency.consent.ended", "date", calendar.Date(k.EndedAt.In(zone)))}
		}
		v.Consents.Lines = append(v.Consents.Lines, line)
	}
	return nil
}

// forms are the addresses of the pictures of signed forms, by picture.
func (a area) forms(c *web.Ctx, consents []account.Consent) (map[int64]string, error) {
	var ids []int64
	for _, k := range consents {
		if k.PictureID > 0 {
			ids = append(ids, k.PictureID)
		}
	}
	pictures, err := a.Pictures.Pictures(c.Context(), ids)
	out := map[int64]string{}
	for id, p := range pictures {
		out[id] = p.Path(1280, "jpg")
	}
	return out, err
}

// giveConsent records a consent with its evidence: a line about it, and the
// picture of the signed form when there is one.
func (a area) giveConsent(c *web.Ctx) error {
	var in consentForm
	l, err := a.line(c)
	if err == nil {
		err = c.Decode(&in)
	}
	if err == nil {
		err = a.recordConsent(c, l, in)
	}
	if web.Faulty(err) {
		if f := fault.As(err); f != nil {
			for i := range f.Fields {
				if f.Fields[i].Name == "evidence" {
					f.Fields[i].Name = "proof"
				}
			}
		}
		return a.makerPage(c, http.StatusUnprocessableEntity, l, makerForms{consent: in, consentErrors: web.Errors(err)})
	}
	return told(c, err, makerURL(l.Shop.ID), "agency.consent.given_done")
}

func (a area) recordConsent(c *web.Ctx, l program.Line, in consentForm) error {
	given := account.NewConsent{UserID: l.Maker.ID, Kind: account.ConsentKind(in.Kind), Evidence: in.Proof}
	bad := fault.Invalid("fault.form")
	if !slices.Contains(consentKinds, given.Kind) {
		bad.With("kind", "agency.consent.kind_missing")
	}
	if in.Proof == "" {
		bad.With("evidence", "account.consent.evidence")
	}
	if in.Expires != "" {
		day, err := time.ParseInLocation("2006-01-02", in.Expires, calendar.Zone(l.Shop.RegencyCode))
		if err != nil {
			bad.With("expires", "account.consent.expires")
		}
		given.ExpiresAt = day.AddDate(0, 0, 1) // through that day
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	picture, err := a.upload(c, account.ConsentPicture, l.Maker.ID)
	if err != nil {
		return err
	}
	given.PictureID = picture
	if _, err := a.Accounts.GiveConsent(c.Context(), c.Actor, given); err != nil {
		if picture > 0 {
			err = firstOf(err, a.Pictures.Remove(c.Context(), picture))
		}
		return err
	}
	return nil
}

// firstOf is the error that matters; the second one is only logged with it.
func firstOf(err, other error) error {
	if other != nil {
		return fmt.Errorf("%w (and %v)", err, other)
	}
	return err
}

// upload stores the form's photo for a person; 0 when there is none.
func (a area) upload(c *web.Ctx, owner string, personID int64) (int64, error) {
	file, name, err := c.File("photo")
	if err != nil || file == nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	p, err := a.Pictures.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: owner, OwnerID: personID, Name: name})
	return p.ID, err
}

func (a area) endConsent(c *web.Ctx) error {
	var in struct {
		Kind string `form:"kind"`
	}
	l, err := a.line(c)
	if err == nil {
		err = c.Decode(&in)
	}
	if err == nil {
		err = a.Accounts.WithdrawConsent(c.Context(), c.Actor, l.Maker.ID, account.ConsentKind(in.Kind), "")
	}
	if fault.Is(err, fault.KindNotFound) && l.Shop.ID > 0 { // ended meanwhile is what was wanted
		err = nil
	}
	return told(c, err, makerURL(l.Shop.ID), "agency.consent.end_done")
}

// portraitState says in words what the public page shows of the maker, and why
// not more.
func (a area) portraitState(c *web.Ctx, l program.Line) ([]string, catalog.Portrait, error) {
	p, err := a.Catalog.PortraitOf(c.Context(), l.Shop.ID)
	if err != nil {
		return nil, p, err
	}
	if p.UserID != l.Maker.ID {
		p = catalog.Portrait{ShopID: l.Shop.ID}
	}
	var out []string
	for _, part := range []struct {
		there bool
		name  string
		kind  account.ConsentKind
	}{{p.PictureID > 0, "photo", account.ConsentPhoto}, {p.Story != "", "story", account.ConsentStory}} {
		allowed, err := a.Accounts.Consented(c.Context(), l.Maker.ID, part.kind)
		if err != nil {
			return nil, p, err
		}
		state := "none"
		switch {
		case part.there && allowed:
			state = "shown"
		case part.there:
			state = "hidden"
		}
		out = append(out, text.T("agency.portrait."+part.name+"_"+state))
	}
	return out, p, nil
}

func (a area) portrait(c *web.Ctx) error {
	l, err := a.line(c)
	if err != nil {
		return err
	}
	return a.portraitPage(c, http.StatusOK, l, nil, nil)
}

func (a area) portraitPage(c *web.Ctx, status int, l program.Line, typed *string, e view.Errors) error {
	state, p, err := a.portraitState(c, l)
	if err != nil {
		return err
	}
	v := pages.PortraitForm{
		Page: a.frame(c, "makers", text.T("agency.portrait.title")), Back: view.Link{Label: l.Shop.Name, URL: makerURL(l.Shop.ID)},
		State: state, URL: makerURL(l.Shop.ID) + "/cerita", Story: p.Story, Errors: e,
	}
	if typed != nil {
		v.Story = *typed
	}
	pictures, err := a.Pictures.Pictures(c.Context(), []int64{p.PictureID})
	if err != nil {
		return err
	}
	v.Picture = web.Picture(pictures[p.PictureID], text.T("agency.portrait.alt", "name", l.Maker.Name))
	return c.Page(status, pages.PortraitPage(v))
}

type portraitForm struct {
	Story   string `form:"story"`
	NoPhoto string `form:"no_photo"`
}

func (a area) savePortrait(c *web.Ctx) error {
	var in portraitForm
	l, err := a.line(c)
	if err == nil {
		err = c.Decode(&in)
	}
	if err == nil {
		err = a.writePortrait(c, l, in)
	}
	if web.Faulty(err) {
		return a.portraitPage(c, http.StatusUnprocessableEntity, l, &in.Story, web.Errors(err))
	}
	return told(c, err, makerURL(l.Shop.ID), "agency.portrait.saved")
}

func (a area) writePortrait(c *web.Ctx, l program.Line, in portraitForm) error {
	change := catalog.PortraitChange{Story: &in.Story}
	picture, err := a.upload(c, catalog.PortraitOwner, l.Maker.ID)
	if err != nil {
		return err
	}
	if picture > 0 || in.NoPhoto != "" {
		change.PictureID = &picture
	}
	return a.Catalog.SetPortrait(c.Context(), c.Actor, l.Shop.ID, l.Maker.ID, change)
}

func (a area) register(c *web.Ctx) error {
	before, _ := strconv.ParseInt(c.Query("sebelum"), 10, 64)
	f := account.RegisterFilter{Kind: account.ConsentKind(c.Query("jenis")), State: account.ConsentState(c.Query("keadaan")), Before: before, Limit: perPage + 1}
	lines, err := a.Accounts.ConsentRegister(c.Context(), c.Actor, f)
	if err != nil {
		return err
	}
	address := func(state account.ConsentState, before int64) string {
		out := "/dinas/izin?keadaan=" + urlEscape(string(state)) + "&jenis=" + urlEscape(string(f.Kind))
		if before > 0 {
			out += fmt.Sprintf("&sebelum=%d", before)
		}
		return out
	}
	v := pages.Register{Page: a.frame(c, "register", text.T("agency.register.title")), State: string(f.State), Kinds: kindOptions(string(f.Kind))}
	for _, s := range []account.ConsentState{"", account.ConsentHolds, account.ConsentSoon, account.ConsentOver} {
		v.Tabs = append(v.Tabs, view.Link{Label: text.T("agency.register.state_" + string(s)), URL: address(s, 0), Current: s == f.State})
	}
	if before > 0 {
		v.Pager.First = address(f.State, 0)
	}
	if len(lines) > perPage {
		lines = lines[:perPage]
		v.Pager.Next = address(f.State, lines[perPage-1].ID)
	}
	v.Table, err = a.registerTable(c, lines)
	if err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.RegisterPage(v))
}

func (a area) registerTable(c *web.Ctx, lines []account.Registered) (view.Table, error) {
	t := view.Table{Caption: text.T("agency.register.title"), Empty: text.T("agency.register.empty")}
	for _, key := range []string{"who", "kind", "evidence", "given", "state"} {
		t.Columns = append(t.Columns, view.Column{Label: text.T("agency.consent." + key)})
	}
	var consents []account.Consent
	for _, l := range lines {
		consents = append(consents, l.Consent)
	}
	forms, err := a.forms(c, consents)
	if err != nil {
		return t, err
	}
	makers, err := a.Program.Makers(c.Context(), c.Actor)
	if err != nil {
		return t, err
	}
	pageOf := map[int64]string{}
	for _, m := range makers {
		pageOf[m.Maker.ID] = makerURL(m.Shop.ID)
	}
	for _, l := range lines {
		zone := calendar.Zone(l.DistrictCode)
		chip := view.Chip{Tone: view.Good, Label: text.T("agency.consent.until", "date", calendar.Date(l.ExpiresAt.In(zone)))}
		switch {
		case l.Over && !l.EndedAt.IsZero():
			chip = view.Chip{Tone: view.Neutral, Label: text.T("agency.consent.ended", "date", calendar.Date(l.EndedAt.In(zone)))}
		case l.Over:
			chip = view.Chip{Tone: view.Neutral, Label: text.T("agency.consent.ended", "date", calendar.Date(l.ExpiresAt.In(zone)))}
		case l.Soon:
			chip.Tone = view.Warn
		}
		proof := view.Cell{Text: l.Evidence}
		if url := forms[l.PictureID]; url != "" && keeps(c.Actor) {
			proof.URL, proof.Note = url, text.T("agency.consent.form")
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: l.Name, URL: pageOf[l.UserID]}, {Text: text.T("agency.consent_kind." + string(l.Kind))}, proof,
			{Text: calendar.Date(l.GivenAt.In(zone))}, {Chip: &chip},
		}})
	}
	return t, nil
}

func (a area) reveals(c *web.Ctx) error {
	before, _ := strconv.ParseInt(c.Query("sebelum"), 10, 64)
	list, err := a.Accounts.Reveals(c.Context(), c.Actor, before, perPage)
	if err != nil {
		return err
	}
	v := pages.Reveals{
		Page:  a.frame(c, "reveals", text.T("agency.reveals.title")),
		Table: view.Table{Caption: text.T("agency.reveals.title"), Empty: text.T("agency.reveals.empty")},
	}
	for _, key := range []string{"when", "who", "what", "of", "why"} {
		v.Table.Columns = append(v.Table.Columns, view.Column{Label: text.T("agency.reveals." + key)})
	}
	for _, r := range list {
		v.Table.Rows = append(v.Table.Rows, view.Row{Cells: []view.Cell{
			{Text: calendar.DateTime(r.CreatedAt, "")}, {Text: r.Actor}, {Text: text.T("agency.reveals.what_" + string(r.What))}, {Text: r.Subject}, {Text: r.Reason},
		}})
	}
	if before > 0 {
		v.Pager.First = "/dinas/pembukaan"
	}
	if len(list) == perPage {
		v.Pager.Next = fmt.Sprintf("/dinas/pembukaan?sebelum=%d", list[perPage-1].ID)
	}
	return c.Page(http.StatusOK, pages.RevealsPage(v))
}
