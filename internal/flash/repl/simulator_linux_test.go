package repl_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/internal/flash/image"
	"gateway/internal/flash/port"
	"gateway/internal/flash/repl"
	"gateway/internal/flash/rom"
	"gateway/internal/flash/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// micropython is a simulated board that runs the real MicroPython and no program, and its port.
func micropython(t *testing.T) (*simulator.Board, *port.Port) {
	return micropythonWith(t, "")
}

// micropythonWith is one with a program.
func micropythonWith(t *testing.T, program string) (*simulator.Board, *port.Port) {
	t.Helper()
	if _, err := os.Stat("../../../firmware/node_modules/@micropython"); err != nil {
		t.Skip("MicroPython is not installed: run `npm ci` in firmware/")
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "files"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "files", "main.py"), []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := simulator.Start(simulator.Options{Dir: dir, Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	p, err := port.Open(b.Port(), 115200)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	l, err := rom.Connect(within(t, time.Minute), p, rom.Options{})
	if err == nil {
		err = l.Write(within(t, time.Minute), 0, image.ForFlash(simulator.ImageOf(128<<10), 4<<20), nil)
	}
	if err == nil {
		err = l.Boot(within(t, time.Minute))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b, p
}

func enter(t *testing.T, p repl.Port) *repl.REPL {
	t.Helper()
	r, err := repl.Enter(within(t, time.Minute), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExecOnMicroPython(t *testing.T) {
	_, p := micropython(t)
	r := enter(t, p)
	out, err := r.Exec(within(t, time.Minute), "print(6*7)\n"+strings.Repeat("# a comment\n", 500)+"print('end')")
	if err != nil || out != "42\r\nend\r\n" {
		t.Errorf("%q, %v", out, err)
	}
	var python *repl.PythonError
	if _, err = r.Exec(within(t, time.Minute), "def f(:"); !errors.As(err, &python) || !strings.Contains(err.Error(), "SyntaxError") {
		t.Errorf("bad code: %v", err)
	}
	if _, err = r.Exec(within(t, time.Minute), "1/0"); !errors.As(err, &python) || !strings.Contains(err.Error(), "ZeroDivisionError") {
		t.Errorf("1/0: %v", err)
	}
	if out, err = r.Exec(within(t, time.Minute), "print('goes on')"); err != nil || out != "goes on\r\n" {
		t.Errorf("afterwards: %q, %v", out, err)
	}
	info, err := r.Info(within(t, time.Minute))
	if err != nil || info.Version != simulator.Version || info.FlashSize != 4<<20 {
		t.Errorf("%+v, %v", info, err)
	}
	if good, err := r.CheckFirmware(within(t, time.Minute)); err != nil || !good {
		t.Errorf("the firmware is good: %v, %v", good, err)
	}
}

func TestPutOnMicroPython(t *testing.T) {
	b, p := micropython(t)
	r := enter(t, p)
	all := make([]byte, 5000)
	for i := range all {
		all[i] = byte(i * 7)
	}
	for name, data := range map[string][]byte{"/main.py": []byte("print('hello from main')\n"), "/a/lib/deep/all.bin": all, "/empty": {}} {
		var last int64
		if err := r.Put(within(t, time.Minute), name, data, func(done, _ int64) { last = done }); err != nil {
			t.Fatal(err)
		}
		if last != int64(len(data)) {
			t.Errorf("%s: progress ended at %d", name, last)
		}
	}
	if err := r.Put(within(t, time.Minute), "/empty", []byte("not any more"), nil); err != nil {
		t.Fatal("over what is there:", err)
	}
	if sum, err := r.Sum(within(t, time.Minute), "/none"); err != nil || sum != "" {
		t.Errorf("a file that is not there: %q, %v", sum, err)
	}
	for _, bad := range []string{"relative", "/a/../b", "/", "/it's", "/a\nb", "/dir/"} {
		if err := r.Put(within(t, time.Minute), bad, nil, nil); err == nil {
			t.Errorf("%q was put", bad)
		}
	}
	if err := r.Reset(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	mustSay(t, p, "hello from main")
	if got, err := b.File("/a/lib/deep/all.bin"); err != nil || !bytes.Equal(got, all) {
		t.Errorf("the board's file differs: %d bytes, %v", len(got), err)
	}
	if got, err := b.File("/empty"); err != nil || string(got) != "not any more" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := b.File("/empty.new"); err == nil {
		t.Errorf("%q was left beside it", got)
	}
}

// mustSay waits for the board to say text.
func mustSay(t *testing.T, p repl.Port, text string) {
	t.Helper()
	ctx := within(t, time.Minute)
	var said []byte
	for buf := make([]byte, 256); !bytes.Contains(said, []byte(text)); {
		n, err := p.Read(ctx, buf)
		if said = append(said, buf[:n]...); err != nil {
			t.Fatalf("%v; the board said %q", err, said)
		}
	}
}

const crash = `import machine, time
print("something is wrong")
for _ in range(30):
    time.sleep_ms(10)
machine.reset()
`

func TestEnterMicroPythonInACrashLoop(t *testing.T) {
	_, p := micropythonWith(t, crash)
	for range 2 {
		mustSay(t, p, "something is wrong")
	}
	r := enter(t, p)
	if err := r.Put(within(t, time.Minute), "/main.py", []byte("print('mended')\n"), nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Reset(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	mustSay(t, p, "mended")
}

func TestUnplugMicroPython(t *testing.T) {
	b, p := micropython(t)
	r := enter(t, p)
	err := r.Put(within(t, time.Minute), "/big", make([]byte, 20_000), func(done, _ int64) {
		if done > 5000 {
			b.Unplug()
		}
	})
	if !errors.Is(err, port.ErrGone) {
		t.Error(err)
	}
}
