package notify

import (
	"context"
	"net/http"
)

// DialFor tries to connect the adapter's client to another address.
func DialFor(a *Adapter, ctx context.Context, address string) error {
	_, err := a.client.Transport.(*http.Transport).DialContext(ctx, "tcp", address)
	return err
}
