package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// started is the process of a name that start has set.
func started(ts *testscript.TestScript, name string) *process {
	p := ts.Value(processKey{}).(map[string]*process)[name]
	if p == nil {
		ts.Fatalf("no process is called %s", name)
	}
	return p
}

// start runs `start NAME gateway ARGS...` in the background and returns once it says that it is ready; the variable NAME
// then holds its URL.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME gateway ARGS...")
	}
	p := launch(ts, args[1:])
	if p.await(" is ready") == "" {
		ts.Fatalf("%s did not become ready:\n%s", args[0], p.text())
	}
	_, url, found := strings.Cut(p.await("http://"), "http://")
	if !found {
		ts.Fatalf("%s does not say where it is:\n%s", args[0], p.text())
	}
	ts.Setenv(args[0], "http://"+strings.TrimSuffix(url, "/"))
	ts.Value(processKey{}).(map[string]*process)[args[0]] = p
}

// fetch runs `fetch URL TEXT`: the answer has to hold the text (with !, not to).
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: fetch URL TEXT")
	}
	client := http.Client{Timeout: patience}
	answer, err := client.Get(args[0])
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if strings.Contains(string(body), args[1]) == neg {
		ts.Fatalf("%s, %q found: %v\n%s", answer.Status, args[1], neg, body)
	}
}

// await runs `await NAME [HUP] TEXT`: it sends the signal, if there is one, and returns once the process has printed a
// line with the text since.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: await NAME [SIGNAL] TEXT")
	}
	p := started(ts, args[0])
	if len(args) == 3 {
		ts.Check(p.cmd.Process.Signal(signals()[args[1]]))
	}
	text := args[len(args)-1]
	if p.await(text) == "" {
		ts.Fatalf("%s did not print %q:\n%s", args[0], text, p.text())
	}
}

// background runs `background NAME gateway ARGS...` and leaves it alone.
func background(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: background NAME gateway ARGS...")
	}
	ts.Value(processKey{}).(map[string]*process)[args[0]] = launch(ts, args[1:])
}

// end runs `end NAME SIGNAL [CODE]`: the process has five seconds to end, with exit code 0 or CODE.
func end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: end NAME SIGNAL [CODE]")
	}
	want := 0
	if len(args) == 3 {
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		want = n
	}
	p := started(ts, args[0])
	ts.Check(p.cmd.Process.Signal(signals()[args[1]]))
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second): // what the README promises
		ts.Fatalf("%s has not ended after five seconds:\n%s", args[0], p.text())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != want {
		ts.Fatalf("%s ended with %s:\n%s", args[0], p.cmd.ProcessState, p.text())
	}
	ts.Logf("%s", p.text())
}

// publish runs `publish URL TOPIC PAYLOAD`.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: publish URL TOPIC PAYLOAD")
	}
	client := http.Client{Timeout: patience}
	answer, err := client.Post(args[0]+"/api/v1/publish/"+args[1], "application/octet-stream", strings.NewReader(args[2]))
	ts.Check(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("publish: %s", answer.Status)
	}
}

// occupy runs `occupy VARIABLE`: it listens on a port until the script ends and puts the address into the variable.
func occupy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: occupy VARIABLE")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// exits runs `exits CODE gateway ARGS...`: it has to end with that code; stdout and stderr are looked at as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE gateway ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// offer runs `offer FILE VARIABLE`: the file can be downloaded from the URL in the variable until the script ends.
func offer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: offer FILE VARIABLE")
	}
	data := ts.ReadFile(args[0])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, data) }))
	ts.Defer(server.Close)
	ts.Setenv(args[1], server.URL)
}
