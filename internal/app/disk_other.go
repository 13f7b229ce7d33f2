//go:build !linux

package app

// diskSpace is not known.
func diskSpace(string) (free, total uint64, ok bool) { return 0, 0, false }
