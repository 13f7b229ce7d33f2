package app

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"gateway/internal/access"
	"gateway/internal/api"
	"gateway/internal/bus"
	"gateway/internal/trace"
)

const (
	devicesBucket = "devices"
	devicesKey    = "seen" // one record, so that remembering costs one write

	deviceEvery   = 2 * time.Second
	deviceWrite   = 10 * time.Minute // between two writes of what was seen: SD cards wear out
	maxOnline     = 2000             // of each kind that are listed
	maxRemembered = 500              // that are not connected
	deviceTopics  = 5
	passingBy     = 30 * time.Second // an anonymous client that stayed less is not remembered
)

// devices are the clients that are connected or were. It looks at broker and socket.io every few seconds: nothing on the way of
// a message or of a connection pays for it.
type devices struct {
	g *gateway

	mu      sync.Mutex
	known   map[string]*client
	unsaved bool
	saved   time.Time
	said    map[string]time.Time // by client: when the newest came that pages know it said
}

// client is what is remembered of a client.
type client struct {
	api.Device
	origins []string // by which its messages say where they come from
}

func (g *gateway) makeDevices() error {
	d := &devices{g: g, known: map[string]*client{}, saved: time.Now()}
	g.devices = d
	data, found, err := g.store.GetRecord(devicesBucket, devicesKey)
	if err != nil || !found {
		return err
	}
	var seen []api.Device
	if err := json.Unmarshal(data, &seen); err != nil {
		g.log.Warn("what has connected before is forgotten", "err", err)
		return nil
	}
	for _, one := range seen {
		d.known[one.ID] = &client{Device: one}
	}
	return nil
}

// run looks until ctx ends, and writes what it has seen.
func (d *devices) run(ctx context.Context) {
	ticker := time.NewTicker(deviceEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			d.save()
			return
		case <-ticker.C:
		}
		d.refresh()
		d.tellSaid()
		if time.Since(d.saved) > deviceWrite {
			d.save()
		}
	}
}

// refresh looks, and tells pages what has changed since: whoever looked, it is told once.
func (d *devices) refresh() {
	changes := d.look(time.Now())
	if len(changes) == 0 || d.g.surface.Watched() == 0 {
		return
	}
	topics := d.g.lastTopics()
	told := make([]api.Device, len(changes))
	for i := range changes {
		told[i] = changes[i].with(topics)
	}
	d.g.surface.Tell("devices", struct {
		Changes []api.Device `json:"changes"`
	}{told})
}

// look compares what is connected with what was, and returns the devices that came or went.
func (d *devices) look(now time.Time) (changes []client) {
	online := d.g.connectedDevices()
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, one := range online {
		before := d.known[id]
		if one.Online && (before == nil || !before.Online || !before.ConnectedAt.Equal(one.ConnectedAt)) {
			changes = append(changes, *one)
		}
		if !one.Online && before != nil { // an MQTT session that is kept says nothing of the connection before
			one.Address, one.ConnectedAt, one.DisconnectedAt, one.Reason = before.Address, before.ConnectedAt, before.DisconnectedAt, before.Reason
			if before.Online {
				one.DisconnectedAt = &now
				changes = append(changes, *one)
			}
		}
		d.known[id] = one
	}
	for id, one := range d.known {
		if _, there := online[id]; there || !one.Online {
			continue
		}
		one.Online, one.DisconnectedAt, one.Queued, one.Subscriptions = false, &now, 0, 0
		changes = append(changes, *one)
		if one.forgettable(now) {
			delete(d.known, id)
		}
	}
	d.forget()
	d.unsaved = d.unsaved || len(changes) > 0
	return changes
}

// with is the client with what it said last; topics are by origin.
func (d *client) with(topics map[string][]api.DeviceTopic) api.Device {
	out := d.Device
	out.Topics = []api.DeviceTopic{}
	for _, origin := range d.origins {
		out.Topics = append(out.Topics, topics[origin]...)
	}
	slices.SortFunc(out.Topics, func(a, b api.DeviceTopic) int { return b.At.Compare(a.At) })
	out.Topics = out.Topics[:min(len(out.Topics), deviceTopics)]
	return out
}

// forgettable reports whether a client that has gone will hardly come back as the same one.
func (d *client) forgettable(now time.Time) bool {
	if d.Kind == "socketio" {
		return d.Principal.Kind != string(access.KindToken) && d.Principal.Kind != string(access.KindDevice)
	}
	return d.Principal.Kind == string(access.KindAnonymous) && now.Sub(d.ConnectedAt) < passingBy
}

