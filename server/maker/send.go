package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// sendRoutes are the questions about delivery, one a page.
func (a area) sendRoutes() []web.Route {
	get := func(path string, h web.Handler) web.Route {
		return web.Route{Method: http.MethodGet, Path: "/toko-saya/pengiriman" + path, Handler: h}
	}
	post := func(path string, h web.Handler) web.Route {
		return web.Route{Method: http.MethodPost, Path: "/toko-saya/pengiriman" + path, Handler: h}
	}
	return []web.Route{
		get("/jam", a.showHours), post("/jam", a.saveHours),
		get("/antar", a.showAreas), post("/antar", a.addArea), post("/antar/hapus", a.removeArea),
		get("/kurir", a.showCarriers), post("/kurir", a.saveCarriers),
		get("/batas", a.showCutoffs), post("/batas", a.addCutoff), post("/batas/hapus", a.removeCutoff),
	}
}

// sendSettings is the shop of the page with how it delivers.
func (a area) sendSettings(c *web.Ctx, draw func(catalog.Shop, delivery.Settings) error) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		s, err := a.Delivery.Settings(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		return draw(shop, s)
	})
}

// clockTime is how time fields write minutes after midnight.
func clockTime(minutes int) string {
	if minutes == 24*60 {
		minutes-- // a time field knows no 24:00
	}
	return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
}

func minutesOf(typed string) (int, bool) {
	t, err := time.Parse("15:04", strings.TrimSpace(typed))
	if err != nil {
		return 0, false
	}
	if t.Hour() == 23 && t.Minute() == 59 {
		return 24 * 60, true
	}
	return t.Hour()*60 + t.Minute(), true
}

// week is Monday first, with its keys in forms.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func (a area) showHours(c *web.Ctx) error {
	return a.sendSettings(c, func(shop catalog.Shop, s delivery.Settings) error {
		typed := map[string]string{}
		for _, h := range s.Hours {
			typed[fmt.Sprintf("buka_%d", h.Weekday)], typed[fmt.Sprintf("tutup_%d", h.Weekday)] = clockTime(h.Opens), clockTime(h.Closes)
		}
		return a.hoursPage(c, http.StatusOK, shop, typed, nil)
	})
}

func (a area) hoursPage(c *web.Ctx, status int, shop catalog.Shop, typed map[string]string, e view.Errors) error {
	page, err := a.frame(c, shop, "beranda", text.T("send.hours.title"))
	if err != nil {
		return err
	}
	v := pages.Hours{Page: page, Errors: e, FromSteps: fromSteps(c), ShopID: fmt.Sprint(shop.ID)}
	for _, d := range week {
		key := strconv.Itoa(int(d))
		v.Days = append(v.Days, pages.DayHours{Key: key, Name: text.T("send.day." + key), Opens: typed["buka_"+key], Closes: typed["tutup_"+key]})
	}
	return c.Page(status, pages.HoursPage(v))
}

