package mapping

import "strings"

// Coverage says how much of one filter's topics another filter takes in.
type Coverage int

// The degrees of Coverage.
const (
	None    Coverage = iota // no topic matches both
	Partial                 // some topic matches both
	Full                    // every topic of the covered filter matches the covering one
)

// String is "none", "partial" or "full".
func (c Coverage) String() string {
	switch c {
	case Full:
		return "full"
	case Partial:
		return "partial"
	}
	return "none"
}

// Covers reports how much of the topics of filter b match filter a. An ACL that reads a lets through all (Full),
// some (Partial: check each message) or none of what a subscription to b would bring. Invalid filters cover nothing.
func Covers(a, b string) Coverage {
	if ValidFilter(a) != nil || ValidFilter(b) != nil {
		return None
	}
	la, lb := strings.Split(a, "/"), strings.Split(b, "/")
	switch {
	case !overlap(la, lb):
		return None
	case includes(la, lb):
		return Full
	}
	return Partial
}

// overlap reports whether some topic matches both filters.
func overlap(a, b []string) bool {
	if dollarApart(a, b) || dollarApart(b, a) {
		return false
	}
	for i := 0; ; i++ {
		endA, endB := i == len(a), i == len(b)
		switch {
		case endA && endB:
			return true
		case !endA && a[i] == "#", !endB && b[i] == "#":
			return true
		case endA || endB:
			return false
		case a[i] != b[i] && a[i] != "+" && b[i] != "+":
			return false
		}
	}
}

// includes reports whether every topic that matches b matches a.
func includes(a, b []string) bool {
	if dollarApart(a, b) {
		return false
	}
	if len(a) == 2 && a[0] == "+" && a[1] == "#" {
		return true // the same topics as #, since every topic has a first level
	}
	for i := 0; ; i++ {
		endA, endB := i == len(a), i == len(b)
		switch {
		case !endA && a[i] == "#":
			return true
		case endA || endB:
			return endA && endB
		case b[i] == "#":
			return false
		case a[i] != b[i] && a[i] != "+":
			return false
		}
	}
}

// dollarApart reports whether a begins with a wildcard and b with $, which no topic matches together.
func dollarApart(a, b []string) bool {
	return wildFirst(a[0]) && strings.HasPrefix(b[0], "$")
}
