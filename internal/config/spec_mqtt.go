package config

func mqttSpecs() []spec[Config] {
	return []spec[Config]{
		{
			key: "mqtt.listen", def: ":1883", kind: text("address", addressOrOff),
			at:   func(c *Config) any { return &c.MQTT.Listen },
			help: "address of the MQTT broker; empty keeps it in process",
		},
		{
			key: "mqtt.websocket_listen", def: ":8083", kind: text("address", addressOrOff),
			at:   func(c *Config) any { return &c.MQTT.WebsocketListen },
			help: "MQTT over websocket, at /mqtt; empty is off",
		},
		{
			key: "mqtt.tls_listen", def: "", kind: text("address", addressOrOff),
			at:   func(c *Config) any { return &c.MQTT.TLSListen },
			help: "MQTT over TLS, such as \":8883\", with the certificate of http.tls_cert; empty is off",
		},
		{
			key: "mqtt.max_packet", def: "1MiB", kind: size(1<<10, 255<<20),
			at:   func(c *Config) any { return &c.MQTT.MaxPacket },
			help: "largest packet a client may send",
		},
		{
			key: "mqtt.max_connections", def: int64(1000), kind: count(1, 1e6),
			at:   func(c *Config) any { return &c.MQTT.MaxConnections },
			help: "most MQTT clients at a time",
		},
		{
			key: "mqtt.max_inflight", def: int64(1024), kind: count(1, 65535),
			at:   func(c *Config) any { return &c.MQTT.MaxInflight },
			help: "most QoS 1 and 2 messages per client that wait for their acknowledgement",
		},
		{
			key: "mqtt.max_queued", def: int64(10000), kind: count(1, 1e7),
			at:   func(c *Config) any { return &c.MQTT.MaxQueued },
			help: "most QoS 1 and 2 messages kept for a client that is offline",
		},
		{
			key: "mqtt.max_rate", def: int64(0), kind: count(0, 1e6),
			at:   func(c *Config) any { return &c.MQTT.MaxRate },
			help: "most messages a client may publish in a second; 0 is no limit",
		},
	}
}
