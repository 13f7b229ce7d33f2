package device

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"gateway/internal/fault"
)

// maxConfig is the most that is sent to a board to set, in bytes: its memory is small.
const maxConfig = 1024

// secretKeys are never shown, and protectedKeys never set from here: without them a board does not find back.
func secretKeys() []string    { return []string{"key", "wifi"} }
func protectedKeys() []string { return []string{"id", "key", "urls", "wifi"} }

// Config returns what is in a board's own configuration, but for its secrets, after patch has been merged into it: an object,
// where null takes a key out; nil to change nothing. The board does it, so it has to be connected. The errors are those of
// [Service.Call].
func (s *Service) Config(ctx context.Context, id string, patch json.RawMessage) (json.RawMessage, error) {
	var params json.RawMessage
	if patch != nil {
		doc, err := parseDocument("the configuration", patch)
		if err != nil {
			return nil, err
		}
		for _, key := range protectedKeys() {
			if _, set := doc[key]; set {
				return nil, fault.New(fault.Invalid, "%q is not changed from here: the board might not find back. Change /cfg.json on the board itself", key)
			}
		}
		if params = doc.text(); len(params) > maxConfig {
			return nil, fault.New(fault.TooLarge, "this has %d bytes: send a board %d at most at once", len(params), maxConfig)
		}
	}
	called, err := s.Call(ctx, id, "config", params, 0)
	if err != nil {
		return nil, err
	}
	return shownConfig(id, called.Result)
}

// shownConfig is what a board answered, without what is secret: a board with another library may say more than it should.
func shownConfig(id string, answer json.RawMessage) (json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(answer, &all); err != nil || bytes.Equal(answer, []byte("null")) {
		return nil, fault.New(fault.Unavailable, "%s answered what is no configuration", id)
	}
	for key := range all {
		if slices.Contains(secretKeys(), key) {
			delete(all, key)
		}
	}
	return json.Marshal(all)
}
