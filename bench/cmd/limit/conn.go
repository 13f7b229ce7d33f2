package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

// conn is as much of a socket.io session as the load needs: CONNECT to "/", subscribe and publish.
type conn struct {
	ws *websocket.Conn
	mu sync.Mutex // held while writing
}

const open = `0{"sid":"limit","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`

func handler(h *hub, publish func(topic, payload string)) http.Handler {
	up := websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return // answered by Upgrade
		}
		c := &conn{ws: ws}
		go func() { // not in the request's goroutine: its buffers would stay as long as the connection
			defer ws.Close()
			defer h.remove(c)
			c.read(h, publish)
		}()
	})
}

func (c *conn) read(h *hub, publish func(topic, payload string)) {
	c.say(open)
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		if packet := string(b); strings.HasPrefix(packet, "40") {
			c.say(`40{"sid":"limit"}`)
			h.add(c)
		} else if event, ok := strings.CutPrefix(packet, "42"); ok {
			c.event(h, event, publish)
		}
	}
}

// event takes "[name, args...]" or, with the id of an acknowledgement, "7[name, args...]".
func (c *conn) event(h *hub, event string, publish func(topic, payload string)) {
	i := max(strings.IndexByte(event, '['), 0)
	var args []string
	if json.Unmarshal([]byte(event[i:]), &args) != nil || len(args) < 2 {
		return
	}
	switch {
	case args[0] == "subscribe":
		h.subscribe(c, args[1])
	case args[0] == "publish" && len(args) > 2:
		publish(args[1], args[2])
	}
	if id := event[:i]; id != "" {
		c.say("43" + id + `[{"ok":true}]`)
	}
}

func (c *conn) say(packet string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.ws.WriteMessage(websocket.TextMessage, []byte(packet)) // a broken connection ends by its reader
}

func (c *conn) write(m *websocket.PreparedMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.ws.WritePreparedMessage(m)
}
