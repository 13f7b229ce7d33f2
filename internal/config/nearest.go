package config

import (
	"fmt"
	"strings"

	"gateway/pkg/mapping"
)

// suggest is the remedy for an unknown key: the nearest known one, in its own table or another. When none is near,
// it lists the keys of the table as well.
func suggest(key string, known []string) string {
	best, cost := nearest(key, known)
	if near(key, cost) {
		if t := tableOf(best); t != tableOf(key) {
			return fmt.Sprintf("did you mean %q, in %s?", best, header(t))
		}
		return fmt.Sprintf("did you mean %q?", best)
	}
	var siblings []string
	for _, k := range known {
		if tableOf(k) == tableOf(key) {
			siblings = append(siblings, k)
		}
	}
	if len(siblings) == 0 {
		return fmt.Sprintf("the nearest key is %q", best)
	}
	best, _ = nearest(key, siblings)
	names := make([]string, len(siblings))
	for i, k := range siblings {
		names[i] = leaf(k)
	}
	return fmt.Sprintf("the nearest is %q; %s has %s", best, header(tableOf(key)), strings.Join(names, ", "))
}

// nearest is the first of known with the least distance from key.
func nearest(key string, known []string) (best string, cost int) {
	for _, k := range known {
		if c := keyDistance(key, k); best == "" || c < cost {
			best, cost = k, c
		}
	}
	return best, cost
}

// near reports whether a key at this distance is likely what was meant.
func near(key string, cost int) bool { return cost <= max(2, len(leaf(key))/4) }

// keyDistance compares whole paths without regard to case, and last parts at the price of one edit when the tables differ.
func keyDistance(a, b string) int {
	a, b = strings.ToLower(a[:min(len(a), 96)]), strings.ToLower(b) // a comes from outside: bound the work
	whole := mapping.EditDistance(a, b)
	part := mapping.EditDistance(leaf(a), leaf(b))
	if tableOf(a) != tableOf(b) {
		part++
	}
	return min(whole, part)
}

func leaf(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

func tableOf(key string) string { return key[:max(0, strings.LastIndexByte(key, '.'))] }

// header is how a table is opened in the file.
func header(table string) string {
	switch {
	case table == "":
		return "the part above the first table"
	case tables()[table] == many:
		return "[[" + table + "]]"
	}
	return "[" + table + "]"
}
