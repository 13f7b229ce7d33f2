package rom

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gateway/internal/flash/port"
)

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}

// noise is an image of n bytes that holds every byte value.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(8, 266))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func connect(t *testing.T, p *peer) *Loader {
	t.Helper()
	l, err := Connect(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// mustHold fails unless the flash holds img at off and is as it was before off.
func mustHold(t *testing.T, p *peer, off int, img []byte) {
	t.Helper()
	if !bytes.Equal(p.flash[off:off+len(img)], img) {
		t.Fatal("the flash holds something else than the image")
	}
	for i, b := range p.flash[:off] {
		if b != 0xA5 {
			t.Fatalf("the flash changed at %#x, before the image", i)
		}
	}
}

// untouched is the address from which on the flash is as it was.
func untouched(p *peer, from int) int {
	for i := len(p.flash); i > from; i-- {
		if p.flash[i-1] != 0xA5 {
			return i
		}
	}
	return from
}

func TestWriteByteForByte(t *testing.T) {
	for _, c := range []struct{ off, size, spill int }{
		{0, 1, 1}, {0, packet, 1}, {0, 640*1024 + 5, 0}, {0, 17 * sector, 1}, {0, 1<<20 + 77, 0}, {0x10000, 100_000, 1}, {sector, 15 * sector, 1}, {0, 3 * sector, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer(4 << 20)
			l := connect(t, p)
			img := noise(c.size)
			last := int64(-1)
			err := l.Write(t.Context(), c.off, img, func(done, total int64) {
				if done < last || done > total || last < 0 && done != 0 || total != int64(c.size) {
					t.Errorf("progress %d of %d after %d", done, total, last)
				}
				last = done
			})
			if err != nil || last != int64(c.size) {
				t.Fatalf("%+v: %v, progress ended at %d", c, err, last)
			}
			mustHold(t, p, c.off, img)
			sectors := (c.size + sector - 1) / sector
			if end, most := untouched(p, c.off), c.off+(sectors+c.spill)*sector; end > most {
				t.Errorf("%+v: the flash was erased up to %#x, should be %#x at most", c, end, most)
			}
		})
	}
}

func TestWriteOverABadLine(t *testing.T) {
	every := func(n int, how damage) func(byte, int) damage {
		return func(op byte, i int) damage {
			if op == opFlashData && i%n == 0 {
				return how
			}
			return fine
		}
	}
	for name, fault := range map[string]func(byte, int) damage{
		"every 97th packet is refused":     every(97, refused),
		"every 31st answer gets lost":      every(31, lost),
		"every 31st answer comes too late": every(31, late),
		"every other packet is refused":    every(2, refused),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(4 << 20)
				l := connect(t, p)
				p.fault = fault
				img := noise(200_000)
				if err := l.Write(t.Context(), 0, img, nil); err != nil {
					t.Fatal(err)
				}
				mustHold(t, p, 0, img)
				if l.Baud() != 460800 {
					t.Errorf("slowed down to %d baud", l.Baud())
				}
			})
		})
	}
}

func TestWriteSlowsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(4 << 20)
		l := connect(t, p)
		p.fault = func(op byte, n int) damage { // short messages pass, long ones do not
			if op == opFlashData && n > 50 && p.baud > 115200 {
				return lost
			}
			return fine
		}
		img := noise(200_000)
		if err := l.Write(t.Context(), 0, img, nil); err != nil {
			t.Fatal(err)
		}
		mustHold(t, p, 0, img)
		if l.Baud() != 115200 {
			t.Errorf("ended at %d baud", l.Baud())
		}
	})
}

func TestWriteSlowsDownByHand(t *testing.T) {
	for name, help := range map[string]bool{"somebody helps": true, "nobody does": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(4 << 20)
				p.wiring = nil
				p.press()
				asked := 0
				o := Options{}
				if help {
					o.Manual = func() { asked++; p.press() }
				}
				l, err := Connect(t.Context(), p, o)
				if err != nil {
					t.Fatal(err)
				}
				p.fault = func(op byte, n int) damage {
					return map[bool]damage{op == opFlashData && n > 50 && p.baud > 115200: lost}[true]
				}
				img := noise(100_000)
				err = l.Write(t.Context(), 0, img, nil)
				if !help {
					if !errors.Is(err, ErrNoSync) {
						t.Error(err)
					}
					return
				}
				if err != nil || asked != 2 || l.Baud() != 115200 {
					t.Fatalf("%v; asked %d times; at %d baud", err, asked, l.Baud())
				}
				mustHold(t, p, 0, img)
			})
		})
	}
}

func TestWriteGivesUpWithASentence(t *testing.T) {
	for how, want := range map[damage]string{refused: "could not write its flash", lost: "fell silent"} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer(4 << 20)
			l := connect(t, p)
			p.fault = func(op byte, n int) damage {
				if op == opFlashData && n > 9 {
					return how
				}
				return fine
			}
			if err := l.Write(t.Context(), 0, noise(100_000), nil); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not say %q", err, want)
			}
		})
	}
}

func TestWriteIsUnplugged(t *testing.T) {
	for _, at := range []struct {
		op byte
		n  int
	}{{opFlashBegin, 0}, {opFlashData, 1}, {opFlashData, 100}, {opFlashBegin, 300}} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer(4 << 20)
			l := connect(t, p)
			p.fault = func(op byte, n int) damage {
				if op == at.op && n >= at.n {
					return pulled
				}
				return fine
			}
			if err := l.Write(t.Context(), 0, noise(1_200_000), nil); !errors.Is(err, port.ErrGone) {
				t.Errorf("unplugged at %+v: %v", at, err)
			}
		})
	}
}

func TestCancelledLoaderTakesCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(4 << 20)
		l := connect(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		img := noise(300_000)
		err := l.Write(ctx, 0, img, func(done, _ int64) {
			if done > 100_000 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		sent := p.data
		if err := l.Write(t.Context(), 0, img, nil); err != nil {
			t.Fatal("after cancelling:", err)
		}
		mustHold(t, p, 0, img)
		if sent > 120 {
			t.Errorf("%d packets were sent before cancelling counted", sent)
		}
	})
}

func TestWriteRefusesBeforeErasing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(1 << 20)
		p.id = 0x1440EF
		l := connect(t, p)
		began := p.begins
		for _, c := range []struct{ off, size int }{{0, 1<<20 + 1}, {1 << 20, 1}, {-sector, 10}, {100, 10}} {
			if err := l.Write(t.Context(), c.off, make([]byte, c.size), nil); err == nil {
				t.Errorf("%+v was written", c)
			}
			if err := l.Erase(t.Context(), c.off, c.size, nil); err == nil {
				t.Errorf("%+v was erased", c)
			}
		}
		if p.begins != began {
			t.Error("something was erased")
		}
	})
}

func TestEraseAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(4 << 20)
		l := connect(t, p)
		var last int64
		if err := l.Erase(t.Context(), 0, 4<<20, func(done, _ int64) { last = done }); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(p.flash, []byte{0xFF}); n != 4<<20 || last != 4<<20 {
			t.Errorf("%d bytes are erased, %d reported", n, last)
		}
	})
}

func TestBootByTheLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(4 << 20)
		l := connect(t, p)
		before := p.started()
		if err := l.Boot(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p.started() != before+1 || p.loader || p.baud != ConsoleBaud {
			t.Errorf("started %d times, in loader %v, line at %d baud", p.started()-before, p.loader, p.baud)
		}
	})
}
