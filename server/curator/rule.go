package curator

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Rules is what the desk asks about the hard rules.
type Rules interface {
	Rules(ctx context.Context, actor account.Actor) ([]catalog.RuleSetting, bool, error)
	SwitchRule(ctx context.Context, actor account.Actor, in catalog.NewSwitch) error
	Standing(ctx context.Context, actor account.Actor, f catalog.StandingFilter) ([]catalog.StandingProduct, int64, error)
	RuleChecks(ctx context.Context, actor account.Actor, submissionID int64) (list []catalog.Check, leads bool, err error)
	Remedies(ctx context.Context, actor account.Actor, submissionID int64) (string, error)
	ExceptHalal(ctx context.Context, actor account.Actor, productID int64, until time.Time, reason, formKey string) (catalog.Certificate, error)
}

const rulesURL = "/kurasi/aturan"

// ruleRoutes are the hard rules' pages.
func (a area) ruleRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: rulesURL, Handler: a.rules},
		{Method: http.MethodPost, Path: rulesURL, Handler: a.switchRule},
		{Method: http.MethodGet, Path: rulesURL + "/produk", Handler: a.standing},
	}
}

// hardRules is the panel of a submission: what each hard rule asks of these goods
// and whether it is met.
func (a area) hardRules(c *web.Ctx, r curation.Review) (pages.HardRules, error) {
	sub := r.Submission
	list, leads, err := a.Rules.RuleChecks(c.Context(), c.Actor, sub.ID)
	if err != nil {
		return pages.HardRules{}, err
	}
	v := pages.HardRules{ID: strconv.FormatInt(sub.ID, 10)}
	blocks := 0
	for _, check := range list {
		if check.Mode == catalog.RuleOff {
			continue
		}
		if len(v.Rules) == 0 || v.Rules[len(v.Rules)-1].Key != string(check.Rule) {
			v.Rules = append(v.Rules, pages.HardRule{Key: string(check.Rule), Name: text.T("rule.name." + string(check.Rule)), Source: check.Source,
				Chip: view.Chip{Tone: view.Good, Label: text.T("rule.chip.met")}})
		}
		rule := &v.Rules[len(v.Rules)-1]
		line := pages.RuleLine{Met: check.Met, Text: meets(check)}
		if !check.Met {
			line.Text = curation.Remedy(check)
			rule.Chip = view.Chip{Tone: view.Wait, Label: text.T("rule.chip.warns")}
		}
		if check.Blocks() {
			blocks++
			line.ID = "f-rule_" + strconv.Itoa(blocks) // where the fault of an approval leads
			rule.Chip = view.Chip{Tone: view.Bad, Label: text.T("rule.chip.blocks")}
		}
		if check.Rule == catalog.RuleHalal && !check.Met && leads && !r.Conflicted && waits(sub.State) {
			v.ExceptKey = id.Token()
		}
		rule.Lines = append(rule.Lines, line)
	}
	v.Blocks = blocks > 0 && waits(sub.State)
	return v, nil
}

// meets says what met a check.
func meets(c catalog.Check) string {
	if x := c.Certificate; x != nil {
		words := text.T("publiclabel.kind." + string(x.Kind))
		if x.Number != "" {
			words += " " + x.Number
		}
		if day := x.LastDay(); !day.IsZero() {
			words += ", " + text.T("publiclabel.until", "date", calendar.Date(day))
		}
		if x.Kind == catalog.HalalPending {
			words += ". " + x.Note
		}
		return words
	}
	return text.T("rule.met." + c.What)
}

// fill draws the page again with everything that was typed, and with what the hard
// rules ask as the beginning of the refusal and of the answers about the law that
// say nothing yet. It stores nothing.
func (a area) fill(c *web.Ctx, form url.Values) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	e := entry{answers: answered(form)}
	if err := c.Decode(&e); err != nil {
		return err
	}
	words, err := a.Rules.Remedies(c.Context(), c.Actor, submissionID)
	if err != nil {
		return err
	}
	r, err := a.Curation.Review(c.Context(), c.Actor, submissionID)
	if err != nil {
		return err
	}
	if words != "" && !strings.Contains(e.Reason, words) {
		e.Reason = strings.TrimSpace(e.Reason + "\n\n" + words)
	}
	for _, item := range r.Checklist.Items {
		if item.Aspect != curation.Legal || words == "" {
			continue
		}
		at := slices.IndexFunc(e.answers, func(x curation.Answer) bool { return x.ItemKey == item.Key })
		if at < 0 {
			e.answers, at = append(e.answers, curation.Answer{ItemKey: item.Key}), len(e.answers)
		}
		if strings.TrimSpace(e.answers[at].Comment) == "" {
			e.answers[at].Verdict, e.answers[at].Comment = curation.Improve, words
		}
		break // once is enough
	}
	return a.show(c, http.StatusOK, submissionID, parseFrom(e.From), typed{entry: e, open: "tolak"})
}

// ruleForm is what is typed to switch a rule.
type ruleForm struct {
	Rule    string `form:"aturan"`
	Mode    string `form:"mode"`
	From    string `form:"from"`
	Source  string `form:"source"`
	Note    string `form:"note"`
	Reason  string `form:"reason"`
	FormKey string `form:"form_key"`
}

