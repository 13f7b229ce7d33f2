// Package stamp marks payloads so that a delivery can be recognised, timed and put in order wherever it turns up in
// a frame: bare, inside a JSON string, or behind a topic.
package stamp

import "bytes"

// A stamp is "@T<19 digits>S<10 digits>I<5 digits>;": fixed width, and plain ASCII that no encoder escapes.
const (
	atDigits, seqDigits, topicDigits = 19, 10, 5

	// Len is the length of a stamp in bytes.
	Len = len(mark) + atDigits + 1 + seqDigits + 1 + topicDigits + 1

	mark = "@T"
)

// Stamp tells when a message was published, which one it was, and on which topic.
type Stamp struct {
	At    int64 // Unix time in nanoseconds
	Seq   int64 // counts from 1 over all topics of a run
	Topic int   // topic number, 0 to 99999
}

// Append appends s to b.
func Append(b []byte, s Stamp) []byte {
	b = append(b, mark...)
	b = appendDigits(b, s.At, atDigits)
	b = append(b, 'S')
	b = appendDigits(b, s.Seq, seqDigits)
	b = append(b, 'I')
	b = appendDigits(b, int64(s.Topic), topicDigits)
	return append(b, ';')
}

// AppendPayload appends s, filled up with 'x' to size bytes. A size below Len yields the bare stamp.
func AppendPayload(b []byte, s Stamp, size int) []byte {
	end := len(b) + size
	b = Append(b, s)
	for len(b) < end {
		b = append(b, 'x')
	}
	return b
}

// Find returns the first stamp in b, and false if there is none or it is damaged.
func Find(b []byte) (Stamp, bool) {
	i := bytes.Index(b, []byte(mark))
	if i < 0 || len(b)-i < Len {
		return Stamp{}, false
	}
	b = b[i+len(mark) : i+Len]
	at, ok1 := digits(b[:atDigits], true)
	seq, ok2 := digits(b[atDigits+1:atDigits+1+seqDigits], b[atDigits] == 'S')
	topic, ok3 := digits(b[len(b)-1-topicDigits:len(b)-1], b[len(b)-2-topicDigits] == 'I' && b[len(b)-1] == ';')
	return Stamp{at, seq, int(topic)}, ok1 && ok2 && ok3
}

func appendDigits(b []byte, n int64, width int) []byte {
	i := len(b)
	for range width {
		b = append(b, '0')
	}
	for j := i + width - 1; j >= i; j-- {
		b[j] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// digits reads b as a number; sound says whether what surrounds it is as it should be.
func digits(b []byte, sound bool) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, sound && n >= 0 // 19 digits may overflow, to a negative number
}
