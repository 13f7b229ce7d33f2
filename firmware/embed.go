// Package firmware holds what boards run, as `make firmware` builds it: bundle.json and the files that it lists.
package firmware

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the bundle: bundle.json, {version, files: [{name, size, sha256}]}, and the files below mpy/ by those names. Before
// `make firmware` has run it holds nothing but .keep.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist // cannot be: "dist" is a valid path
	}
	return sub
}
