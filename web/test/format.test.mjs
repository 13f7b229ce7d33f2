import assert from 'node:assert/strict'
import { test } from 'node:test'
import { age, ago, clock, count, errorSentence, kindOf, oneLine, perSecond } from '../src/js/format.js'

test('payloads on one line, and what they are', () => {
  const table = [
    ['007', '007', 'text'],
    [21.5, '21.5', 'number'],
    [false, 'false', 'true or false'],
    [null, '(empty)', 'empty'],
    [{ a: [1] }, '{"a":[1]}', 'object'],
    [[1, 2], '[1,2]', 'list'],
    [new Uint8Array([0, 255]).buffer, '2 bytes: 00 ff', 'binary'],
    [new Uint8Array(13), `13 bytes: ${'00 '.repeat(12)}…`, 'binary'],
  ]
  for (const [value, line, kind] of table) {
    assert.equal(oneLine(value), line)
    assert.equal(kindOf(value), kind)
  }
})

test('ages in their largest unit', () => {
  const table = [
    [-5, 'now'],
    [999, 'now'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_000, '59 min'],
    [7_200_000, '2 h'],
    [86_400_000, '1 day'],
    [12 * 86_400_000, '12 days'],
  ]
  for (const [ms, want] of table) assert.equal(age(ms), want)
  assert.equal(ago(10), 'just now')
  assert.equal(ago(2000), '2 s ago')
})

test('numbers and times', () => {
  assert.equal(count(1, 'message'), '1 message')
  assert.equal(count(1200, 'message'), '1,200 messages')
  assert.equal(clock(new Date(2026, 0, 1, 4, 5, 6)), '04:05:06')
  assert.equal(perSecond(2), '2.0')
  assert.equal(perSecond(1234.4), '1,234')
})

test('an error says what happened, then the gateway’s words', () => {
  assert.equal(
    errorSentence({ code: 'denied', message: 'no write on $SYS' }),
    'Refused: you may not do this here. No write on $SYS',
  )
  assert.equal(errorSentence({ code: 'new_code', message: 'odd' }), 'Odd')
  assert.equal(errorSentence(undefined), 'It did not work.')
})
