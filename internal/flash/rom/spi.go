package rom

import "context"

// Registers of the controller that the flash hangs at, and their bits.
const (
	spiCmd   = 0x60000200
	spiUser  = 0x6000021C
	spiUser1 = 0x60000220
	spiUser2 = 0x60000224
	spiW0    = 0x60000240

	spiCmdUser     = 1 << 18 // run the command in spiUser2
	spiUserCommand = 1 << 31 // it has a command byte
	spiUserMISO    = 1 << 28 // it reads an answer
	spiMISOBits    = 8       // where in spiUser1 the answer's length is, in bits less one
	spiCommandBits = 28      // where in spiUser2 the command's length is, in bits less one

	jedecReadID = 0x9F
)

// flashID asks the flash for its JEDEC id. 0 is a flash that did not get ready.
func (l *Loader) flashID(ctx context.Context) (uint32, error) {
	if err := l.begin(ctx, 0, 0, 0); err != nil { // the ROM attaches the flash with this
		return 0, err
	}
	user, err := l.readReg(ctx, spiUser)
	if err != nil {
		return 0, err
	}
	user2, err := l.readReg(ctx, spiUser2)
	if err != nil {
		return 0, err
	}
	id, err := l.readID(ctx)
	if err != nil {
		return 0, err
	}
	return id, l.writeRegs(ctx, [][2]uint32{{spiUser, user}, {spiUser2, user2}})
}

func (l *Loader) readID(ctx context.Context) (uint32, error) {
	err := l.writeRegs(ctx, [][2]uint32{
		{spiUser1, 23 << spiMISOBits},
		{spiUser, spiUserCommand | spiUserMISO},
		{spiUser2, 7<<spiCommandBits | jedecReadID},
		{spiW0, 0},
		{spiCmd, spiCmdUser},
	})
	if err != nil {
		return 0, err
	}
	for range 10 {
		busy, err := l.readReg(ctx, spiCmd)
		if err != nil {
			return 0, err
		}
		if busy&spiCmdUser == 0 {
			id, err := l.readReg(ctx, spiW0)
			return id & 0xFFFFFF, err
		}
	}
	return 0, nil
}

func (l *Loader) writeRegs(ctx context.Context, all [][2]uint32) error {
	for _, r := range all {
		if err := l.writeReg(ctx, r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}

// flashSize is the capacity in bytes by the third byte of a JEDEC id: a power of two, which some makers count from 0x20 on. 0 is
// unknown.
func flashSize(id uint32) int {
	n := id >> 16 & 0xFF
	if n >= 0x32 && n <= 0x3A {
		n -= 0x20
	}
	if n < 0x12 || n > 0x19 {
		return 0
	}
	return 1 << n
}
