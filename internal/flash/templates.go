package flash

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Template is something that a board can be made: one of the firmware's examples, or the agent alone.
type Template struct {
	Name   string
	Title  string
	Text   string
	Wiring string
	Topics []string // with {id} for the board
	app    File     // what is put into the slot: path relative to it
}

// Agent is the template without a sketch: the board is on the bus, and waits for one.
const Agent = "agent"

// Templates reads what boards can be made from the firmware's sources and from what was compiled of them, where that was done.
func Templates(sources, compiled fs.FS) ([]Template, error) {
	names, err := fs.Glob(sources, "examples/*.py")
	if err != nil {
		return nil, err
	}
	list := []Template{agent()}
	for _, name := range names {
		text, err := fs.ReadFile(sources, name)
		if err != nil {
			return nil, fmt.Errorf("example %s: %w", name, err)
		}
		t := describe(strings.TrimSuffix(path.Base(name), ".py"), string(text))
		t.app = file("app.py", text)
		if data, err := fs.ReadFile(compiled, "mpy/examples/"+t.Name+".mpy"); err == nil {
			t.app = file("app.mpy", data) // it costs the board less memory
		}
		list = append(list, t)
	}
	slices.SortStableFunc(list[1:], func(a, b Template) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func agent() Template {
	return Template{
		Name: Agent, Title: "No sketch yet", Text: "The board is on the bus: it tells how it is, and takes a sketch over the air.",
		Topics: []string{"devices/{id}/status"}, app: file("app.py", []byte("from node import Node\n\nNode().run()\n")),
	}
}

// describe makes a template of an example's docstring: a title, paragraphs, "Wiring: ...", and commands with topics.
func describe(name, source string) Template {
	t := Template{Name: name, Title: name}
	_, rest, _ := strings.Cut(source, `"""`)
	doc, _, _ := strings.Cut(rest, `"""`)
	var text []string
	for i, paragraph := range strings.Split(strings.TrimSpace(doc), "\n\n") {
		line := strings.Join(strings.Fields(paragraph), " ")
		switch {
		case i == 0:
			t.Title, line = title(line)
			text = append(text, line)
		case strings.HasPrefix(line, "Wiring"):
			_, wiring, _ := strings.Cut(line, ": ")
			t.Wiring = wiring
		case strings.HasPrefix(line, "mosquitto_"):
		default:
			text = append(text, line)
		}
	}
	t.Text = strings.TrimSpace(strings.Join(text, " "))
	t.Topics = topics(doc, name)
	return t
}

// title takes the first words of a description: "An alert lamp: the color that ..." is "Alert lamp".
func title(line string) (title, text string) {
	title, text, found := strings.Cut(line, ":")
	if !found {
		return strings.TrimSuffix(line, "."), line
	}
	for _, article := range []string{"An ", "A "} {
		title = strings.TrimPrefix(title, article)
	}
	return upper(title), upper(strings.TrimSpace(text))
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// topics are those that a docstring names, with the board's id or the example's name in them.
func topics(doc, name string) []string {
	list := []string{}
	for _, m := range regexp.MustCompile(`devices/[\w<>/.{}-]+`).FindAllString(doc, -1) {
		m = strings.TrimRight(m, ".:,")
		m = strings.NewReplacer("<id>", "{id}", "devices/"+name+"/", "devices/{id}/").Replace(m)
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}
