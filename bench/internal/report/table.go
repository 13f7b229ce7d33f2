package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gateway/bench/internal/load"
)

// busy is the share of a core from which on the generator may be what limits a run: it has two threads, but one
// of them does nearly all.
const busy = 0.9

// Doubts says how far other processes may have spoiled the figures; empty if they have not.
func (r *Report) Doubts() string {
	if n := r.Disturbed(); n > 0 {
		return fmt.Sprintf("In %d runs other processes used much CPU time: their figures are doubtful.\n", n)
	}
	return ""
}

// Table returns a row for each workload and server, those with idle connections in a table of their own; the last column
// compares with the server named to. It is both a table to read in a terminal and Markdown.
func (r *Report) Table(to string) string {
	loads := [][]string{{
		"workload", "server", "CPU us/event", "CPU cores", "deliveries/s", "delivered %", "p50 ms", "p99 ms",
		"out of order", "lost conns", "heap MiB", "RSS MiB", "cost / " + to,
	}}
	idle := [][]string{{
		"workload", "server", "heap+stacks KiB/conn", "goroutines/conn", "RSS KiB/conn", "RSS MiB", "CPU cores", "lost conns", "cost / " + to,
	}}
	for _, kind := range r.Kinds {
		for _, server := range r.Servers {
			m, ok := r.Median(server, kind)
			switch {
			case ok && kind == load.Idle:
				idle = append(idle, append(idleCells(server, m), r.ratioCell(kind, server, to)))
			case ok:
				loads = append(loads, append(cells(kind, server, m), r.ratioCell(kind, server, to)))
			}
		}
	}
	return tables(loads, idle)
}

// tables aligns those that have rows.
func tables(all ...[][]string) string {
	var texts []string
	for _, rows := range all {
		if len(rows) > 1 {
			texts = append(texts, align(rows))
		}
	}
	return strings.Join(texts, "\n")
}

// cells are one row but for the comparison.
func cells(kind load.Kind, server string, m load.Result) []string {
	c := []string{
		string(kind), server, fmt.Sprintf("%.1f", us(m.CPUPerEvent)), fmt.Sprintf("%.2f", m.CPUShare), fmt.Sprintf("%.0f", m.PerSecond),
		fmt.Sprintf("%.2f", 100*m.DeliveredShare()), millis(m.P50), millis(m.P99), fmt.Sprint(m.OutOfOrder), fmt.Sprint(m.Lost),
		known("%.0f", m.Heap), fmt.Sprintf("%.0f", m.RSS),
	}
	if m.GeneratorShare > busy {
		c[4] += " (generator busy)"
	}
	if m.Settled > 0 {
		c[10] += fmt.Sprintf(" (%.0f settled)", m.Settled)
	}
	switch kind {
	case load.Slow:
		c[0] += fmt.Sprintf(" (%d cut off)", m.CutOff)
	case load.Events: // the server only counts
		c[6], c[7], c[8] = "-", "-", "-"
	}
	return c
}

func idleCells(server string, m load.Result) []string {
	return []string{
		string(load.Idle), server, known("%.1f", m.HeapPerConn), known("%.2f", m.GoroutinesPerConn), fmt.Sprintf("%.1f", m.RSSPerConn),
		fmt.Sprintf("%.0f", m.RSS), fmt.Sprintf("%.2f", m.CPUShare), fmt.Sprint(m.Lost),
	}
}

// known formats a figure that not every server tells.
func known(format string, v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf(format, v)
}

func (r *Report) ratioCell(kind load.Kind, server, to string) string {
	ratio, ok := r.Ratio(kind, server, to)
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.2f", ratio)
}

func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func millis(d time.Duration) string { return fmt.Sprintf("%.1f", us(d)/1000) }

// align pads the cells: the first two columns to the left, figures to the right.
func align(rows [][]string) string {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i < 2 {
				fmt.Fprintf(&b, "| %s%s ", cell, pad)
			} else {
				fmt.Fprintf(&b, "| %s%s ", pad, cell)
			}
		}
		b.WriteString("|\n")
		if n == 0 {
			b.WriteString(rule(width))
		}
	}
	return b.String()
}

// rule is the line under a table's head.
func rule(width []int) string {
	var b strings.Builder
	for i, w := range width {
		if i < 2 {
			b.WriteString("|:" + strings.Repeat("-", w+1))
		} else {
			b.WriteString("|" + strings.Repeat("-", w+1) + ":")
		}
	}
	return b.String() + "|\n"
}
