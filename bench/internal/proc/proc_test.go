package proc

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const stat = "42 (a name) with) S 1 42 42 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 7 0 1 2 3"
	got, err := parseStat(stat)
	if want := 1750 * time.Millisecond; err != nil || got != want {
		t.Fatalf("parseStat = %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"", "42 (x) S 1", "1 (x) S 1 2 3 4 5 6 7 8 9 10 u s 1"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("parseStat(%q): no error", bad)
		}
	}
}

func TestCPUGrowsWithWork(t *testing.T) {
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ { // ends when the process has used two ticks more
		now, err := CPU(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if now >= before+2*tick {
			return
		}
	}
}

func TestBusyGrowsWithAnyProcess(t *testing.T) {
	before, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	for now := before; now < before+2*tick; { // ends as the loop itself is work
		if now, err = Busy(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRSSGrowsWithMemory(t *testing.T) {
	before, err := RSS(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64<<20)
	for i := range b {
		b[i] = 1
	}
	after, err := RSS(os.Getpid())
	if err != nil || after < before+32<<10 {
		t.Errorf("RSS went from %d to %d KiB with 64 MiB more (%v)", before, after, err)
	}
	runtime.KeepAlive(b)
}

func TestAbsentProcess(t *testing.T) {
	if _, err := CPU(-1); err == nil {
		t.Error("CPU: no error")
	}
	if _, err := RSS(-1); err == nil {
		t.Error("RSS: no error")
	}
}

func TestModel(t *testing.T) {
	for want, info := range map[string]string{
		"Big CPU @ 3GHz":         "processor\t: 0\nmodel name\t: Big CPU @ 3GHz\nmodel name\t: other\n",
		"Raspberry Pi 4 Model B": "processor\t: 0\nHardware\t: BCM2835\n\nModel\t\t: Raspberry Pi 4 Model B\n",
		"unknown":                "",
	} {
		if got := model(info); got != want {
			t.Errorf("model = %q, want %q", got, want)
		}
	}
}

func TestWrittenGrowsWithWhatReachesTheDisk(t *testing.T) {
	before, err := Written(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var fs syscall.Statfs_t
	const tmpfs = 0x01021994
	if err := syscall.Fstatfs(int(f.Fd()), &fs); err != nil || fs.Type == tmpfs {
		t.Skipf("files are in memory here, which counts as nothing: %v", err)
	}
	if _, err := f.Write([]byte("a few bytes")); err != nil {
		t.Fatal(err)
	}
	if after, err := Written(os.Getpid()); err != nil || after < before+int64(os.Getpagesize()) {
		t.Errorf("%d bytes before, %d after a page: %v", before, after, err)
	}
}
