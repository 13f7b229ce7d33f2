import { expect, it } from 'vitest'
import { chartable, numbersIn, series } from './series'
import { message } from './testing'

it('finds numbers wherever they are', () => {
  expect([...numbersIn('21.5')]).toEqual([['', 21.5]])
  expect([...numbersIn('{"a":1,"s":"2","b":{"c":-3}}')]).toEqual([
    ['a', 1],
    ['b.c', -3],
  ])
  expect(numbersIn('on').size).toBe(0)
})

it('offers what moves first, and nothing that came once', () => {
  const list = ['{"fixed":1,"temp":20}', '{"fixed":1,"temp":21}', '{"once":3}'].map((p, i) => message(i + 1, 'a', p))
  expect(chartable(list)).toEqual(['temp', 'fixed'])
})

it('leaves gaps', () => {
  const list = ['{"t":1}', '{}', '{"t":2}'].map((p, i) => message(i + 1, 'a', p))
  const s = series(list, 't')
  expect(s.values).toEqual([1, null, 2])
  expect(s.times[2]! - s.times[0]!).toBe(2)
})
