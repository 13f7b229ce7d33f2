// Command server is the gateway's socket.io server alone: no broker, no rules. It counts the publish events of its
// clients, which GET /count returns, and tells its memory at /metrics. The peer that shows what the library costs.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"sync/atomic"

	"gateway/bench/internal/memstat"
	"gateway/pkg/socketio"
)

func main() {
	addr := flag.String("http", "127.0.0.1:3000", "host:port to listen on")
	flag.Parse()
	debug.SetGCPercent(400) // as the gateway does
	if err := http.ListenAndServe(*addr, handler()); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func handler() http.Handler {
	var count atomic.Int64
	srv := socketio.NewServer(socketio.Options{})
	srv.Namespace("/").OnConnect(func(s *socketio.Socket) {
		s.On("publish", func(_ context.Context, e *socketio.Event) {
			if decodes(e) {
				count.Add(1)
			}
		})
	})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	mux.Handle(memstat.Path, memstat.Handler())
	mux.HandleFunc("/count", func(w http.ResponseWriter, _ *http.Request) {
		w.Write(strconv.AppendInt(nil, count.Load(), 10))
	})
	return mux
}

// decodes reads topic and payload, as any handler would.
func decodes(e *socketio.Event) bool {
	var topic, payload string
	return len(e.Args) == 2 && e.Args[0].Decode(&topic) == nil && e.Args[1].Decode(&payload) == nil && topic != ""
}
