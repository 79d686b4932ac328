package admin

import (
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

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

func word(t view.Tone) string {
	if t == view.Bad {
		return text.T("admin.system.bad")
	}
	return text.T("admin.system.warn")
}

func jobAddress(j FailedJob) string { return fmt.Sprintf("/admin/sistem/pekerjaan?id=%d", j.ID) }
