// The header of an ESP8266 image: magic, segments, mode, and a byte with the flash's size (high nibble) and rate (low nibble).

const sizes: Record<number, number> = {
  [512 << 10]: 0,
  [256 << 10]: 1,
  [1 << 20]: 2,
  [2 << 20]: 3,
  [4 << 20]: 4,
  [8 << 20]: 8,
  [16 << 20]: 9,
}

/**
 * The image as it is to be written to a flash of that size, in bytes: MicroPython puts its file system behind the end that the
 * header tells. What is no image, and sizes that the header has no number for, stay as they are.
 */
export function fitted(image: Uint8Array, flashSize: number | undefined): Uint8Array {
  const number = flashSize === undefined ? undefined : sizes[flashSize]
  if (number === undefined || image[0] !== 0xe9 || image.length < 8) return image
  const copy = image.slice()
  copy[3] = (number << 4) | (copy[3] & 0x0f)
  return copy
}

/** The size of a flash by its JEDEC id (capacity in the third byte, as a power of two), in bytes; undefined when it tells none. */
export function flashSizeOf(id: number): number | undefined {
  const power = (id >> 16) & 0xff
  return power >= 0x12 && power <= 0x18 ? 2 ** power : undefined
}