func (a area) rules(c *web.Ctx) error { return a.rulesPage(c, http.StatusOK, ruleForm{}, nil) }

func (a area) rulesPage(c *web.Ctx, status int, typed ruleForm, e view.Errors) error {
	settings, may, err := a.Rules.Rules(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	v := pages.RuleSettings{Page: a.frame(c, text.T("ruledesk.title")), May: may, Errors: e, Today: now.In(calendar.WIB).Format(time.DateOnly), Standing: rulesURL + "/produk"}
	for _, s := range settings {
		key := string(s.Now.Rule)
		p := pages.RuleSetting{
			Key: key, Name: text.T("rule.name." + key), Goods: text.T("rule.goods." + key), Source: s.Now.Source, Note: s.Now.Note,
			Chip: modeChip(s.Now), Standing: rulesURL + "/produk?aturan=" + key,
			Form: pages.RuleForm{Key: key, FormKey: id.Token(), Mode: string(s.Now.Mode), Source: s.Now.Source, Note: s.Now.Note},
		}
		if s.Planned != nil {
			p.Planned = text.T("ruledesk.planned", "mode", text.T("ruledesk.mode."+string(s.Planned.Mode)), "date", calendar.Date(s.Planned.HoldsFrom.In(calendar.WIB)))
		}
		for _, w := range s.History {
			p.History = append(p.History, text.T("ruledesk.decided", "time", calendar.DateTime(w.SetAt, "31"), "mode", text.T("ruledesk.mode."+string(w.Mode)),
				"date", calendar.Date(w.HoldsFrom.In(calendar.WIB)), "reason", w.Reason))
		}
		if typed.Rule == key {
			p.Form = pages.RuleForm{Key: key, FormKey: typed.FormKey, Mode: typed.Mode, From: typed.From, Source: typed.Source, Note: typed.Note, Reason: typed.Reason, Errors: e}
		}
		v.Rules = append(v.Rules, p)
	}
	return c.Page(status, pages.RulesPage(v))
}

func modeChip(s catalog.Switch) view.Chip {
	tone := map[catalog.RuleMode]view.Tone{catalog.RuleBlocks: view.Bad, catalog.RuleWarns: view.Wait, catalog.RuleOff: view.Neutral}[s.Mode]
	label := text.T("ruledesk.mode." + string(s.Mode))
	if !s.HoldsFrom.IsZero() {
		label = text.T("ruledesk.since", "mode", label, "date", calendar.Date(s.HoldsFrom.In(calendar.WIB)))
	}
	return view.Chip{Tone: tone, Label: label}
}

func (a area) switchRule(c *web.Ctx) error {
	var in ruleForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	from, _ := time.Parse(time.DateOnly, in.From) // no day, or an unreadable one: at once
	err := a.Rules.SwitchRule(c.Context(), c.Actor, catalog.NewSwitch{
		FormKey: in.FormKey, Rule: catalog.RuleName(in.Rule), Mode: catalog.RuleMode(in.Mode), From: from, Source: in.Source, Note: in.Note, Reason: in.Reason,
	})
	if web.Faulty(err) {
		return a.rulesPage(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "ruledesk.saved", "rule", text.T("rule.name."+in.Rule))
	return c.SeeOther(rulesURL + "#aturan-" + url.PathEscape(in.Rule))
}

// standing lists live products that a rule would not let through.
func (a area) standing(c *web.Ctx) error {
	f := catalog.StandingFilter{}
	settings, _, err := a.Rules.Rules(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := pages.Standing{Page: a.frame(c, text.T("ruledesk.standing")), All: view.Link{Label: text.T("ruledesk.all_rules"), URL: rulesURL + "/produk"}}
	for _, s := range settings {
		key := string(s.Now.Rule)
		link := view.Link{Label: text.T("rule.name." + key), URL: rulesURL + "/produk?aturan=" + key, Current: c.Query("aturan") == key}
		if link.Current {
			f.Rule = s.Now.Rule
		}
		v.Rules = append(v.Rules, link)
	}
	v.All.Current = f.Rule == ""
	if after, err := strconv.ParseInt(c.Query("lanjut"), 10, 64); err == nil && after > 0 {
		f.After = after
	}
	list, next, err := a.Rules.Standing(c.Context(), c.Actor, f)
	if err != nil {
		return err
	}
	for _, p := range list {
		item := pages.StandingItem{Title: p.Title, URL: "/produk/" + p.Slug, Shop: p.ShopName}
		for _, check := range p.Unmet {
			item.Lines = append(item.Lines, text.T("rule.name."+string(check.Rule))+": "+curation.Remedy(check))
		}
		v.Items = append(v.Items, item)
	}
	if next > 0 {
		q := url.Values{"lanjut": {strconv.FormatInt(next, 10)}}
		if f.Rule != "" {
			q.Set("aturan", string(f.Rule))
		}
		v.Next = rulesURL + "/produk?" + q.Encode()
	}
	return c.Page(http.StatusOK, pages.StandingPage(v))
}
