package admin

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/admin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const (
	sendPath   = "/admin/pengiriman"
	tariffPath = sendPath + "/tarif"
	// shownFaults is how many faults of a file are told at once; who mends these
	// uploads again.
	shownFaults = 200
)

func (a area) sendRoutes() []web.Route {
	upload := web.Route{Method: http.MethodPost, Path: tariffPath, Handler: a.readTariff, BodyLimit: delivery.MaxTariffBytes + 64<<10}
	return []web.Route{
		{Method: http.MethodGet, Path: sendPath, Handler: a.showSend},
		{Method: http.MethodPost, Path: sendPath + "/zona", Handler: a.setZone},
		{Method: http.MethodPost, Path: sendPath + "/kurir", Handler: a.setCarrier},
		{Method: http.MethodPost, Path: sendPath + "/batas", Handler: a.addCutoff},
		{Method: http.MethodPost, Path: sendPath + "/batas/hapus", Handler: a.removeCutoff},
		{Method: http.MethodGet, Path: tariffPath, Handler: a.showTariff},
		upload,
		{Method: http.MethodPost, Path: tariffPath + "/pakai", Handler: a.useTariff},
		{Method: http.MethodPost, Path: tariffPath + "/buang", Handler: a.dropTariff},
		{Method: http.MethodGet, Path: tariffPath + "/contoh.csv", Handler: a.tariffCSV},
		{Method: http.MethodGet, Path: tariffPath + "/contoh.xlsx", Handler: a.tariffXLSX},
	}
}

func (a area) showSend(c *web.Ctx) error {
	return a.sendPage(c, http.StatusOK, nil, delivery.CarrierInfo{}, delivery.Cutoff{})
}

func (a area) sendPage(c *web.Ctx, status int, e view.Errors, newCarrier delivery.CarrierInfo, typed delivery.Cutoff) error {
	rates, err := a.Delivery.Rates(c.Context())
	if err != nil {
		return err
	}
	carriers, err := a.Delivery.Carriers(c.Context())
	if err != nil {
		return err
	}
	cutoffs, err := a.Delivery.Cutoffs(c.Context(), 0)
	if err != nil {
		return err
	}
	v := pages.Send{Page: a.frame(c, text.T("tariff.title")), Errors: e, Cutoff: pages.CutoffRow{Name: typed.Name, Last: typed.LastDay, Resumes: typed.Resumes}}
	if v.Live, _, err = a.tariffs(c); err != nil {
		return err
	}
	for _, r := range rates {
		v.Zones = append(v.Zones, pages.ZoneRate{Zone: string(r.Zone), Name: text.T("tariff.zone." + string(r.Zone)), PerKg: money.Group(uint64(r.PerKg)),
			DaysMin: strconv.Itoa(r.DaysMin), DaysMax: strconv.Itoa(r.DaysMax)})
	}
	names := map[string]string{}
	for _, one := range carriers {
		names[one.Code] = one.Name
		v.Carriers = append(v.Carriers, pages.CarrierForm{Key: one.Code, Code: one.Code, Title: one.Name + " (" + one.Code + ")", Note: text.T("send.carriers." + one.Kind), Name: one.Name,
			Tolerance: strconv.FormatInt(one.ToleranceGrams, 10), Divisor: strconv.FormatInt(one.Divisor, 10), Active: one.Active})
	}
	fresh := pages.CarrierForm{Key: "baru", New: true, Title: text.T("tariff.carrier.new"), Note: text.T("send.carriers.table"), Code: newCarrier.Code, Name: newCarrier.Name,
		Tolerance: "300", Divisor: "6000", Active: true}
	v.Carriers = append(v.Carriers, fresh)
	for _, k := range cutoffs {
		v.Cutoffs = append(v.Cutoffs, pages.CutoffRow{ID: strconv.FormatInt(k.ID, 10), Name: k.Name, Way: wayName(k, names),
			Last: calendar.Date(k.First().AddDate(0, 0, -1)), Resumes: calendar.Date(k.Last().AddDate(0, 0, 1))})
	}
	chosen := string(delivery.ChoiceOf(typed.Carrier, ""))
	if typed.Carrier == "" {
		chosen = string(typed.Method)
	}
	add := func(value, label string) {
		v.Ways = append(v.Ways, view.Option{Value: value, Label: label, Selected: value == chosen})
	}
	add(string(delivery.Courier), text.T("tariff.cutoffs.every"))
	for _, one := range carriers {
		add(string(delivery.ChoiceOf(one.Code, "")), one.Name)
	}
	add(string(delivery.Own), text.T(delivery.Own.LabelKey()))
	add(string(delivery.Pickup), text.T(delivery.Pickup.LabelKey()))
	return c.Page(status, pages.SendPage(v))
}

