//go:build !linux

package port

import "go.bug.st/serial"

// enumerate asks the library, which knows names only where it may not use cgo.
func enumerate() ([]Info, error) {
	names, err := serial.GetPortsList()
	found := make([]Info, 0, len(names))
	for _, name := range names {
		found = append(found, Info{Name: name})
	}
	return found, err
}
