// Package device knows the boards: who they are (a registry with a key for each), whether they are there, what they are to be
// and what they are (their shadows), what they say of themselves (log and health), how to call them, and how they get new
// firmware. It speaks of connections through [Conn] only, which internal/sio implements for the namespace /devices.
package device
