package rom

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gateway/internal/flash/port"
)

func TestConnectFindsTheBoard(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*peer)
		baud    int
	}{
		"as on most boards":   {func(*peer) {}, 460800},
		"lines swapped":       {func(p *peer) { p.wiring = func(dtr, rts bool) (bool, bool) { return rts && !dtr, dtr && !rts } }, 460800},
		"lines inverted":      {func(p *peer) { p.wiring = func(dtr, rts bool) (bool, bool) { return !dtr && rts, !rts && dtr } }, 460800},
		"pins at the lines":   {func(p *peer) { p.wiring = func(dtr, rts bool) (bool, bool) { return dtr, rts } }, 460800},
		"cable for 230400":    {func(p *peer) { p.good = 230400 }, 230400},
		"cable for 115200":    {func(p *peer) { p.good = 115200 }, 115200},
		"garbage comes first": {func(p *peer) { p.stray = []byte("\x00\xc0\xdb\xc0\x01\x08\xff\xffrl l\x9c\x9e\xdb\xdc") }, 460800},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(4 << 20)
				c.prepare(p)
				l, err := Connect(t.Context(), p, Options{Manual: func() { t.Error("help was asked for") }})
				if err != nil {
					t.Fatal(err)
				}
				want := Chip{Name: "ESP8266", MAC: "18:fe:34:0b:21:4a", FlashID: 0x1640EF, FlashSize: 4 << 20}
				if l.Chip() != want || l.Baud() != c.baud {
					t.Errorf("%+v at %d baud, want %+v at %d", l.Chip(), l.Baud(), want, c.baud)
				}
			})
		})
	}
}

func TestConnectAsksForHelpOnce(t *testing.T) {
	for name, lines := range map[string]func(dtr, rts bool) (bool, bool){
		"no lines": nil, "lines that reset nothing": func(bool, bool) (bool, bool) { return false, false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(4 << 20)
				p.wiring, p.good = lines, 115200
				asked := 0
				l, err := Connect(t.Context(), p, Options{Manual: func() {
					asked++
					time.AfterFunc(30*time.Second, p.press)
				}})
				if err != nil {
					t.Fatal(err)
				}
				if asked != 1 || l.Baud() != 115200 {
					t.Errorf("asked %d times, connected at %d baud", asked, l.Baud())
				}
				if err := l.Boot(t.Context()); err != nil || p.started() != 1 || p.baud != ConsoleBaud {
					t.Errorf("after Boot: %v, started %d times, line at %d baud", err, p.started(), p.baud)
				}
			})
		})
	}
}

func TestConnectToALoaderThatWaitsAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(4 << 20)
		p.wiring, p.loader, p.locked = nil, true, 115200 // as after a job that was given up
		if l, err := Connect(t.Context(), p, Options{}); err != nil || l.Baud() != 115200 {
			t.Error(err)
		}
	})
}

func TestConnectGivesUp(t *testing.T) {
	for name, manual := range map[string]func(){"nobody to ask": nil, "nobody presses": func() {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(4 << 20)
				p.wiring = nil
				_, err := Connect(t.Context(), p, Options{Manual: manual})
				if !errors.Is(err, ErrNoSync) || !strings.Contains(err.Error(), "hold FLASH") {
					t.Errorf("%v is not %v with what to do", err, ErrNoSync)
				}
			})
		})
	}
}

func TestConnectEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(4 << 20)
		p.wiring = nil
		ctx, cancel := contextFor(t, 20*time.Second)
		defer cancel()
		start := time.Now()
		_, err := Connect(ctx, p, Options{Manual: func() {}})
		if !errors.Is(err, ctx.Err()) || time.Since(start) > 21*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestConnectTellsOtherChips(t *testing.T) {
	for magic, name := range map[uint32]string{
		0x00F01D83: "ESP32:", 0x7C6: "ESP32-S2:", 9: "ESP32-S3:", 0x1B31506F: "ESP32-C3:", 0x12345678: "unknown chip 0x12345678",
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer(4 << 20)
			p.regs[regChip] = magic
			_, err := Connect(t.Context(), p, Options{})
			var other *NotESP8266
			if !errors.As(err, &other) || !strings.Contains(err.Error(), name) {
				t.Errorf("%#x: %v does not say %s", magic, err, name)
			}
			if p.begins > 0 {
				t.Errorf("%#x: a command for flash was sent", magic)
			}
			if p.started() != 1 {
				t.Errorf("%#x: it was left in its loader", magic)
			}
		})
	}
}

func TestConnectTellsALockedChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(4 << 20)
		p.fault = func(op byte, _ int) damage { return map[bool]damage{op == opReadReg: refused}[true] }
		_, err := Connect(t.Context(), p, Options{})
		if other := new(NotESP8266); !errors.As(err, &other) {
			t.Error(err)
		}
	})
}

func TestConnectFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(4 << 20)
		p.fault = func(op byte, _ int) damage { return map[bool]damage{op == opWriteReg: lost}[true] }
		if _, err := Connect(t.Context(), p, Options{}); !errors.Is(err, ErrNoSync) {
			t.Error(err)
		}
	})
}

func TestConnectIsUnplugged(t *testing.T) {
	for _, at := range []byte{opSync, opReadReg, opWriteReg, opFlashBegin} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer(4 << 20)
			p.fault = func(op byte, _ int) damage {
				if op == at {
					return pulled
				}
				return fine
			}
			if _, err := Connect(t.Context(), p, Options{Manual: func() { t.Error("help was asked for") }}); !errors.Is(err, port.ErrGone) {
				t.Errorf("unplugged at command %#x: %v", at, err)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for want, reg := range map[string][3]uint32{
		"18:fe:34:0b:21:4a": {0x4A123456, 0x00000B21, 0},
		"ac:d0:74:0b:21:4a": {0x4A123456, 0x00010B21, 0},
		"5c:cf:7f:0b:21:4a": {0x4A123456, 0x02000B21, 0x005CCF7F},
	} {
		if got := mac(reg[0], reg[1], reg[2]); got != want {
			t.Errorf("%#x is %s, want %s", reg, got, want)
		}
	}
}

func TestFlashSizes(t *testing.T) {
	for id, want := range map[uint32]int{
		0x1440EF: 1 << 20, 0x1540EF: 2 << 20, 0x1640C8: 4 << 20, 0x1840EF: 16 << 20, 0x362085: 4 << 20, 0: 0, 0xFFFFFF: 0,
	} {
		if got := flashSize(id); got != want {
			t.Errorf("flash %#x has %d bytes, want %d", id, got, want)
		}
	}
}
