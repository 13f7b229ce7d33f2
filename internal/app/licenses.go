package app

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"gateway/internal/api"
	"gateway/web"
)

// goLicenses is made by tools/licenses.sh.
//
//go:embed licenses/go.json.gz
var goLicenses []byte

// licenses lists what is shipped: what the program is compiled from, and what the page is made of.
func (g *gateway) licenses() []api.License {
	list, err := unpackLicenses(goLicenses)
	if err != nil {
		g.log.Error("licences of the program", "err", err)
	}
	data, err := fs.ReadFile(web.FS(), "licenses.json")
	if err != nil {
		return list // the page was not built
	}
	var page []api.License
	if err := json.Unmarshal(data, &page); err != nil {
		g.log.Error("licences of the page", "err", err)
	}
	return append(list, page...)
}

func unpackLicenses(packed []byte) (list []api.License, err error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	err = json.NewDecoder(r).Decode(&list)
	return list, err
}
