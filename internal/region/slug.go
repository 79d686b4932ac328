package region

import (
	"strings"
	"sync"
)

// slugs are the addresses of provinces and regencies: "jawa-timur",
// "kabupaten-madiun". No two are alike, which a test holds.
var slugs = sync.OnceValue(func() (s struct{ code, slug map[string]string }) {
	s.code, s.slug = map[string]string{}, map[string]string{}
	add := func(code, name string) {
		slug := strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "-")
		s.code[slug], s.slug[code] = code, slug
	}
	for _, p := range world().provinces {
		add(p.Code, p.Name)
	}
	for _, r := range world().regencies {
		add(r.Code, r.Name)
	}
	return s
})

// Slug is the name of a province or regency as it stands in addresses, "" for
// every other code.
func Slug(code string) string { return slugs().slug[code] }

// BySlug returns the code of the province or regency with that name in addresses.
func BySlug(slug string) (code string, found bool) {
	code, found = slugs().code[slug]
	return code, found
}

// Name is what a province, regency or district is called, with its regency:
// "Jawa Timur", "Kabupaten Madiun", "Geger, Kabupaten Madiun". It is empty for an
// unknown code.
func Name(code string) string {
	if d, found := DistrictByCode(code); found {
		return d.Name + ", " + Name(d.RegencyCode)
	}
	if r, found := RegencyByCode(code); found {
		return r.Name
	}
	p, _ := ProvinceByCode(code)
	return p.Name
}
