package curator

import (
	"slices"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/curation/advice"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// place puts advice where its aspect is decided on, while the checklist is open;
// what has no place there is returned.
func place(d *pages.Desk, all []pages.Advised) (rest []pages.Advised) {
	if !d.Mine {
		return all
	}
	for _, a := range all {
		i := slices.IndexFunc(d.Groups, func(g pages.Group) bool { return g.Aspect == a.Aspect })
		if i < 0 {
			rest = append(rest, a)
			continue
		}
		d.Groups[i].Advice = a.Items
	}
	return rest
}

// advise is what the program itself noticed about a submission, by aspect. It
// asks two things of the database: facts of the pictures, and prices of similar
// goods.
func (a area) advise(c *web.Ctx, r curation.Review, certificates []catalog.Certificate) ([]pages.Advised, error) {
	rev := r.Submission.Revision
	found, err := a.Pictures.Pictures(c.Context(), rev.Pictures)
	if err != nil {
		return nil, err
	}
	live, err := a.Catalog.LivePrices(c.Context(), rev.CategoryID)
	if err != nil {
		return nil, err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return nil, err
	}
	var out []pages.Advised
	for _, i := range advice.Of(advice.Input{Revision: rev, Pictures: found, Certificates: certificates, Similar: live, Now: now}) {
		if n := len(out); n == 0 || out[n-1].Aspect != i.Aspect {
			out = append(out, pages.Advised{Aspect: i.Aspect, Title: text.T("curator.aspect." + i.Aspect)})
		}
		last := &out[len(out)-1]
		last.Items = append(last.Items, pages.AdvisedItem{Text: i.Text(), Chip: strengthChip(i.Strength)})
	}
	return out, nil
}

func strengthChip(s advice.Strength) view.Chip {
	switch s {
	case advice.Strong:
		return view.Chip{Tone: view.Warn, Label: text.T("advice.strong")}
	case advice.Mild:
		return view.Chip{Tone: view.Info, Label: text.T("advice.mild")}
	}
	return view.Chip{Tone: view.Neutral, Label: text.T("advice.note")}
}
