package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"gateway/pkg/socketio"
	"gateway/pkg/socketio/engine"
)

// engineServer answers every message with itself, under /engine.io/.
func engineServer(o socketio.Options) (http.Handler, http.HandlerFunc, func(context.Context) error) {
	e := &echo{}
	s := engine.New(engine.Options{
		Path: "/engine.io/", PingInterval: o.PingInterval, PingTimeout: o.PingTimeout,
		UpgradeTimeout: 10 * time.Second, MaxPayload: o.MaxPayload,
		MaxQueueBytes: 1 << 20, MaxQueuePackets: 8192, Shards: 2, Logger: slog.Default(),
	}, e)
	return s, statsHandler(func() int { return s.Stats().Connections }, &e.total), s.Close
}

type echo struct{ total counter }

func (e *echo) Open(*engine.Conn) { e.total.add() }

func (e *echo) Message(c *engine.Conn, data []byte, binary bool) engine.Reason {
	f := engine.NewFrame(nil, data)
	if binary {
		f = engine.NewBinaryFrame(data)
	}
	c.Send(f)
	return ""
}

func (e *echo) Close(*engine.Conn, engine.Reason) {}

type counter struct{ n atomic.Int64 }

func (c *counter) add() { c.n.Add(1) }

// statsHandler serves what tells a leak, after a garbage collection.
func statsHandler(live func() int, total *counter) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/stats" {
			http.NotFound(w, r)
			return
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		json.NewEncoder(w).Encode(map[string]any{
			"goroutines": runtime.NumGoroutine(), "heap": m.HeapAlloc, "live": live(), "total": total.n.Load(),
		})
	}
}
