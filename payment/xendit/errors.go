package xendit

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/payment"
)

// effect says whether a call may change something at the gateway, which decides
// what a missing answer means.
type effect bool

const (
	reads   effect = false
	changes effect = true
)

// outcome judges what happened on the wire and decodes a good answer into v.
// It returns nil, a payment.Rejected, or an error wrapping payment.ErrRetry or
// payment.ErrUnknown. cause is what the SDK said, for calls that never reached
// the wire.
func outcome(op string, x *exchange, e effect, cause string, v any) error {
	// A reading that failed can simply be repeated; a change that failed after its
	// request left us may have been made.
	doubt := payment.ErrUnknown
	if e == reads {
		doubt = payment.ErrRetry
	}
	switch {
	case x.refused:
		return fmt.Errorf("%w: %s: too many failures in a row, resting: %v", payment.ErrRetry, op, x.err)
	case x.err != nil && !x.sent.Load():
		return fmt.Errorf("%w: %s: not sent: %v", payment.ErrRetry, op, x.err)
	case x.err != nil:
		return fmt.Errorf("%w: %s: %v", doubt, op, x.err)
	case x.status == 0:
		return fmt.Errorf("xendit: %s: request not made: %s", op, cause)
	case x.status >= 200 && x.status < 300:
		if err := json.Unmarshal(x.body, v); err != nil {
			return fmt.Errorf("%w: %s: answer %d cannot be read: %v", doubt, op, x.status, err)
		}
		return nil
	case x.status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s: rate limited", payment.ErrRetry, op)
	case x.status == http.StatusRequestTimeout, x.status == http.StatusTooEarly, x.status >= 500, x.status < 400:
		return fmt.Errorf("%w: %s: answer %d", doubt, op, x.status)
	}
	var body struct {
		ErrorCode string          `json:"error_code"`
		Message   string          `json:"message"`
		Errors    json.RawMessage `json:"errors"` // objects, pairs or strings, by endpoint
	}
	if err := json.Unmarshal(x.body, &body); err != nil || body.ErrorCode == "" {
		// A 4xx that is not the API's own (a proxy's HTML page) decides nothing.
		return fmt.Errorf("%w: %s: answer %d is not the API's", doubt, op, x.status)
	}
	message := body.Message
	if len(body.Errors) > 0 {
		message += " " + string(body.Errors)
	}
	return payment.Rejected{Status: x.status, Code: body.ErrorCode, Message: message}
}

// odd is an answer that decodes but cannot be what was asked for.
func odd(op string, e effect, format string, args ...any) error {
	doubt := payment.ErrUnknown
	if e == reads {
		doubt = payment.ErrRetry
	}
	return fmt.Errorf("%w: %s: %s", doubt, op, fmt.Sprintf(format, args...))
}
