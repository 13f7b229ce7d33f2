package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// checkFiles warns of files that are named but not there. It is no problem: the configuration may be for another machine.
func (r *reader) checkFiles(c *Config, l *layers) {
	r.checkFile(l.places["http.tls_cert"], "http.tls_cert", c.HTTP.TLSCert)
	r.checkFile(l.places["http.tls_key"], "http.tls_key", c.HTTP.TLSKey)
	for i, k := range c.Links {
		files := []struct{ key, file string }{
			{"password_file", k.PasswordFile},
			{"ca_file", k.CAFile},
			{"cert_file", k.CertFile},
			{"key_file", k.KeyFile},
		}
		for _, f := range files {
			at := place{r.file, r.at.line(fmt.Sprintf("link[%d].%s", i, f.key))}
			r.checkFile(at, "link."+f.key, f.file)
		}
	}
}

func (r *reader) checkFile(at place, key, file string) {
	if file == "" {
		return
	}
	info, err := os.Stat(file)
	var cause *fs.PathError
	switch {
	case errors.As(err, &cause):
		err = cause.Err
	case err == nil && info.IsDir():
		err = errors.New("is a directory")
	}
	if err != nil {
		r.warnings = append(r.warnings, Warning{
			File: at.name, Line: at.line, Key: key, Message: fmt.Sprintf("%s: %v", file, err), Remedy: "the gateway will need it",
		})
	}
}
