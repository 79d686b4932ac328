package buyer

import (
	"context"

	"github.com/lapak-berdaya/lapak/internal/text"
)

func askLead(ctx context.Context, v AskPrice) string {
	if v.Shop == "" {
		return text.L(ctx, "quotepage.ask.lead")
	}
	return text.L(ctx, "quotepage.ask.lead_shop", "shop", v.Shop)
}

func sizeFault(s SizeRow) string {
	if s.Error != "" {
		return "has-fault"
	}
	return ""
}
