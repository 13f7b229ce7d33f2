package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which gateway this is",
		Args:  named(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintln(cmd.OutOrStdout(), buildInfo())
			return nil
		},
	}
}

// build is what is known about this binary.
type build struct {
	Version  string // "1.2.3"; "dev" for a build from a working tree
	Commit   string // short; with "+" when the tree had changes; empty when unknown
	Date     string // of the commit, RFC 3339; empty when unknown
	Go       string // "go1.26"
	Platform string // "linux/arm v6"
}

// String is one line for a person or a bug report.
func (b build) String() string {
	s := "gateway " + b.Version
	if b.Commit != "" {
		s += fmt.Sprintf(" (commit %s, %s)", b.Commit, b.Date)
	}
	return s + ", " + b.Go + ", " + b.Platform
}

// buildInfo asks the linker's flags first, then what the Go toolchain left in the binary.
func buildInfo() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value[:min(len(s.Value), 12)] + b.Commit
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				b.Commit += "+"
			}
		case "GOARM":
			b.Platform += " v" + s.Value
		}
	}
	if b.Version == "" {
		b.Version = moduleVersion(info.Main.Version)
	}
	return b
}

// moduleVersion is the version that `go install module@version` leaves; a working tree has none worth showing.
func moduleVersion(v string) string {
	if v == "" || v == "(devel)" || len(v) > len("v100.100.100") {
		return "dev"
	}
	return v
}
