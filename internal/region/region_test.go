package region

import (
	"sort"
	"strings"
	"testing"
)

func TestData_is_complete(t *testing.T) {
	a, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.provinces) != 38 || len(a.regencies) != 514 || len(a.district) != 7285 {
		t.Errorf("%d provinces, %d regencies, %d districts", len(a.provinces), len(a.regencies), len(a.district))
	}
	kinds := map[string]map[string]int{}
	for _, r := range a.regencies {
		if kinds[r.ProvinceCode] == nil {
			kinds[r.ProvinceCode] = map[string]int{}
		}
		kinds[r.ProvinceCode][r.Type]++
		if len(Districts(r.Code)) == 0 {
			t.Errorf("%s %s has no district", r.Code, r.Name)
		}
	}
	if kinds["35"]["kabupaten"] != 29 || kinds["35"]["kota"] != 9 {
		t.Errorf("Jawa Timur: %v", kinds["35"])
	}
	if kinds["36"]["kabupaten"] != 4 || kinds["36"]["kota"] != 4 {
		t.Errorf("Banten: %v", kinds["36"])
	}
}

// Nine names of the two provinces we serve exist twice: the full name never leaves
// the type out, so no two regencies of a province look the same.
func TestNames_carry_their_type(t *testing.T) {
	twice := map[string][]string{}
	seen := map[string]string{}
	for _, r := range Regencies() {
		if !strings.HasPrefix(r.Name, "Kabupaten ") && !strings.HasPrefix(r.Name, "Kota ") {
			t.Errorf("%s has no type", r.Name)
		}
		if other, dup := seen[r.Name]; dup {
			t.Errorf("%s names %s and %s", r.Name, other, r.Code)
		}
		seen[r.Name] = r.Code
		if r.ProvinceCode == "35" || r.ProvinceCode == "36" {
			twice[r.Short] = append(twice[r.Short], r.Code)
		}
	}
	count := 0
	for _, codes := range twice {
		if len(codes) == 2 {
			count++
		}
	}
	if count != 9 {
		t.Errorf("%d names exist as both kinds, want 9", count)
	}
}

func TestLookups(t *testing.T) {
	if r, found := RegencyByCode("35.19"); !found || r.Name != "Kabupaten Madiun" || r.Province != "Jawa Timur" || r.Type != "kabupaten" {
		t.Errorf("35.19 = %+v", r)
	}
	if r, _ := RegencyByCode("35.77"); r.Name != "Kota Madiun" {
		t.Errorf("35.77 = %+v", r)
	}
	if r, _ := RegencyByCode("31.71"); r.Name != "Kota Administrasi Jakarta Pusat" {
		t.Errorf("31.71 = %+v", r)
	}
	if d, found := DistrictByCode("35.19.03"); !found || d.Name != "Geger" || d.RegencyCode != "35.19" {
		t.Errorf("35.19.03 = %+v", d)
	}
	if _, found := RegencyByCode("35.99"); found {
		t.Error("35.99 does not exist")
	}
	if got := Place("35.19.03"); got != "Geger, Kabupaten Madiun, Jawa Timur" {
		t.Errorf("Place = %q", got)
	}
	if got := Place("99.99"); got != "" {
		t.Errorf("Place of nowhere = %q", got)
	}
	if Districts("99.99") != nil {
		t.Error("nowhere has districts")
	}
	names := []string{}
	for _, d := range Districts("35.78") {
		names = append(names, d.Name)
	}
	if len(names) != 31 || !sort.StringsAreSorted(names) {
		t.Errorf("Kota Surabaya: %d districts, sorted %v", len(names), sort.StringsAreSorted(names))
	}
}

// What a caller does with a list must not reach the next caller.
func TestLists_belong_to_the_caller(t *testing.T) {
	Regencies()[0].Name = "rusak"
	Districts("35.78")[0].Name = "rusak"
	RegenciesIn("35")[0].Name = "rusak"
	Provinces()[0].Name = "rusak"
	if Regencies()[0].Name == "rusak" || Districts("35.78")[0].Name == "rusak" || RegenciesIn("35")[0].Name == "rusak" || Provinces()[0].Name == "rusak" {
		t.Error("a caller changed the map")
	}
}

func TestBetween(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     Zone
		known    bool
	}{
		{"35.19", "35.19", SameRegency, true},
		{"35.19", "35.77", SameProvince, true}, // Kabupaten and Kota Madiun are two regencies
		{"35.19", "31.71", SameIsland, true},
		{"35.19", "51.71", Elsewhere, true},
		{"21.71", "12.71", SameIsland, true},
		{"35.19", "99.01", "", false},
		{"", "35.19", "", false},
	} {
		got, known := Between(c.from, c.to)
		back, _ := Between(c.to, c.from)
		if got != c.want || known != c.known || back != got {
			t.Errorf("Between(%s, %s) = %q, %v (back %q)", c.from, c.to, got, known, back)
		}
	}
	for _, p := range Provinces() {
		if Island(p.Code) == "" {
			t.Errorf("%s lies on no island", p.Name)
		}
	}
	if Island("99") != "" || Island("") != "" {
		t.Error("nowhere lies on an island")
	}
}

func TestParse_refuses_a_faulty_file(t *testing.T) {
	for _, data := range []string{
		"35", "35 Jawa Timur\n35 Jawa Timur", "\t19 kab Madiun", "35 Jawa Timur\n\t19 kecamatan Madiun", "35 Jawa Timur\n\t\t03 Geger",
		"35 Jawa Timur\n\t19 kab Madiun\n\t19 kab Madiun", "35 A\n\t01 kab B\n\t\t01 C\n\t\t01 C", "35 A\n\t\t\t01 C", "35 A\n\t01 kab B\n36 D\n\t\t01 C",
	} {
		if _, err := parse(data); err == nil {
			t.Errorf("%q was accepted", data)
		}
	}
}

func TestEveryPlaceHasAnAddressOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	check := func(code, name string) {
		slug := Slug(code)
		if other, taken := seen[slug]; slug == "" || taken {
			t.Errorf("%s and %s are both at %q", code, other, slug)
		}
		seen[slug] = code
		if back, found := BySlug(slug); !found || back != code || Name(code) != name {
			t.Errorf("%s leads to %s, called %s", slug, back, Name(code))
		}
	}
	for _, p := range Provinces() {
		check(p.Code, p.Name)
	}
	for _, r := range Regencies() {
		check(r.Code, r.Name)
	}
	if Slug("35.19") != "kabupaten-madiun" || Slug("35.19.03") != "" || Name("35.19.03") != "Geger, Kabupaten Madiun" || Name("99") != "" {
		t.Error(Slug("35.19"), Slug("35.19.03"), Name("35.19.03"), Name("99"))
	}
}
