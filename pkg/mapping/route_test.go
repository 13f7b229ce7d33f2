package mapping

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// mustCompile compiles rules that have no fault. Nameless rules are numbered.
func mustCompile(t testing.TB, rules ...Rule) *Table {
	t.Helper()
	for i := range rules {
		if rules[i].Name == "" {
			rules[i].Name = fmt.Sprintf("r%d", i)
		}
	}
	table, err := Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// rooms is the rule of the design.
func rooms() Rule {
	return Rule{Name: "rooms", Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}"}
}

func TestRoutes(t *testing.T) {
	for _, c := range []struct {
		name  string
		rule  Rule
		topic string
		want  string // namespace event room to client drop, "" for no route
	}{
		{"captures", rooms(), "home/kitchen/temp", "/home/kitchen temp - - - -"},
		{"too deep", rooms(), "home/kitchen/temp/x", ""},
		{"too short", rooms(), "home/kitchen", ""},
		{"empty level", rooms(), "home//temp", ""},
		{"escapes", rooms(), "home/a,b?c%d/temp", "/home/a%2Cb%3Fc%25d temp - - - -"},
		{"control", rooms(), "home/a\tb/temp", "/home/a%09b temp - - - -"},
		{"utf-8 stays", rooms(), "home/küche/temp", "/home/küche temp - - - -"},
		{"event is literal", rooms(), "home/k/50%,?", "/home/k 50%,? - - - -"},
		{"reserved event", rooms(), "home/k/disconnect", "/home/k disconnect - - - reserved_event"},
		{"join", rooms(), "home/k/join", "/home/k join - - - reserved_event"},
		{"rest", Rule{Topic: "t/{x...}", Namespace: "/t", Event: "{x...}"}, "t/a/b", "/t a/b - - - -"},
		{"rest needs one", Rule{Topic: "t/{x...}", Namespace: "/t", Event: "{x...}"}, "t", ""},
		{"rest needs text", Rule{Topic: "t/{x...}", Namespace: "/t", Event: "{x...}"}, "t/", ""},
		{"rest in namespace", Rule{Topic: "t/{x...}", Namespace: "/t/{x...}", Event: "e"}, "t/a/b", "/t/a%2Fb e - - - -"},
		{"hash takes none", Rule{Topic: "t/#", Namespace: "/t", Event: "e", Direction: Out}, "t", "/t e - - - -"},
		{"plus takes empty", Rule{Topic: "t/+", Namespace: "/t", Event: "e", Direction: Out}, "t/", "/t e - - - -"},
		{"leading capture and $", Rule{Topic: "{a}/x", Namespace: "/t", Event: "{a}"}, "$SYS/x", ""},
		{"leading hash and $", Rule{Topic: "#", Namespace: "/t", Event: "e", Direction: Out}, "$SYS/x", ""},
		{"literal $", Rule{Topic: "$SYS/{x...}", Namespace: "/t", Event: "{x...}", Direction: Out}, "$SYS/x", "/t x - - - -"},
		{"reserved namespace", Rule{Topic: "{a}/{b}", Namespace: "/{a}", Event: "{b}"}, "admin/x", "/admin x - - - reserved_namespace"},
		{"below reserved", Rule{Topic: "{a}/{b}", Namespace: "/{a}/x", Event: "{b}"}, "mqtt/x", "/mqtt/x x - - - reserved_namespace"},
		{"not reserved", Rule{Topic: "{a}/{b}", Namespace: "/{a}", Event: "{b}"}, "admins/x", "/admins x - - - -"},
		{"long namespace", rooms(), "home/" + strings.Repeat("k", 130) + "/t", "/home/" + strings.Repeat("k", 130) + " t - - - namespace_too_long"},
		{"room", Rule{Topic: "h/{r}", Namespace: "/h", Event: "{r}", Room: "room-{r}"}, "h/k", "/h k room-k - - -"},
		{"root", Rule{Topic: "h/{r}", Namespace: "/", Event: "{r}"}, "h/k", "/ k - - - -"},
		{"two in one event", Rule{Topic: "h/{r}/{s}", Namespace: "/h", Event: "{r}_{s}", Direction: Out}, "h/k/t", "/h k_t - - - -"},
		{"client", Rule{Topic: "users/{client.id}/inbox", Namespace: "/me", Event: "inbox"}, "users/ann/inbox", "/me inbox - - ann -"},
		{"to", Rule{Topic: "a/{x}/{y}", To: "b/{y}/{x}"}, "a/1/2", "- - - b/2/1 - -"},
		{"to $", Rule{Topic: "a/{x}/{y}", To: "{y}/{x}"}, "a/1/$2", "- - - $2/1 - reserved_topic"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, r := range mustCompile(t, c.rule).Routes(nil, c.topic) {
				got += show(r.Namespace, r.Event, r.Room, r.To, r.Client, string(r.Drop))
			}
			if got != c.want {
				t.Errorf("%q becomes %q, want %q", c.topic, got, c.want)
			}
		})
	}
}

