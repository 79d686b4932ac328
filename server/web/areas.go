package web

import (
	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Areas are the parts of the site that a person may enter, the one they work in
// most first.
func Areas(a account.Actor) []view.Link {
	var out []view.Link
	add := func(can bool, key, path, icon string) {
		if can {
			out = append(out, view.Link{Label: text.T(key), URL: path, Icon: icon})
		}
	}
	add(len(a.Memberships) > 0, "web.area.maker", "/toko-saya", "shop")
	add(a.Has(account.RoleCompanion) || len(a.Assisting) > 0, "web.area.companion", "/dampingan", "phone")
	add(a.Has(account.RoleCurator), "web.area.curator", "/kurasi", "check")
	add(a.HasAny(account.RoleOfficer, account.RoleHead), "web.area.agency", "/dinas", "user")
	add(a.Has(account.RoleHead), "web.area.checks", "/keuangan/periksa", "check")
	add(a.Has(account.RoleFinance), "web.area.finance", "/keuangan", "money")
	add(a.Has(account.RoleAdmin), "web.area.admin", "/admin", "list")
	return out
}

// AgencyNav is the navigation of the agency's desk, as far as the actor may go;
// here names the place where the page stands. More than one package has pages of
// that desk.
func AgencyNav(a account.Actor, here string) []view.Link {
	var out []view.Link
	add := func(can bool, name, url, icon string) {
		if can {
			out = append(out, view.Link{Label: text.T("agency.nav." + name), URL: url, Icon: icon, Current: here == name})
		}
	}
	add(true, "head", "/dinas", "home")
	add(true, "makers", "/dinas/perajin", "list")
	add(true, "orders", "/dinas/pesanan", "bag")
	add(true, "complaints", "/dinas/pengaduan", "message")
	add(true, "papers", "/kurasi/sertifikat", "check")
	add(true, "requests", "/dinas/permintaan", "message")
	add(true, "joins", "/dinas/pendaftar", "user")
	add(a.Has(account.RoleOfficer), "invite", "/dinas/undang", "plus")
	add(a.HasAny(account.RoleOfficer, account.RoleHead), "banks", "/dinas/rekening", "money")
	add(a.Has(account.RoleOfficer), "cash", "/dinas/tunai", "money")
	add(true, "register", "/dinas/izin", "check")
	add(true, "erasures", "/dinas/hapus", "cross")
	add(a.HasAny(account.RoleHead, account.RoleAdmin), "reveals", "/dinas/pembukaan", "eye")
	add(len(a.Assisting) > 0, "companion", "/dampingan", "phone")
	return out
}

// HomeOf is where a person lands after signing in without having asked for a
// page.
func HomeOf(a account.Actor) string {
	if areas := Areas(a); len(areas) > 0 {
		return areas[0].URL
	}
	return "/"
}

// roleLabel names the role that a staff page shows beside the name; makers have
// none.
func roleLabel(a account.Actor) string {
	for _, r := range account.Roles() {
		if a.Has(r) {
			return text.T("web.role." + string(r))
		}
	}
	return ""
}
