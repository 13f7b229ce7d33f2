package device

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gateway/internal/fault"
)

const (
	callWithin  = 10 * time.Second
	callLongest = 60 * time.Second
	maxCalls    = 8 // of one board at a time
)

// Called is what a board answered.
type Called struct {
	Result json.RawMessage `json:"result" doc:"What the method returned; null for nothing"`
	Millis int64           `json:"ms" doc:"How long it took"`
}

// Call calls a method of a board; params is JSON, or nil for none. within 0 means 10 s. The errors are offline, timeout, and what
// the board itself answered.
func (s *Service) Call(ctx context.Context, id, method string, params json.RawMessage, within time.Duration) (Called, error) {
	b := s.find(id)
	if b == nil {
		return Called{}, notFound("board", id)
	}
	x, err := b.connected()
	if err != nil {
		return Called{}, err
	}
	if !b.callMore(1) {
		return Called{}, fault.New(fault.RateLimited, "%d calls wait for %s already", maxCalls, id)
	}
	defer b.callMore(-1)
	if within <= 0 {
		within = callWithin
	}
	ctx, cancel := context.WithTimeout(ctx, min(within, callLongest))
	defer cancel()
	args := []any{method}
	if len(params) > 0 && string(params) != "null" {
		args = append(args, params)
	}
	began := s.Now()
	answer, err := x.conn.Call(ctx, "$rpc", args...)
	if err != nil {
		return Called{}, err
	}
	result, err := resultOf(id, answer)
	return Called{result, s.Now().Sub(began).Milliseconds()}, err
}

func (b *board) callMore(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calling+n > maxCalls {
		return false
	}
	b.calling += n
	return true
}

// resultOf reads {ok, result?, error?: {code, message}}.
func resultOf(id string, answer json.RawMessage) (json.RawMessage, error) {
	var a struct {
		OK     bool            `json:"ok"`
		Result json.RawMessage `json:"result"`
		Error  struct {
			Code    fault.Code `json:"code"`
			Message string     `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, fault.New(fault.Unavailable, "%s answered what is no answer", id)
	}
	if a.OK {
		if a.Result == nil {
			return json.RawMessage("null"), nil
		}
		return a.Result, nil
	}
	known := []fault.Code{fault.Denied, fault.Invalid, fault.TooLarge, fault.RateLimited, fault.Offline, fault.Timeout, fault.Unavailable}
	if !slices.Contains(known, a.Error.Code) {
		a.Error.Code = fault.Unavailable
	}
	return nil, fault.New(a.Error.Code, "%s: %s", id, clip(a.Error.Message, maxText))
}
