package engine

import (
	"net"
	"sync"
)

// readBytes is how much is read from a socket at once.
const readBytes = 16 << 10

// newBuffer makes what a server's pool of read buffers holds.
func newBuffer() any {
	b := make([]byte, readBytes)
	return &b
}

// source gives the bytes of a connection as they come.
type source interface {
	next() ([]byte, error)
	done()
}

// newSource returns the leanest source for the connection.
func newSource(nc net.Conn, pool *sync.Pool) source {
	if raw := rawConn(nc); raw != nil {
		return newRawReader(raw, pool)
	}
	return &plainReader{nc: nc, buf: make([]byte, 512)}
}

// plainReader reads connections that are more than a socket, as those by TLS.
type plainReader struct {
	nc  net.Conn
	buf []byte
}

func (r *plainReader) next() ([]byte, error) {
	n, err := r.nc.Read(r.buf)
	if n > 0 {
		return r.buf[:n], nil
	}
	return nil, err
}

func (r *plainReader) done() {}
