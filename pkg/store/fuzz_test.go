package store

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// someItems are one of each kind of record.
func someItems() []*item {
	return []*item{
		{topic: "a/b", payload: []byte("21.5"), extra: "text/plain", seq: 300, at: 1, qos: 2, retain: true},
		{topic: "a/b", gone: true},
		{topic: "r", payload: []byte{0}, extra: "\x01\x02", at: -1, expiry: 1<<32 - 1, kind: kindRetained, retain: true},
		{topic: "r", gone: true, kind: kindRetained},
		{topic: "empty"},
	}
}

func someSegment() []byte {
	b := appendHeader(nil, segmentVersion, 1)
	for _, it := range someItems() {
		b = appendFrame(b, 1, func(b []byte) []byte { return appendBody(b, it, it.topic) })
	}
	var n names
	n.begin(0)
	for range 2 { // with names, and with numbers
		b = appendFrame(b, 1, func(b []byte) []byte { return encodeItems(b, &n, someItems()...) })
	}
	b = appendFrame(b, 1, func(b []byte) []byte { return appendOps(b, someOps()) })
	return appendFrame(b, 1, func(b []byte) []byte { return appendMark(b, 300, true) })
}

func encodeItems(b []byte, n *names, items ...*item) []byte {
	e := itemEncoder{b: append(b, opItems), names: n}
	for _, it := range items {
		e.add(it)
	}
	return e.b
}

// someOps are one of each kind of queue operation.
func someOps() []queueOp {
	q, p := &Queue{name: "q"}, &Queue{name: "link/p"}
	return []queueOp{
		{kind: opCreate, q: q},
		{kind: opAppend, q: q, id: 1, at: 7, data: []byte("one")},
		{kind: opAppend, q: p, id: maxID, at: -1},
		{kind: opPut, q: q, key: "out/1", data: []byte("x")},
		{kind: opDelete, q: q, key: "out/1"},
		{kind: opRemove, q: q, id: 1},
		{kind: opVoid, q: q, id: 2, to: 5},
		{kind: opDrop, q: p},
	}
}

// encodeOps is the reverse of decoding a batch.
func encodeOps(ops []loggedOp) []byte {
	var q []queueOp
	for _, op := range ops {
		q = append(q, queueOp{
			kind: op.kind, q: &Queue{name: string(op.name)}, id: op.id, to: op.to, at: op.at, key: string(op.key), data: op.data,
		})
	}
	return appendOps(nil, q)
}

// encodeRecord is the reverse of decodeBody.
func encodeRecord(b []byte, r record) []byte {
	switch r.op {
	case opMark:
		return appendMark(b, r.seq, r.clean)
	case opQueues:
		return append(b, encodeOps(r.ops)...)
	}
	return appendBody(b, r.item(), r.topic)
}

// item is what the record says.
func (r *record) item() *item {
	it := &item{
		topic: r.topic, payload: r.payload, extra: string(r.extra), seq: r.seq, at: r.at, expiry: r.expiry, qos: r.qos, retain: r.retain,
		gone: r.op == opDeleteValue || r.op == opDeleteRetained,
	}
	if r.op == opRetained || r.op == opDeleteRetained {
		it.kind = kindRetained
	}
	return it
}

// FuzzBody wants any bytes to be refused or to mean the same once encoded again.
func FuzzBody(f *testing.F) {
	for _, it := range someItems() {
		f.Add(appendBody(nil, it, it.topic))
		f.Add(appendBody(nil, it, ""))
	}
	f.Add(appendMark(nil, 1<<63, false))
	f.Add(appendOps(nil, someOps()))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeBody(b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			return
		}
		again, err := decodeBody(encodeRecord(nil, r))
		if err != nil {
			t.Fatalf("%x does not decode once encoded: %v", b, err)
		}
		if !bytes.Equal(encodeRecord(nil, again), encodeRecord(nil, r)) {
			t.Errorf("%x means something else once encoded", b)
		}
	})
}

