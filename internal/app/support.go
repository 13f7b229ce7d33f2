package app

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/pprof"
	"time"

	"gateway/internal/api"
)

// support writes a zip file with what somebody who helps needs to see. Nothing in it is a payload or a secret: configuration
// values hold none, links are shown without passwords, and the log never says any.
func (g *gateway) support(w io.Writer) error {
	z := zip.NewWriter(w)
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"version.txt", g.writeVersion},
		{"config.json", asJSON(g.settings.Settings())},
		{"health.json", asJSON(g.health.now())},
		{"links.json", asJSON(redactedLinks(g.links.Links()))},
		{"store.json", asJSON(g.store.Stats())},
		{"metrics.txt", g.writeMetrics},
		{"log.jsonl", g.writeLog},
		{"goroutines.txt", func(w io.Writer) error { return pprof.Lookup("goroutine").WriteTo(w, 1) }},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: file.name, Method: zip.Deflate, Modified: time.Now()})
		if err != nil {
			return err
		}
		if err := file.write(f); err != nil {
			return fmt.Errorf("%s: %w", file.name, err)
		}
	}
	return z.Close()
}

func asJSON(v any) func(io.Writer) error {
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
}

func (g *gateway) writeVersion(w io.Writer) error {
	_, err := fmt.Fprintf(w, "gateway %s\n%s %s/%s, %d processors\nup since %s, now %s\n", g.options.Version,
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), g.started.Format(time.RFC3339), time.Now().Format(time.RFC3339))
	return err
}

func (g *gateway) writeLog(w io.Writer) error {
	if g.options.lines == nil {
		return nil
	}
	return g.options.lines.writeTo(w)
}

// redactedLinks leaves out who logs in where.
func redactedLinks(list []api.Link) []api.Link {
	for i := range list {
		if list[i].Config.Username != "" {
			list[i].Config.Username = "(set)"
		}
	}
	return list
}

// writeMetrics writes what a scrape would get.
func (g *gateway) writeMetrics(w io.Writer) error {
	r, err := http.NewRequest(http.MethodGet, "/metrics", nil)
	if err != nil {
		return err
	}
	api.Metrics(g.collect).ServeHTTP(plainAnswer{w, http.Header{}}, r)
	return nil
}

// plainAnswer is the body of an answer and nothing else.
type plainAnswer struct {
	io.Writer
	header http.Header
}

// Header returns headers that nobody reads.
func (a plainAnswer) Header() http.Header { return a.header }

// WriteHeader does nothing.
func (plainAnswer) WriteHeader(int) {}
