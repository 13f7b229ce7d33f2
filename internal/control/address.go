package control

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// maxAddress is the longest path that a socket's address holds: 108 bytes on Linux, 104 elsewhere, with a 0 behind it.
const maxAddress = 103

// address is a path by which the socket in dir can be bound or dialled until done is called. Linux reaches a directory of any
// length through a file that is open on it.
func address(dir string) (path string, done func(), err error) {
	path = filepath.Join(dir, socketName)
	if len(path) <= maxAddress {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the path %s is too long for a socket, which may have %d bytes: choose a shorter data_dir", path, maxAddress)
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", f.Fd(), socketName), func() { f.Close() }, nil
}

// under puts path below base, which ends in a slash.
func under(base, path string) string {
	if path == "" {
		return ""
	}
	return strings.TrimSuffix(base, "/") + path
}
