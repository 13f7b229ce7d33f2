//go:build linux

package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is something that is wrong with the board.
type Fault string

// What can be wrong.
const (
	Block97     Fault = "block97"     // every 97th block of data is refused
	Noise       Fault = "noise"       // garbage stands on the line before the first answer
	ESP32       Fault = "esp32"       // it is another chip
	Short       Fault = "short"       // its flash has 1 MiB
	Manual      Fault = "manual"      // it gets into its loader by hand only: [Board.Loader]
	NeverSync   Fault = "neversync"   // the loader never answers
	NeverResets Fault = "neverresets" // it stays in its loader, until somebody presses RESET
	CrashLoop   Fault = "crashloop"   // its main.py ends in a restart, again and again
	WiFiWrong   Fault = "wifi-wrong"  // no password is right
	Slow        Fault = "slow"        // above 115200 baud the line carries rubbish
)

// Faults is a set of them.
type Faults []Fault

// Has tells whether f is among them.
func (s Faults) Has(f Fault) bool { return slices.Contains(s, f) }

// ParseFaults reads names between commas. The error names one that is unknown, and those that are known.
func ParseFaults(text string) (Faults, error) {
	known := Faults{Block97, Noise, ESP32, Short, Manual, NeverSync, NeverResets, CrashLoop, WiFiWrong, Slow}
	var out Faults
	for name := range strings.SplitSeq(text, ",") {
		f := Fault(strings.TrimSpace(name))
		if f == "" {
			continue
		}
		if !known.Has(f) {
			return nil, fmt.Errorf("no fault %q: there are %v", f, known)
		}
		out = append(out, f)
	}
	return out, nil
}
