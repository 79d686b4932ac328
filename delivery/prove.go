package delivery

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// Prove checks this package's own rows: a table that is used or looked at has the
// lines it was read with, carriers are of a known kind, and every code is of a
// place that exists.
func Prove(ctx context.Context, db *database.DB) ([]proof.Finding, error) {
	var findings []proof.Finding
	tx := db.Read(ctx)
	var short []struct {
		ID, RowCount, Lines int64
	}
	err := tx.Raw(`SELECT v.id, v.row_count, (SELECT count(*) FROM carrier_tariffs t WHERE t.version_id = v.id) AS lines FROM tariff_versions v
		WHERE (SELECT count(*) FROM carrier_tariffs t WHERE t.version_id = v.id) <> CASE WHEN v.state = 'past' THEN 0 ELSE v.row_count END ORDER BY v.id`).Scan(&short).Error
	if err != nil {
		return nil, fmt.Errorf("delivery: prove tariffs: %w", err)
	}
	for _, v := range short {
		findings = append(findings, proof.Finding{Invariant: "D1 tariff whole", Row: fmt.Sprintf("tariff_versions %d", v.ID), Text: fmt.Sprintf("%d lines, read with %d", v.Lines, v.RowCount)})
	}
	carriers, err := carriersTx(tx)
	if err != nil {
		return nil, err
	}
	for _, c := range carriers {
		if _, known := (carrierRow{Kind: c.Kind}).carrier(&rateBook{}); !known {
			findings = append(findings, proof.Finding{Invariant: "D2 carrier kind", Row: "carriers " + c.Code, Text: "nobody prices its parcels"})
		}
	}
	var places []struct{ Place, Code string }
	err = tx.Raw(`SELECT DISTINCT 'carrier_tariffs' AS place, origin_code AS code FROM carrier_tariffs
		UNION SELECT DISTINCT 'carrier_tariffs', destination_code FROM carrier_tariffs
		UNION SELECT DISTINCT 'own_areas', code FROM own_areas ORDER BY 1, 2`).Scan(&places).Error
	if err != nil {
		return nil, fmt.Errorf("delivery: prove places: %w", err)
	}
	for _, p := range places {
		if region.Name(p.Code) == "" {
			findings = append(findings, proof.Finding{Invariant: "D3 place", Row: p.Place + " " + p.Code, Text: "no such place"})
		}
	}
	return findings, nil
}
