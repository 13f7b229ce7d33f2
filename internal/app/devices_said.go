package app

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gateway/internal/api"
)

// What pages are told of what clients said since the last time, so that many that talk much cost no page its breath.
const (
	saidClients = 100 // at a time: those that pages have waited for longest
	saidTopics  = 3   // of each
	saidPayload = 128 // bytes of each, where they are text
)

// tellSaid tells pages what clients have said since they were told last.
func (d *devices) tellSaid() {
	if d.g.surface.Watched() == 0 {
		d.said = nil
		return
	}
	told := d.newlySaid(d.g.lastTopics())
	if len(told) == 0 {
		return
	}
	d.g.surface.Show("devices", struct {
		Changes []api.Device `json:"changes"`
	}{told})
}

// newlySaid are the clients that said something since the last call; at the first, in the last seconds: a page that has just come
// has asked for what was before.
func (d *devices) newlySaid(topics map[string][]api.DeviceTopic) (told []api.Device) {
	d.mu.Lock()
	defer d.mu.Unlock()
	since := time.Time{}
	if d.said == nil {
		since = time.Now().Add(-2 * deviceEvery)
	}
	now := make(map[string]time.Time, len(d.said))
	for id, one := range d.known {
		if !one.Online {
			continue
		}
		out := one.with(topics)
		if len(out.Topics) == 0 {
			continue
		}
		at := out.Topics[0].At
		now[id] = at
		if at.After(since) && at.After(d.said[id]) {
			told = append(told, out)
		}
	}
	slices.SortFunc(told, func(a, b api.Device) int { return cmp.Or(d.said[a.ID].Compare(d.said[b.ID]), cmp.Compare(a.ID, b.ID)) })
	for _, late := range told[min(len(told), saidClients):] {
		now[late.ID] = d.said[late.ID]
	}
	d.said = now
	told = told[:min(len(told), saidClients)]
	for i := range told {
		told[i].Topics = shortened(told[i].Topics)
	}
	return told
}

func shortened(topics []api.DeviceTopic) []api.DeviceTopic {
	topics = topics[:min(len(topics), saidTopics)]
	for i, t := range topics {
		if t.Encoding == "utf8" && len(t.Payload) > saidPayload {
			topics[i].Payload = strings.ToValidUTF8(t.Payload[:saidPayload], "")
		}
	}
	return topics
}
