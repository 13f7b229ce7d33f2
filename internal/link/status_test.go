package link

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestStatusAfterKill wants the broker to say that a gateway is gone that could not say so itself.
func TestStatusAfterKill(t *testing.T) {
	m := startMosquitto(t, "")
	remote := m.sub("status/gateway")
	p := newProcess(t, buildGateway(t), fmt.Sprintf(`
[[link]]
name = "house"
url = %q
status_topic = "status/gateway"
topics = [ { filter = "home/#", direction = "in" } ]
`, m.url()))
	for range 2 {
		p.start()
		if got := remote.message(); got != "status/gateway online" {
			t.Errorf("got %q", got)
		}
		p.kill()
		if got := remote.message(); got != "status/gateway offline" {
			t.Errorf("got %q", got)
		}
	}
}

// TestPasswordIsReplaced wants a link to come back by itself once its password file is right.
func TestPasswordIsReplaced(t *testing.T) {
	dir := t.TempDir()
	passwords, file := filepath.Join(dir, "passwords"), filepath.Join(dir, "password")
	if out, err := exec.Command(tool(t, "mosquitto_passwd"), "-b", "-c", passwords, "gateway", "right").CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_passwd: %v\n%s", err, out)
	}
	write := func(password string) {
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("wrong")
	m := startMosquitto(t, "allow_anonymous false\npassword_file "+passwords)
	s := onDisk(t, Config{URL: m.url(), Username: "gateway", PasswordFile: file, Topics: topics(Topic{Filter: "out", Direction: DirectionOut})})
	s.publish("out", "x", false)
	s.await(Failed)
	write("right")
	eventually(t, "it carries", func() bool { return s.link.Stats().Out == 1 })
}
