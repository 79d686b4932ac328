package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// Search works on tokens made here, so that both databases only compare plain
// strings: the folded words of a product, and one token per synonym group it
// mentions. A query finds a product when each of its words begins one of the
// product's tokens or belongs to a group the product mentions.

//go:embed data/synonyms.txt
var synonymData string

type synonyms struct {
	group   map[string]string // phrase of folded words -> group token
	longest int               // words in the longest phrase
}

var groups = sync.OnceValue(func() synonyms { return parseSynonyms(synonymData) })

func parseSynonyms(data string) synonyms {
	out := synonyms{group: map[string]string{}, longest: 1}
	for _, line := range strings.Split(data, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		token := ""
		for _, phrase := range strings.Split(line, ",") {
			phrase = id.Fold(phrase)
			if token == "" {
				token = "~" + strings.ReplaceAll(phrase, " ", "") // folding never makes a tilde
			}
			out.group[phrase] = token
			out.longest = max(out.longest, len(strings.Fields(phrase)))
		}
	}
	return out
}

// words folds a text into its words, each at most 40 letters.
func words(s string) []string {
	fields := strings.Fields(id.Fold(s))
	for i, f := range fields {
		if r := []rune(f); len(r) > 40 {
			fields[i] = string(r[:40])
		}
	}
	return fields
}

// tokens returns what a product with these texts is found by.
func tokens(texts ...string) map[string]bool {
	out := map[string]bool{}
	for _, text := range texts {
		list := words(text)
		for i, w := range list {
			out[w] = true
			for n := 1; n <= groups().longest && i+n <= len(list); n++ {
				if token, ok := groups().group[strings.Join(list[i:i+n], " ")]; ok {
					out[token] = true
				}
			}
		}
	}
	return out
}

// term is one condition of a query: a token beginning so, or this group.
type term struct {
	prefix string
	group  string // "" if the words are in no group
}

// maxTerms bounds the work of one search; further words are ignored.
const maxTerms = 8

// terms reads a query; the longest phrase of a synonym group counts as one term.
func terms(query string) []term {
	list := words(query)
	var out []term
	for i := 0; i < len(list) && len(out) < maxTerms; {
		n := min(groups().longest, len(list)-i)
		for ; n > 1; n-- {
			if token, ok := groups().group[strings.Join(list[i:i+n], " ")]; ok {
				out = append(out, term{group: token})
				break
			}
		}
		if n == 1 {
			out = append(out, term{prefix: list[i], group: groups().group[list[i]]})
		}
		i += max(n, 1)
	}
	return out
}

// search limits a query on products p to those that match.
func (w *where) search(query string) {
	for _, t := range terms(query) {
		const has = "EXISTS (SELECT 1 FROM product_tokens t WHERE t.product_id = p.id AND "
		switch {
		case t.prefix == "":
			w.and(has+"t.token = ?)", t.group)
		case t.group == "":
			w.and(has+"t.token LIKE ?)", t.prefix+"%")
		default:
			w.and(has+"(t.token LIKE ? OR t.token = ?))", t.prefix+"%", t.group)
		}
	}
}

// indexed is what a product's tokens are made from.
type indexed struct {
	ID           int64
	Title        string
	Description  string
	Unit         string
	Category     string
	Shop         string
	Village      string
	DistrictCode string
}

func (x indexed) tokens() map[string]bool {
	return tokens(x.Title, x.Description, x.Unit, x.Category, x.Shop, x.Village, region.Place(x.DistrictCode))
}

const indexedQuery = `SELECT p.id, r.title, r.description, r.unit, c.name AS category, h.name AS shop, h.village, h.district_code
	FROM products p JOIN revisions r ON r.id = p.live_revision_id JOIN categories c ON c.id = p.category_id
	JOIN shops h ON h.id = p.shop_id`

// indexTx renews the tokens of one live product.
func indexTx(ctx context.Context, tx *gorm.DB, productID int64) error {
	var rows []indexed
	if err := tx.WithContext(ctx).Raw(indexedQuery+" WHERE p.id = ?", productID).Scan(&rows).Error; err != nil {
		return fmt.Errorf("catalog: index: %w", err)
	}
	if err := tx.WithContext(ctx).Exec(`DELETE FROM product_tokens WHERE product_id = ?`, productID).Error; err != nil {
		return fmt.Errorf("catalog: index: %w", err)
	}
	for _, x := range rows {
		list := keys(x.tokens())
		for len(list) > 0 { // in portions: a statement takes a limited number of values
			n := min(len(list), 200)
			args := make([]any, 0, 2*n)
			for _, token := range list[:n] {
				args = append(args, productID, token)
			}
			err := tx.WithContext(ctx).Exec(`INSERT INTO product_tokens (product_id, token) VALUES `+
				strings.TrimSuffix(strings.Repeat("(?, ?), ", n), ", "), args...).Error
			if err != nil {
				return fmt.Errorf("catalog: index: %w", err)
			}
			list = list[n:]
		}
	}
	return nil
}

// Reindex renews the tokens of products whose tokens no longer follow from their
// words, as after a change of the synonyms, and returns how many. It is safe at
// any time and cheap when nothing changed; call it once at the start.
func (s *Service) Reindex(ctx context.Context) (int, error) {
	stale, err := s.staleTokens(ctx)
	if err != nil {
		return 0, err
	}
	for _, productID := range stale {
		err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
			if err := indexTx(ctx, tx, productID); err != nil {
				return err
			}
			return database.InvalidateTx(ctx, tx, "list")
		})
		if err != nil {
			return 0, err
		}
	}
	return len(stale), nil
}

// staleTokens returns the live products whose tokens are not those of their words.
func (s *Service) staleTokens(ctx context.Context) ([]int64, error) {
	db := s.db.Read(ctx)
	var products []indexed
	if err := db.Raw(indexedQuery + " ORDER BY p.id").Scan(&products).Error; err != nil {
		return nil, fmt.Errorf("catalog: index: %w", err)
	}
	var rows []struct {
		ProductID int64
		Token     string
	}
	if err := db.Raw(`SELECT product_id, token FROM product_tokens`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("catalog: index: %w", err)
	}
	have := map[int64]map[string]bool{}
	for _, r := range rows {
		if have[r.ProductID] == nil {
			have[r.ProductID] = map[string]bool{}
		}
		have[r.ProductID][r.Token] = true
	}
	var stale []int64
	for _, p := range products {
		want := p.tokens()
		same := len(want) == len(have[p.ID])
		for token := range want {
			same = same && have[p.ID][token]
		}
		if !same {
			stale = append(stale, p.ID)
		}
	}
	return stale, nil
}
