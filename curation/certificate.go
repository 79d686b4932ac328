package curation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// RunCertificates does what is due for certificates, each in a transaction of its
// own: the warnings 60, 30 and 7 days ahead, and at the end the suspension of what
// the law does not let be sold without it. Maker and companion are told in the
// same transaction, so each once, however many instances run it and whenever one
// dies. One that fails does not hold up the others. It returns how many steps were
// taken; jobs call it.
func (s *Service) RunCertificates(ctx context.Context) (steps int, err error) {
	ids, err := s.catalog.DueCertificates(ctx)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, id := range ids {
		err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
			step, err := s.catalog.StepCertificateTx(ctx, tx, id)
			if err != nil || step == nil {
				return err
			}
			steps++
			kind := "certificate_over"
			switch {
			case step.DaysLeft > 0:
				kind = "certificate_warning"
			case len(step.Suspended) > 0:
				kind = "certificate_lapsed"
			}
			data := certificateData(step.Certificate, step.Product)
			data["hari"], data["ditahan"] = strconv.FormatInt(step.DaysLeft, 10), strings.Join(step.Suspended, ", ")
			return s.tellShopTx(ctx, tx, step.Certificate.ShopID, kind, data, RenewalPath(step.Certificate.ID))
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("curation: certificate %d: %w", id, err))
		}
	}
	return steps, errors.Join(failed...)
}

// DecideCertificate is catalog.DecideCertificateTx, and tells maker and companion
// how it went and which products are back.
func (s *Service) DecideCertificate(ctx context.Context, actor account.Actor, certificateID int64, move, reason string) (catalog.CertificateChange, error) {
	var out catalog.CertificateChange
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) (err error) {
		if out, err = s.catalog.DecideCertificateTx(ctx, tx, actor, certificateID, move, reason); err != nil {
			return err
		}
		kind, link, data := "certificate_confirmed", "/toko-saya/izin", certificateData(out.Certificate, out.Product)
		data["tayang"], data["alasan"] = strings.Join(out.Lifted, ", "), clean(reason)
		switch {
		case move == "refuse":
			kind = "certificate_refused"
			if id := out.Certificate.RenewsID; id != nil {
				link = RenewalPath(*id)
			}
		case len(out.Lifted) > 0:
			kind = "certificate_lifted"
		}
		return s.tellShopTx(ctx, tx, out.Certificate.ShopID, kind, data, link)
	})
	return out, err
}

// WithdrawCertificate is catalog.WithdrawCertificateTx, and tells maker and
// companion which products are suspended by it.
func (s *Service) WithdrawCertificate(ctx context.Context, actor account.Actor, certificateID int64) (catalog.CertificateChange, error) {
	var out catalog.CertificateChange
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) (err error) {
		if out, err = s.catalog.WithdrawCertificateTx(ctx, tx, actor, certificateID); err != nil || len(out.Suspended) == 0 {
			return err
		}
		data := certificateData(out.Certificate, out.Product)
		data["ditahan"] = strings.Join(out.Suspended, ", ")
		return s.tellShopTx(ctx, tx, out.Certificate.ShopID, "certificate_withdrawn", data, "/toko-saya/izin")
	})
	return out, err
}

func certificateData(c catalog.Certificate, product string) map[string]string {
	if product == "" {
		product = text.T("curation.whole_shop")
	}
	name := text.T("publiclabel.kind." + string(c.Kind))
	if c.Number != "" {
		name = text.T("curation.paper", "surat", name, "nomor", c.Number)
	}
	data := map[string]string{"surat": name, "untuk": product, "tanggal": ""}
	if day := c.LastDay(); !day.IsZero() {
		data["tanggal"] = calendar.Date(day)
	}
	return data
}

// RenewalPath is where a maker enters the certificate that follows this one.
func RenewalPath(certificateID int64) string {
	return "/toko-saya/izin/" + strconv.FormatInt(certificateID, 10) + "/perpanjang"
}
