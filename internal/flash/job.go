package flash

import (
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/rom"
)

// Kind is what is to be done with a board.
type Kind string

// The kinds of jobs.
const (
	Full  Kind = "flash" // MicroPython, then the files
	Files Kind = "files" // MicroPython is on it already
	Erase Kind = "erase" // all of the flash is erased, then as Full
)

// Phase is a part of a job.
type Phase string

// The phases, in order.
const (
	Connect Phase = "connect"
	Erasing Phase = "erase"
	Write   Phase = "write"
	Verify  Phase = "verify"
	Push    Phase = "files"
	Restart Phase = "restart"
	Online  Phase = "online"
)

// phases are those of a kind, with the seconds that each is expected to take.
func phases(k Kind) []step {
	switch k {
	case Files:
		return []step{{Connect, 5}, {Push, 12}, {Restart, 2}, {Online, 15}}
	case Erase:
		return []step{{Connect, 4}, {Erasing, 30}, {Write, 20}, {Verify, 8}, {Push, 12}, {Restart, 2}, {Online, 15}}
	}
	return []step{{Connect, 4}, {Erasing, 5}, {Write, 20}, {Verify, 8}, {Push, 12}, {Restart, 2}, {Online, 15}}
}

type step struct {
	phase   Phase
	seconds float64
}

// State is how a job or a phase of it stands.
type State string

// The states: a job is never Waiting.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled" // of jobs
	Skipped   State = "skipped"   // of phases
)

// Job is how the work on one board stands.
type Job struct {
	ID         string
	Kind       Kind
	Port       string
	Board      string // "" until there is one
	Name       string
	Template   string
	SSID       string
	State      State
	Phase      Phase
	Phases     []PhaseState
	Percent    int
	ETA        time.Duration // 0 is unknown
	Started    time.Time
	Ended      time.Time // zero until then
	Chip       *rom.Chip // nil until it is known
	Failure    *Failure  // nil unless it failed or was cancelled
	Manual     bool      // somebody has to hold FLASH and press RESET now
	Log        []Line    // the last maxLines
	Rate       int       // bytes of flash a second
	Baud       int
	Suggestion *Suggestion // when it is done
}

// PhaseState is how a phase of a job stands; Done and Total are bytes.
type PhaseState struct {
	Name        Phase
	State       State
	Done, Total int64
}

// Line is one of a job's log.
type Line struct {
	N    int // from 1
	At   time.Time
	From string // FromGateway or FromBoard
	Text string
}

// Who says a line.
const (
	FromGateway = "gateway"
	FromBoard   = "board"
)

// Reason is why a job failed, in a word.
type Reason string

// The reasons.
const (
	IsCancelled Reason = "cancelled"
	IsSilent    Reason = "silent"     // no board answers
	IsOther     Reason = "other_chip" // another chip than the ESP8266
	IsBusy      Reason = "busy"       // somebody else has the port
	IsDenied    Reason = "denied"     // the system does not let us
	IsGone      Reason = "gone"       // unplugged
	IsImage     Reason = "image"      // no image, or one that does not fit
	IsFlash     Reason = "flash"      // erasing, writing or verifying
	IsFiles     Reason = "files"      // pushing files
	IsWiFi      Reason = "wifi"       // the board says that it cannot join
	IsOffline   Reason = "online"     // it was flashed and does not come
	IsInternal  Reason = "internal"
)

// Failure is why a job did not get to its end.
type Failure struct {
	Phase  Phase
	Reason Reason
	Code   fault.Code
	Detail string // one sentence for a person
	Remedy string // may be ""
	err    error
}

// Error returns the sentence, and what to do.
func (f *Failure) Error() string {
	if f.Remedy == "" {
		return f.Detail
	}
	return f.Detail + "; " + f.Remedy
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.err }
