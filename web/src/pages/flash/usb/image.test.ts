import { expect, test } from 'vitest'
import { fitted, flashSizeOf } from './image'

const image = Uint8Array.of(0xe9, 1, 2, 0x0f, 0, 0, 0x10, 0x40, 7)

test('the header tells the size of the flash that is there', () => {
  expect([...fitted(image, 4 << 20)]).toEqual([0xe9, 1, 2, 0x4f, 0, 0, 0x10, 0x40, 7])
  expect(image[3]).toBe(0x0f)
})

test.each([
  ['no size', image, undefined],
  ['a size that the header cannot tell', image, 3 << 20],
  ['no image', Uint8Array.of(0x50, 0x4b, 3, 4, 5, 6, 7, 8), 4 << 20],
  ['an end too early', Uint8Array.of(0xe9, 1), 4 << 20],
])('%s: nothing is changed', (_, data, size) => {
  expect(fitted(data, size)).toEqual(data)
})

test.each([
  [0x1640ef, 4 << 20],
  [0x1440e0, 1 << 20],
  [0xffffff, undefined],
  [0, undefined],
])('JEDEC id %i', (id, want) => {
  expect(flashSizeOf(id)).toBe(want)
})
