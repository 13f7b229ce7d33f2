package device

import (
	"encoding/json"
	"sync"
	"time"

	"gateway/internal/fault"
	"gateway/internal/trace"
)

// record is what is kept of a board.
type record struct {
	Name      string    `json:"name"`
	Key       string    `json:"key"`   // 64 hex digits, raw since HMAC needs it
	Grant     string    `json:"grant"` // random; a new key makes a new one
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
}

// memory is what is remembered of a board beside its record and its shadow, written now and then.
type memory struct {
	LastSeen *time.Time `json:"last_seen,omitempty"`
	Build    *Build     `json:"build,omitempty"`
	Errors   []Line     `json:"errors,omitempty"` // the newest lines of the levels error and exception
	Update   *Update    `json:"update,omitempty"`
}

// board is one board.
type board struct {
	id    string
	token bool // it came with a token of the kind device: it has no record and no key
	mark  *trace.Target

	saying sync.Mutex // orders what is said of it on the bus; taken before mu, and never under a lock of the bus

	mu      sync.Mutex
	record  record
	removed bool
	nonces  []string
	shadow  shadow
	lines   []Line
	vitals  []Vitals
	seen    time.Time // when it said something last
	address string
	session *Session
	calling int
	update  *running // nil: none is under way
	kept    memory
	unsaved bool
	urgent  bool // unsaved, and worth a write within a minute
}

func newBoard(id string, r record) *board {
	return &board{id: id, record: r, mark: &trace.Target{Name: id}}
}

// What a board says about itself.

// Build is what a board is and runs.
type Build struct {
	Version string `json:"version" doc:"Of its firmware bundle"`
	Slot    string `json:"slot,omitempty" doc:"a or b"`
	Board   string `json:"board,omitempty" example:"esp8266"`
	MP      string `json:"mp,omitempty" doc:"Version of MicroPython" example:"1.27.0"`
	Reset   string `json:"reset,omitempty" doc:"Why it started" example:"power"`
	IP      string `json:"ip,omitempty"`
	MAC     string `json:"mac,omitempty"`
	Boot    int64  `json:"boot,omitempty" doc:"How often it has started"`
	Trial   bool   `json:"trial,omitempty" doc:"It runs a new build that has to prove itself"`
}

// Vitals is how a board is at a time.
type Vitals struct {
	At       time.Time `json:"at"`
	HeapFree int64     `json:"heap_free" doc:"Bytes"`
	RSSI     *int64    `json:"rssi,omitempty" doc:"dBm"`
	Uptime   int64     `json:"uptime_s"`
	Lag      int64     `json:"lag_ms" doc:"The longest its loop was late since the last time"`
	Queued   int64     `json:"queued" doc:"Events that wait on the board"`
	Dropped  int64     `json:"dropped" doc:"Events that it had no room for"`
}

// maxVitals bounds what is kept: 12 hours of one a minute.
const maxVitals = 720

// hello is what a board says first.
type hello struct {
	Build
	Vitals
}

func parse(what string, data json.RawMessage, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return fault.New(fault.Invalid, "%s is not as expected: %w", what, err)
	}
	return nil
}

// clip bounds texts that boards choose.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n]
}

func (b *Build) clip() {
	for _, s := range []*string{&b.Version, &b.Slot, &b.Board, &b.MP, &b.Reset, &b.IP, &b.MAC} {
		*s = clip(*s, 64)
	}
}

// addVitals is called with b.mu held.
func (b *board) addVitals(v Vitals) {
	b.vitals = append(b.vitals, v)
	if n := len(b.vitals); n > maxVitals {
		b.vitals = append([]Vitals{}, b.vitals[n-maxVitals:]...)
	}
}