// forget bounds what is remembered: the longest gone go first, and a socket.io client whose token has connected again.
func (d *devices) forget() {
	var gone []*client
	back := map[string]bool{}
	for _, one := range d.known {
		if one.Online {
			back[one.Kind+one.Principal.ID+one.Agent] = true
		}
	}
	for id, one := range d.known {
		switch {
		case one.Online:
		case one.Kind == "socketio" && back[one.Kind+one.Principal.ID+one.Agent]:
			delete(d.known, id)
		default:
			gone = append(gone, one)
		}
	}
	slices.SortFunc(gone, func(a, b *client) int { return b.left().Compare(a.left()) })
	for _, one := range gone[min(len(gone), maxRemembered):] {
		delete(d.known, one.ID)
	}
}

func (d *client) left() time.Time {
	if d.DisconnectedAt == nil {
		return time.Time{}
	}
	return *d.DisconnectedAt
}

// save writes what was seen, if that has changed. It is lost where the disk is full, and nothing else is.
func (d *devices) save() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saved = time.Now()
	if !d.unsaved {
		return
	}
	seen := make([]api.Device, 0, len(d.known))
	for _, one := range d.known {
		if one.Online && one.forgettable(time.Now()) {
			continue
		}
		out := one.Device
		if out.Topics = []api.DeviceTopic{}; out.Online {
			at := d.saved
			out.Online, out.DisconnectedAt = false, &at
		}
		seen = append(seen, out)
	}
	data, err := json.Marshal(seen)
	if err == nil {
		err = d.g.store.PutRecord(devicesBucket, devicesKey, data)
	}
	if err != nil {
		d.g.log.Debug("what has connected was not written", "err", err)
		return
	}
	d.unsaved = false
}

// Devices implements [api.DeviceService].
func (d *devices) Devices() []api.Device {
	d.refresh()
	topics := d.g.lastTopics()
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]api.Device, 0, len(d.known))
	for _, one := range d.known {
		list = append(list, one.with(topics))
	}
	slices.SortFunc(list, func(a, b api.Device) int {
		if a.Online != b.Online {
			if a.Online {
				return -1
			}
			return 1
		}
		return cmp.Or(b.ConnectedAt.Compare(a.ConnectedAt), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// Kick implements [api.DeviceService].
func (d *devices) Kick(id string) bool {
	kind, name, _ := strings.Cut(id, ":")
	switch kind {
	case "mqtt":
		return d.g.broker.Kick(name)
	case "socketio":
		return d.g.surface.Kick(name)
	}
	return false
}

// connectedDevices are the clients of broker and socket.io, and MQTT sessions that are kept.
func (g *gateway) connectedDevices() map[string]*client {
	all := map[string]*client{}
	for i, c := range g.broker.Clients() {
		if i >= maxOnline {
			break
		}
		kind, id, _ := strings.Cut(c.Principal, " ")
		all["mqtt:"+c.ID] = &client{api.Device{
			ID: "mqtt:" + c.ID, Kind: "mqtt", ClientID: c.ID, Principal: api.PrincipalName{Kind: kind, ID: id}, Token: tokenID(kind, id),
			Address: c.Remote, Online: c.Connected, ConnectedAt: c.Since, Subscriptions: c.Subscriptions, Queued: c.Queued,
		}, []string{string(bus.FromMQTT) + " " + c.ID}}
	}
	for _, c := range g.surface.Clients(maxOnline) {
		kind, id := string(c.Principal.Kind), c.Principal.ID
		one := &client{Device: api.Device{
			ID: "socketio:" + c.ID, Kind: "socketio", ClientID: c.ID, Principal: api.PrincipalName{Kind: kind, ID: id}, Token: tokenID(kind, id),
			Address: c.Remote, Agent: c.Agent, Online: true, ConnectedAt: c.Since, Subscriptions: len(c.Namespaces),
		}}
		for _, sock := range c.Sockets {
			one.origins = append(one.origins, string(bus.FromSocketIO)+" "+sock)
		}
		all[one.ID] = one
	}
	return all
}

func tokenID(kind, id string) string {
	if kind == string(access.KindToken) {
		return id
	}
	return ""
}

// lastTopics are the newest topics of each origin in the traffic ring, a few of each.
func (g *gateway) lastTopics() map[string][]api.DeviceTopic {
	seen := map[string]map[string]api.DeviceTopic{}
	for _, m := range slices.Backward(g.bus.Recorded(0, g.bus.Seq())) {
		if m.Origin.Adapter != bus.FromMQTT && m.Origin.Adapter != bus.FromSocketIO {
			continue
		}
		origin := string(m.Origin.Adapter) + " " + m.Origin.Conn
		of := seen[origin]
		if of == nil {
			of = map[string]api.DeviceTopic{}
			seen[origin] = of
		}
		if _, known := of[m.Topic]; known || len(of) >= deviceTopics {
			continue
		}
		text, encoding := trace.Text(m.Payload, int(m.Size) > len(m.Payload))
		of[m.Topic] = api.DeviceTopic{Topic: m.Topic, At: m.At, Payload: text, Encoding: encoding}
	}
	out := map[string][]api.DeviceTopic{}
	for origin, of := range seen {
		out[origin] = slices.Collect(maps.Values(of))
	}
	return out
}
