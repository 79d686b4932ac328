// Package region knows the official provinces, regencies (kabupaten and kota) and
// districts (kecamatan) of Indonesia, and how far apart two of them are in the four
// zones that delivery tariffs use. The data (data/regions.txt) is compiled in.
//
// Nine names belong to a kabupaten and to a kota (Madiun, Malang, Serang, …), so a
// regency's Name always carries its type: "Kabupaten Madiun", "Kota Madiun". It
// imports nothing of ours.
package region

import (
	_ "embed"
	"fmt"
	"sort"
	"strings"
	"sync"
)

// Province is one of the 38 provinces; Code has two digits.
type Province struct {
	Code, Name string
}

// Regency is a kabupaten or kota; Code is "35.19". Name is the full name with its
// type; Short is without.
type Regency struct {
	Code, Name, Short string
	Type              string // "kabupaten" or "kota"
	ProvinceCode      string
	Province          string
}

// District is a kecamatan; Code is "35.19.03".
type District struct {
	Code, Name, RegencyCode string
}

//go:embed data/regions.txt
var data string

type atlas struct {
	provinces  []Province
	regencies  []Regency
	province   map[string]Province
	regency    map[string]Regency
	district   map[string]District
	districts  map[string][]District // by regency, by name
	byProvince map[string][]Regency  // by name
}

var world = sync.OnceValue(func() *atlas {
	a, err := parse(data)
	if err != nil {
		// Compiled in and read by the package's test.
		panic("region: " + err.Error())
	}
	return a
})

func parse(data string) (*atlas, error) {
	a := &atlas{
		province: map[string]Province{}, regency: map[string]Regency{}, district: map[string]District{},
		districts: map[string][]District{}, byProvince: map[string][]Regency{},
	}
	var province Province
	var regency Regency
	for number, line := range strings.Split(data, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name := strings.TrimLeft(line, "\t")
		depth := len(line) - len(name)
		digits, name, ok := strings.Cut(name, " ")
		if !ok || len(digits) != 2 || name == "" {
			return nil, fmt.Errorf("line %d: want two digits and a name", number+1)
		}
		switch depth {
		case 0:
			province = Province{Code: digits, Name: name}
			if _, twice := a.province[province.Code]; twice {
				return nil, fmt.Errorf("line %d: province %s twice", number+1, province.Code)
			}
			a.provinces = append(a.provinces, province)
			a.province[province.Code] = province
		case 1:
			kind, short, ok := strings.Cut(name, " ")
			if !ok || province.Code == "" || kind != "kab" && kind != "kota" {
				return nil, fmt.Errorf("line %d: want kab or kota and a name", number+1)
			}
			regency = newRegency(province, digits, kind, short)
			if _, twice := a.regency[regency.Code]; twice {
				return nil, fmt.Errorf("line %d: regency %s twice", number+1, regency.Code)
			}
			a.regencies = append(a.regencies, regency)
			a.regency[regency.Code] = regency
			a.byProvince[province.Code] = append(a.byProvince[province.Code], regency)
		case 2:
			if !strings.HasPrefix(regency.Code, province.Code+".") {
				return nil, fmt.Errorf("line %d: district outside a regency", number+1)
			}
			district := District{Code: regency.Code + "." + digits, Name: name, RegencyCode: regency.Code}
			if _, twice := a.district[district.Code]; twice {
				return nil, fmt.Errorf("line %d: district %s twice", number+1, district.Code)
			}
			a.district[district.Code] = district
			a.districts[regency.Code] = append(a.districts[regency.Code], district)
		default:
			return nil, fmt.Errorf("line %d: too deep", number+1)
		}
	}
	for _, list := range a.byProvince {
		sort.SliceStable(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	}
	for _, list := range a.districts {
		sort.SliceStable(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	}
	return a, nil
}

func newRegency(province Province, digits, kind, short string) Regency {
	r := Regency{
		Code: province.Code + "." + digits, Short: short, ProvinceCode: province.Code, Province: province.Name,
		Type: "kabupaten", Name: "Kabupaten " + short,
	}
	if kind == "kota" {
		r.Type, r.Name = "kota", "Kota "+short
	}
	if province.Code == "31" {
		// The capital's regencies are administrative parts without a council of
		// their own, and are written so.
		r.Name = strings.Replace(r.Name, " ", " Administrasi ", 1)
	}
	return r
}

// Provinces returns all provinces by code. The slice is the caller's.
func Provinces() []Province { return append([]Province(nil), world().provinces...) }

// ProvinceByCode returns the province with a two-digit code.
func ProvinceByCode(code string) (Province, bool) {
	p, found := world().province[code]
	return p, found
}

// Regencies returns all 514 regencies by code. The slice is the caller's.
func Regencies() []Regency { return append([]Regency(nil), world().regencies...) }

// RegenciesIn returns the regencies of a province by full name: the kabupaten first,
// then the kota. The slice is the caller's.
func RegenciesIn(provinceCode string) []Regency {
	return append([]Regency(nil), world().byProvince[provinceCode]...)
}

// RegencyByCode returns the regency with a code like "35.19".
func RegencyByCode(code string) (Regency, bool) {
	r, found := world().regency[code]
	return r, found
}

// Districts returns the districts of a regency by name, nil for an unknown regency.
// The slice is the caller's.
func Districts(regencyCode string) []District {
	return append([]District(nil), world().districts[regencyCode]...)
}

// DistrictByCode returns the district with a code like "35.19.03".
func DistrictByCode(code string) (District, bool) {
	d, found := world().district[code]
	return d, found
}

// Place writes where a district or regency is, as people say it:
// "Geger, Kabupaten Madiun, Jawa Timur". It is empty for an unknown code.
func Place(code string) string {
	if d, found := DistrictByCode(code); found {
		return d.Name + ", " + Place(d.RegencyCode)
	}
	if r, found := RegencyByCode(code); found {
		return r.Name + ", " + r.Province
	}
	return ""
}

// Island returns the island group of a province code (or of any longer code that
// begins with it), as couriers group them, and "" for an unknown province.
func Island(code string) string {
	if len(code) < 2 {
		return ""
	}
	if _, known := ProvinceByCode(code[:2]); !known {
		return ""
	}
	switch code[0] {
	case '1', '2':
		return "Sumatera" // with Kepulauan Riau and Bangka Belitung
	case '3':
		return "Jawa"
	case '5':
		return "Bali dan Nusa Tenggara"
	case '6':
		return "Kalimantan"
	case '7':
		return "Sulawesi"
	case '8':
		return "Maluku"
	default:
		return "Papua"
	}
}

// Zone is how far a parcel travels; each has its own tariff (package delivery).
type Zone string

const (
	SameRegency  Zone = "same_regency"
	SameProvince Zone = "same_province"
	SameIsland   Zone = "same_island"
	Elsewhere    Zone = "elsewhere"
)

// Zones lists the four zones from near to far.
var Zones = []Zone{SameRegency, SameProvince, SameIsland, Elsewhere}

// Between returns the zone from one regency to another; false if either code is
// unknown, so that no fee is ever computed for a place that does not exist.
func Between(from, to string) (Zone, bool) {
	a, foundA := RegencyByCode(from)
	b, foundB := RegencyByCode(to)
	switch {
	case !foundA || !foundB:
		return "", false
	case a.Code == b.Code:
		return SameRegency, true
	case a.ProvinceCode == b.ProvinceCode:
		return SameProvince, true
	case Island(a.ProvinceCode) == Island(b.ProvinceCode):
		return SameIsland, true
	}
	return Elsewhere, true
}
