import { describe, expect, test } from 'vitest'
import type { Board, LogLine, Update } from '$lib/api'
import { applied, columns, objectOf, patchOf, stateWords, tail, underWay, updateWords } from './boards'

const board = (id: string, more: Partial<Board> = {}) => ({ id, name: id, state: 'online', ...more }) as Board
const vital = { at: '2026-01-01T00:00:00Z', heap_free: 2048, uptime_s: 1, lag_ms: 3, queued: 0, dropped: 0 }

describe('what is told of a board', () => {
  const items = [board('a'), board('c')]
  test('takes its place by id', () => {
    expect(applied(items, { id: 'b', board: board('b') }).map((b) => b.id)).toEqual(['a', 'b', 'c'])
    expect(applied(items, { id: 'a', board: board('a', { state: 'offline' }) })[0].state).toBe('offline')
  })
  test('takes it away when it was revoked', () =>
    expect(applied(items, { id: 'a', gone: true }).map((b) => b.id)).toEqual(['c']))
  test('may be its health alone', () => expect(applied(items, { id: 'c', vital })[1].health).toEqual(vital))
  test('may be lines, which are no change of the list', () =>
    expect(applied(items, { id: 'c', lines: [] })).toBe(items))
})

test('says where a board is', () => {
  const now = Date.parse('2026-01-01T01:00:00Z')
  expect(stateWords(board('a', { connected_at: '2026-01-01T00:00:00Z' }), now)).toMatch(/^online for 1\D*h/)
  expect(stateWords(board('a', { state: 'stale', last_seen: '2026-01-01T00:55:00Z' }), now)).toContain('silent')
  expect(stateWords(board('a', { state: 'never' }), now)).toContain('not connected yet')
})

test('says how an update is, and never that it is done before it is', () => {
  const update = (state: string, more = {}) => ({ state, version: 'v2', sent: 1, total: 2, ...more }) as Update
  for (const state of ['offered', 'sending', 'restarting']) {
    expect(updateWords(update(state))).not.toContain('runs')
    expect(underWay(update(state))).toBe(true)
  }
  expect(updateWords(update('done'))).toBe('The board runs v2.')
  expect(updateWords(update('failed', { reason: 'no room' }))).toContain('no room')
  expect(underWay(undefined)).toBe(false)
})

test('makes columns with gaps', () => {
  expect(columns([vital, { ...vital, rssi: -60 }])).toEqual({
    times: [1767225600, 1767225600],
    heap: [2, 2],
    rssi: [null, -60],
    lag: [3, 3],
  })
})

test('keeps the newest lines', () => {
  const lines = Array.from({ length: 499 }, (_, n) => ({ n }) as LogLine)
  const all = tail(lines, [{ n: 1000 } as LogLine, { n: 1001 } as LogLine])
  expect([all.length, all[0].n, all.at(-1)?.n]).toEqual([500, 1, 1001])
})

test.each([
  ['{"a":1}', '{"a":1}', {}],
  ['{"a":1,"b":2}', '{"a":1}', { b: null }],
  ['{"a":{"b":1,"c":2}}', '{"a":{"b":1,"c":3}}', { a: { c: 3 } }],
  ['{"a":{"b":1}}', '{"a":[1]}', { a: [1] }],
  ['{}', '{"a":{}}', { a: {} }],
])('the patch from %s to %s', (from, to, want) => {
  expect(patchOf(JSON.parse(from), JSON.parse(to))).toEqual(want)
})

test('says what is wrong with what was typed', () => {
  expect(objectOf('{"a":1}')).toEqual({ a: 1 })
  expect(objectOf('[1]')).toMatch(/object/)
  expect(objectOf('{a')).toMatch(/no JSON/)
})
