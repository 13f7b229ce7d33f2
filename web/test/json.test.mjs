import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonTokens, structured } from '../src/js/json.js'

const values = [null, true, 1.5, 'a "b"', [], {}, [1, [2]], { a: 1, b: { c: [null, 'x'] } }]

test('tokens put together are what JSON.stringify indents', () => {
  for (const v of values) {
    const text = jsonTokens(v)
      .map((t) => t.text)
      .join('')
    assert.equal(text, JSON.stringify(v, null, 2))
  }
})

test('keys, strings, numbers and words are told apart', () => {
  const kinds = jsonTokens({ a: 1, b: 'x', c: null }).filter((t) => t.kind !== 'punct')
  assert.deepEqual(
    kinds.map((t) => t.kind),
    ['key', 'number', 'key', 'string', 'key', 'word'],
  )
})

test('structured finds objects and lists, also inside text', () => {
  assert.deepEqual(structured('{"a":1}'), { a: 1 })
  assert.deepEqual(structured([1]), [1])
  for (const v of ['{broken', 'plain', 7, null, true, new ArrayBuffer(2), new Uint8Array(2)]) {
    assert.equal(structured(v), undefined)
  }
})