func wayName(k delivery.Cutoff, names map[string]string) string {
	switch {
	case k.Method != delivery.Courier:
		return text.T(k.Method.LabelKey())
	case k.Carrier == "":
		return text.T("tariff.cutoffs.every")
	}
	return names[k.Carrier]
}

func (a area) setZone(c *web.Ctx) error {
	var in struct {
		Zone    string `form:"zone"`
		PerKg   string `form:"per_kg"`
		DaysMin int    `form:"days_min"`
		DaysMax int    `form:"days_max"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	perKg, err := money.Parse(in.PerKg)
	if err != nil {
		err = fault.Invalid("delivery.rate.faulty").With("per_kg", "delivery.rate.per_kg", "max", delivery.MaxPerKg)
	} else {
		err = a.Delivery.SetRate(c.Context(), c.Actor, delivery.Rate{Zone: region.Zone(in.Zone), PerKg: perKg, DaysMin: in.DaysMin, DaysMax: in.DaysMax})
	}
	return a.sent(c, err, "tariff.zones.saved", delivery.CarrierInfo{}, delivery.Cutoff{})
}

// sent ends a form of the page: back to it with what was done, or with its faults.
func (a area) sent(c *web.Ctx, err error, done string, carrier delivery.CarrierInfo, cutoff delivery.Cutoff) error {
	if web.Faulty(err) {
		return a.sendPage(c, http.StatusUnprocessableEntity, web.Errors(err), carrier, cutoff)
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, done)
	return c.SeeOther(sendPath)
}

func (a area) setCarrier(c *web.Ctx) error {
	var in struct {
		Code      string `form:"code"`
		Name      string `form:"name"`
		Tolerance int64  `form:"tolerance"`
		Divisor   int64  `form:"divisor"`
		Active    string `form:"active"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	info := delivery.CarrierInfo{Code: strings.TrimSpace(in.Code), Name: in.Name, Active: in.Active != "", Weighing: delivery.Weighing{ToleranceGrams: in.Tolerance, Divisor: in.Divisor}}
	return a.sent(c, a.Delivery.SaveCarrier(c.Context(), c.Actor, info), "tariff.carrier.saved", info, delivery.Cutoff{})
}

func (a area) addCutoff(c *web.Ctx) error {
	var in struct {
		Name    string `form:"name"`
		Method  string `form:"method"`
		LastDay string `form:"last_day"`
		Resumes string `form:"resumes"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	k := delivery.Cutoff{Name: in.Name, Method: delivery.Method(in.Method).Base(), LastDay: in.LastDay, Resumes: in.Resumes}
	if parts := strings.Split(in.Method, ":"); len(parts) > 1 {
		k.Carrier = parts[1]
	}
	return a.sent(c, a.Delivery.AddCutoff(c.Context(), c.Actor, k), "tariff.cutoffs.saved", delivery.CarrierInfo{}, k)
}

func (a area) removeCutoff(c *web.Ctx) error {
	var in struct {
		Cutoff int64 `form:"batas"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	return a.sent(c, a.Delivery.RemoveCutoff(c.Context(), c.Actor, 0, in.Cutoff), "tariff.cutoffs.removed", delivery.CarrierInfo{}, delivery.Cutoff{})
}

// tariffs tells which table is in use, and gives the draft that is looked at.
func (a area) tariffs(c *web.Ctx) (live string, draft *delivery.TariffVersion, err error) {
	versions, err := a.Delivery.TariffVersions(c.Context(), c.Actor)
	if err != nil {
		return "", nil, err
	}
	live = text.T("tariff.table.none")
	if i := slices.IndexFunc(versions, func(v delivery.TariffVersion) bool { return v.Live() }); i >= 0 {
		v := versions[i]
		live = text.T("tariff.table.live", "file", v.FileName, "rows", money.Group(uint64(v.RowCount)), "when", calendar.DateTime(*v.UsedAt, ""))
	}
	if i := slices.IndexFunc(versions, func(v delivery.TariffVersion) bool { return v.Draft() }); i >= 0 {
		draft = &versions[i]
	}
	return live, draft, nil
}

func (a area) showTariff(c *web.Ctx) error { return a.tariffPage(c, http.StatusOK, nil) }

func (a area) tariffPage(c *web.Ctx, status int, faults []delivery.LineFault) error {
	live, draft, err := a.tariffs(c)
	if err != nil {
		return err
	}
	v := pages.TariffTable{Page: a.frame(c, text.T("tariff.table.title")), Live: live, FaultCount: strconv.Itoa(len(faults))}
	for _, f := range faults[:min(len(faults), shownFaults)] {
		line := pages.TariffFault{Text: text.T(f.Key, f.Args...)}
		if f.Line > 0 {
			line.Line = strconv.Itoa(f.Line)
		}
		v.Faults = append(v.Faults, line)
	}
	if draft != nil && len(faults) == 0 {
		change, err := a.Delivery.CompareTariff(c.Context(), c.Actor, draft.ID)
		if err != nil {
			return err
		}
		sums, err := a.Delivery.TariffSums(c.Context(), c.Actor, draft.ID)
		if err != nil {
			return err
		}
		v.Draft = &pages.TariffDraft{ID: strconv.FormatInt(draft.ID, 10), File: text.T("tariff.draft.file", "file", draft.FileName, "rows", money.Group(uint64(draft.RowCount))),
			Change: text.T("tariff.draft.change", "new", change.New, "changed", change.Changed, "same", change.Same, "gone", change.Gone)}
		for _, s := range sums {
			perKg := s.Cheapest.String()
			if s.Dearest != s.Cheapest {
				perKg += "–" + s.Dearest.String()
			}
			v.Draft.Sums = append(v.Draft.Sums, pages.TariffSum{Carrier: s.Carrier, Service: s.Service, Rows: money.Group(uint64(s.RowCount)), PerKg: perKg})
		}
	}
	return c.Page(status, pages.TariffPage(v))
}

func (a area) readTariff(c *web.Ctx) error {
	file, name, err := c.File("berkas")
	if err != nil {
		return err
	}
	if file == nil {
		return a.tariffPage(c, http.StatusUnprocessableEntity, []delivery.LineFault{{Key: "tariff.upload.missing"}})
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, delivery.MaxTariffBytes+1))
	if err != nil {
		return fault.Invalid("fault.form").Because(fmt.Errorf("read the tariff: %w", err))
	}
	faults, err := a.Delivery.StageTariff(c.Context(), c.Actor, name, data)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return a.tariffPage(c, http.StatusUnprocessableEntity, faults)
	}
	return c.SeeOther(tariffPath)
}

func (a area) useTariff(c *web.Ctx) error {
	var in struct {
		Version int64 `form:"versi"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err := a.Delivery.UseTariff(c.Context(), c.Actor, in.Version)
	switch {
	case fault.Is(err, fault.KindConflict):
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
	case err != nil:
		return err
	default:
		c.Flash(view.Good, "tariff.draft.used")
	}
	return c.SeeOther(tariffPath)
}

func (a area) dropTariff(c *web.Ctx) error {
	if err := a.Delivery.DropTariff(c.Context(), c.Actor); err != nil {
		return err
	}
	c.Flash(view.Good, "tariff.draft.dropped")
	return c.SeeOther(tariffPath)
}

func (a area) tariffCSV(c *web.Ctx) error {
	carriers, err := a.Delivery.Carriers(c.Context())
	if err != nil {
		return err
	}
	return c.CSV("contoh-tarif", delivery.TariffLines(carriers))
}

func (a area) tariffXLSX(c *web.Ctx) error {
	carriers, err := a.Delivery.Carriers(c.Context())
	if err != nil {
		return err
	}
	data, err := delivery.TariffTemplate(carriers)
	if err != nil {
		return err
	}
	return c.Workbook("contoh-tarif", data)
}