// FuzzQueueOps wants memory to be sound after any batches, however little sense
// they make, and replaying them all once more to change nothing, as happens after
// an interrupted checkpoint.
func FuzzQueueOps(f *testing.F) {
	f.Add(appendOps(nil, someOps()))
	f.Add(appendOps(nil, append(someOps(), someOps()...)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeBody(b)
		if err != nil || r.op != opQueues {
			return
		}
		once, twice := replayed(t, r.ops), replayed(t, append(r.ops, r.ops...))
		for name, q := range once.byName {
			var c checker
			c.sameQueue(q, twice.byName[name])
			if len(c.errs) > 0 {
				t.Error(c.errs)
			}
		}
	})
}

func replayed(t *testing.T, ops []loggedOp) *queueSet {
	t.Helper()
	s := &Store{}
	s.initMemory()
	s.replayOps(ops)
	var c checker
	for _, q := range s.queues.byName {
		c.queue(&s.queues, q)
	}
	if len(c.errs) > 0 {
		t.Error(c.errs)
	}
	return &s.queues
}

// FuzzQueueRow wants any row of bbolt loaded or refused, and memory sound.
func FuzzQueueRow(f *testing.F) {
	f.Add(itemKey("q", 1), []byte("12345678data"))
	f.Add(rowKey("q", rowQueue), []byte("12345678"))
	f.Add(recordKey("q", "key"), []byte{})
	f.Fuzz(func(t *testing.T, key, row []byte) {
		s := &Store{}
		s.initMemory()
		s.loadRow(itemKey("q", 7), []byte("12345678"))
		if !bytes.Equal(key, itemKey("q", 7)) { // a key is there once
			s.loadRow(key, row)
		}
		var c checker
		for _, q := range s.queues.byName {
			c.queue(&s.queues, q)
		}
		if len(c.errs) > 0 {
			t.Error(c.errs)
		}
	})
}

// FuzzSegment wants any bytes read without a panic, as far as they are sound:
// what is read, written again, is the start of what was given. Bytes put behind
// a sound segment take nothing away from it.
func FuzzSegment(f *testing.F) {
	good := someSegment()
	f.Add(good, uint16(0))
	f.Add(good[:len(good)-3], uint16(0))
	f.Add(append(bytes.Clone(good), make([]byte, 64)...), uint16(40))
	f.Add([]byte{}, uint16(10))
	f.Fuzz(func(t *testing.T, b []byte, behind uint16) {
		var records [][]byte
		end, err := readSegment(bytes.NewReader(b), 1, int64(len(b)), func(r record) { records = append(records, encodeRecord(nil, r)) })
		if err != nil && end.good != 0 || end.good > int64(len(b)) {
			t.Fatalf("read to %d of %d: %v", end.good, len(b), err)
		}
		n := 0
		longer := append(good[:len(good):len(good)], b[min(int(behind), len(b)):]...)
		end, err = readSegment(bytes.NewReader(longer), 1, int64(len(longer)), func(record) { n++ })
		if err != nil || end.good < int64(len(good)) || n < 3*len(someItems())+2 {
			t.Errorf("%d records to %d: %v", n, end.good, err)
		}
	})
}

// FuzzFlippedSegment wants damage at any place to cost what follows it, and to
// change nothing before it.
func FuzzFlippedSegment(f *testing.F) {
	f.Add(uint16(30), byte(1))
	f.Add(uint16(24), byte(0x80))
	f.Fuzz(func(t *testing.T, at uint16, flip byte) {
		good := someSegment()
		b := bytes.Clone(good)
		i := int(at) % len(b)
		b[i] ^= flip
		end, err := readSegment(bytes.NewReader(b), 1, int64(len(b)), func(record) {})
		if flip == 0 {
			if err != nil || end.good != int64(len(b)) {
				t.Errorf("sound, but read to %d: %v", end.good, err)
			}
			return
		}
		if int(end.good) > i || i >= headerSize && err != nil {
			t.Errorf("damage at %d, read to %d: %v", i, end.good, err)
		}
	})
}

