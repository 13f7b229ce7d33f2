package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// DefaultFile is read when no file is named, if it is there.
const DefaultFile = "config.toml"

// Default is the configuration without a file, variables and flags.
func Default() *Config {
	c, _, _ := parse("", nil, nil, nil, false)
	return c
}

// Load reads the configuration. flags hold values of the command line by key ("http.listen"), environ is os.Environ().
// An empty path means DefaultFile if that exists, else the defaults. The error is *Problems when the file could be
// read but something in it, in environ or in flags is wrong; the Config is nil then. Warnings come with and without
// an error.
//
// The mappings are read but not compiled: that is the caller's, so that one rule that does not stand need not keep a
// gateway from starting. Lint wants all of them to stand.
func Load(path string, flags map[string]string, environ []string) (*Config, []Warning, error) {
	data, file, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	return parse(file, data, flags, environ, false)
}

// Lint is Load for someone who wants to hear everything: mappings that do not stand are problems too, and files that
// are named but are not there (on this machine) are warnings.
func Lint(path string, flags map[string]string, environ []string) (*Config, []Warning, error) {
	data, file, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	return parse(file, data, flags, environ, true)
}

// readFile returns the file's bytes and name; both are empty when no file was named and none is there.
func readFile(path string) ([]byte, string, error) {
	file := path
	if file == "" {
		file = DefaultFile
	}
	data, err := os.ReadFile(file)
	if path == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, "", fmt.Errorf("cannot read config file %s: %w", file, err)
	}
	return data, file, nil
}

func parse(file string, data []byte, flags map[string]string, environ []string, lint bool) (*Config, []Warning, error) {
	r := &reader{file: file}
	if err := toml.Unmarshal(data, &r.tree); err != nil {
		return nil, nil, &Problems{List: []Problem{syntaxProblem(file, err)}}
	}
	r.at = locate(data)
	r.checkShape()
	c, l := r.scalars(flags, environ)
	c.File, c.Effective = file, l.effective()
	c.Links = r.links()
	c.Sources = r.sources()
	c.Mappings = r.mappings(data, lint)
	r.checkRules(c, l)
	if lint {
		r.checkFiles(c, l)
	}
	if len(r.problems.List) > 0 {
		r.problems.sortByLine()
		return nil, r.warnings, &r.problems
	}
	return c, r.warnings, nil
}

// syntaxProblem is the one problem of a file that is no TOML.
func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Message: strings.TrimPrefix(err.Error(), "toml: ")}
	var d *toml.DecodeError
	if errors.As(err, &d) {
		p.Line, _ = d.Position()
		p.Remedy = "the file is read up to here only"
	}
	return p
}
