package app

import (
	"crypto/tls"
	"fmt"

	"gateway/internal/broker"
	"gateway/pkg/store"
)

func (g *gateway) makeBroker() error {
	c := g.config.MQTT
	certificate, err := g.tlsConfig(c.TLSListen != "")
	if err != nil {
		return err
	}
	g.broker, err = broker.New(broker.Options{
		Listen: c.Listen, WebsocketListen: c.WebsocketListen, TLSListen: c.TLSListen, TLS: certificate,
		MaxPacket: uint32(c.MaxPacket), MaxConnections: c.MaxConnections,
		MaxInflight: uint16(c.MaxInflight), MaxQueued: c.MaxQueued, MaxRate: float64(c.MaxRate),
		Authenticate: g.authenticate,
		StillIn:      g.stillIn,
		Retained:     retained{g.store},
		Sessions:     sessions{g.store},
		AllowOrigin:  g.allowWebsocket(),
		Drop:         g.dropFrom("mqtt"),
		Logger:       g.log,
	}, g.bus)
	return err
}

// tlsConfig loads the certificate that both TLS listeners share; nil when none is wanted.
func (g *gateway) tlsConfig(wanted bool) (*tls.Config, error) {
	if !wanted {
		return nil, nil
	}
	c := g.config.HTTP
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("http.tls_cert %q with http.tls_key %q: %w", c.TLSCert, c.TLSKey, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// retained keeps the broker's retained messages in the store.
type retained struct{ store *store.Store }

func (r retained) PutRetained(m broker.Retained) error { return r.store.PutRetained(store.Retained(m)) }

func (r retained) DeleteRetained(topic string) error { return r.store.DeleteRetained(topic) }

func (r retained) EachRetained(fn func(broker.Retained) error) error {
	return r.store.EachRetained(func(m store.Retained) error { return fn(broker.Retained(m)) })
}
