package store

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

func fill(s *Store, topics, size int) {
	payload := make([]byte, size)
	for i := range topics {
		s.Put(Value{
			Topic: fmt.Sprintf("home/floor%d/room%d/sensor%d", i%10, i/100, i), Payload: payload,
			Seq: uint64(i*7919%topics + 1), At: time.Unix(1_700_000_000, 0),
		})
	}
}

func BenchmarkPut(b *testing.B) {
	s := open(b, b.TempDir(), slow())
	fill(s, 1000, 100)
	topics := make([]Value, 0, 1000)
	s.Match("#", func(v Value) bool { topics = append(topics, v); return true })
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		s.Put(topics[i%len(topics)])
	}
}

func BenchmarkMatchSubtree(b *testing.B) {
	s := open(b, b.TempDir(), slow())
	fill(s, 100_000, 100)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		s.Match("home/floor3/room17/+", func(Value) bool { return true })
	}
}

func BenchmarkPutRecordParallel(b *testing.B) {
	s := open(b, b.TempDir(), slow())
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.PutRecord("outbox", "key", make([]byte, 100)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/float64(s.Stats().BoltCommits), "records/commit")
}

// BenchmarkOpen opens 100,000 stored values, from bbolt or all from the log.
func BenchmarkOpen(b *testing.B) {
	for _, from := range []string{"empty", "bbolt", "log"} {
		b.Run(from, func(b *testing.B) {
			dir := b.TempDir()
			s, err := Open(dir, slow())
			must(b, err)
			if from != "empty" {
				fill(s, 100_000, 100)
			}
			if from == "bbolt" {
				must(b, s.Checkpoint())
			}
			must(b, s.Close())
			b.ResetTimer()
			for range b.N {
				s, err := Open(dir, slow())
				must(b, err)
				b.StopTimer()
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MiB")
				must(b, s.Close())
				b.StartTimer()
			}
		})
	}
}

func BenchmarkPutParallel(b *testing.B) {
	s := open(b, b.TempDir(), Options{FlushInterval: 50 * time.Millisecond})
	fill(s, 1000, 100)
	topics := make([]Value, 0, 1000)
	s.Match("#", func(v Value) bool { topics = append(topics, v); return true })
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			s.Put(topics[i%len(topics)])
		}
	})
}

// BenchmarkMatchAll walks 100,000 topics; locked-ms is how long it keeps
// everyone else waiting.
func BenchmarkMatchAll(b *testing.B) {
	s := open(b, b.TempDir(), slow())
	fill(s, 100_000, 100)
	var locked time.Duration
	for range b.N {
		s.Match("#", func(Value) bool { return true })
		start := time.Now()
		s.matching("#")
		locked += time.Since(start)
	}
	b.ReportMetric(float64(locked.Milliseconds())/float64(b.N), "locked-ms")
}

// BenchmarkQueueParallel is what publishers wait for that append to a durable
// queue, 100 bytes each, while its reader removes what it gets.
func BenchmarkQueueParallel(b *testing.B) {
	s := open(b, b.TempDir(), slow())
	q := openQueue(b, s, "outbox", QueueOptions{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for removed, after := 0, uint64(0); removed < b.N; <-q.Changed() {
			items, err := q.Next(after, 1000)
			if err != nil {
				b.Error(err)
				return
			}
			for _, it := range items {
				q.Remove(it.ID)
				after = it.ID
			}
			if removed += len(items); removed >= b.N {
				return
			}
		}
	}()
	b.SetParallelism(64)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, c, err := q.Append(make([]byte, 100))
			if err != nil {
				b.Error(err)
			}
			if err := c.Wait(b.Context()); err != nil {
				b.Error(err)
			}
		}
	})
	<-done
	b.ReportMetric(float64(b.N)/float64(s.Stats().QueueCommits), "messages/commit")
}

// BenchmarkOpenQueue opens a queue of 100,000 messages.
func BenchmarkOpenQueue(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(dir, slow())
	must(b, err)
	q := openQueue(b, s, "outbox", QueueOptions{})
	for range 100_000 {
		_, _, err := q.Append(make([]byte, 100))
		must(b, err)
	}
	must(b, s.Checkpoint())
	must(b, s.Close())
	for b.Loop() {
		s, err := Open(dir, slow())
		must(b, err)
		b.StopTimer()
		must(b, s.Close())
		b.StartTimer()
	}
}
