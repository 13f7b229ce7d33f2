//go:build !unix

package port

// lock is nothing here: these systems open a serial port for one program only.
type lock struct{}

func take(string) (*lock, error) { return &lock{}, nil }

func (*lock) release() {}
