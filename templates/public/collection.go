package public

import "github.com/lapak-berdaya/lapak/templates/view"

// CollectionPart is one collection on the first page.
type CollectionPart struct {
	ID, Title, Words, URL string
	Cards                 []view.ProductCard
	Count                 int // of all its products, of which Cards are the first
}

// CollectionList is the list of collections.
type CollectionList struct {
	Page        view.Public
	Collections []CollectionCard
}

// CollectionCard is a collection in that list.
type CollectionCard struct {
	Title, Words, URL, Count string
	Picture                  view.Picture
}

// CollectionShow is one collection with its products.
type CollectionShow struct {
	Page   view.Public
	Trail  []view.Link
	Title  string
	Words  []string
	Count  string
	Notice *view.Notice // on a preview
	Cards  []view.ProductCard
}
