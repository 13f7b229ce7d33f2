import { expect, it } from 'vitest'
import { byField, placeIn, sentence } from './problems'

const problem = (field: string, message = 'wrong') => ({ rule: 'a', field, message })

it('puts each problem at its field', () => {
  const got = byField(
    ['topic', 'rpc.reply', 'test.0.expect', '', 'rule.when', 'unheard_of', 'topic'].map((f) => problem(f)),
  )
  expect([...got].map(([field, list]) => [field, list.length])).toEqual([
    ['topic', 2],
    ['rpc.reply', 1],
    ['test', 1],
    ['rule', 2],
    ['when', 1],
  ])
})

it('reads as a sentence, without the place that is shown otherwise', () => {
  expect(sentence({ ...problem('when', 'unknown name foo (1:1)'), remedy: 'correct it' })).toBe(
    'unknown name foo; correct it.',
  )
})

it.each([
  ['foo > 1', 'unknown name foo (1:1)', 'foo'],
  ['1 + bar.baz', 'unknown name bar (1:5)', 'bar.baz'],
  ['1\n+ x', 'unknown name x (2:3)', 'x'],
])('finds the place in %j', (text, message, want) => {
  const place = placeIn(text, message)!
  expect(text.slice(place.from, place.to)).toBe(want)
})

it('stays inside the text', () => {
  expect(placeIn('a', 'unexpected end (7:90)')).toEqual({ from: 1, to: 1 })
  expect(placeIn('a', 'no place')).toBeUndefined()
})
