import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Editor } from './editor.svelte'
import type { Mapping, Preview, Rule } from './types'

const { answers } = vi.hoisted(() => ({ answers: [] as unknown[] }))
vi.mock('./service', () => ({
  mappings: {
    preview: () => Promise.resolve(answers.shift()),
    test: () => Promise.resolve({ results: [{ index: 0, ok: true }] }),
  },
}))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  answers.length = 0
})

const rule: Rule = { name: 'rooms', topic: 'home/{room}/{sensor}', namespace: '/home/{room}', event: '{sensor}' }
const mapping = (r: Rule, more: Partial<Mapping> = {}): Mapping => ({
  id: 'a',
  origin: 'ui',
  rule: r,
  enabled: true,
  order: 0,
  revision: '1',
  ok: true,
  problems: [],
  warnings: [],
  stats: { in: 0, out: 0, filtered: 0, dropped: 0 },
  ...more,
})
const preview = (more: Partial<Preview>): Preview => ({
  ok: true,
  problems: [],
  warnings: [],
  rows: [],
  toml: '',
  counts: { looked_at: 0, matched: 0, sent: 0, filtered: 0, failed: 0, old_sent: 0, differ: 0 },
  ...more,
})

it('knows whether there is something to save', () => {
  const e = new Editor(rule, mapping(rule))
  expect(e.dirty).toBe(false)
  e.form.when = 'payload > 0'
  expect(e.dirty).toBe(true)
  e.settle(mapping({ ...rule, when: 'payload > 0' }, { revision: '2' }))
  expect(e.dirty).toBe(false)
  e.enabled = false
  expect(e.dirty).toBe(true)
})

it('carries a new name of a capture into the target', () => {
  const e = new Editor(rule)
  e.setTopic('home/{place}/{sensor}')
  expect(e.form).toMatchObject({ namespace: '/home/{place}', event: '{sensor}' })
  e.setTopic('home/kitchen/{sensor}')
  expect(e.form.namespace).toBe('/home/{place}')
})

it('lets nobody change what is in the file', () => {
  expect(new Editor(rule, mapping(rule, { origin: 'file' })).readonly).toBe(true)
  expect(new Editor(rule, mapping(rule)).readonly).toBe(false)
  expect(new Editor(rule).readonly).toBe(false)
  const looked = new Editor(rule, mapping(rule))
  looked.locked = true
  expect(looked.readonly).toBe(true)
})

it('keeps the rows of the last whole rule while one is half written', async () => {
  const row = { topic: 'home/a/b', payload: '1', encoding: 'utf8' as const, new: { value: '1', event: 'b' } }
  const wrong = { rule: 'rooms', field: 'when', message: 'unexpected token EOF (1:9)' }
  answers.push(
    preview({ rows: [row] }),
    preview({ ok: false, problems: [wrong], rows: [{ ...row, new: null }] }),
    preview({}),
  )
  const e = new Editor(rule)
  e.ask()
  await vi.advanceTimersByTimeAsync(500)
  expect([e.preview?.rows.length, e.outdated, e.stale]).toEqual([1, false, false])
  e.ask()
  expect(e.stale).toBe(true)
  await vi.advanceTimersByTimeAsync(500)
  expect([e.preview?.rows, e.outdated]).toEqual([[row], true])
  expect(e.at('when')).toBe('unexpected token EOF.')
  e.ask()
  await vi.advanceTimersByTimeAsync(500)
  expect([e.preview?.rows.length, e.outdated, e.at('when')]).toEqual([0, false, ''])
})

it('says a problem once, whether the preview or the save found it', async () => {
  const wrong = { rule: 'rooms', field: 'name', message: 'there is one already' }
  answers.push(preview({ ok: false, problems: [wrong] }))
  const e = new Editor(rule)
  e.ask()
  await vi.advanceTimersByTimeAsync(500)
  e.refused = [wrong, { ...wrong, field: 'topic' }]
  expect(e.problems.map((p) => p.field)).toEqual(['name', 'topic'])
})

it('runs the pinned tests with the preview', async () => {
  answers.push(preview({}))
  const e = new Editor({ ...rule, test: [{ topic: 'home/a/b', payload: '1', expect: { event: 'b' } }] })
  e.ask()
  await vi.advanceTimersByTimeAsync(500)
  expect(e.tests).toEqual([{ index: 0, ok: true }])
})
