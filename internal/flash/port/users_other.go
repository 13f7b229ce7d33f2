//go:build !linux

package port

// users is unknown here.
func users(string) string { return "" }
