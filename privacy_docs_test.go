package main

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// impersonal are the columns of text that hold no word of a person: states and
// kinds from a fixed list, codes of places and channels, hashes, tokens and
// references that we or the gateway made.
var impersonal = regexp.MustCompile(`\.(state|resume_state|from_state|to_state|kind|owner_kind|purpose_kind|ref_kind|verb|object|rule|move|who|role|territory|mode|period|unit|net_unit|form_key|digest|key|` +
	`token_hash|pickup_hash|slug|reference|gateway_id|gateway_payment_id|transaction_id|product_id|way|difference|resolution|trouble|idempotency_key|payout_key|refund_key|lease_token|channel|channel_code|method|` +
	`delivery_method|delivery_zone|pay_by|zone|courier|number|status|source|problem|failure_code|effect|province_code|regency_code|district_code|visibility|colour|sha256|format|blob|` +
	`outcome|aspect|side|item_key|verdict|lesson|what|cause|page_key|invoice_url|return_url|link|version|instance|slot|cadence|basis|month|day)$|^(categories|agencies|instances|runs|synonyms|checklists|checklist_versions|checklist_items)\.|^(call_list|stock_movements|suspense_items|refunds)\.reason$|` +
	`^(carriers|shop_carriers|carrier_tariffs|tariff_versions|dispatch_cutoffs|own_areas)\.|^orders\.delivery_(carrier|service)$|` +
	`^(checkout_limits|order_settings)\.name$|^order_lines\.how_soon$|^channel_settings\.code$|^channel_refusals\.|^gateway_moves\.move_key$|^settings\.name$|^(payments|payouts)\.description$|^journal_entries\.memo$|^trail\.note$|^callbacks\.note$`)

// Every column in which words or numbers of a person can stand is described in
// docs/personal-data.md, and everything described there exists.
func TestPersonalDataIsDescribed(t *testing.T) {
	raw, err := os.ReadFile("docs/personal-data.md")
	require.NoError(t, err)
	described := map[string]bool{}
	for _, m := range regexp.MustCompile("`([a-z_]+\\.[a-z_]+)`").FindAllStringSubmatch(string(raw), -1) {
		described[m[1]] = true
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		query := `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type IN ('TEXT', 'BLOB')`
		if db.Dialect() == database.Postgres {
			query = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema() AND data_type IN ('text', 'bytea', 'character varying', 'json', 'jsonb')`
		}
		var columns []string
		require.NoError(t, db.Read(context.Background()).Raw(query).Scan(&columns).Error)
		require.Contains(t, columns, "users.nik_sealed")
		for _, column := range columns {
			ours := !strings.HasPrefix(column, "river_") && !strings.HasPrefix(column, "goose_") && !strings.HasPrefix(column, "sqlite_")
			if ours && !described[column] && !impersonal.MatchString(column) {
				t.Errorf("docs/personal-data.md does not say what %s holds", column)
			}
		}
		for column := range described {
			if strings.HasSuffix(column, ".go") || strings.HasSuffix(column, ".md") {
				continue
			}
			require.True(t, slices.Contains(columns, column), "docs/personal-data.md names %s, which does not exist", column)
		}
	})
	require.False(t, impersonal.MatchString("users.phone") || impersonal.MatchString("orders.buyer_name"), "the list excuses everything")
}
