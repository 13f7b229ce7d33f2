package control

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Remote returns a client of a gateway somewhere else, in the name of an API token, id.secret. base is where its page is:
// http://host:port, with a path if it is served below one.
func Remote(base, token string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%q is no address of a gateway: write http://host:port", base)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = time.Minute
	return &Client{&http.Client{Transport: &remote{base: u, token: token, next: t}, CheckRedirect: sentOn}}, nil
}

// sentOn refuses to follow: a token goes where somebody has said that it may go, and nowhere else.
func sentOn(req *http.Request, _ []*http.Request) error {
	return fmt.Errorf("it sends us on to %s://%s: if that is the gateway, name it with --url", req.URL.Scheme, req.URL.Host)
}

// remote sends requests elsewhere than to localhost.
type remote struct {
	base  *url.URL
	token string
	next  http.RoundTripper
}

// RoundTrip sends one request.
func (r *remote) RoundTrip(req *http.Request) (*http.Response, error) {
	own := req.Clone(req.Context())
	own.URL.Scheme, own.URL.Host, own.Host = r.base.Scheme, r.base.Host, ""
	own.URL.Path = strings.TrimSuffix(r.base.Path, "/") + req.URL.Path
	if r.token != "" {
		own.Header.Set("Authorization", "Bearer "+r.token)
	}
	return r.next.RoundTrip(own)
}
