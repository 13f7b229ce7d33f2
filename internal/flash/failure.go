package flash

import (
	"context"
	"errors"

	"gateway/internal/fault"
	"gateway/internal/flash/port"
	"gateway/internal/flash/repl"
	"gateway/internal/flash/rom"
)

// failed says in words what went wrong in a phase.
func failed(phase Phase, err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		f.Phase = phase
		return f
	}
	f = &Failure{Phase: phase, Reason: byPhase(phase), Code: fault.CodeOf(err), Detail: sentence(err), err: err}
	var other *rom.NotESP8266
	switch {
	case errors.Is(err, context.Canceled):
		f.Reason, f.Code, f.Detail = IsCancelled, fault.Unavailable, "the job was given up; the board can be flashed again at any time"
	case errors.Is(err, port.ErrBusy):
		f.Reason = IsBusy
	case errors.Is(err, port.ErrDenied):
		f.Reason, f.Code = IsDenied, fault.Denied
	case errors.Is(err, port.ErrGone), errors.Is(err, port.ErrNotFound):
		f.Reason = IsGone
	case errors.As(err, &other):
		f.Reason, f.Code = IsOther, fault.Invalid
	case errors.Is(err, rom.ErrNoSync):
		f.Reason = IsSilent
	case errors.Is(err, repl.ErrNoREPL) && phase == Connect:
		f.Reason = IsSilent
	}
	return f
}

func byPhase(p Phase) Reason {
	switch p {
	case Erasing, Write, Verify:
		return IsFlash
	case Push:
		return IsFiles
	case Online:
		return IsOffline
	}
	return IsInternal
}

// sentence is what a person reads of an error. Those of this package's world hold nothing that is not for them.
func sentence(err error) string {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// imageFailure refuses an image before anything is done to the board.
func imageFailure(err error) *Failure {
	return &Failure{Reason: IsImage, Code: fault.Invalid, Detail: sentence(err), err: err}
}
