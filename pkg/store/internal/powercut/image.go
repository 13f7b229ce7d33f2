package powercut

import (
	"bytes"
	"maps"
	"math/rand/v2"
)

// All returns the image with everything written, as after a crash of the program
// alone.
func (d *Disk) All() Image {
	return d.image(func([]Event) []Event { return d.pending }, func(f *file) []byte {
		data := bytes.Clone(f.data)
		for _, e := range f.pending {
			data = change(data, e)
		}
		return data
	})
}

// None returns the image with nothing but what was synced.
func (d *Disk) None() Image {
	return d.image(func([]Event) []Event { return nil }, func(f *file) []byte { return bytes.Clone(f.data) })
}

// Some returns an image with a random part of what was not synced: names changed
// up to some point or here and there, of each write some of the sectors, one of
// them cut in two, and files grown by what was not written to them.
func (d *Disk) Some(r *rand.Rand) Image {
	return d.image(func(pending []Event) []Event { return someNames(r, pending) }, func(f *file) []byte { return f.some(r) })
}

func (d *Disk) image(names func([]Event) []Event, content func(*file) []byte) Image {
	left := maps.Clone(d.names)
	for _, e := range names(d.pending) {
		rename(left, e)
	}
	im := Image{}
	for name, number := range left {
		if number == isDir {
			im[name] = nil
		} else {
			im[name] = append([]byte{}, content(d.files[number])...)
		}
	}
	return im
}

// someNames keeps the changes up to one of them, as a journal does, or any.
func someNames(r *rand.Rand, pending []Event) []Event {
	if r.IntN(2) == 0 {
		return pending[:r.IntN(len(pending)+1)]
	}
	var some []Event
	for _, e := range pending {
		if r.IntN(2) == 0 {
			some = append(some, e)
		}
	}
	return some
}

func (f *file) some(r *rand.Rand) []byte {
	data := bytes.Clone(f.data)
	likely := 1 + r.IntN(3) // of four
	for _, e := range f.pending {
		if e.Kind != Write {
			if r.IntN(2) == 0 {
				data = change(data, e)
			}
			continue
		}
		data = someSectors(r, data, e, likely)
	}
	return data
}

// someSectors applies parts of a write. Where it makes the file longer, the size
// may reach the disk without the data: what is there then is zero, or anything.
func someSectors(r *rand.Rand, data []byte, e Event, likely int) []byte {
	if end := e.Off + int64(len(e.Data)); end > int64(len(data)) && r.IntN(4) == 0 {
		old := len(data)
		data = change(data, Event{Kind: Truncate, Off: end})
		if r.IntN(2) == 0 {
			noise(r, data[old:])
		}
	}
	torn := r.IntN(4) == 0
	for at := int64(0); at < int64(len(e.Data)); {
		next := min((e.Off+at)/Sector*Sector+Sector-e.Off, int64(len(e.Data)))
		part := e.Data[at:next]
		switch {
		case r.IntN(4) < likely:
			data = change(data, Event{Kind: Write, Off: e.Off + at, Data: part})
		case torn:
			data = change(data, Event{Kind: Write, Off: e.Off + at, Data: part[:r.IntN(len(part))]})
			torn = false
		}
		at = next
	}
	return data
}

func noise(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}
