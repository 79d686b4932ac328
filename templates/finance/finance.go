package finance

import "github.com/a-h/templ"

// at is the address that takes one decision about a withdrawal.
func at(v Withdrawal, what string) templ.SafeURL {
	return templ.URL("/keuangan/" + v.ID + "/" + what)
}

// doAt is the address that takes the viewer's decision about stuck money.
func doAt(s Suspense) templ.SafeURL { return templ.URL(s.At + "/" + s.Do) }
