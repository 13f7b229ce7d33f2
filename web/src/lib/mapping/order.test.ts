import { expect, it } from 'vitest'
import { moved } from './order'

it.each([
  [0, 2, 'bca'],
  [2, 0, 'cab'],
  [1, 1, 'abc'],
  [1, 9, 'acb'],
  [1, -1, 'bac'],
  [7, 0, 'abc'],
])('moves %d to %d', (from, to, want) => {
  expect(moved(['a', 'b', 'c'], from, to).join('')).toBe(want)
})
