package rom

// sector is what the flash erases at a time; perArea of them are a block, which is faster to erase; packet is what it takes in one message.
const (
	sector  = 4096
	perArea = 16
	packet  = 0x400
)

// region is a part of the flash that one FLASH_BEGIN erases and that is then written. Both are in bytes; off is whole sectors.
type region struct{ off, size int }

// largest is the largest region, in sectors. An erase of it takes some 3 s, which cancelling waits for; many small ones would take
// longer in sum, for the ROM erases by blocks of 16 sectors only behind the first of them.
const largest = 256

// regions cuts [off, off+size). All but the first begin one sector before a multiple of 16, where [eraseSize] is exact, so that none
// reaches into what was written before.
func regions(off, size int) []region {
	var all []region
	for end := off + size; off < end; {
		next := ((off/sector+largest+1)/perArea*perArea - 1) * sector
		if end-next <= sector { // of one sector it would not be exact
			next = end
		}
		all = append(all, region{off, next - off})
		off = next
	}
	return all
}

// eraseSize is what to ask for so that the ROM erases size bytes from off. Its routine counts the sectors up to the next multiple of
// 16 twice; an odd number of sectors that is less than twice these comes out one too large.
func eraseSize(off, size int) int {
	n := (size + sector - 1) / sector
	head := min(perArea-off/sector%perArea, n)
	if n < 2*head {
		return (n + 1) / 2 * sector
	}
	return (n - head) * sector
}
