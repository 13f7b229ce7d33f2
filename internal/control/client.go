package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// ErrNotRunning is returned by Dial when no gateway runs on the data directory, or one that has no control socket.
var ErrNotRunning = errors.New("no gateway is running there")

// Client speaks the REST API as the owner of the machine.
type Client struct{ http *http.Client }

// Dial returns a client of the gateway that runs on the data directory dir.
func Dial(ctx context.Context, dir string) (*Client, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		at, done, err := address(dir)
		if err != nil {
			return nil, err
		}
		defer done()
		return (&net.Dialer{}).DialContext(ctx, "unix", at)
	}
	conn, err := dial(ctx, "", "")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, fmt.Errorf("talk to the gateway: %w", err)
	}
	conn.Close()
	return &Client{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}, nil
}

// Direct returns a client of a handler in this process.
func Direct(h http.Handler) *Client { return &Client{&http.Client{Transport: direct{Handler(h, "/")}}} }

// Call sends in as JSON, if it is not nil, and decodes the answer into out, if that is not nil. path begins with /api/. A refusal
// is an error with the sentence that the gateway gave. Changes are made whatever the revision is: If-Match is *.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(text)
	}
	resp, err := c.Do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: the gateway's answer is no JSON: %w", method, path, err)
	}
	return nil
}

// cause is an error without the URL, which is not the one that was dialled.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Do sends a request with a body of JSON, or none, and returns the answer if it is no refusal. The caller closes its body.
func (c *Client) Do(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("If-Match", "*")
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("talk to the gateway: %w", cause(err))
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp)
}

// Refused is what the gateway answered instead of doing what it was asked to.
type Refused struct {
	Status int
	Detail string // one sentence for a person
}

// Error returns the sentence.
func (r *Refused) Error() string { return r.Detail }

func refusal(resp *http.Response) error {
	var problem struct {
		Detail string `json:"detail"`
		Errors []struct {
			Remedy string `json:"remedy"`
		} `json:"errors"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&problem); err != nil || problem.Detail == "" {
		return &Refused{resp.StatusCode, "the gateway answered " + resp.Status}
	}
	for _, e := range problem.Errors {
		if e.Remedy != "" {
			problem.Detail += "; " + e.Remedy
		}
	}
	return &Refused{resp.StatusCode, problem.Detail}
}
