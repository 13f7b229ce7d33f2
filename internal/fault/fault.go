// Package fault holds the error codes that every edge of the gateway shares: socket.io acks, REST problem documents and
// MQTT reason codes are all made from a [Code], so that a user meets one vocabulary.
package fault

import (
	"errors"
	"fmt"
)

// Code is a stable, machine-readable name for why something was refused.
type Code string

// The codes that clients may see. They are part of the public interface: add, never rename.
const (
	Denied      Code = "denied"       // the principal may not do this
	Invalid     Code = "invalid"      // the request itself is wrong; sending it again will not help
	TooLarge    Code = "too_large"    // over a configured size limit
	RateLimited Code = "rate_limited" // too many in too short a time; later it will work
	Offline     Code = "offline"      // the device or broker concerned is not connected
	Timeout     Code = "timeout"      // nobody answered in time
	Unavailable Code = "unavailable"  // the gateway cannot do it now: starting, stopping, or out of space
)

// Error is an error with a code and a sentence that a user may read.
type Error struct {
	Code    Code
	Message string
	err     error
}

// New returns an error with a code and a formatted sentence; %w is honoured.
func New(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), err: errors.Unwrap(err)}
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.err }

// CodeOf returns the code in err's chain; an error without one is [Unavailable], because its cause is ours and not the
// client's. nil has the empty code.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Unavailable
}

// MessageOf returns the sentence that may be shown to a client: that of the [Error] in err's chain, or a neutral one that
// gives nothing internal away.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "the gateway could not do this; its log says why"
}
