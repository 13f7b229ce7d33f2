package config

import "time"

func socketioSpecs() []spec[Config] {
	return []spec[Config]{
		{
			key: "socketio.path", def: "/socket.io/", kind: text("path", ownPath),
			at:   func(c *Config) any { return &c.SocketIO.Path },
			help: "path of the socket.io server, below http.base_path",
		},
		{
			key: "socketio.ping_interval", def: "25s", kind: duration(time.Second, time.Hour, false),
			at:   func(c *Config) any { return &c.SocketIO.PingInterval },
			help: "time between two heartbeats",
		},
		{
			key: "socketio.ping_timeout", def: "20s", kind: duration(time.Second, time.Hour, false),
			at:   func(c *Config) any { return &c.SocketIO.PingTimeout },
			help: "time a client has to answer one before it counts as gone",
		},
		{
			key: "socketio.max_payload", def: "1MiB", kind: size(1<<10, 256<<20),
			at:   func(c *Config) any { return &c.SocketIO.MaxPayload },
			help: "largest message a client may send",
		},
		{
			key: "socketio.max_queue", def: "1MiB", kind: size(16<<10, 1<<30),
			at:   func(c *Config) any { return &c.SocketIO.MaxQueue },
			help: "most bytes that wait for one slow client; then only the newest value of each topic is kept for it, then it is closed",
		},
		{
			key: "socketio.linger", def: "0s", kind: duration(time.Millisecond, time.Second, true),
			at:   func(c *Config) any { return &c.SocketIO.Linger },
			help: "time a message may wait for others to share its write: 5ms halves the work under load; 0 sends at once",
		},
		{
			key: "socketio.recovery", def: "2m", kind: duration(time.Second, 24*time.Hour, true),
			at:   func(c *Config) any { return &c.SocketIO.Recovery },
			help: "time a client that lost its connection has to come back and get what it missed; 0 is off",
		},
	}
}
