// Command limit shows what one write for each delivery costs at least: it encodes each message once, as a websocket
// frame (gorilla's PreparedMessage), and writes it to one connection after the other. It does nothing else: no
// rules, no access control, no state, no bounds. The peer that a gateway without batching could at best equal.
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

	"gateway/bench/internal/memstat"
)

func main() {
	httpAddr := flag.String("http", "127.0.0.1:3000", "host:port for socket.io clients")
	mqttAddr := flag.String("mqtt", "127.0.0.1:1883", "host:port for MQTT clients")
	rooms := flag.Bool("rooms", false, "a message goes to those who subscribed to its topic, not to everyone")
	flag.Parse()
	if err := serve(*httpAddr, *mqttAddr, *rooms); err != nil {
		fmt.Fprintln(os.Stderr, "limit:", err)
		os.Exit(1)
	}
}

func serve(httpAddr, mqttAddr string, rooms bool) error {
	h := newHub(rooms)
	broker := mqtt.New(&mqtt.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	if err := broker.AddHook(new(auth.AllowHook), nil); err != nil {
		return err
	}
	if err := broker.AddHook(&tap{hub: h}, nil); err != nil {
		return err
	}
	tcp := listeners.NewTCP(listeners.Config{ID: "tcp", Address: mqttAddr})
	if err := broker.AddListener(tcp); err != nil {
		return err
	}
	if err := broker.Serve(); err != nil {
		return err
	}
	publish := func(topic, payload string) { _ = broker.Publish(topic, []byte(payload), false, 0) }
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", handler(h, publish))
	mux.Handle(memstat.Path, memstat.Handler())
	return http.ListenAndServe(httpAddr, mux)
}
