package broker

import (
	"io"
	"log"
	"net/http"

	"github.com/coder/websocket"
)

// WebsocketPath is where MQTT over websocket is served.
const WebsocketPath = "/mqtt"

func (l *listener) newWeb() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc(WebsocketPath, l.upgrade)
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: l.b.opts.ConnectTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // what it has to say are peers' faults
	}
}

func (l *listener) upgrade(w http.ResponseWriter, r *http.Request) {
	o := &websocket.AcceptOptions{Subprotocols: []string{"mqtt", "mqttv3.1"}, CompressionMode: websocket.CompressionDisabled}
	if allow := l.b.opts.AllowOrigin; allow != nil {
		if !allow(r) {
			l.b.dropped("origin", r.RemoteAddr)
			http.Error(w, "this origin may not connect", http.StatusForbidden)
			return
		}
		o.InsecureSkipVerify = true // checked just now
	}
	ws, err := websocket.Accept(w, r, o)
	if err != nil {
		return // Accept has answered
	}
	defer ws.CloseNow()
	l.handle(websocket.NetConn(r.Context(), ws, websocket.MessageBinary), r)
}
