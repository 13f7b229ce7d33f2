package rom

// sector is what the flash erases at a time; block is 16 of them, which the ROM prefers; packet is what it takes in one message.
const (
	sector  = 4096
	perArea = 16
	packet  = 0x400
)

// region is a part of the flash that one FLASH_BEGIN erases and that is then written. Both are in bytes; off is whole sectors.
type region struct{ off, size int }

// regions cuts [off, off+size) so that the ROM erases nothing behind it but what a later region erases anyway, and so that no erase
// takes longer than a moment: cancelling waits for it.
//
// The ROM counts the sectors up to the next multiple of 16 twice. When a region begins one sector before such a multiple, asking for
// one sector less makes it right (see [eraseSize]); elsewhere it cannot be made right for an odd number.
func regions(off, size int) []region {
	var all []region
	for end := off + size; off < end; {
		next := (off/sector/perArea+1)*perArea*sector - sector // the last sector before a multiple
		if next <= off {
			next += perArea * sector
		}
		if end-next <= sector { // a region of one sector could not be made right
			next = end
		}
		next = min(next, end)
		all = append(all, region{off, next - off})
		off = next
	}
	return all
}

// eraseSize is what to ask for so that the ROM erases size bytes from off: its routine erases the sectors up to the next multiple of
// 16 twice over.
func eraseSize(off, size int) int {
	n := (size + sector - 1) / sector
	head := min(perArea-off/sector%perArea, n)
	if n < 2*head {
		return (n + 1) / 2 * sector
	}
	return (n - head) * sector
}
