import { expect, it } from 'vitest'
import { scrollTo, windowOf } from './virtual'

it.each([
  ['the top', 1000, 0, [0, 16]],
  ['the middle', 1000, 5000, [194, 216]],
  ['the end', 1000, 24_700, [982, 1000]],
  ['past the end, as after a filter', 20, 24_700, [4, 20]],
  ['nothing', 0, 0, [0, 0]],
])('draws only what is in sight: %s', (_, count, top, want) => {
  const w = windowOf(count, 25, top, 250)
  expect([w.from, w.to]).toEqual(want)
  expect(w.offset).toBe(w.from * 25)
  expect(w.height).toBe(count * 25)
})

it('scrolls no further than needed', () => {
  expect(scrollTo(3, 25, 0, 250)).toBe(0)
  expect(scrollTo(3, 25, 100, 250)).toBe(75)
  expect(scrollTo(20, 25, 0, 250)).toBe(275)
})
