package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Chat is one WhatsApp message as it leaves the house. Key is the same whenever
// the same message is sent again.
type Chat struct{ Key, To, Body string }

// Adapter posts messages to a small service that speaks to whatever WhatsApp
// provider the agency has:
//
//	POST <LAPAK_WHATSAPP_URL>
//	Authorization: Bearer <LAPAK_WHATSAPP_TOKEN>
//	Content-Type: application/json
//	Idempotency-Key: <the same for every attempt at one message>
//
//	{"to": "+6281200000021", "text": "Halo …"}
//
// Any 2xx answer means taken. 400 and 422 mean that this message will never be
// taken; everything else is tried again later, with the same key. `lapak check`
// sends OPTIONS to the same address, which any HTTP server answers.
//
// It dials the configured host and no other: no redirect is followed, no proxy
// is asked, certificates are checked.
type Adapter struct {
	url    string
	token  string
	client *http.Client
}

// AdapterOptions are for the adapter's surroundings.
type AdapterOptions struct {
	Roots   *x509.CertPool // who may certify the adapter; nil for the system's
	Timeout time.Duration  // of one message; 0 for 15 seconds
}

// NewAdapter returns the adapter at address, an http or https URL; token may be
// empty.
func NewAdapter(address, token string, o AdapterOptions) (*Adapter, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("notify: LAPAK_WHATSAPP_URL: unreadable address")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	allowed := net.JoinHostPort(u.Hostname(), port)
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &Adapter{url: address, token: token, client: &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if address != allowed {
					return nil, fmt.Errorf("notify: %s is not the WhatsApp adapter", address)
				}
				return dialer.DialContext(ctx, network, address)
			},
			TLSClientConfig:     &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 5 * time.Second, MaxIdleConns: 4, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		},
	}}, nil
}

// WhatsApp sends one message through the adapter.
func (a *Adapter) WhatsApp(ctx context.Context, c Chat) error {
	payload, err := json.Marshal(map[string]string{"to": c.To, "text": c.Body})
	if err != nil {
		return err
	}
	status, err := a.send(ctx, http.MethodPost, bytes.NewReader(payload), map[string]string{"Content-Type": "application/json", "Idempotency-Key": c.Key})
	switch {
	case err != nil:
		return err
	case status/100 == 2:
		return nil
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: whatsapp adapter answered %d", ErrRefused, status)
	}
	return fmt.Errorf("notify: whatsapp adapter answered %d", status)
}

// Check asks whether the adapter answers and knows the token; it sends nothing.
func (a *Adapter) Check(ctx context.Context) error {
	status, err := a.send(ctx, http.MethodOptions, nil, nil)
	if err != nil {
		return err
	}
	if status == http.StatusUnauthorized || status == http.StatusForbidden || status >= 500 {
		return fmt.Errorf("notify: whatsapp adapter answered %d", status)
	}
	return nil
}

func (a *Adapter) send(ctx context.Context, method string, body io.Reader, header map[string]string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.url, body)
	if err != nil {
		return 0, err
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	res, err := a.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("notify: whatsapp adapter: %w", err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	return res.StatusCode, res.Body.Close()
}

// OutboxOnly is the demo's WhatsApp: the message stays in the outbox page.
type OutboxOnly struct{}

// WhatsApp takes the message; the outbox page shows it.
func (OutboxOnly) WhatsApp(context.Context, Chat) error { return nil }
