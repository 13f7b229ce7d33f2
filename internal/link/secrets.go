package link

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"time"

	"gateway/internal/fault"
)

func (c *Config) password() (string, error) {
	if c.Password != "" || c.PasswordFile == "" {
		return c.Password, nil
	}
	b, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("password_file: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func (c *Config) tls() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file: no certificate in %s", c.CAFile)
		}
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert_file and key_file: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// currentTLS is tls for a connection: files that were replaced are read again. What the other side would answer to a
// certificate of ours that has expired says nothing of the reason.
func (c *Config) currentTLS() (*tls.Config, error) {
	t, err := c.tls()
	if err != nil || len(t.Certificates) == 0 {
		return t, err
	}
	if end := t.Certificates[0].Leaf.NotAfter; time.Now().After(end) {
		return nil, fault.New(fault.Denied, "our certificate in cert_file has expired on %s", end.Format(time.DateOnly))
	}
	return t, nil
}
