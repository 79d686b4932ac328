package finance

import "github.com/a-h/templ"

// at is the address that takes one decision about a withdrawal.
func at(v Withdrawal, what string) templ.SafeURL {
	return templ.SafeURL("/keuangan/" + v.ID + "/" + what)
}

func returnAt(s Suspense) templ.SafeURL {
	return templ.SafeURL("/keuangan/titipan/" + s.ID + "/kembalikan")
}
