package socketio

import (
	"errors"
	"testing"
)

func TestPreparedPacketIsThatOfTheEncoder(t *testing.T) {
	prepared, err := PreparedPacket("/a", []byte(`["temp",21.5,{"_placeholder":true,"num":0}]`), []byte{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := NewPacket("/a", "temp", 21.5, []byte{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := prepared.payload, encoded.payload; string(got.Body) != string(want.Body) || len(got.Attachments) != 1 {
		t.Errorf("got %s, want %s", got.Body, want.Body)
	}
}

func TestPreparedPacketRefuses(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `[1,2,3]`, `"temp"`, `["temp",1`} {
		if _, err := PreparedPacket("/", []byte(body)); !errors.Is(err, errNotEvent) {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, body := range []string{`["connect",1]`, `["disconnecting"]`, `["",1]`} {
		if _, err := PreparedPacket("/", []byte(body)); !errors.Is(err, ErrReservedEvent) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
