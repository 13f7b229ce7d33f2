package link

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates, into files of dir.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	key, der := a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, time.Hour)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.cert, a.key = cert, key
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func (a *authority) sign(c *x509.Certificate, valid time.Duration) (*ecdsa.PrivateKey, []byte) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.n++
	c.SerialNumber, c.Subject = big.NewInt(a.n), pkix.Name{CommonName: fmt.Sprintf("test %d", a.n)}
	c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(valid)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	return key, der
}

// issue writes name.pem and name.key, valid for that long from now.
func (a *authority) issue(name string, valid time.Duration) {
	a.t.Helper()
	key, der := a.sign(&x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, valid)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", der)
	a.write(name+".key", "PRIVATE KEY", secret)
}

func (a *authority) path(file string) string { return filepath.Join(a.dir, file) }

func (a *authority) write(file, kind string, der []byte) {
	a.t.Helper()
	if err := os.WriteFile(a.path(file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func TestTLS(t *testing.T) {
	a := newAuthority(t)
	a.issue("server", time.Hour)
	a.issue("client", time.Hour)
	a.issue("expired", -time.Hour)
	open := func(cert string) *mosquitto {
		return startMosquitto(t, fmt.Sprintf("allow_anonymous true\ncafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true",
			a.path("ca.pem"), a.path(cert+".pem"), a.path(cert+".key")))
	}
	good, expired := open("server"), open("expired")
	for _, tc := range []struct {
		name     string
		broker   *mosquitto
		ca, cert string
		state    State
		want     string
	}{
		{"both certificates are good", good, "ca.pem", "client", Connected, ""},
		{"the broker's has expired", expired, "ca.pem", "client", Failed, "expired"},
		{"ours has expired", good, "ca.pem", "expired", Failed, "our certificate in cert_file has expired"},
		{"we have none", good, "ca.pem", "", Failed, "cannot be reached"},
		{"the authority is unknown", good, "", "client", Failed, "unknown authority"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := Config{URL: "mqtts://127.0.0.1:" + tc.broker.port, Topics: topics(Topic{Filter: "a/#", Direction: DirectionBoth})}
			if tc.ca != "" {
				c.CAFile = a.path(tc.ca)
			}
			if tc.cert != "" {
				c.CertFile, c.KeyFile = a.path(tc.cert+".pem"), a.path(tc.cert+".key")
			}
			s := newSide(t, c)
			s.await(tc.state)
			if got := s.link.Stats().LastError; !strings.Contains(got, tc.want) {
				t.Errorf("last error %q, want one with %q", got, tc.want)
			} else if got != "" {
				t.Log(got)
			}
			s.publish("a/x", "x", false)
			if tc.state == Connected {
				eventually(t, "it carries", func() bool { return s.link.Stats().Out == 1 })
			} else if s.link.Stats().Queued != 1 {
				t.Error("the message is not kept")
			}
		})
	}
}

// TestExpiredCertificateIsReplaced wants a link to come back by itself once the broker has a certificate that is valid.
func TestExpiredCertificateIsReplaced(t *testing.T) {
	a := newAuthority(t)
	a.issue("server", -time.Hour)
	m := startMosquitto(t, fmt.Sprintf("allow_anonymous true\ncafile %s\ncertfile %s\nkeyfile %s",
		a.path("ca.pem"), a.path("server.pem"), a.path("server.key")))
	s := newSide(t, Config{
		URL: "mqtts://127.0.0.1:" + m.port, CAFile: a.path("ca.pem"), Topics: topics(Topic{Filter: "a", Direction: DirectionOut}),
	})
	s.await(Failed)
	s.publish("a", "x", false)
	m.stop()
	a.issue("server", time.Hour)
	m.start()
	eventually(t, "it carries", func() bool { return s.link.Stats().Out == 1 })
}
