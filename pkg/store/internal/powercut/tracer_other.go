//go:build !(linux && amd64)

package powercut

import "os/exec"

// Record is for Linux on amd64 only.
func Record(*exec.Cmd, string, string) ([]Event, error) { return nil, ErrUnsupported }
