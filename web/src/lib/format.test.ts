import { expect, test } from 'vitest'
import { ago, bytes, count, payloadText, rate, short, span, until } from './format'

const now = Date.parse('2026-01-01T00:00:00Z')
const before = (ms: number) => new Date(now - ms).toISOString()

test.each([
  [0, '0 s'],
  [59_000, '59 s'],
  [61_000, '1 min'],
  [3_600_000, '1 h'],
  [86_400_000, '1 day'],
  [12 * 86_400_000, '12 days'],
  [-5, '0 s'],
])('span(%i)', (ms, want) => expect(span(ms)).toBe(want))

test('ago and until', () => {
  expect([ago(before(1000), now), ago(before(180_000), now), ago(undefined, now)]).toEqual([
    'just now',
    '3 min ago',
    'never',
  ])
  expect([until(before(1), now), until(before(-30 * 86_400_000 + 500), now)]).toEqual(['over', 'in 30 days'])
})

test.each([
  [0, '0'],
  [0.01, '<0.1'],
  [0.31, '0.3'],
  [9.94, '9.9'],
  [9.96, '10'],
  [142.4, '142'],
  [999.6, '1.0k'],
  [1234, '1.2k'],
  [34_000, '34k'],
  [1_200_000, '1.2M'],
])('rate(%f) keeps to four characters', (n, want) => {
  expect(rate(n)).toBe(want)
  expect(want.length).toBeLessThanOrEqual(4)
})

test('numbers in words', () => {
  expect([count(1, 'message'), count(1204, 'message'), count(2, 'waits', 'wait')]).toEqual([
    '1 message',
    '1,204 messages',
    '2 wait',
  ])
  expect([bytes(512), bytes(41_000), bytes(1_200_000), short(999)]).toEqual(['512 B', '41 KB', '1.2 MB', '999'])
})

test('a payload is one line, and binary is its length', () => {
  expect([payloadText(''), payloadText('a\n b'), payloadText('AAEC', 'base64'), payloadText('AAE=', 'base64')]).toEqual(
    ['(empty)', 'a b', '3 B of binary', '2 B of binary'],
  )
})
