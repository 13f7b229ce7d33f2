package rom

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// The commands of the loader in the chip's ROM that are used here.
const (
	opFlashBegin = 0x02
	opFlashData  = 0x03
	opFlashEnd   = 0x04
	opSync       = 0x08
	opWriteReg   = 0x09
	opReadReg    = 0x0A
)

// quick is how long the ROM may take for a command that does nothing much.
const quick = time.Second

// errSilence is what a command ends with when no answer came.
var errSilence = errors.New("the board does not answer")

// refusal is an answer of the ROM that says no.
type refusal struct{ op, code byte }

func (e *refusal) Error() string {
	reasons := map[byte]string{
		5: "the message is invalid", 6: "it could not act on the message", 7: "the checksum is wrong",
		8: "writing the flash failed", 9: "reading the flash failed", 10: "the length is wrong",
	}
	why, ok := reasons[e.code]
	if !ok {
		why = fmt.Sprintf("code %#x", e.code)
	}
	return fmt.Sprintf("the board refused command %#x: %s", e.op, why)
}

// words returns values as the ROM takes them, 32 bits each, low byte first.
func words(values ...uint32) []byte {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// request is a command as bytes on the line. sum is that of a block's data, 0 elsewhere.
func request(op byte, data []byte, sum byte) []byte {
	p := make([]byte, 0, 8+len(data))
	p = append(p, 0, op)
	p = binary.LittleEndian.AppendUint16(p, uint16(len(data)))
	p = binary.LittleEndian.AppendUint32(p, uint32(sum))
	return frame(append(p, data...))
}

// answer reads a frame as the answer to op. ok is false for whatever else comes down a line.
func answer(p []byte, op byte) (value uint32, ok bool, err error) {
	if len(p) < 10 || p[0] != 1 || p[1] != op || int(binary.LittleEndian.Uint16(p[2:])) != len(p)-8 {
		return 0, false, nil
	}
	if p[8] != 0 {
		err = &refusal{op: op, code: p[9]}
	}
	return binary.LittleEndian.Uint32(p[4:]), true, err
}

// command sends a command and waits for its answer. It takes no notice of ctx ending, so that the loader is never left in the middle
// of one; timeout bounds it.
func (l *Loader) command(ctx context.Context, op byte, data []byte, sum byte, timeout time.Duration) (uint32, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	if err := l.port.Write(ctx, request(op, data, sum)); err != nil {
		return 0, silence(err)
	}
	return l.await(ctx, op)
}

// await reads until the answer to op comes or ctx ends.
func (l *Loader) await(ctx context.Context, op byte) (uint32, error) {
	for {
		for len(l.in) > 0 {
			p := l.slip.push(l.in[0])
			l.in = l.in[1:]
			if value, ok, err := answer(p, op); ok {
				return value, err
			}
		}
		n, err := l.port.Read(ctx, l.buf[:])
		if err != nil {
			return 0, silence(err)
		}
		l.in = l.buf[:n]
	}
}

func silence(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errSilence
	}
	return err
}

// readReg reads a register.
func (l *Loader) readReg(ctx context.Context, address uint32) (uint32, error) {
	return l.command(ctx, opReadReg, words(address), 0, quick)
}

// writeReg sets all bits of a register.
func (l *Loader) writeReg(ctx context.Context, address, value uint32) error {
	_, err := l.command(ctx, opWriteReg, words(address, value, 0xFFFFFFFF, 0), 0, quick)
	return err
}