func (a area) saveHours(c *web.Ctx) error {
	var in struct {
		Shop int64 `form:"shop"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	typed := map[string]string{}
	var hours delivery.Week
	for _, d := range week {
		opens, closes := fmt.Sprintf("buka_%d", d), fmt.Sprintf("tutup_%d", d)
		typed[opens], typed[closes] = values.Get(opens), values.Get(closes)
		if strings.TrimSpace(typed[opens]+typed[closes]) == "" {
			continue
		}
		from, ok := minutesOf(typed[opens])
		until, too := minutesOf(typed[closes])
		if !ok || !too {
			from, until = 0, 0 // which is refused with the sentence for it
		}
		hours = append(hours, delivery.Hours{Weekday: d, Opens: from, Closes: until})
	}
	err = a.Delivery.ChangeSettings(c.Context(), c.Actor, shop.ID, func(s *delivery.Settings) { s.Hours = hours })
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.hoursPage(c, http.StatusUnprocessableEntity, shop, typed, e) })
	}
	c.Flash(view.Good, "send.hours.saved")
	return saved(c, "/toko-saya/pengiriman")
}

func (a area) showAreas(c *web.Ctx) error {
	return a.sendSettings(c, func(shop catalog.Shop, s delivery.Settings) error {
		return a.areasPage(c, http.StatusOK, shop, s, "", "", nil)
	})
}

func (a area) areasPage(c *web.Ctx, status int, shop catalog.Shop, s delivery.Settings, code, fee string, e view.Errors) error {
	page, err := a.frame(c, shop, "beranda", text.T("send.areas.title"))
	if err != nil {
		return err
	}
	own := region.Name(shop.RegencyCode)
	v := pages.Areas{Page: page, Errors: e, ShopID: fmt.Sprint(shop.ID), Fee: fee, Now: text.T("send.areas.listed")}
	switch {
	case !s.Own:
		v.Now = text.T("send.areas.off")
	case len(s.Areas) == 0:
		v.Now = text.T("send.areas.whole", "place", own, "fee", feeWords(s.OwnFee))
	}
	for _, one := range s.Areas {
		v.Items = append(v.Items, pages.AreaItem{Code: one.Code, Place: one.Name(), Fee: feeWords(one.Fee)})
	}
	add := func(group, code_, name string) {
		v.Places = append(v.Places, view.Option{Value: code_, Label: name, Group: group, Selected: code_ == code})
	}
	add(own, shop.RegencyCode, text.T("send.areas.all_of", "place", own))
	for _, d := range region.Districts(shop.RegencyCode) {
		add(own, d.Code, d.Name)
	}
	if r, found := region.RegencyByCode(shop.RegencyCode); found {
		for _, other := range region.RegenciesIn(r.ProvinceCode) {
			if other.Code != r.Code {
				add(r.Province, other.Code, other.Name)
			}
		}
	}
	return c.Page(status, pages.AreasPage(v))
}

func feeWords(fee money.Rupiah) string {
	if fee == 0 {
		return text.T("send.areas.free")
	}
	return fee.String()
}

func (a area) addArea(c *web.Ctx) error {
	var in struct {
		Shop int64  `form:"shop"`
		Area string `form:"area"`
		Fee  string `form:"fee"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	var fee money.Rupiah
	if in.Fee != "" {
		if fee, err = money.Parse(in.Fee); err != nil {
			err = invalid("fee", "maker.price.unreadable")
		}
	}
	if err == nil {
		err = a.Delivery.ChangeSettings(c.Context(), c.Actor, shop.ID, func(s *delivery.Settings) {
			s.Areas = slices.DeleteFunc(s.Areas, func(one delivery.Area) bool { return one.Code == in.Area }) // a new price for the same place
			s.Areas = append(s.Areas, delivery.Area{Code: in.Area, Fee: fee})
			s.Own = true
		})
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			s, err := a.Delivery.Settings(c.Context(), c.Actor, shop.ID)
			if err != nil {
				return err
			}
			return a.areasPage(c, http.StatusUnprocessableEntity, shop, s, in.Area, in.Fee, e)
		})
	}
	c.Flash(view.Good, "send.areas.saved")
	return c.SeeOther("/toko-saya/pengiriman/antar")
}

func (a area) removeArea(c *web.Ctx) error {
	var in struct {
		Shop int64  `form:"shop"`
		Code string `form:"kode"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err := a.Delivery.ChangeSettings(c.Context(), c.Actor, in.Shop, func(s *delivery.Settings) {
		s.Areas = slices.DeleteFunc(s.Areas, func(one delivery.Area) bool { return one.Code == in.Code })
	})
	if err != nil {
		return err
	}
	c.Flash(view.Good, "send.areas.removed")
	return c.SeeOther("/toko-saya/pengiriman/antar")
}

func (a area) showCarriers(c *web.Ctx) error {
	return a.sendSettings(c, func(shop catalog.Shop, s delivery.Settings) error {
		if len(s.Carriers) == 0 {
			s.Carriers = []string{delivery.ZoneCarrier}
		}
		return a.carriersPage(c, http.StatusOK, shop, s.Carriers, nil)
	})
}

func (a area) carriersPage(c *web.Ctx, status int, shop catalog.Shop, chosen []string, e view.Errors) error {
	page, err := a.frame(c, shop, "beranda", text.T("send.carriers.title"))
	if err != nil {
		return err
	}
	all, err := a.Delivery.Carriers(c.Context())
	if err != nil {
		return err
	}
	v := pages.Carriers{Page: page, Errors: e, ShopID: fmt.Sprint(shop.ID)}
	for _, one := range all {
		if one.Active {
			v.Items = append(v.Items, view.Check{Name: "kurir_" + one.Code, Label: one.Name, Hint: text.T("send.carriers." + one.Kind), Checked: slices.Contains(chosen, one.Code)})
		}
	}
	return c.Page(status, pages.CarriersPage(v))
}

func (a area) saveCarriers(c *web.Ctx) error {
	var in struct {
		Shop int64 `form:"shop"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	var chosen []string
	for name := range values {
		if code, ok := strings.CutPrefix(name, "kurir_"); ok {
			chosen = append(chosen, code)
		}
	}
	slices.Sort(chosen)
	if len(chosen) == 0 {
		err = invalid("carrier", "send.carriers.none")
	} else {
		err = a.Delivery.ChangeSettings(c.Context(), c.Actor, shop.ID, func(s *delivery.Settings) { s.Carriers, s.Courier = chosen, true })
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.carriersPage(c, http.StatusUnprocessableEntity, shop, chosen, e) })
	}
	c.Flash(view.Good, "send.carriers.saved")
	return c.SeeOther("/toko-saya/pengiriman")
}

