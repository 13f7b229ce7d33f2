package rom

import (
	"math/rand/v2"
	"testing"
)

// What the ROM erases for each region, by a model of it, must cover the region, spare what was written before, and reach no further
// than the whole; one sector further for small ones.
func TestRegions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		off, size := r.IntN(64)*sector, 1+r.IntN(4<<r.IntN(21))
		end := off + (size+sector-1)/sector*sector
		at, reached := off, off
		all := regions(off, size)
		for _, g := range all {
			if g.off != at || g.size <= 0 || g.size > (largest+1)*sector {
				t.Fatalf("%#x+%d: region %+v does not follow %#x", off, size, g, at)
			}
			n := eraseSize(g.off, g.size) / sector
			n += min(n, perArea-g.off/sector%perArea)
			at += g.size
			if reached = g.off + n*sector; reached < at {
				t.Fatalf("%#x+%d: region %+v is erased up to %#x only", off, size, g, reached)
			}
		}
		if at != off+size {
			t.Fatalf("%#x+%d: the regions end at %#x", off, size, at)
		}
		if spill := reached - end; spill > sector || spill > 0 && size > 32*sector {
			t.Fatalf("%#x+%d: %d bytes behind it are erased", off, size, spill)
		}
	}
}
