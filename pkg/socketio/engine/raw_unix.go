//go:build unix

package engine

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// rawConn returns access to the socket, for connections that are nothing but one.
func rawConn(nc net.Conn) syscall.RawConn {
	var raw syscall.RawConn
	var err error
	switch c := nc.(type) {
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	case *net.UnixConn:
		raw, err = c.SyscallConn()
	}
	if err != nil {
		return nil
	}
	return raw
}

// rawWriter writes to sockets without blocking. Its callback is made once.
type rawWriter struct {
	fn  func(fd uintptr) bool
	out []byte
	n   int
	err error
}

func (w *rawWriter) init() { w.fn = w.try }

func (w *rawWriter) try(fd uintptr) bool {
	for {
		w.n, w.err = syscall.Write(int(fd), w.out)
		if w.err != syscall.EINTR {
			return true
		}
	}
}

// write returns how much the socket took: with EAGAIN, or less than everything, it is full.
func (w *rawWriter) write(raw syscall.RawConn, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	w.out, w.n, w.err = b, 0, nil
	err := raw.Write(w.fn)
	w.out = nil
	if err == nil {
		err = w.err
	}
	return max(w.n, 0), err
}

// rawReader reads from a socket, and holds a buffer only while there is something to read.
type rawReader struct {
	raw  syscall.RawConn
	pool *sync.Pool
	fn   func(fd uintptr) bool
	buf  *[]byte
	n    int
	err  error
}

func newRawReader(raw syscall.RawConn, pool *sync.Pool) *rawReader {
	r := &rawReader{raw: raw, pool: pool}
	r.fn = r.try
	return r
}

func (r *rawReader) try(fd uintptr) bool {
	if r.buf == nil {
		r.buf = r.pool.Get().(*[]byte)
	}
	for {
		r.n, r.err = syscall.Read(int(fd), *r.buf)
		if r.err != syscall.EINTR {
			break
		}
	}
	if r.err == syscall.EAGAIN {
		r.pool.Put(r.buf)
		r.buf = nil
		return false
	}
	return true
}

// next waits for bytes and returns them in memory that done takes back.
func (r *rawReader) next() ([]byte, error) {
	if err := r.raw.Read(r.fn); err != nil {
		return nil, err
	}
	if r.err != nil {
		return nil, r.err
	}
	if r.n <= 0 {
		return nil, io.EOF
	}
	return (*r.buf)[:r.n], nil
}

// done ends the use of what next returned.
func (r *rawReader) done() {
	if r.buf != nil {
		r.pool.Put(r.buf)
		r.buf = nil
	}
}
