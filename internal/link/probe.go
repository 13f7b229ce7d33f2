package link

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// The steps of [Probe], in order. A plain connection has no StepTLS.
const (
	StepConfig    = "config"
	StepDNS       = "dns"
	StepTCP       = "tcp"
	StepTLS       = "tls"
	StepConnect   = "connect"
	StepSubscribe = "subscribe"
)

// Step is one step of [Probe].
type Step struct {
	Name string
	Text string // what happened, for a person
	Err  error  // nil when it went well
	Took time.Duration
}

// probe is one try of a connection.
type probe struct {
	cfg   Config
	url   *url.URL
	steps []Step
}

// Probe tries out whether a link could be: name, port, TLS, login and subscriptions, one after the other, until one fails or ctx
// ends. It connects with a client id of its own and no session, and publishes nothing.
func Probe(ctx context.Context, c Config) []Step {
	c.setDefaults()
	p := &probe{cfg: c}
	steps := []struct {
		name string
		do   func(context.Context) (string, error)
	}{
		{StepConfig, p.config},
		{StepDNS, p.resolve},
		{StepTCP, p.dial},
		{StepTLS, p.handshake},
		{StepConnect, p.connect},
		{StepSubscribe, p.subscribe},
	}
	for _, s := range steps {
		if s.name == StepTLS && !p.secure() {
			continue
		}
		began := time.Now()
		text, err := s.do(ctx)
		if err != nil {
			text = err.Error()
		}
		p.steps = append(p.steps, Step{s.name, text, err, time.Since(began)})
		if err != nil {
			break
		}
	}
	return p.steps
}

func (p *probe) secure() bool { return p.url.Scheme == "mqtts" || p.url.Scheme == "wss" }

// Ready is Validate, and whether the files that the configuration names can be used.
func (c *Config) Ready() error {
	if err := c.Validate(); err != nil {
		return err
	}
	if _, err := c.password(); err != nil {
		return err
	}
	_, err := c.tls()
	return err
}

func (p *probe) config(context.Context) (string, error) {
	if err := p.cfg.Ready(); err != nil {
		return "", err
	}
	address, err := p.cfg.address()
	if err != nil {
		return "", err
	}
	p.url, err = url.Parse(address)
	return "the settings make sense", err
}

func (p *probe) resolve(ctx context.Context) (string, error) {
	host := p.url.Hostname()
	addrs, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", fmt.Errorf("no address is known for %s: %w", host, err)
	}
	return fmt.Sprintf("%s is %s", host, strings.Join(addrs, ", ")), nil
}

func (p *probe) dial(ctx context.Context) (string, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.url.Host)
	if err != nil {
		return "", fmt.Errorf("nobody answers at %s: %w", p.url.Host, err)
	}
	defer c.Close()
	return "something listens at " + c.RemoteAddr().String(), nil
}

func (p *probe) handshake(ctx context.Context) (string, error) {
	config, err := p.cfg.currentTLS()
	if err != nil {
		return "", err
	}
	c, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", p.url.Host)
	if err != nil {
		return "", fmt.Errorf("no secure connection: %w", err)
	}
	defer c.Close()
	state := c.(*tls.Conn).ConnectionState()
	leaf := state.PeerCertificates[0]
	return fmt.Sprintf("%s, certificate of %s, good until %s", tls.VersionName(state.Version), leaf.Subject.CommonName, leaf.NotAfter.Format(time.DateOnly)), nil
}

func (p *probe) connect(ctx context.Context) (string, error) {
	if err := p.session(ctx, nil); err != nil {
		return "", err
	}
	who := "without a user name"
	if p.cfg.Username != "" {
		who = "as " + p.cfg.Username
	}
	return "the broker lets us in " + who, nil
}

func (p *probe) subscribe(ctx context.Context) (string, error) {
	in, _ := crossings(p.cfg.Topics)
	if len(in) == 0 {
		return "nothing comes in over this link", nil
	}
	if err := p.session(ctx, in); err != nil {
		return "", err
	}
	return fmt.Sprintf("the broker accepts all %d subscriptions", len(in)), nil
}

// session connects, subscribes to what is to come in, and leaves. The first failure counts.
func (p *probe) session(ctx context.Context, in []crossing) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := NewClient(p.url.String(), defaultClientID+"test-"+strings.ToLower(rand.Text()[:8]), ClientOptions{
		Username: p.cfg.Username, Password: p.cfg.password, TLS: p.cfg.currentTLS, Keepalive: p.cfg.Keepalive,
		OnState: func(up bool, err error) {
			if !up {
				cancel(err)
			}
		},
	})
	for _, topic := range in {
		if err := c.subscribe(topic.filter, topic.qos, func(m message) { m.Ack() }); err != nil {
			return err
		}
	}
	err := c.Connect(ctx)
	if err == nil {
		c.Close()
		return nil
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}