func (a area) showCutoffs(c *web.Ctx) error {
	return a.sendSettings(c, func(shop catalog.Shop, _ delivery.Settings) error {
		return a.cutoffsPage(c, http.StatusOK, shop, delivery.Cutoff{Method: delivery.Courier}, nil)
	})
}

func (a area) cutoffsPage(c *web.Ctx, status int, shop catalog.Shop, typed delivery.Cutoff, e view.Errors) error {
	page, err := a.frame(c, shop, "beranda", text.T("send.cutoffs.title"))
	if err != nil {
		return err
	}
	v := pages.Cutoffs{Page: page, Errors: e, ShopID: fmt.Sprint(shop.ID), Name: typed.Name, LastDay: typed.LastDay, Resumes: typed.Resumes}
	for _, of := range []int64{0, shop.ID} {
		all, err := a.Delivery.Cutoffs(c.Context(), of)
		if err != nil {
			return err
		}
		for _, one := range all {
			i := pages.CutoffItem{Title: one.Name + " · " + text.T(one.Method.LabelKey()), Days: text.T("send.cutoffs.days", "last", calendar.Date(one.First().AddDate(0, 0, -1)), "resumes", calendar.Date(one.Last().AddDate(0, 0, 1)))}
			if of == 0 {
				i.Days = text.T("send.cutoffs.everybody", "days", i.Days)
			} else {
				i.ID = strconv.FormatInt(one.ID, 10)
			}
			v.Items = append(v.Items, i)
		}
	}
	for _, m := range delivery.Methods {
		v.Methods = append(v.Methods, view.Option{Value: string(m), Label: text.T(m.LabelKey()), Selected: m == typed.Method})
	}
	return c.Page(status, pages.CutoffsPage(v))
}

func (a area) addCutoff(c *web.Ctx) error {
	var in struct {
		Shop    int64  `form:"shop"`
		Name    string `form:"name"`
		Method  string `form:"method"`
		LastDay string `form:"last_day"`
		Resumes string `form:"resumes"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	typed := delivery.Cutoff{Name: in.Name, Method: delivery.Method(in.Method), ShopID: shop.ID, LastDay: in.LastDay, Resumes: in.Resumes}
	if err := a.Delivery.AddCutoff(c.Context(), c.Actor, typed); err != nil {
		return again(c, err, func(e view.Errors) error { return a.cutoffsPage(c, http.StatusUnprocessableEntity, shop, typed, e) })
	}
	c.Flash(view.Good, "send.cutoffs.saved")
	return c.SeeOther("/toko-saya/pengiriman/batas")
}

func (a area) removeCutoff(c *web.Ctx) error {
	var in struct {
		Shop   int64 `form:"shop"`
		Cutoff int64 `form:"batas"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.Delivery.RemoveCutoff(c.Context(), c.Actor, in.Shop, in.Cutoff); err != nil {
		return err
	}
	c.Flash(view.Good, "send.cutoffs.removed")
	return c.SeeOther("/toko-saya/pengiriman/batas")
}
