package sio

import (
	"fmt"
	"testing"
	"time"
)

func TestTheLobbyIsBoundedByHostAndInAll(t *testing.T) {
	var l lobby
	var mine []*visitor
	for range lobbyPerHost {
		mine = append(mine, l.enter("a"))
	}
	if l.enter("a") != nil {
		t.Error("one host has more than its share")
	}
	for i := range lobbySize - lobbyPerHost {
		if l.enter(fmt.Sprint("h", i)) == nil {
			t.Fatalf("no room for host %d", i)
		}
	}
	if l.enter("b") != nil {
		t.Error("more than there is room for")
	}
	l.leave(mine[0])
	l.leave(mine[0]) // twice is once
	if l.enter("b") == nil || l.enter("b") != nil {
		t.Error("whoever has said who it is makes room for one")
	}
	l.sweep(time.Now().Add(2 * lobbyTime))
	if len(l.inside)+len(l.perHost) != 0 {
		t.Errorf("%d visitors of %d hosts are left", len(l.inside), len(l.perHost))
	}
	l.leave(&visitor{}) // of a connection that was known at once
}
