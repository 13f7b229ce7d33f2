package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"gateway/internal/config"
)

// settings are the flags that choose and change the configuration.
type settings struct {
	path string            // of the config file
	keys map[string]string // flag name -> key, for flags that set a key
}

// configFlag adds --config to cmd.
func configFlag(cmd *cobra.Command) *settings {
	s := &settings{keys: map[string]string{}}
	cmd.Flags().StringVarP(&s.path, "config", "c", "", "config `file` (default: "+config.DefaultFile+", if there is one)")
	return s
}

// keyFlags adds the flags of these names that set a key of the file.
func (s *settings) keyFlags(cmd *cobra.Command, names ...string) {
	for _, k := range config.Keys() {
		for _, name := range names {
			if k.Flag == name {
				s.keys[name] = k.Name
				noun, rest, _ := strings.Cut(k.Help, " ") // the noun in back quotes stands for the value
				cmd.Flags().String(name, "", fmt.Sprintf("`%s` %s (%s, default %s)", noun, rest, k.Name, k.Default))
			}
		}
	}
}

// flags are the keys set on the command line.
func (s *settings) flags(cmd *cobra.Command) map[string]string {
	values := map[string]string{}
	for name, key := range s.keys {
		if f := cmd.Flags().Lookup(name); f.Changed {
			values[key] = f.Value.String()
		}
	}
	return values
}

// loader is config.Load or config.Lint.
type loader func(path string, flags map[string]string, environ []string) (*config.Config, []config.Warning, error)

// load reads the configuration; warnings and problems go to the command's error output.
func (s *settings) load(cmd *cobra.Command, from loader) (*config.Config, error) {
	c, warnings, err := from(s.path, s.flags(cmd), os.Environ())
	for _, w := range warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
	}
	var p *config.Problems
	if errors.As(err, &p) {
		report(cmd.ErrOrStderr(), p)
		return nil, errReported
	}
	return c, err
}

// report prints one line a problem.
func report(w io.Writer, p *config.Problems) {
	fmt.Fprintln(w, p)
	if n := len(p.List); n > 1 {
		fmt.Fprintf(w, "%d problems\n", n)
	}
}

// source names where the configuration came from.
func source(c *config.Config) string {
	if c.File == "" {
		return "defaults"
	}
	return c.File
}

// plural is "1 mapping", "2 mappings".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
