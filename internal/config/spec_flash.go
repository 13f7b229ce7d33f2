package config

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
)

func flashSpecs() []spec[Config] {
	return []spec[Config]{
		{
			key: "flash.image_url", def: "", kind: text("address", imageURL),
			at:   func(c *Config) any { return &c.Flash.ImageURL },
			help: "where the MicroPython image for boards is downloaded from; empty: people bring it",
		},
		{
			key: "flash.image_sha256", def: "", kind: text("sha256", sha256OrNone),
			at:   func(c *Config) any { return &c.Flash.ImageSHA256 },
			help: "what the downloaded image has to be, 64 hex digits; nothing is downloaded without it",
		},
		{
			key: "flash.ports", def: []any{}, kind: list("serial ports", filled),
			at:   func(c *Config) any { return &c.Flash.Ports },
			help: "serial ports beside those that are found, as paths or patterns such as \"/dev/serial/by-id/*\"",
		},
		{
			key: "flash.baud", def: int64(460800), kind: count(9600, 2000000),
			at:   func(c *Config) any { return &c.Flash.Baud },
			help: "highest speed to try with a board; slower ones follow by themselves",
		},
		{
			key: "flash.address", def: "", kind: text("address", boardURL),
			at:   func(c *Config) any { return &c.Flash.Address },
			help: "what boards are told where the gateway is; empty is this machine's address on its network",
		},
	}
}

// imageURL wants an address that a file can be downloaded from.
func imageURL(s string) *flaw {
	u, err := url.Parse(s)
	if s == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil {
		return nil
	}
	return &flaw{fmt.Sprintf("%q is no address of a file", s), `write https://host/path`}
}

// boardURL wants an address that boards can dial.
func boardURL(s string) *flaw {
	u, err := url.Parse(s)
	if s == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && s == u.Scheme+"://"+u.Host+strings.TrimSuffix(u.Path, "/") {
		return nil
	}
	return &flaw{fmt.Sprintf("%q is no address for boards", s), `write http://host:port, best with the number of the host: boards know few names`}
}

func sha256OrNone(s string) *flaw {
	if sum, err := hex.DecodeString(s); s == "" || err == nil && len(sum) == 32 && s == strings.ToLower(s) {
		return nil
	}
	return &flaw{fmt.Sprintf("%q is no sha256", s), `write 64 hex digits, small letters`}
}
