package powercut

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Record runs cmd to its end and returns what it did to the files below root,
// which it must name by absolute paths. What it writes to the file promises,
// which is elsewhere, is told line by line as it comes.
func Record(cmd *exec.Cmd, root, promises string) ([]Event, error) {
	runtime.LockOSThread() // a tracer is a thread
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); errors.Is(err, syscall.EPERM) {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	} else if err != nil {
		return nil, err
	}
	r := &recorder{pid: cmd.Process.Pid, root: root, promises: promises, fds: map[int]int{}, calls: map[int]*call{}}
	if err := r.look(root); err != nil {
		return nil, errors.Join(err, cmd.Process.Kill())
	}
	if err := r.run(); err != nil {
		return nil, errors.Join(err, cmd.Process.Kill())
	}
	return r.events, nil
}

// Special numbers of files.
const (
	fileDir      = -1 // a directory
	filePromises = -2
)

type recorder struct {
	pid            int
	root, promises string
	names          map[string]int // file numbers by path
	last           int            // file number
	fds            map[int]int    // file numbers by descriptor
	calls          map[int]*call  // that threads are in
	events         []Event
}

// look numbers the files that are there at the start, as Load does.
func (r *recorder) look(root string) error {
	files, err := list(root)
	r.names = map[string]int{}
	for _, name := range files {
		r.last++
		r.names[name] = r.last
	}
	return err
}

// run follows all threads of the process until it ends.
func (r *recorder) run() error {
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(r.pid, &ws, 0, nil); err != nil {
		return err
	}
	const exitKill = 0x100000
	opts := syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | exitKill
	if err := syscall.PtraceSetOptions(r.pid, opts); err != nil {
		return err
	}
	if err := syscall.PtraceSyscall(r.pid, 0); err != nil {
		return err
	}
	for {
		tid, err := syscall.Wait4(-r.pid, &ws, syscall.WALL, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("wait for traced threads: %w", err)
		}
		if ws.Exited() || ws.Signaled() {
			if tid != r.pid {
				continue
			}
			if ws.Signaled() || ws.ExitStatus() != 0 {
				return fmt.Errorf("the program ended with %v", ws)
			}
			return nil
		}
		if err := r.stopped(tid, ws); err != nil {
			return err
		}
	}
}

// stopped handles one stop of a thread and lets it go on.
func (r *recorder) stopped(tid int, ws syscall.WaitStatus) error {
	signal := 0
	switch stop := ws.StopSignal(); {
	case stop == syscall.SIGTRAP|0x80:
		if err := r.syscall(tid); err != nil {
			return err
		}
	case stop == syscall.SIGTRAP, stop == syscall.SIGSTOP: // of the tracing itself
	default:
		signal = int(stop)
	}
	if err := syscall.PtraceSyscall(tid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// A call is a system call that a thread is in.
type call struct {
	number      uint64
	args        [5]uint64
	path, path2 string
	began       int // index of the SyncBegin
}

// syscall is called when a thread enters a system call and when it leaves it.
func (r *recorder) syscall(tid int) error {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); errors.Is(err, syscall.ESRCH) {
		return nil
	} else if err != nil {
		return err
	}
	c := r.calls[tid]
	if c == nil {
		c = &call{number: regs.Orig_rax, args: [5]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8}}
		r.calls[tid] = c
		return r.enter(tid, c)
	}
	delete(r.calls, tid)
	if result := int64(regs.Rax); result >= 0 {
		return r.leave(c, result)
	}
	return nil
}

// enter notes what is gone, or too late, at the end of a call.
func (r *recorder) enter(tid int, c *call) (err error) {
	switch c.number {
	case syscall.SYS_CLOSE:
		delete(r.fds, int(c.args[0])) // at its end another thread may have the number
	case syscall.SYS_FSYNC, syscall.SYS_FDATASYNC:
		c.began = len(r.events)
		r.addSync(Event{Kind: SyncBegin}, c)
	case syscall.SYS_MKDIRAT, syscall.SYS_UNLINKAT:
		c.path, err = r.path(tid, c.args[0], c.args[1])
	case syscall.SYS_MKDIR, syscall.SYS_UNLINK, syscall.SYS_RMDIR:
		c.path, err = r.path(tid, atCwd, c.args[0])
	case syscall.SYS_RENAMEAT, sysRenameat2:
		if c.path, err = r.path(tid, c.args[0], c.args[1]); err == nil {
			c.path2, err = r.path(tid, c.args[2], c.args[3])
		}
	case syscall.SYS_RENAME:
		if c.path, err = r.path(tid, atCwd, c.args[0]); err == nil {
			c.path2, err = r.path(tid, atCwd, c.args[1])
		}
	}
	return err
}

// What syscall lacks, and the descriptor that stands for the working directory.
const (
	sysRenameat2     = 316
	sysCopyFileRange = 326
	atCwd            = 0xffffffffffffff9c
)

