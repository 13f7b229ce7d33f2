package sio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// separator is between the packets of one HTTP body.
const separator = "\x1e"

// Polling is a client that never upgrades: HTTP long-polling, as behind a proxy that knows no websocket.
type Polling struct {
	id     int
	prefix string // as in Client
	url    string
	http   *http.Client
	early  [][]byte // events that came with the handshake
}

// DialPolling opens a session and joins the namespace, until ctx ends. The id is handed to Run's handler.
func DialPolling(ctx context.Context, id int, o Options) (*Polling, error) {
	p := &Polling{id: id, url: "http://" + o.Addr + o.Path + "?EIO=4&transport=polling"}
	p.http = &http.Client{Transport: &http.Transport{DisableCompression: true}}
	if o.Namespace != "/" {
		p.prefix = o.Namespace + ","
	}
	if err := p.handshake(ctx); err != nil {
		p.Close()
		return nil, fmt.Errorf("client %d: polling: %w", id, err)
	}
	return p, nil
}

func (p *Polling) handshake(ctx context.Context) error {
	b, err := p.do(ctx, http.MethodGet, "")
	if err != nil {
		return err
	}
	first, _, _ := bytes.Cut(b, []byte(separator))
	var open struct{ SID string }
	if err := json.Unmarshal(bytes.TrimPrefix(first, []byte("0")), &open); err != nil || open.SID == "" {
		return fmt.Errorf("open packet %q: %w", first, errors.Join(errors.New("no session id"), err))
	}
	p.url += "&sid=" + open.SID
	if _, err := p.do(ctx, http.MethodPost, "40"+p.prefix); err != nil {
		return err
	}
	for joined := false; !joined; {
		packets, err := p.poll(ctx)
		if err != nil {
			return err
		}
		for _, b := range packets {
			if strings.HasPrefix(string(b), "44") {
				return fmt.Errorf("refused: %q", b)
			}
			joined = joined || strings.HasPrefix(string(b), "40"+p.prefix)
			p.early = append(p.early, b)
		}
	}
	return nil
}

// Run polls until ctx ends or the session does. It hands on events as a [Poller] does, and answers heartbeats.
func (p *Polling) Run(ctx context.Context, handle Handler) error {
	packets := p.early
	for {
		at := time.Now()
		for _, b := range packets {
			if err := p.packet(ctx, b, handle, at); err != nil {
				return err
			}
		}
		var err error
		if packets, err = p.poll(ctx); err != nil {
			return err
		}
	}
}

func (p *Polling) packet(ctx context.Context, b []byte, handle Handler, at time.Time) error {
	switch {
	case len(b) > 1 && b[0] == '4' && b[1] == '2':
		handle(p.id, b, at)
	case string(b) == "2":
		_, err := p.do(ctx, http.MethodPost, "3")
		return err
	case string(b) == "1":
		return errors.New("closed by the server")
	}
	return nil
}

// poll awaits the next packets.
func (p *Polling) poll(ctx context.Context) ([][]byte, error) {
	b, err := p.do(ctx, http.MethodGet, "")
	return bytes.Split(b, []byte(separator)), err
}

func (p *Polling) do(ctx context.Context, method, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %s: %q", resp.Status, b)
	}
	return b, err
}

// Close ends the connections without a word. Call it after Run has returned.
func (p *Polling) Close() { p.http.CloseIdleConnections() }
