package port

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Info is a port that a board may hang at.
type Info struct {
	Name    string `json:"name"`              // what [Open] takes: "/dev/ttyUSB0"
	Vendor  string `json:"vendor,omitempty"`  // who made the USB adapter, as it says itself
	Product string `json:"product,omitempty"` // what it is, as it says itself
	Serial  string `json:"serial,omitempty"`  // its serial number; most cheap adapters have none
	Adapter string `json:"adapter,omitempty"` // its chip by vendor and product id: "CH340", "CP2102", "FT232"; "" is unknown
}

// List returns the ports of this machine, by name: those of USB adapters and of the machine itself, and those among extra (paths or
// patterns such as "/dev/serial/by-id/*") that are there. No port is opened for it.
func List(extra []string) ([]Info, error) {
	found, err := enumerate()
	if err != nil {
		return nil, fmt.Errorf("list serial ports: %w", err)
	}
	for _, pattern := range extra {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("list serial ports: pattern %q: %w", pattern, err)
		}
		for _, name := range names {
			if isDevice(name) && !slices.ContainsFunc(found, func(i Info) bool { return i.Name == name }) {
				found = append(found, known(found, name))
			}
		}
	}
	slices.SortFunc(found, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// known describes a name that is a link to one of the ports found, such as those in /dev/serial/by-id, as that port.
func known(found []Info, name string) Info {
	to, err := filepath.EvalSymlinks(name)
	if n := slices.IndexFunc(found, func(i Info) bool { return i.Name == to }); err == nil && n >= 0 {
		info := found[n]
		info.Name = name
		return info
	}
	return Info{Name: name}
}

// isDevice tells that a name leads to a device: a link whose target was unplugged does not.
func isDevice(name string) bool {
	s, err := os.Stat(name)
	return err == nil && s.Mode()&os.ModeCharDevice != 0
}
