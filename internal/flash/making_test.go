package flash_test

import (
	"errors"
	"testing"

	"gateway/internal/device"
	"gateway/internal/flash"
)

// A name that two people type at the same time is two boards: the key of one in the making must not be changed under it.
func TestTwoJobsMakeTwoBoards(t *testing.T) {
	p := provisioner(t)
	s := flash.New(flash.Options{Gateway: p, WiFi: p.WiFi})
	one, two := flash.UnderWay(s), flash.UnderWay(s)
	made := func(k flash.Kit, err error, want string) {
		t.Helper()
		if err != nil || k.Board.ID != want {
			t.Errorf("made %q instead of %q: %v", k.Board.ID, want, err)
		}
	}
	k, err := one.Provision(t.Context(), order())
	made(k, err, "lamp")
	k, err = two.Provision(t.Context(), order())
	made(k, err, "lamp-2")
	k, err = s.MakeKit(t.Context(), order(), false)
	made(k, err, "lamp-3")

	same := order()
	same.ID = "lamp"
	_, err = two.Provision(t.Context(), same)
	var refused *device.Refused
	if !errors.As(err, &refused) || !refused.Conflict {
		t.Errorf("the board of another job: %v", err)
	}
	k, err = one.Provision(t.Context(), same)
	made(k, err, "lamp")
	k, err = s.MakeKit(t.Context(), order(), false)
	made(k, err, "lamp-3") // which has never been there, and is nobody's
}
