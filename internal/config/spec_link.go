package config

import "time"

func linkSpecs() []spec[Link] {
	return []spec[Link]{
		{
			key: "name", kind: text("name", plainName),
			at:   func(l *Link) any { return &l.Name },
			help: "name of the link, once in the file",
		},
		{
			key: "url", kind: text("address", brokerURL),
			at:   func(l *Link) any { return &l.URL },
			help: "the other broker: mqtt://, mqtts://, ws:// or wss://, host and port",
		},
		{
			key: "username", def: "", kind: text("name", nil),
			at:   func(l *Link) any { return &l.Username },
			help: "user name on the other broker",
		},
		{
			key: "password_file", def: "", kind: text("file", nil),
			at:   func(l *Link) any { return &l.PasswordFile },
			help: "file that holds the password, readable by the gateway only",
		},
		{
			key: "client_id", def: "", kind: text("name", nil),
			at:   func(l *Link) any { return &l.ClientID },
			help: "MQTT client id, unique at the other broker; empty is gateway-HOST-NAME: this machine's name and the link's",
		},
		{
			key: "keepalive", def: "30s", kind: duration(time.Second, time.Hour, false),
			at:   func(l *Link) any { return &l.Keepalive },
			help: "time after which a silent connection is probed",
		},
		{
			key: "ca_file", def: "", kind: text("file", nil),
			at:   func(l *Link) any { return &l.CAFile },
			help: "PEM file of the authorities to trust; empty is the system's",
		},
		{
			key: "cert_file", def: "", kind: text("file", nil),
			at:   func(l *Link) any { return &l.CertFile },
			help: "PEM file of the client certificate",
		},
		{
			key: "key_file", def: "", kind: text("file", nil),
			at:   func(l *Link) any { return &l.KeyFile },
			help: "PEM file of its private key",
		},
		{
			key: "status_topic", def: "", kind: text("topic", topicOrNone),
			at:   func(l *Link) any { return &l.StatusTopic },
			help: "topic on the other broker that says online or offline of this link, retained",
		},
	}
}

func linkTopicSpecs() []spec[LinkTopic] {
	return []spec[LinkTopic]{
		{
			key: "filter", kind: text("topic filter", filter),
			at:   func(t *LinkTopic) any { return &t.Filter },
			help: "topics that pass, without the prefixes",
		},
		{
			key: "direction", kind: oneOf("in", "out", "both"),
			at:   func(t *LinkTopic) any { return &t.Direction },
			help: "in from the other broker, out to it, or both",
		},
		{
			key: "qos", def: int64(0), kind: count(0, 2),
			at:   func(t *LinkTopic) any { return &t.QoS },
			help: "quality of service, 0, 1 or 2",
		},
		{
			key: "remote_prefix", def: "", kind: text("prefix", prefix),
			at:   func(t *LinkTopic) any { return &t.RemotePrefix },
			help: "what the topic begins with on the other broker",
		},
		{
			key: "local_prefix", def: "", kind: text("prefix", prefix),
			at:   func(t *LinkTopic) any { return &t.LocalPrefix },
			help: "what the topic begins with here",
		},
	}
}

func outboxSpecs() []spec[Outbox] {
	return []spec[Outbox]{
		{
			key: "max_messages", def: int64(100000), kind: count(1, 1e8),
			at:   func(o *Outbox) any { return &o.MaxMessages },
			help: "most messages kept in memory while the other broker is away",
		},
		{
			key: "max_bytes", def: "64MiB", kind: size(1<<10, 1<<40),
			at:   func(o *Outbox) any { return &o.MaxBytes },
			help: "most bytes kept",
		},
		{
			key: "max_age", def: "24h", kind: duration(time.Second, 8760*time.Hour, false),
			at:   func(o *Outbox) any { return &o.MaxAge },
			help: "age at which a message is given up",
		},
		{
			key: "full", def: "drop_oldest", kind: oneOf("drop_oldest", "refuse"),
			at:   func(o *Outbox) any { return &o.Full },
			help: "what is dropped when it is full: the oldest message, or with refuse the new one",
		},
	}
}
