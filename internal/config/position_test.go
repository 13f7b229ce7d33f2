package config

import "testing"

func TestPositions(t *testing.T) {
	doc := "a.b = 1 # dotted\n" +
		"[http]\n" +
		"listen = '''\n:1'''\n" +
		"[[link]]\n" + // 5
		"name = 'a'\n" +
		"topics = [\n  { filter = 'x',\n qos = 1 },\n  { filter = 'y' }]\n" + // 7 to 10
		"[link.outbox]\n" +
		"full = 'x'\n" +
		"[[link]]\r\n" + // 13
		"[[link.topics]]\n" +
		"qos = 2\n" +
		"\"a.b\".\"[c]\" = 3"
	want := map[string]int{
		"a.b": 1, "http": 2, "http.listen": 3,
		"link": 5, "link[0]": 5, "link[0].name": 6, "link[0].topics": 7, "link[0].topics[0]": 8,
		"link[0].topics[0].qos": 9, "link[0].topics[1].filter": 10, "link[0].outbox": 11, "link[0].outbox.full": 12,
		"link[1]": 13, "link[1].topics[0]": 14, "link[1].topics[0].qos": 15, `link[1].topics[0]."a.b"."[c]"`: 16,
		"link[1].absent.key": 13, "absent": 1, // what is not there has the line of what it would lie in
	}
	at := locate([]byte(doc))
	for path, line := range want {
		if got := at.line(path); got != line {
			t.Errorf("%s: line %d, want %d", path, got, line)
		}
	}
}