func show(words ...string) string {
	for i, w := range words {
		if w == "" {
			words[i] = "-"
		}
	}
	return strings.Join(words, " ")
}

func TestRoutesInRuleOrder(t *testing.T) {
	table := mustCompile(
		t,
		Rule{Topic: "a/#", Namespace: "/1", Event: "e", Direction: Out},
		Rule{Topic: "a/{x}", Namespace: "/2", Event: "{x}"},
		Rule{Topic: "a/b", Namespace: "/3", Event: "e"},
		Rule{Topic: "+/b", Namespace: "/4", Event: "e", Direction: Out},
		Rule{Topic: "a/b", Namespace: "/5", Event: "e", Direction: In},
		Rule{Topic: "a/b", Namespace: "/6", Event: "e", Disabled: true},
	)
	var got []string
	for _, r := range table.Routes(nil, "a/b") {
		got = append(got, r.Namespace)
	}
	if s := strings.Join(got, " "); s != "/1 /2 /3 /4" {
		t.Errorf("order is %s", s)
	}
	if got := table.Routes(nil, "a/\x00"); got != nil {
		t.Errorf("an invalid topic has routes: %v", got)
	}
}

// TestRoundTrip sends random topics out and back: the topic must come back, and a value must never change the
// number of levels of a namespace.
func TestRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	table := mustCompile(
		t,
		Rule{Topic: "h/{a}/{b}", Namespace: "/h/{a}", Event: "{b}"},
		Rule{Topic: "x/{a}/{b}/{r...}", Namespace: "/x/p-{a}.s/{b}", Event: "ev:{r...}"},
		Rule{Topic: "n/{r...}", Namespace: "/n/{r...}", Event: "e"},
		Rule{Topic: "e/{a}/{b}", Namespace: "/e", Event: "a={a}!/b={b}"},
	)
	alphabet := []string{"a", "B", "%", ",", "?", "+", "#", "{", "}", "2F", "%2F", "é", "\u2028", "\u0085", "\x7f", "\x01", " ", "\"", "\\", "�", "😀", ".", "..", "/", "$", "="}
	routed := 0
	for range 10000 {
		topic := []string{"h", "x", "n", "e"}[rnd.IntN(4)]
		for range 2 + rnd.IntN(3) {
			topic += "/"
			for range rnd.IntN(4) + 1 {
				topic += alphabet[rnd.IntN(len(alphabet))]
			}
		}
		for _, r := range table.Routes(nil, topic) {
			if r.Drop != "" {
				continue
			}
			routed++
			checkRoundTrip(t, table, topic, r)
		}
	}
	if routed < 1000 {
		t.Errorf("only %d topics had a route", routed)
	}
}

func checkRoundTrip(t *testing.T, table *Table, topic string, r Route) {
	t.Helper()
	if strings.Count(r.Namespace, "/") != strings.Count(r.Rule.Spec().Namespace, "/") || strings.ContainsAny(r.Namespace, ",?#+") {
		t.Fatalf("topic %q got out of its namespace: %q", topic, r.Namespace)
	}
	pubs, err := table.Inbound(r.Namespace, r.Event, Client{}, nil)
	if err != nil || len(pubs) != 1 || pubs[0].Topic != topic {
		t.Fatalf("topic %q went out as %q %q and came back as %+v, %v", topic, r.Namespace, r.Event, pubs, err)
	}
	if !table.HasNamespace(r.Namespace) {
		t.Fatalf("namespace %q of topic %q is not known", r.Namespace, topic)
	}
	bound := table.NamespaceRules(r.Namespace)
	if len(bound) != 1 || !MatchFilter(bound[0].Filter, topic) {
		t.Fatalf("namespace %q is bound to %+v, which leaves out topic %q", r.Namespace, bound, topic)
	}
}
