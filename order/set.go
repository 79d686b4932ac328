package order

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/settings"
)

// asSet is the service with the settings as administrators changed them by now. What
// is computed with them is written on the order, which keeps it.
func (s *Service) asSet(ctx context.Context, tx *gorm.DB) (*Service, error) {
	v, err := settings.NowTx(ctx, tx)
	if err != nil || len(v) == 0 {
		return s, err
	}
	set := *s
	r := &set.settings
	r.UnseenAfter = v.Hours(settings.UnseenAfter, r.UnseenAfter)
	r.ArrivalGrace = v.Hours(settings.ArrivalGrace, r.ArrivalGrace)
	r.CompleteAfter = int(v.Of(settings.CompleteAfter, int64(r.CompleteAfter)))
	r.CollectWithin = int(v.Of(settings.CollectWithin, int64(r.CollectWithin)))
	r.ComplainWithin = int(v.Of(settings.ComplainWithin, int64(r.ComplainWithin)))
	r.DirectPayWithin = v.Hours(settings.DirectPay, r.DirectPayWithin)
	r.ProofUnseen = v.Hours(settings.ProofUnseen, r.ProofUnseen)
	r.DateAnswer = v.Hours(settings.DateAnswer, r.DateAnswer)
	r.TwoPeopleAbove = money.Rupiah(v.Of(settings.TwoPeopleAbove, int64(r.TwoPeopleAbove)))
	return &set, nil
}
