package config

import (
	"reflect"
	"slices"
)

// Changed lists what differs between two configurations, mappings aside: keys in the order of the example file, and "link" when
// any link does.
func Changed(a, b *Config) []string {
	var keys []string
	for _, s := range scalarSpecs() {
		if !reflect.DeepEqual(s.at(a), s.at(b)) { // pointers to the values
			keys = append(keys, s.key)
		}
	}
	if !slices.EqualFunc(a.Links, b.Links, sameLink) {
		keys = append(keys, "link")
	}
	return keys
}

// sameLink compares links wherever they stand in the file.
func sameLink(a, b Link) bool {
	a.Line, b.Line = 0, 0
	return reflect.DeepEqual(a, b)
}
