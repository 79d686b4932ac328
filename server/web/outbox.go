package web

import "net/http"

// A form that static/js/offline.js sends, at once or when the signal is back,
// carries outboxHeader. Its answer carries it too, so that the page of a café's
// network or a proxy is never taken for ours, and what would be a redirect is 204
// with the address in nextHeader: the page goes there itself, and the message
// left for it is still unread. Other answers are those a browser gets.
const (
	outboxHeader = "X-Lapak-Kirim"
	nextHeader   = "X-Lapak-Lanjut"
)

// byOutbox reports whether a script sent this form for the page.
func byOutbox(r *http.Request) bool {
	return r.Method == http.MethodPost && r.Header.Get(outboxHeader) != ""
}

// outboxAnswer is the answer to a form of the outbox that would lead elsewhere.
func (c *Ctx) outboxAnswer(status int, address string) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Set(nextHeader, address)
	c.Response().WriteHeader(status)
	return nil
}
