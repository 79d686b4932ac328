package admin

import "github.com/lapak-berdaya/lapak/internal/text"

func icon(m Message) string {
	if m.WhatsApp {
		return "message"
	}
	return "bell"
}

func channel(m Message) string {
	if m.WhatsApp {
		return text.T("admin.outbox.whatsapp")
	}
	return text.T("admin.outbox.mail")
}
