package app

import (
	"strings"

	"gateway/internal/access"
	"gateway/internal/device"
	"gateway/internal/trace"
)

// boardSpace is the namespace of boards.
const boardSpace = "/devices"

// boardOfTopic asks for the one board that a topic is for.
func (q *question) boardOfTopic() {
	rest, ok := strings.CutPrefix(q.topic, "devices/")
	id, _, _ := strings.Cut(rest, "/")
	if !ok || id == "" {
		q.stops("board", "not_subscribed", "boards hear what is published below devices/, each below its id, and %s is not", q.topic)
		return
	}
	q.board(id)
}

// board asks for one board: it hears what is published below devices/<its id>/, and nothing else.
func (q *question) board(id string) {
	b, err := q.boards.Board(id)
	if err != nil {
		q.stops("board", "offline", "there is no board %s", id)
		return
	}
	event, own := strings.CutPrefix(q.topic, "devices/"+id+"/")
	switch {
	case !own:
		q.stops("board", "not_subscribed", "board %s hears what is published below devices/%s/, and %s is not", id, id, q.topic)
	case event == "shadow/desired/set":
		q.is("board", "board %s gets it as its shadow: at once, or when it comes back", id)
		q.free = true
	case device.OwnWord(event):
		q.stops("board", "reserved", "%s is what the gateway says of board %s: it is not sent to it", q.topic, id)
	case strings.HasPrefix(event, "$"):
		q.stops("board", "reserved", "names that begin with $ are between board and gateway")
	case b.State == device.Never:
		q.stops("board", "offline", "board %s has never been connected", id)
	case b.ConnectedAt == nil:
		q.stops("board", "offline", "board %s is not connected, for %s: commands are not kept for it; what it is to be stays in its shadow", id, ago(*b.LastSeen))
	case !q.boardMayRead(id):
		q.stops("board", "denied", "board %s may not read %s: its token's patterns do not match", id, q.topic)
	default:
		q.is("board", "board %s is connected, and is sent it as the event %s", id, event)
		q.newestTo(id)
	}
}

func (q *question) boardMayRead(id string) bool {
	for _, l := range q.surface.Listeners(1, func(n string, p *access.Principal) bool { return n == boardSpace && p.ID == id }) {
		return access.Check(l.Principal, access.Read, q.topic)
	}
	return true // it has gone since
}

// newestTo says what became of the newest message at a board.
func (q *question) newestTo(id string) {
	q.free = true
	if q.newest == nil {
		return
	}
	if p := q.newest.Principal; p != nil && p.Kind == access.KindDevice && p.ID == id {
		q.is("board", "board %s published the newest message itself: it does not get it back", id)
		return
	}
	for _, mark := range q.bus.Marks(q.newest) {
		if mark.Target == nil || mark.Target.Name != id || mark.Kind != trace.Board && mark.Kind != trace.Taken {
			continue
		}
		step := trace.StepOf(mark)
		step.Text = "of the newest message: " + step.Text
		q.steps = append(q.steps, step)
		if mark.Reason != trace.Sent && q.blocked == "" {
			q.blocked, q.free = step.Text, false
		}
	}
}
