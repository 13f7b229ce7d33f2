package control

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"gateway/internal/access"
	"gateway/internal/auth"
)

const (
	socketName = "gateway.sock"
	makingName = ".control" // a directory in which the socket gets its mode before anybody can see it
)

// Listen makes the control socket in dir, mode 0600. The caller has to hold the data directory: a socket that is there was left
// behind by a gateway that was killed, and is replaced. Closing the listener removes it.
func Listen(dir string) (net.Listener, error) {
	making := filepath.Join(dir, makingName)
	if err := os.RemoveAll(making); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := os.Mkdir(making, 0o700); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	defer os.RemoveAll(making)
	l, err := bind(making)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	path := filepath.Join(dir, socketName)
	if err := os.Rename(filepath.Join(making, socketName), path); err != nil {
		l.Close()
		return nil, fmt.Errorf("control socket: %w", err)
	}
	return &listener{l, path}, nil
}

func bind(dir string) (*net.UnixListener, error) {
	at, done, err := address(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it is about to have another name
	if err := os.Chmod(filepath.Join(dir, socketName), 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

type listener struct {
	net.Listener
	path string
}

// Close removes the socket and stops listening.
func (l *listener) Close() error {
	_ = os.Remove(l.path) // a second Close finds it gone
	return l.Listener.Close()
}

// Handler serves h to whoever opens the socket, as [access.Local]. base is the path below which h answers.
func Handler(h http.Handler, base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := r.Clone(auth.WithPrincipal(r.Context(), access.Local()))
		own.URL.Path, own.URL.RawPath = under(base, r.URL.Path), under(base, r.URL.RawPath)
		own.RemoteAddr, own.Host = socketName, "localhost"
		h.ServeHTTP(w, own)
	})
}
