//go:build !unix

package engine

import (
	"net"
	"sync"
	"syscall"
)

// rawConn returns nil: every connection reads and writes by goroutines of its own.
func rawConn(net.Conn) syscall.RawConn { return nil }

type rawWriter struct{}

func (w *rawWriter) init() {}

func (w *rawWriter) write(syscall.RawConn, []byte) (int, error) { return 0, syscall.EAGAIN }

type rawReader struct{ plainReader }

func newRawReader(syscall.RawConn, *sync.Pool) *rawReader { return &rawReader{} }