func (r *recorder) leave(c *call, result int64) error {
	fd := int(c.args[0])
	switch c.number {
	case syscall.SYS_OPENAT, syscall.SYS_OPEN:
		flags := c.args[2]
		if c.number == syscall.SYS_OPEN {
			flags = c.args[1]
		}
		return r.opened(int(result), flags)
	case syscall.SYS_WRITE:
		return r.wrote(fd, -1, result)
	case syscall.SYS_PWRITE64:
		return r.wrote(fd, int64(c.args[3]), result)
	case sysCopyFileRange:
		if c.args[3] != 0 {
			return errors.New("copy_file_range with an offset is not recorded")
		}
		return r.wrote(int(c.args[2]), -1, result)
	case syscall.SYS_SENDFILE:
		return r.wrote(fd, -1, result)
	case syscall.SYS_FTRUNCATE:
		if file := r.fds[fd]; file > 0 {
			r.add(Event{Kind: Truncate, File: file, Off: int64(c.args[1])})
		}
	case syscall.SYS_FALLOCATE:
		if file := r.fds[fd]; file > 0 {
			if c.args[1] != 0 {
				return fmt.Errorf("fallocate with mode %#x is not recorded", c.args[1])
			}
			r.add(Event{Kind: Extend, File: file, Off: int64(c.args[2] + c.args[3])})
		}
	case syscall.SYS_FSYNC, syscall.SYS_FDATASYNC:
		r.addSync(Event{Kind: SyncEnd, Began: c.began}, c)
	case syscall.SYS_WRITEV, syscall.SYS_PWRITEV, syscall.SYS_DUP, syscall.SYS_SYNC_FILE_RANGE:
		if r.fds[fd] != 0 {
			return fmt.Errorf("system call %d on a watched file is not recorded", c.number)
		}
	case syscall.SYS_MMAP:
		const writable, shared = syscall.PROT_WRITE, syscall.MAP_SHARED
		if c.args[2]&writable != 0 && c.args[3]&shared != 0 && r.fds[int(int32(c.args[4]))] > 0 {
			return errors.New("writes to a watched file through memory are not recorded")
		}
	default:
		r.named(c)
	}
	return nil
}

// addSync records a step of the sync of a file or of a directory.
func (r *recorder) addSync(e Event, c *call) {
	switch file := r.fds[int(c.args[0])]; {
	case file == fileDir:
		e.Name, _ = r.below(r.descriptor(c.args[0]))
	case file > 0:
		e.File = file
	default:
		return
	}
	r.add(e)
}

// named records what changes a directory.
func (r *recorder) named(c *call) {
	name, watched := r.below(c.path)
	if !watched {
		return
	}
	switch c.number {
	case syscall.SYS_MKDIR, syscall.SYS_MKDIRAT:
		r.add(Event{Kind: Mkdir, Name: name})
	case syscall.SYS_UNLINK, syscall.SYS_UNLINKAT, syscall.SYS_RMDIR:
		r.add(Event{Kind: Unlink, Name: name})
		delete(r.names, name)
	case syscall.SYS_RENAME, syscall.SYS_RENAMEAT, sysRenameat2:
		to, _ := r.below(c.path2)
		r.add(Event{Kind: Rename, Name: name, To: to})
		r.names[to] = r.names[name]
		delete(r.names, name)
	}
}

// opened learns what a new descriptor stands for.
func (r *recorder) opened(fd int, flags uint64) error {
	delete(r.fds, fd)
	path := r.descriptor(uint64(fd))
	if path == r.promises {
		r.fds[fd] = filePromises
		return nil
	}
	name, watched := r.below(path)
	if !watched {
		return nil
	}
	info, err := os.Stat(r.proc("fd", fd))
	if err != nil {
		return err
	}
	if info.IsDir() {
		r.fds[fd] = fileDir
		return nil
	}
	if r.names[name] == 0 {
		r.last++
		r.names[name] = r.last
		r.add(Event{Kind: Create, Name: name, File: r.last})
	} else if flags&syscall.O_TRUNC != 0 {
		r.add(Event{Kind: Truncate, File: r.names[name]})
	}
	r.fds[fd] = r.names[name]
	return nil
}

// wrote records n bytes written at off, or, when that is negative, up to where
// the descriptor stands. The bytes are read from the file.
func (r *recorder) wrote(fd int, off, n int64) error {
	file := r.fds[fd]
	if file == 0 || n == 0 {
		return nil
	}
	if off < 0 {
		info, err := os.ReadFile(r.proc("fdinfo", fd))
		if err != nil {
			return err
		}
		if _, err := fmt.Sscanf(string(info), "pos: %d", &off); err != nil {
			return err
		}
		off -= n
	}
	f, err := os.Open(r.proc("fd", fd))
	if err != nil {
		return err
	}
	defer f.Close()
	data := make([]byte, n)
	if _, err := f.ReadAt(data, off); err != nil {
		return fmt.Errorf("read back what was written: %w", err)
	}
	if file == filePromises {
		r.add(Event{Kind: Say, Data: data})
	} else {
		r.add(Event{Kind: Write, File: file, Off: off, Data: data})
	}
	return nil
}

func (r *recorder) add(e Event) { r.events = append(r.events, e) }

func (r *recorder) proc(what string, fd int) string {
	return fmt.Sprintf("/proc/%d/%s/%d", r.pid, what, fd)
}

// descriptor returns the path that a descriptor was opened with.
func (r *recorder) descriptor(fd uint64) string {
	path, _ := os.Readlink(r.proc("fd", int(fd)))
	return path
}

// path reads a path that an argument points to.
func (r *recorder) path(tid int, dir, at uint64) (string, error) {
	var b [4096]byte
	n, err := syscall.PtracePeekData(tid, uintptr(at), b[:])
	text, _, whole := strings.Cut(string(b[:n]), "\x00")
	if !whole {
		return "", fmt.Errorf("read path of a system call: %w", err)
	}
	if !filepath.IsAbs(text) && dir != atCwd {
		text = filepath.Join(r.descriptor(dir), text)
	}
	return text, nil
}

// below returns a path's name below the root, which is "" for the root itself.
func (r *recorder) below(path string) (name string, watched bool) {
	if path == r.root {
		return "", true
	}
	return strings.CutPrefix(path, r.root+"/")
}
