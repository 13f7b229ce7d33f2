//go:build !linux

package port

// users is unknown here.
func users(string) string { return "" }

// unlocked is unknown here.
func unlocked(string) bool { return false }