// FuzzUnpack wants any bytes taken for a backup or refused as none, and nothing
// blamed on the disk.
func FuzzUnpack(f *testing.F) {
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	must(f, addFile(tw, dbName, time.Unix(0, 0), 3, strings.NewReader("abc")))
	m := `{"version":1,"size":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}`
	must(f, addFile(tw, manifestName, time.Unix(0, 0), int64(len(m)), strings.NewReader(m)))
	must(f, tw.Close())
	must(f, unpack(bytes.NewReader(b.Bytes()), filepath.Join(f.TempDir(), "x")))
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:1030])
	path := filepath.Join(fastDir(f), "unpacked")
	f.Fuzz(func(t *testing.T, b []byte) {
		err := unpack(bytes.NewReader(b), path)
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewerSchema) {
			t.Error(err)
		}
	})
}

// FuzzDatabase wants damage to a database noticed, or harmless to a reader.
func FuzzDatabase(f *testing.F) {
	good, err := os.ReadFile(filepath.Join(fixture(1), dbName))
	must(f, err)
	f.Add(uint16(0x2010), byte(0xff), byte(8))
	f.Add(uint16(0x1008), byte(1), byte(1))
	path := filepath.Join(fastDir(f), "db")
	f.Fuzz(func(t *testing.T, at uint16, flip, n byte) {
		b := bytes.Clone(good)
		for i := range int(n) {
			b[(int(at)+i)%len(b)] ^= flip
		}
		must(t, os.WriteFile(path, b, 0o600))
		_ = verifyBolt(path, func(tx *bolt.Tx) error { _, err := schemaOf(tx); return err })
	})
}

// matches is MQTT's rule, in the plainest words.
func matches(filter, topic string) bool {
	f, l := strings.Split(filter, "/"), strings.Split(topic, "/")
	if strings.HasPrefix(topic, "$") && (f[0] == "+" || f[0] == "#") {
		return false
	}
	for i, level := range f {
		if level == "#" {
			return i == len(f)-1 && len(l) >= i
		}
		if i >= len(l) || level != "+" && level != l[i] {
			return false
		}
	}
	return len(f) == len(l)
}

// FuzzMatch wants the topic tree to agree with the plain rule.
func FuzzMatch(f *testing.F) {
	f.Add("a/b/c", "a/+/#")
	f.Add("a", "a/#")
	f.Add("$a", "#")
	f.Add("/", "+/+")
	f.Fuzz(func(t *testing.T, topic, filter string) {
		if !validKey(topic) || !validFilter(filter) {
			return
		}
		var root node
		root.insert(&item{topic: "a/b"})
		it := &item{topic: topic}
		if topic != "a/b" {
			root.insert(it)
		}
		found := false
		root.match(filter, func(m *item) { found = found || m.topic == topic })
		if want := matches(filter, topic); found != want {
			t.Errorf("%q matches %q: %v, want %v", filter, topic, found, want)
		}
	})
}

// FuzzItems wants any body of items refused, without a trace, or to mean the same once encoded again.
func FuzzItems(f *testing.F) {
	var n names
	n.begin(0)
	f.Add(encodeItems(nil, &n, someItems()...))
	f.Add(encodeItems(nil, &n, someItems()[:2]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := itemDecoder{topics: []string{"zero", "one"}}
		first, err := d.decode(b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) || len(d.topics) != 2 {
				t.Errorf("%v, %d topics", err, len(d.topics))
			}
			return
		}
		var items []*item
		for _, r := range first {
			items = append(items, r.item())
		}
		var n names
		n.begin(0)
		again, err := new(itemDecoder).decode(encodeItems(nil, &n, items...))
		if err != nil || len(again) != len(first) {
			t.Fatalf("%d items, once encoded %d: %v", len(first), len(again), err)
		}
		for i := range first {
			if !bytes.Equal(encodeRecord(nil, first[i]), encodeRecord(nil, again[i])) {
				t.Errorf("%+v means something else once encoded: %+v", first[i], again[i])
			}
		}
	})
}
