package port

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// machine is a /sys with a CH340 that says nothing of itself, a CP2102, a port of the machine, a placeholder and a console.
func machine(t *testing.T) string {
	t.Helper()
	sys := t.TempDir()
	file := func(name, text string) {
		name = filepath.Join(sys, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tty := func(name, device string) {
		dir := filepath.Join(sys, "class/tty", name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if device == "" {
			return
		}
		if err := os.MkdirAll(filepath.Join(sys, device), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(sys, device), filepath.Join(dir, "device")); err != nil {
			t.Fatal(err)
		}
	}
	file("devices/usb1/1-1/idVendor", "1a86")
	file("devices/usb1/1-1/idProduct", "7523")
	file("devices/usb1/1-1/product", "USB Serial")
	tty("ttyUSB0", "devices/usb1/1-1/1-1:1.0/ttyUSB0")
	file("devices/usb1/1-2/idVendor", "10c4")
	file("devices/usb1/1-2/idProduct", "ea60")
	file("devices/usb1/1-2/manufacturer", "Silicon Labs")
	file("devices/usb1/1-2/product", "CP2102 USB to UART Bridge Controller")
	file("devices/usb1/1-2/serial", "0001")
	tty("ttyUSB1", "devices/usb1/1-2/1-2:1.0/ttyUSB1")
	tty("ttyAMA0", "devices/platform/serial")
	file("class/tty/ttyAMA0/type", "32")
	tty("ttyS0", "devices/platform/serial8250")
	file("class/tty/ttyS0/type", "0")
	tty("console", "")
	return filepath.Join(sys, "class/tty")
}

func TestListSaysWhatThereIs(t *testing.T) {
	got, err := sysfs(machine(t), "/dev")
	if err != nil {
		t.Fatal(err)
	}
	want := []Info{
		{Name: "/dev/ttyAMA0", Product: "serial port of this machine"},
		{Name: "/dev/ttyUSB0", Product: "USB Serial", Adapter: "CH340"},
		{Name: "/dev/ttyUSB1", Vendor: "Silicon Labs", Product: "CP2102 USB to UART Bridge Controller", Serial: "0001", Adapter: "CP2102"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestListOfAMachineWithoutPorts(t *testing.T) {
	if got, err := sysfs(filepath.Join(t.TempDir(), "none"), "/dev"); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestLinksAreDescribedAsWhatTheyLeadTo(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "by-id")
	if err := os.Symlink("/dev/null", link); err != nil {
		t.Fatal(err)
	}
	found := []Info{{Name: "/dev/null", Adapter: "CH340"}}
	if got, want := known(found, link), (Info{Name: link, Adapter: "CH340"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestListTakesPatterns(t *testing.T) {
	_, name := terminal(t)
	dir := t.TempDir()
	for link, target := range map[string]string{"board-a": name, "board-gone": "/dev/pts/none", "other": name} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	pattern := filepath.Join(dir, "board-*")
	got, err := List([]string{pattern, filepath.Join(dir, "board-a")})
	if err != nil {
		t.Fatal(err)
	}
	got = slices.DeleteFunc(got, func(i Info) bool { return filepath.Dir(i.Name) != dir })
	if want := []Info{{Name: filepath.Join(dir, "board-a")}}; !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := List([]string{"[x"}); err == nil {
		t.Error("a pattern that is none was taken")
	}
}

func TestWatchTellsOfPlugging(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "board")
	told := make(chan bool)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Watch(ctx, []string{filepath.Join(dir, "*")}, 5*time.Millisecond, func(all []Info) {
			told <- slices.ContainsFunc(all, func(i Info) bool { return i.Name == link })
		})
	}()
	if <-told {
		t.Error("told of a port before there was one")
	}
	_, name := terminal(t)
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	if !<-told {
		t.Error("not told of the new port")
	}
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if <-told {
		t.Error("not told that it went")
	}
	cancel()
	<-ended
}
