// Package web holds the page at /, built by npm from web/src into web/dist, and the socket.io client for browsers.
package web

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built page: index.html, assets/ and socket.io/, and licenses.json for what of npm is in it, with a name.gz beside what compresses. Before
// npm has run it holds nothing but .keep.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist // cannot be: "dist" is a valid path
	}
	return sub
}

// Built reports whether the page is there, that is, whether npm ran before the program was compiled.
func Built() bool {
	_, err := fs.Stat(FS(), "index.html")
	return err == nil
}

// ClientJS returns a file of the socket.io client by its base name, as it is asked for under /socket.io/: socket.io.js,
// socket.io.min.js, socket.io.esm.min.js, each also with .map. A name with .gz behind it gives the gzip form. It is false
// for any other name.
func ClientJS(name string) ([]byte, bool) {
	if !strings.HasPrefix(name, "socket.io.") || strings.Contains(name, "/") {
		return nil, false
	}
	body, err := fs.ReadFile(FS(), "socket.io/"+name)
	return body, err == nil
}
