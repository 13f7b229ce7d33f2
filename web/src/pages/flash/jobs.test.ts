import { expect, test } from 'vitest'
import type { FlashJob, FlashLine } from '$lib/api'
import { applied, gap, joined, mostLines } from './jobs'

const line = (n: number): FlashLine => ({ n, at: '2026-01-01T00:00:00Z', from: 'board', text: `line ${n}` })
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => line(from + i))
const job = (id: string, log: FlashLine[] = [], more: Partial<FlashJob> = {}): FlashJob => ({
  id,
  kind: 'flash',
  port: '/dev/ttyUSB0',
  name: 'Lamp',
  template: 'lamp',
  state: 'running',
  phase: 'write',
  phases: [],
  percent: 0,
  started: '2026-01-01T00:00:00Z',
  manual: false,
  log,
  ...more,
})

test('lines that are there already are not shown twice', () => {
  expect(joined(lines(1, 3), lines(2, 5)).map((l) => l.n)).toEqual([1, 2, 3, 4, 5])
})

test('a long log keeps its end', () => {
  const log = joined(lines(1, mostLines), lines(mostLines + 1, mostLines + 10))
  expect([log.length, log[0].n, log.at(-1)!.n]).toEqual([mostLines, 11, mostLines + 10])
})

test('what is told of a job replaces it, and its log grows', () => {
  const items = applied([job('b', lines(1, 2)), job('a')], job('b', lines(3, 3), { percent: 40 }))
  expect(items.map((j) => [j.id, j.percent, j.log.length])).toEqual([
    ['b', 40, 3],
    ['a', 0, 0],
  ])
})

test('a job that somebody else has begun comes first', () => {
  expect(applied([job('a')], job('b')).map((j) => j.id)).toEqual(['b', 'a'])
})

test('missed lines are noticed', () => {
  expect(gap(job('a', lines(1, 2)), job('a', lines(3, 3)))).toBe(false)
  expect(gap(job('a', lines(1, 2)), job('a', lines(5, 5)))).toBe(true)
  expect(gap(undefined, job('a', lines(1, 1)))).toBe(false)
  expect(gap(undefined, job('a', lines(9, 9)))).toBe(true)
  expect(gap(job('a'), job('a'))).toBe(false)
})
