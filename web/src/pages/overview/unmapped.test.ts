import { expect, test } from 'vitest'
import type { Mapping, StateItem } from '$lib/api'
import { unmapped } from './unmapped'

const item = (topic: string, at: string) => ({ topic, at, payload: '1', encoding: 'utf8' }) as StateItem
const mapping = (topic: string, more: Partial<Mapping> = {}, to?: string) =>
  ({ enabled: true, rule: { name: 'x', topic, to }, ...more }) as Mapping

test('what no enabled mapping takes is put together by its first level, newest first', () => {
  const state = [
    item('home/kitchen/temp', '2026-01-01T00:00:05Z'),
    item('plug_7/power', '2026-01-01T00:00:01Z'),
    item('plug_7/state', '2026-01-01T00:00:02Z'),
    item('off/by/hand', '2026-01-01T00:00:03Z'),
    item('copy/home', '2026-01-01T00:00:04Z'),
    item('$SYS/uptime', '2026-01-01T00:00:06Z'),
  ]
  const rules = [mapping('home/{room}/{sensor}', {}, 'copy/{room...}'), mapping('off/#', { enabled: false })]
  const found = unmapped(state, rules)
  expect(found.map((g) => [g.name, g.count, g.topic])).toEqual([
    ['off', 1, 'off/by/hand'],
    ['plug_7', 2, 'plug_7/state'],
  ])
})
