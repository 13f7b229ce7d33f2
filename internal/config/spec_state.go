package config

import "time"

func authSpecs() []spec[Config] {
	return []spec[Config]{
		{
			key: "auth.anonymous", def: "loopback", kind: oneOf("never", "loopback", "always"),
			at:   func(c *Config) any { return &c.Auth.Anonymous },
			help: "who may read and write topics: nobody, programs on this machine (not through a proxy), or anyone who reaches a port",
		},
	}
}

func stateSpecs() []spec[Config] {
	return []spec[Config]{
		{
			key: "state.flush_interval", def: "5s", kind: duration(100*time.Millisecond, time.Hour, false),
			at:   func(c *Config) any { return &c.State.FlushInterval },
			help: "time between two writes of last values to disk: what a power cut may lose",
		},
		{
			key: "state.checkpoint_interval", def: "10m", kind: duration(time.Second, 24*time.Hour, false),
			at:   func(c *Config) any { return &c.State.CheckpointInterval },
			help: "time between two checkpoints, which keep the value log short",
		},
		{
			key: "state.exclude", def: []any{"+/+/set", "cmnd/#"}, kind: list("topic filters", filter),
			at:   func(c *Config) any { return &c.State.Exclude },
			help: "topics that keep no last value: commands, which must never be replayed",
		},
		{
			key: "state.max_topics", def: int64(100000), kind: count(1, 1e8),
			at:   func(c *Config) any { return &c.State.MaxTopics },
			help: "most topics that keep a last value; beyond it the longest unused is forgotten",
		},
		{
			key: "state.max_bytes", def: "256MiB", kind: size(1<<20, 1<<40),
			at:   func(c *Config) any { return &c.State.MaxBytes },
			help: "most bytes of last values; beyond it the longest unused is forgotten",
		},
	}
}

func logSpecs() []spec[Config] {
	return []spec[Config]{
		{
			key: "log.level", def: "info", flag: "log-level", kind: oneOf("debug", "info", "warn", "error"),
			at:   func(c *Config) any { return &c.Log.Level },
			help: "level of the least important line that is logged; payloads appear at debug only",
		},
		{
			key: "log.format", def: "auto", kind: oneOf("auto", "text", "json"),
			at:   func(c *Config) any { return &c.Log.Format },
			help: "text, json, or auto: text on a terminal and json elsewhere",
		},
	}
}
