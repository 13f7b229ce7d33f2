package main

import (
	"encoding/json"
	"sync"

	"github.com/gorilla/websocket"
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// hub knows who gets which topic.
type hub struct {
	rooms bool

	mu     sync.RWMutex
	all    map[*conn]struct{}
	topics map[string]map[*conn]struct{}
}

func newHub(rooms bool) *hub {
	return &hub{rooms: rooms, all: map[*conn]struct{}{}, topics: map[string]map[*conn]struct{}{}}
}

func (h *hub) add(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[c] = struct{}{}
}

func (h *hub) subscribe(c *conn, topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics[topic] == nil {
		h.topics[topic] = map[*conn]struct{}{}
	}
	h.topics[topic][c] = struct{}{}
}

func (h *hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, c)
	for _, members := range h.topics {
		delete(members, c)
	}
}

// deliver writes the message to everyone it concerns, one write each.
func (h *hub) deliver(topic string, payload []byte) error {
	args, err := json.Marshal([]string{"message", topic, string(payload)})
	if err != nil {
		return err
	}
	m, err := websocket.NewPreparedMessage(websocket.TextMessage, append([]byte("42"), args...))
	if err != nil {
		return err
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	to := h.all
	if h.rooms {
		to = h.topics[topic]
	}
	for c := range to {
		c.write(m)
	}
	return nil
}

// tap takes what MQTT clients publish.
type tap struct {
	mqtt.HookBase
	hub *hub
}

// ID names the hook.
func (*tap) ID() string { return "tap" }

// Provides says that the hook wants OnPublish only.
func (*tap) Provides(b byte) bool { return b == mqtt.OnPublish }

// OnPublish delivers what does not come from socket.io.
func (t *tap) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if !cl.Net.Inline {
		return pk, t.hub.deliver(pk.TopicName, pk.Payload)
	}
	return pk, nil
}
