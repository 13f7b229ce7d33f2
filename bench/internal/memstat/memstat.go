// Package memstat tells how much memory a server's program uses, as its runtime sees it: what the system calls
// resident holds garbage and free pages too.
package memstat

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Path is where servers have their figures, in Prometheus' text format.
const Path = "/metrics"

// Memory is one look at a server.
type Memory struct {
	Heap       float64 // bytes in use, garbage that was not collected yet included
	Stacks     float64 // bytes; 0 with Node
	Goroutines float64 // 0 with Node
}

// Used is heap and stacks, in bytes.
func (m Memory) Used() float64 { return m.Heap + m.Stacks }

// Minus returns the difference to an earlier look.
func (m Memory) Minus(o Memory) Memory {
	return Memory{m.Heap - o.Heap, m.Stacks - o.Stacks, m.Goroutines - o.Goroutines}
}

// Fetch asks the server at addr (host:port), until ctx ends. known is false if it does not tell.
func Fetch(ctx context.Context, addr string) (m Memory, known bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+Path, nil)
	if err != nil {
		return m, false, err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return m, false, fmt.Errorf("memory of %s: %w", addr, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return m, false, nil
	}
	return parse(resp.Body)
}

// parse adds up the figures it knows, under the names that the usual exporters of Go and Node give them.
func parse(r io.Reader) (m Memory, known bool, err error) {
	fields := map[string]*float64{
		"go_memstats_heap_inuse_bytes":  &m.Heap,
		"go_memstats_stack_inuse_bytes": &m.Stacks,
		"go_goroutines":                 &m.Goroutines,
		"nodejs_heap_size_used_bytes":   &m.Heap,
		"nodejs_external_memory_bytes":  &m.Heap,
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if to := fields[name]; to != nil {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return m, false, fmt.Errorf("%s: %w", name, err)
			}
			*to += v
			known = true
		}
	}
	return m, known, lines.Err()
}
