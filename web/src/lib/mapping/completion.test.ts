import { expect, it } from 'vitest'
import { complete } from './completion'

const vocabulary = {
  variables: [
    { name: 'payload', type: 'any', text: 'The payload.' },
    { name: 'topic', type: 'string', text: 'The topic.' },
  ],
  functions: [{ name: 'upper', signature: 'upper(string) string', text: 'Upper case.' }],
}
const payloads = [{ state: 'ON', color: { x: 0.4 } }, { battery: 90, 'odd key': 1 }, 21.5, null]

const labels = (text: string, captures: string[] = []) =>
  complete(text, text.length, vocabulary, captures, payloads)?.options.map((o) => o.label)

it('offers captures first, then variables and functions', () => {
  expect(labels('', ['room', 'client.id'])?.slice(0, 4)).toEqual(['room', 'payload', 'topic', 'upper'])
})

it('narrows to what is typed', () => {
  expect(labels('1 + PA')).toEqual(['payload'])
  expect(labels('not up')).toEqual(['upper'])
})

it('offers the members that real payloads have', () => {
  expect(labels('payload.')).toEqual(['state', 'color', 'battery'])
  expect(labels('payload.color.')).toEqual(['x'])
  expect(labels('payload.color.toString.')).toEqual([])
  expect(labels('client.')).toEqual(['id'])
})

it('stays silent in a string', () => {
  expect(labels('payload == "O')).toBeUndefined()
})
