import type { Board, BoardChange, LogLine, Update, Vitals } from '$lib/api'
import type { Tone } from '$lib/ui'
import { ago, bytes, span } from '$lib/format'

/** The list with what was told of a board put in its place, by id. */
export function applied(items: Board[], change: BoardChange): Board[] {
  if (change.gone) return items.filter((b) => b.id !== change.id)
  const { board, vital } = change
  if (!board)
    return vital ? items.map((b) => (b.id === change.id ? { ...b, health: vital, last_seen: vital.at } : b)) : items
  return [...items.filter((b) => b.id !== board.id), board].sort((a, b) => (a.id < b.id ? -1 : 1))
}

export const toneOf = (b: Board): Tone =>
  ({ online: 'good', stale: 'warn', offline: 'off', never: 'wait' })[b.state] as Tone

/** Where a board is, in a few words. */
export function stateWords(b: Board, now: number): string {
  switch (b.state) {
    case 'online':
      return b.connected_at ? `online for ${span(now - Date.parse(b.connected_at))}` : 'online'
    case 'stale':
      return `connected, but silent: last heard ${ago(b.last_seen, now)}`
    case 'offline':
      return `offline, last seen ${ago(b.last_seen, now)}`
  }
  return 'has not connected yet'
}

/** How an update is going, or how it ended, as a sentence. */
export function updateWords(u: Update): string {
  switch (u.state) {
    case 'offered':
      return `The board is asked to take ${u.version}.`
    case 'sending':
      return `The board fetches ${u.version}: ${bytes(u.sent)} of ${bytes(u.total)}.`
    case 'restarting':
      return `The board has all of ${u.version} and starts it. It is updated when the new build says so itself.`
    case 'done':
      return `The board runs ${u.version}.`
    case 'cancelled':
      return `The update to ${u.version} was cancelled${u.from ? `; ${u.from} goes on` : ''}.`
  }
  return `The update to ${u.version} failed: ${u.reason ?? 'it is not known why'}.`
}

export const underWay = (u?: Update) => !!u && ['offered', 'sending', 'restarting'].includes(u.state)

/** Columns of numbers for the charts; a value that a board did not send is a gap. */
export function columns(items: Vitals[]) {
  const of = (pick: (v: Vitals) => number | undefined) => items.map((v) => pick(v) ?? null) as number[]
  return {
    times: items.map((v) => Math.round(Date.parse(v.at) / 1000)),
    heap: of((v) => v.heap_free / 1024),
    rssi: of((v) => v.rssi),
    lag: of((v) => v.lag_ms),
  }
}

const most = 500

/** The log with new lines behind it. */
export const tail = (lines: LogLine[], more: LogLine[]): LogLine[] => [...lines, ...more].slice(-most)

/** What somebody typed as a JSON object; a string says what is wrong with it. */
export function objectOf(text: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return 'This has to be an object: {"name": value, …}'
    return value as Record<string, unknown>
  } catch (error) {
    return `This is no JSON: ${(error as Error).message}`
  }
}

/** The merge patch (RFC 7396) that makes to of from: null takes a key out. */
export function patchOf(from: Record<string, unknown>, to: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null
  for (const [key, value] of Object.entries(to)) {
    const was = from[key]
    if (isObject(was) && isObject(value)) {
      const below = patchOf(was, value)
      if (Object.keys(below).length > 0) patch[key] = below
    } else if (JSON.stringify(was) !== JSON.stringify(value)) patch[key] = value
  }
  return patch
}

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
