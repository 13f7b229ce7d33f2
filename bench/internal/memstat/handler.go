package memstat

import (
	"fmt"
	"net/http"
	"runtime"
)

// Handler serves this program's figures, after a garbage collection.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(w, "go_memstats_heap_inuse_bytes %d\n", m.HeapInuse)
		fmt.Fprintf(w, "go_memstats_stack_inuse_bytes %d\n", m.StackInuse)
		fmt.Fprintf(w, "go_goroutines %d\n", runtime.NumGoroutine())
	})
}
