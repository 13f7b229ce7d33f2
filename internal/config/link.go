package config

import "fmt"

// links reads the [[link]] tables. Entries of the wrong shape have been reported by checkShape.
func (r *reader) links() []Link {
	var links []Link
	first := map[string]int{}
	for i, item := range listOf(r.tree["link"]) {
		table, ok := item.(map[string]any)
		if !ok {
			continue
		}
		path := fmt.Sprintf("link[%d]", i)
		l := r.link(path, table)
		if line, twice := first[l.Name]; twice && l.Name != "" {
			r.fail(path+".name", &flaw{fmt.Sprintf("%q is the name of the link on line %d", l.Name, line), "give each link its own"})
		} else {
			first[l.Name] = l.Line
		}
		links = append(links, l)
	}
	return links
}

func (r *reader) link(path string, table map[string]any) Link {
	l := Link{Line: r.at.line(path)}
	fill(r, path, table, linkSpecs(), &l)
	outbox, _ := table["outbox"].(map[string]any)
	fill(r, path+".outbox", outbox, outboxSpecs(), &l.Outbox)
	r.needTopics(path, table)
	for i, item := range listOf(table["topics"]) {
		if entry, ok := item.(map[string]any); ok {
			var t LinkTopic
			fill(r, fmt.Sprintf("%s.topics[%d]", path, i), entry, linkTopicSpecs(), &t)
			l.Topics = append(l.Topics, t)
		}
	}
	r.linkPair(path, l)
	return l
}

// needTopics refuses a link that would carry nothing.
func (r *reader) needTopics(path string, table map[string]any) {
	const remedy = `write topics = [{ filter = "home/#", direction = "in" }]`
	if topics, written := table["topics"]; !written {
		r.fail(path, &flaw{"topics is missing", remedy})
	} else if list, ok := topics.([]any); ok && len(list) == 0 {
		r.fail(path+".topics", &flaw{"is empty: the link would carry nothing", remedy})
	}
}

// linkPair checks the keys of a link that go together.
func (r *reader) linkPair(path string, l Link) {
	switch {
	case l.CertFile != "" && l.KeyFile == "":
		r.fail(path+".cert_file", &flaw{"has no key_file beside it", "give both, or neither"})
	case l.CertFile == "" && l.KeyFile != "":
		r.fail(path+".key_file", &flaw{"has no cert_file beside it", "give both, or neither"})
	}
	if l.PasswordFile != "" && l.Username == "" {
		r.fail(path+".password_file", &flaw{"has no username beside it", "MQTT takes a password only with a user name"})
	}
}

// listOf is v as a list; anything else is an empty one.
func listOf(v any) []any {
	items, _ := v.([]any)
	return items
}
