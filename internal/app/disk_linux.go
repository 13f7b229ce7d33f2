package app

import "syscall"

// diskSpace is what may still be written where dir is, and how large that disk is, in bytes.
func diskSpace(dir string) (free, total uint64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, false
	}
	block := uint64(s.Bsize)
	return s.Bavail * block, s.Blocks * block, true
}
