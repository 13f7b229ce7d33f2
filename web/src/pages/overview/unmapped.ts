import type { Mapping, StateItem } from '$lib/api'
import { filterOf } from '$lib/mapping/pattern'
import { matches } from '$lib/traffic/filter'

export interface Group {
  /** What its topics have in common: their first level, or the only topic. */
  name: string
  /** The topic with the newest value. */
  topic: string
  count: number
  payload: string
  encoding: string
  at: string
}

/** Topics that no enabled mapping takes, put together by their first level, the newest first. */
export function unmapped(state: StateItem[], mappings: Mapping[]): Group[] {
  const filters = mappings
    .filter((m) => m.enabled)
    .flatMap(({ rule }) => [rule.topic, rule.to ?? ''])
    .filter(Boolean)
  const groups = new Map<string, Group>()
  for (const item of state) {
    if (item.topic.startsWith('$') || filters.some((f) => matches(filterOf(f), item.topic))) continue
    const name = item.topic.split('/')[0] || item.topic
    const known = groups.get(name)
    const newest = !known || item.at > known.at ? item : known
    const { topic, payload, encoding, at } = newest
    groups.set(name, { name, topic, payload, encoding, at, count: (known?.count ?? 0) + 1 })
  }
  return [...groups.values()].sort((a, b) => b.at.localeCompare(a.at))
}
