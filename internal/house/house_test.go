package house

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layer is how far from the root a package is: it may import packages of higher numbers only. Adapters share a number, so they
// never import each other.
func layer(path string) int {
	layers := [][]string{
		{"cmd/gateway"},
		{"internal/app"},
		{"internal/demo"},
		{"internal/broker", "internal/link", "internal/sio", "internal/source", "internal/flash", "internal/api", "internal/control", "web", "firmware"},
		{"internal/bridge", "internal/device"},
		{"internal/auth", "internal/config", "internal/rules"},
		{"internal/bus"},
		{"internal/trace", "internal/access"},
		{"internal/fault", "internal/records", "pkg/store"},
		{"pkg/mapping", "pkg/socketio"},
	}
	for n, group := range layers {
		for _, p := range group {
			if path == p || strings.HasPrefix(path, p+"/") {
				return n
			}
		}
	}
	return -1
}

// owners are the only packages that may import a library.
var owners = map[string][]string{
	"github.com/mochi-mqtt/server":     {"internal/broker"},
	"github.com/eclipse/paho.mqtt":     {"internal/link"},
	"go.etcd.io/bbolt":                 {"pkg/store"},
	"github.com/spf13/viper":           {"internal/config"},
	"github.com/spf13/cobra":           {"cmd/gateway"},
	"github.com/expr-lang/expr":        {"pkg/mapping"},
	"github.com/itchyny/gojq":          {"pkg/mapping"},
	"github.com/prometheus/client_gol": {"internal/api"},
	"github.com/danielgtaylor/huma":    {"internal/api"},
	"go.bug.st/serial":                 {"internal/flash"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "gateway/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range list(t) {
		from := strings.TrimPrefix(p.ImportPath, "gateway/")
		if from == "internal/deps" || from == "internal/house" {
			continue
		}
		if layer(from) < 0 {
			t.Errorf("%s has no place in the house: give it one here and in docs/ARCHITECTURE.md", from)
		}
		for _, imported := range p.Imports {
			to, own := strings.CutPrefix(imported, "gateway/")
			if own && root(from) != root(to) && layer(to) <= layer(from) {
				t.Errorf("%s imports %s: imports point down only", from, to)
			}
		}
	}
}

// root is the package that a sub-package belongs to.
func root(path string) string {
	parts := strings.Split(path, "/")
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func TestLibrariesHaveOneImporter(t *testing.T) {
	for _, p := range list(t) {
		from := strings.TrimPrefix(p.ImportPath, "gateway/")
		for library, allowed := range owners {
			imports := slices.ContainsFunc(p.Imports, func(i string) bool { return strings.HasPrefix(i, library) })
			if imports && !slices.Contains(allowed, root(from)) {
				t.Errorf("%s imports %s, which only %v may", from, library, allowed)
			}
		}
	}
}

func TestPublicPackagesStandAlone(t *testing.T) {
	for _, p := range list(t) {
		if !strings.HasPrefix(p.ImportPath, "gateway/pkg/socketio") {
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "gateway/") && !strings.HasPrefix(imported, "gateway/pkg/socketio") {
				t.Errorf("%s imports %s: pkg/socketio is usable alone", p.ImportPath, imported)
			}
		}
	}
}
