package agency

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
)

// inbox shows what was said to somebody who works here. Makers have theirs in
// "Toko saya", where the rest of their pages is.
func (a area) inbox(c *web.Ctx) error {
	if len(c.Actor.Memberships) > 0 {
		return c.SeeOther("/toko-saya/kotak-masuk")
	}
	items, err := a.Notify.Inbox(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	page := c.Private(text.T("web.inbox"))
	page.Area, page.Nav = text.T("web.inbox"), web.Areas(c.Actor)
	v := pages.Inbox{Page: page}
	for _, m := range items {
		if m.ReadAt == nil && v.Newest == "" {
			v.Newest = fmt.Sprint(m.ID)
		}
		v.Items = append(v.Items, pages.InboxItem{
			Title: m.Title, Body: m.Body, When: calendar.DateTime(m.CreatedAt, ""), URL: web.Local(m.Link, ""), Unread: m.ReadAt == nil,
		})
	}
	return c.Page(http.StatusOK, pages.InboxPage(v))
}

func (a area) markRead(c *web.Ctx) error {
	var in struct {
		Newest int64 `form:"newest"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.Notify.MarkRead(c.Context(), c.Actor.UserID, in.Newest); err != nil {
		return err
	}
	return c.SeeOther("/kotak-masuk")
}
