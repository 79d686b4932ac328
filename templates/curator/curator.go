package curator

import (
	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/templates/view"
)

// at is the address that takes one decision.
func at(d Desk, what string) templ.SafeURL {
	return templ.URL("/kurasi/" + d.ID + "/" + what)
}

// largest is a picture's largest rendition, for reading labels.
func largest(p view.Picture) templ.SafeURL {
	return templ.URL("/gambar/" + p.Key + "/1280.jpg")
}
