package config

import (
	"slices"
	"testing"
)

func TestChanged(t *testing.T) {
	const link = "[[link]]\nname = \"a\"\nurl = \"mqtt://b:1883\"\ntopics = [{ filter = \"#\", direction = \"in\" }]\n"
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"nothing":          {"", "", nil},
		"the default":      {"", "[http]\nlisten = \":8090\"\n", nil},
		"comments":         {link, "# here\n\n" + link, nil},
		"keys":             {"name = \"a\"\n", "name = \"b\"\n[http]\norigins = [\"*\"]\n[state]\nflush_interval = \"1s\"\n", []string{"name", "http.origins", "state.flush_interval"}},
		"a link more":      {"", link, []string{"link"}},
		"a link's topics":  {link, link + "[link.outbox]\nmax_age = \"1h\"\n", []string{"link"}},
		"mappings, no key": {"", "[[mapping]]\nname = \"a\"\ntopic = \"a/{b}\"\nnamespace = \"/a\"\nevent = \"{b}\"\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			a, _, err := parse("a", []byte(c.before), nil, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			b, _, err := parse("b", []byte(c.after), nil, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			if got := Changed(a, b); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
