package config

func generalSpecs() []spec[Config] {
	return []spec[Config]{
		{
			key: "data_dir", def: "data", flag: "data", kind: text("directory", filled),
			at:   func(c *Config) any { return &c.DataDir },
			help: "directory of everything the gateway keeps; created with mode 0700, used by one gateway at a time",
		},
		{
			key: "name", def: "gateway", kind: text("name", plainName),
			at:   func(c *Config) any { return &c.Name },
			help: "name of this gateway among others, shown on its page",
		},
	}
}

func httpSpecs() []spec[Config] {
	return []spec[Config]{
		{
			key: "http.listen", def: ":8090", flag: "listen", kind: text("address", address),
			at:   func(c *Config) any { return &c.HTTP.Listen },
			help: "address of the web UI, REST, socket.io and /metrics",
		},
		{
			key: "http.tls_listen", def: "", kind: text("address", addressOrOff),
			at:   func(c *Config) any { return &c.HTTP.TLSListen },
			help: "the same over TLS, such as \":8443\"; empty is off",
		},
		{
			key: "http.tls_cert", def: "", kind: text("file", nil),
			at:   func(c *Config) any { return &c.HTTP.TLSCert },
			help: "PEM file with the certificate chain, for http.tls_listen and mqtt.tls_listen",
		},
		{
			key: "http.tls_key", def: "", kind: text("file", nil),
			at:   func(c *Config) any { return &c.HTTP.TLSKey },
			help: "PEM file with the private key",
		},
		{
			key: "http.origins", def: []any{}, kind: list("origins", origin),
			at:   func(c *Config) any { return &c.HTTP.Origins },
			help: "pages of other addresses that may use the gateway from a browser; its own pages always may",
		},
		{
			key: "http.hosts", def: []any{}, kind: list("host names", hostName),
			at:   func(c *Config) any { return &c.HTTP.Hosts },
			help: "public names the gateway is reached by; addresses, local names and this machine's own are known",
		},
		{
			key: "http.trusted_proxies", def: []any{}, kind: list("addresses", proxy),
			at:   func(c *Config) any { return &c.HTTP.TrustedProxies },
			help: "reverse proxies whose X-Forwarded-For and X-Forwarded-Host are believed",
		},
		{
			key: "http.base_path", def: "/", kind: text("path", slashed),
			at:   func(c *Config) any { return &c.HTTP.BasePath },
			help: "path everything is served below, for a proxy that passes on one path only",
		},
	}
}
