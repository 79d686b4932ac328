package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// guest is a buyer who costs the computer as little as possible, for crowds.
type guest struct {
	base, from string
	http       *http.Client
}

func newGuest(base, from string, transport *http.Transport) *guest {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // never, without options
	}
	return &guest{base: base, from: from, http: &http.Client{Jar: jar, Timeout: patience, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// handed is what a guest was given.
type handed struct {
	status         int
	location, body string
}

func (r handed) want(status int) error {
	if r.status != status {
		return fmt.Errorf("status %d: %.300s", r.status, r.body)
	}
	return nil
}

// ask sends one request; a form makes it a POST.
func (g *guest) ask(path string, form url.Values) (handed, error) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, g.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return handed{}, err
	}
	if g.from != "" {
		req.Header.Set("X-Forwarded-For", g.from)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := g.http.Do(req)
	if err != nil {
		return handed{}, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return handed{res.StatusCode, res.Header.Get("Location"), string(body)}, err
}

// hiddenField finds what a form sends along unseen.
var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// hidden takes what the page's checkout form sends along into form.
func (r handed) hidden(form url.Values) error {
	begin := strings.Index(r.body, "data-checkout")
	if begin < 0 {
		return errors.New("no checkout form")
	}
	for _, field := range hiddenField.FindAllStringSubmatch(r.body[begin:], -1) {
		form.Set(field[1], field[2])
	}
	return nil
}

// fills puts pieces of a product of each shop into the cart and returns the
// checkout's form, filled, before it is sent.
func (g *guest) fills(products map[int64]int64, pieces int, by string) (url.Values, error) {
	form := url.Values{
		"nama": {"Pembeli Uji"}, "hp": {"0812 0000 0099"}, "provinsi": {"35"}, "kabupaten": {"35.78"}, "kecamatan": {"35.78.16"},
		"desa": {"Ampel"}, "jalan": {"Jalan Melati 7"}, "kodepos": {"60151"}, "langkah": {"bayar"},
	}
	for shop, product := range products {
		form.Set(fmt.Sprintf("kirim_%d", shop), by)
		r, err := g.ask("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {fmt.Sprint(pieces)}})
		if err == nil {
			err = r.want(http.StatusSeeOther)
		}
		if err != nil {
			return nil, err
		}
	}
	r, err := g.ask("/checkout", nil)
	if err == nil {
		err = r.want(http.StatusOK)
	}
	if err == nil {
		err = r.hidden(form)
	}
	return form, err
}

// buys goes from the cart to the gateway's page, by courier; pay is how long the
// press on pay took.
func (g *guest) buys(gateway string, products map[int64]int64) (pay time.Duration, invoice string, err error) {
	form, err := g.fills(products, 2, "courier")
	if err != nil {
		return 0, "", err
	}
	form.Set("langkah", "hitung") // the couriers' prices
	r, err := g.ask("/checkout", form)
	if err == nil {
		err = r.want(http.StatusOK)
	}
	if err == nil {
		err = r.hidden(form)
	}
	if err != nil {
		return 0, "", err
	}
	form.Set("langkah", "bayar")
	begun := time.Now()
	r, err = g.ask("/checkout", form)
	if err == nil {
		err = r.want(http.StatusSeeOther)
	}
	if err == nil && !strings.HasPrefix(r.location, gateway) {
		err = fmt.Errorf("sent to %s, not to the gateway's page", r.location)
	}
	return time.Since(begun), r.location, err
}
