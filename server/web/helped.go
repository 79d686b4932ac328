package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// SessionShop is where the session keeps the shop that somebody works in.
const SessionShop = "toko"

// shopPaths begin the addresses of what is done in a shop.
const shopPaths = "/toko-saya"

// EndedPage draws what somebody sees who sent a form for a maker whose permission to
// help had ended meanwhile: the sentence, what was typed, and where it can be sent
// again once there is a new permission.
type EndedPage func(page view.Public, sentence string, typed []string, resend, back view.Link) templ.Component

// helpEnded answers a form that found nothing because the permission to help, under
// which it was begun, ended meanwhile; false when that is not the reason. Nothing was
// changed; what was typed is shown and parked, so that nothing is lost.
func (s *Site) helpEnded(c *Ctx) bool {
	if s.endedPage == nil || c.Request().Method != http.MethodPost || !strings.HasPrefix(c.Route.Path, shopPaths) || !c.Actor.SignedIn() {
		return false
	}
	people, ok := s.accounts.(interface {
		EndedHelp(ctx context.Context, actor account.Actor, shopID int64) (account.EndedHelp, error)
	})
	shop, _ := strconv.ParseInt(c.Peek(SessionShop), 10, 64) // none: 0
	if !ok {
		return false
	}
	if shop > 0 && c.Actor.Manages(shop) {
		return false
	}
	ended, err := people.EndedHelp(c.Context(), c.Actor, shop)
	if err != nil {
		return false
	}
	where := s.park(c)
	var typed []string
	if values, err := c.Form(); err == nil {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			for _, v := range values[name] {
				if v = strings.TrimSpace(v); strings.Trim(v, "0123456789") != "" && !machinery[name] {
					typed = append(typed, v)
				}
			}
		}
	}
	regency := ""
	if s.owners.Regency != nil {
		regency, _ = s.owners.Regency(c.Context(), ended.ShopID)
	}
	sentence := text.T("web.ended.sentence", "maker", ended.MakerName, "time", calendar.DateTime(ended.EndedAt, regency))
	page := errorFrame(c.Context())
	page.Title = text.T("web.ended.title")
	drawn := s.endedPage(page, sentence, typed, view.Link{Label: text.T("web.ended.resend"), URL: where, Icon: "check"},
		view.Link{Label: text.T("web.ended.back"), URL: "/dampingan", Icon: "phone"})
	return c.Page(http.StatusNotFound, drawn) == nil
}

// machinery are the fields that nobody typed. Bare numbers are not shown either: most
// are ids, and the page must be the same whatever thing a form names. They are parked.
var machinery = map[string]bool{"form_key": true, "shop": true, "seen": true, "version": true, "newest": true, "step": true}
