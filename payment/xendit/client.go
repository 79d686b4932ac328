// Package xendit is the adapter between payment and Xendit's HTTP API. It is the
// only package that imports the SDK; no type of the SDK leaves it.
//
// Invoices go through the SDK; because its Invoice drops what reconciliation
// needs (paid_amount, paid_at, channel), every answer is read from the raw body
// into our own structs. Payouts, refunds and the balance use the SDK's
// PrepareRequest and CallAPI with int64 amounts, because its own structs hold
// them as float32, which changes amounts above Rp16.777.216 in silence.
//
// There are no retries here: payment decides when a call may be made again.
package xendit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
	sdk "github.com/xendit/xendit-go/v7"

	"github.com/lapak-berdaya/lapak/payment"
)

// LiveURL is Xendit's own address. Test and live mode share it; the key decides.
const LiveURL = "https://api.xendit.co"

// Config of a Client.
type Config struct {
	SecretKey string // xnd_development_… or xnd_production_…
	BaseURL   string // "" is LiveURL; anything else is a simulator or proxy

	Timeout      time.Duration // of one whole call; 0 is 15 s
	BreakerAfter uint32        // failures in a row that open the breaker; 0 is 8
	BreakerRest  time.Duration // how long it stays open; 0 is 15 s

	Transport http.RoundTripper // nil is a transport of our own; for tests
}

// Client implements payment.Gateway.
type Client struct {
	api  *sdk.APIClient
	base string
}

var _ payment.Gateway = (*Client)(nil)

// New checks the configuration and makes a client; it does not call anything.
// A production key together with another base URL is refused: it would hand the
// key to somebody else.
func New(c Config) (*Client, error) {
	base := strings.TrimRight(c.BaseURL, "/")
	if base == "" {
		base = LiveURL
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("xendit: XENDIT_BASE_URL %q is not an http address", c.BaseURL)
	}
	switch {
	case c.SecretKey == "":
		return nil, errors.New("xendit: XENDIT_SECRET_KEY is empty")
	case strings.HasPrefix(c.SecretKey, "xnd_production_"):
		if base != LiveURL {
			return nil, errors.New("xendit: XENDIT_SECRET_KEY is a production key but XENDIT_BASE_URL is not " + LiveURL)
		}
	case !strings.HasPrefix(c.SecretKey, "xnd_development_"):
		return nil, errors.New("xendit: XENDIT_SECRET_KEY is neither xnd_development_… nor xnd_production_…")
	}
	if c.Timeout <= 0 {
		c.Timeout = 15 * time.Second
	}
	if c.BreakerAfter == 0 {
		c.BreakerAfter = 8
	}
	if c.BreakerRest <= 0 {
		c.BreakerRest = 15 * time.Second
	}
	transport := c.Transport
	if transport == nil {
		transport = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   5 * time.Second,
			ResponseHeaderTimeout: c.Timeout,
			MaxIdleConnsPerHost:   16,
			IdleConnTimeout:       60 * time.Second,
		}
	}
	api := sdk.NewClient(c.SecretKey)
	cfg, ok := api.GetConfig().(*sdk.Configuration)
	if !ok {
		return nil, errors.New("xendit: the SDK no longer exposes its configuration")
	}
	cfg.Servers = sdk.ServerConfigurations{{URL: base}}
	cfg.HTTPClient = &http.Client{
		Timeout: c.Timeout,
		Transport: &recorder{next: transport, breaker: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
			Name:        "xendit",
			Timeout:     c.BreakerRest,
			ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= c.BreakerAfter },
		})},
		// An API that answers a redirect is not the API; following it would carry
		// the key along.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Client{api: api, base: base}, nil
}

// exchange is what really happened on the wire during one call. The SDK keeps
// neither the cause of a transport failure nor, after a failed decode, anything
// reliable, so the transport writes it down and the adapter judges by it alone.
type exchange struct {
	sent    atomic.Bool // the request's headers left us
	refused bool        // the breaker was open: nothing was sent
	status  int
	body    []byte
	err     error
}

type exchangeKey struct{}

// begin returns a context that records the next call into the exchange.
func begin(ctx context.Context) (context.Context, *exchange) {
	x := &exchange{}
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { x.sent.Store(true) }}), x
}

// told returns a context whose call reports the moment at which the gateway has
// done its work and nobody has read the answer, for the tests of a dying process.
// (WroteRequest would come before the bytes leave.)
func told(ctx context.Context, point func()) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: point})
}

// maxBody bounds what is read of an answer; the largest real ones are a few kB.
const maxBody = 1 << 20

type recorder struct {
	next    http.RoundTripper
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
}

var errServer = errors.New("server error")

func (t *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		x = &exchange{}
	}
	done, err := t.breaker.Allow()
	if err != nil {
		x.refused, x.err = true, err
		return nil, err
	}
	res, err := t.next.RoundTrip(r)
	if err == nil {
		x.status = res.StatusCode
		x.body, err = io.ReadAll(io.LimitReader(res.Body, maxBody+1))
		_ = res.Body.Close()
		if err == nil && len(x.body) > maxBody {
			err = fmt.Errorf("answer larger than %d bytes", maxBody)
		}
		res.Body = io.NopCloser(bytes.NewReader(x.body))
	}
	switch {
	case err != nil && errors.Is(r.Context().Err(), context.Canceled):
		done(nil) // our own caller left; that says nothing about the gateway
	case err != nil:
		done(err)
	case res.StatusCode >= 500:
		done(errServer)
	default:
		done(nil)
	}
	if err != nil {
		x.err = err
		return nil, err
	}
	return res, nil
}
