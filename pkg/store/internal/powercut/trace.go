// Package powercut finds out what a power cut can leave of a program's files. It
// records the system calls by which a process changes a directory, whoever in it
// makes them, and builds from the record what the disk may hold if the power goes
// at any point: whatever was synced, and any part of what was not.
//
// It is for tests.
package powercut

import "errors"

// ErrUnsupported is returned by Record where processes cannot be traced.
var ErrUnsupported = errors.New("recording system calls is not possible here")

// A Kind is what an event does.
type Kind int

const (
	Write     Kind = iota + 1 // Data at Off of File
	Truncate                  // File to Off bytes
	Extend                    // File to Off bytes at least, with zeroes
	Create                    // Name, for a new File
	Mkdir                     // Name
	Rename                    // Name to To
	Unlink                    // Name
	SyncBegin                 // of File or, when that is 0, of the directory Name
	SyncEnd                   // what happened before event Began is durable
	Say                       // the program wrote Data to its log of promises
)

// An Event is one completed change, or a step of a sync.
type Event struct {
	Kind  Kind
	File  int    // number of the file, from 1
	Name  string // path below the root
	To    string
	Off   int64
	Data  []byte
	Began int // of SyncEnd: the index of its SyncBegin
}
