package public

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// pictureID is where the n-th picture of a gallery stands on its page.
func pictureID(n int) string { return fmt.Sprint("foto-", n+1) }

// unnamed is a picture beside words, or a picture, that say the same.
func unnamed(p view.Picture) view.Picture {
	p.Alt = ""
	return p
}

// sameLeft reports whether all variants can be had alike, which the page says once.
func sameLeft(all []VariantChoice) bool {
	for _, o := range all {
		if o.Left != all[0].Left {
			return false
		}
	}
	return true
}

func quantity(v ProductShow) string {
	if v.Quantity == "" {
		return "1"
	}
	return v.Quantity
}

// pictured tells the front of a shop that pictures stand beside its words.
func pictured(v ShopShow) string {
	if v.Picture.Key != "" || len(v.Cards) > 0 {
		return "pictured"
	}
	return ""
}

// fewPictures shows one picture large where there are not three.
func fewPictures(cards []view.ProductCard) string {
	if len(cards) < 3 {
		return "one"
	}
	return ""
}

// problemTitle names a status in words a visitor knows.
func problemTitle(ctx context.Context, status int) string {
	switch status {
	case 400, 422:
		return text.L(ctx, "public.problem.422")
	case 401, 403:
		return text.L(ctx, "public.problem.403")
	case 404, 405:
		return text.L(ctx, "public.problem.404")
	case 410:
		return text.L(ctx, "public.problem.410")
	case 409:
		return text.L(ctx, "public.problem.409")
	case 413:
		return text.L(ctx, "public.problem.413")
	case 429:
		return text.L(ctx, "public.problem.429")
	case 503:
		return text.L(ctx, "public.problem.503")
	}
	return text.L(ctx, "public.problem.500")
}

func problemText(ctx context.Context, v Problem) string {
	if v.Text != "" {
		return v.Text
	}
	switch v.Status {
	case 400, 422:
		return text.L(ctx, "public.problem.422_text")
	case 401, 403:
		return text.L(ctx, "public.problem.403_text")
	case 404, 405:
		return text.L(ctx, "public.problem.404_text")
	case 410:
		return text.L(ctx, "public.problem.410_text")
	case 409:
		return text.L(ctx, "public.problem.409_text")
	case 413:
		return text.L(ctx, "public.problem.413_text")
	case 429:
		return text.L(ctx, "public.problem.429_text")
	case 503:
		return text.L(ctx, "public.problem.503_text")
	}
	return text.L(ctx, "public.problem.500_text")
}
