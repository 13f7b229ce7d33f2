package engine

import (
	"fmt"
	"testing"
)

// BenchmarkSend measures what a broadcast costs per receiver before anything is written.
func BenchmarkSend(b *testing.B) {
	for _, revision := range []int{4, 3} {
		for _, attachments := range []int{0, 1} {
			b.Run(fmt.Sprintf("revision=%d/attachments=%d", revision, attachments), func(b *testing.B) {
				o := testOptions()
				o.MaxQueueBytes, o.MaxQueuePackets = 1<<20, 1<<20
				s := New(o, nobody{})
				c := s.newConn(&Request{})
				c.dirty = true // so that the shard, which does not run, is not told
				c.legacy.on = revision == 3
				f := NewFrame([]byte("2"), make([]byte, 100), make([][]byte, attachments)...)
				b.ReportAllocs()
				for n := 0; b.Loop(); n++ {
					if n%64 == 0 {
						c.queue.reset()
					}
					c.SendWith(f, Mode{})
				}
			})
		}
	}
}
