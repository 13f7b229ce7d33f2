// Package firmware holds what boards run, as `make firmware` builds it: bundle.json and the files that it lists, and the examples.
package firmware

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed main.py examples/*.py
var sources embed.FS

// FS returns the bundle: bundle.json, {version, files: [{name, size, sha256}]}, and the files below mpy/ by those names; beside them
// the compiled examples, mpy/examples/NAME.mpy. Before `make firmware` has run it holds nothing but .keep.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist // cannot be: "dist" is a valid path
	}
	return sub
}

// Sources returns main.py, which every board starts with, and examples/NAME.py: what people can have their boards do.
func Sources() fs.FS { return sources }
