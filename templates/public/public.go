package public

import (
	"github.com/lapak-berdaya/lapak/internal/text"
)

// gallerySizes: the first picture is large, the others small on wide screens.
func gallerySizes(n int) string {
	if n == 0 {
		return "(min-width: 56em) 40rem, 92vw"
	}
	return "(min-width: 56em) 10rem, 92vw"
}

func quantity(v ProductShow) string {
	if v.Quantity == "" {
		return "1"
	}
	return v.Quantity
}

func pictured(v ShopShow) string {
	if v.Picture.Key != "" {
		return "pictured"
	}
	return ""
}

// problemTitle names a status in words a visitor knows.
func problemTitle(status int) string {
	switch status {
	case 400, 422:
		return text.T("public.problem.422")
	case 401, 403:
		return text.T("public.problem.403")
	case 404, 405, 410:
		return text.T("public.problem.404")
	case 409:
		return text.T("public.problem.409")
	case 413:
		return text.T("public.problem.413")
	case 429:
		return text.T("public.problem.429")
	case 503:
		return text.T("public.problem.503")
	}
	return text.T("public.problem.500")
}

func problemText(v Problem) string {
	if v.Text != "" {
		return v.Text
	}
	switch v.Status {
	case 400, 422:
		return text.T("public.problem.422_text")
	case 401, 403:
		return text.T("public.problem.403_text")
	case 404, 405, 410:
		return text.T("public.problem.404_text")
	case 409:
		return text.T("public.problem.409_text")
	case 413:
		return text.T("public.problem.413_text")
	case 429:
		return text.T("public.problem.429_text")
	case 503:
		return text.T("public.problem.503_text")
	}
	return text.T("public.problem.500_text")
}
