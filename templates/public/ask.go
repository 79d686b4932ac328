package public

import "net/url"

// askFor is "Minta harga" with what somebody looked for and did not find.
func askFor(wish string) string {
	if wish == "" {
		return "/minta-harga"
	}
	return "/minta-harga?apa=" + url.QueryEscape(wish)
}
