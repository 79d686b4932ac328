// Package fault is the one error vocabulary of Lapak Berdaya.
//
// Domain packages return *Error values; only package server maps kinds to HTTP
// status codes and pages. The text a person sees is always looked up from a
// text key, never taken from a cause.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of trouble it is; server gives each kind one status.
type Kind int

// The kinds, in the order of their HTTP status.
const (
	KindInternal        Kind = iota // our own failure: 500
	KindInvalid                     // what was typed cannot be taken: 422
	KindUnauthenticated             // sign in first: to /masuk, or 401 for machines
	KindForbidden                   // known person, not allowed: 403
	KindNotFound                    // missing, or another person's: 404
	KindConflict                    // the world changed meanwhile: 409
	KindRateLimited                 // too often: 429
	KindUnavailable                 // something we depend on is down: 503
	KindTooLarge                    // more than we take: 413
	KindGone                        // was public, and is not any more: 410
)

func (k Kind) String() string {
	switch k {
	case KindInvalid:
		return "invalid"
	case KindUnauthenticated:
		return "unauthenticated"
	case KindForbidden:
		return "forbidden"
	case KindNotFound:
		return "not_found"
	case KindConflict:
		return "conflict"
	case KindRateLimited:
		return "rate_limited"
	case KindUnavailable:
		return "unavailable"
	case KindTooLarge:
		return "too_large"
	case KindGone:
		return "gone"
	}
	return "internal"
}

// Field is a fault of one form field.
type Field struct {
	Name string
	Key  string // text key of the sentence beside the field
	Args []any  // name, value pairs for the sentence
}

// Error is a fault with a public sentence. Cause is for logs only.
type Error struct {
	Kind   Kind
	Key    string
	Args   []any
	Fields []Field
	Cause  error
}

func (e *Error) Error() string {
	s := e.Kind.String()
	if e.Key != "" {
		s += " " + e.Key
	}
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s]", f.Name, f.Key)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// With adds the fault of one field and returns e.
func (e *Error) With(field, key string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{Name: field, Key: key, Args: args})
	return e
}

// Because sets the cause (for the log, never shown) and returns e.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// OrNil returns e when it has field faults, else nil: the usual end of a
// validation that collected faults with With.
func (e *Error) OrNil() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// Invalid is bad input; key is the summary sentence, fields are added by With.
func Invalid(key string, args ...any) *Error {
	return &Error{Kind: KindInvalid, Key: key, Args: args}
}

// Unauthenticated asks for a sign-in.
func Unauthenticated() *Error {
	return &Error{Kind: KindUnauthenticated, Key: "fault.unauthenticated"}
}

// Forbidden refuses a known person; key says why.
func Forbidden(key string, args ...any) *Error {
	return &Error{Kind: KindForbidden, Key: key, Args: args}
}

// NotFound is a missing thing, and also another person's thing, so that the two
// cannot be told apart. what is for the log.
func NotFound(what string) *Error {
	return &Error{Kind: KindNotFound, Key: "fault.not_found", Cause: errors.New(what)}
}

// Gone is something that was public and was taken away. what is for the log.
func Gone(what string) *Error {
	return &Error{Kind: KindGone, Key: "fault.gone", Cause: errors.New(what)}
}

// Conflict says the world changed between reading and writing.
func Conflict(key string, args ...any) *Error {
	return &Error{Kind: KindConflict, Key: key, Args: args}
}

// RateLimited says "too often, wait".
func RateLimited(key string, args ...any) *Error {
	return &Error{Kind: KindRateLimited, Key: key, Args: args}
}

// TooLarge refuses a body or file above its limit.
func TooLarge(key string, args ...any) *Error {
	return &Error{Kind: KindTooLarge, Key: key, Args: args}
}

// Unavailable says that something outside is down; trying again may help.
func Unavailable(key string, cause error) *Error {
	return &Error{Kind: KindUnavailable, Key: key, Cause: cause}
}

// Internal wraps our own failure.
func Internal(cause error) *Error {
	return &Error{Kind: KindInternal, Key: "fault.internal", Cause: cause}
}

// As returns err as an *Error, wrapping a foreign error as internal.
// It returns nil for nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Internal(err)
}

// Is reports whether err is a fault of that kind.
func Is(err error, k Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}
