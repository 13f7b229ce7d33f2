// Command zishang3 is the Node bridge written with github.com/zishang520/socket.io v3, as its documentation shows it:
// one of the servers that the gateway is compared with. A module of its own, as its dependencies are no one else's.
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/zishang520/socket.io/servers/socket/v3"
)

func main() {
	httpAddr := flag.String("http", "127.0.0.1:3000", "host:port for socket.io clients")
	mqttAddr := flag.String("mqtt", "127.0.0.1:1883", "host:port for MQTT clients")
	rooms := flag.Bool("rooms", false, "a message goes to the room named as its topic, not to everyone")
	flag.Parse()
	if err := serve(*httpAddr, *mqttAddr, *rooms); err != nil {
		fmt.Fprintln(os.Stderr, "zishang3:", err)
		os.Exit(1)
	}
}

func serve(httpAddr, mqttAddr string, rooms bool) error {
	io := socket.NewServer(nil, socket.DefaultServerOptions())
	broker, err := newBroker(mqttAddr, func(topic, payload string) {
		if rooms {
			io.To(socket.Room(topic)).Emit("message", topic, payload)
		} else {
			io.Emit("message", topic, payload)
		}
	})
	if err != nil {
		return err
	}
	io.On("connection", func(clients ...any) { register(clients[0].(*socket.Socket), broker) })
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io.ServeHandler(nil))
	return http.ListenAndServe(httpAddr, mux)
}

// register adds the events that the load has.
func register(s *socket.Socket, broker *mqtt.Server) {
	s.On("subscribe", func(args ...any) {
		if len(args) == 0 {
			return
		}
		topic, _ := args[0].(string)
		s.Join(socket.Room(topic))
		if ack, ok := args[len(args)-1].(socket.Ack); ok {
			ack([]any{map[string]any{"ok": true}}, nil)
		}
	})
	s.On("publish", func(args ...any) {
		if len(args) < 2 {
			return
		}
		topic, _ := args[0].(string)
		payload, _ := args[1].(string)
		_ = broker.Publish(topic, []byte(payload), false, 0)
	})
}

// newBroker serves MQTT and calls deliver with what is published below bench/.
func newBroker(addr string, deliver func(topic, payload string)) (*mqtt.Server, error) {
	broker := mqtt.New(&mqtt.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	if err := broker.AddHook(new(auth.AllowHook), nil); err != nil {
		return nil, err
	}
	if err := broker.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: addr})); err != nil {
		return nil, err
	}
	take := func(_ *mqtt.Client, _ packets.Subscription, pk packets.Packet) {
		deliver(pk.TopicName, string(pk.Payload))
	}
	if err := broker.Subscribe("bench/#", 1, take); err != nil {
		return nil, err
	}
	return broker, broker.Serve()
}
