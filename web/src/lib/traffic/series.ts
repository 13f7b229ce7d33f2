import { leaves, parseJson } from './json'
import { numberOf } from './tree'
import type { Message } from './types'

/** Numbers of one path over time, in the shape uPlot takes: seconds, and values with gaps. */
export interface Series {
  path: string
  times: number[]
  values: (number | null)[]
}

/** The numbers in a payload by their path; a bare number has the path ``. */
export function numbersIn(payload: string): Map<string, number> {
  const out = new Map<string, number>()
  const bare = numberOf(payload)
  if (bare !== undefined) return out.set('', bare)
  const json = payload.startsWith('{') || payload.startsWith('[') ? parseJson(payload) : undefined
  if (!json) return out
  for (const [path, raw] of leaves(json)) {
    const n = numberOf(raw)
    if (n !== undefined) out.set(path, n)
  }
  return out
}

/** The paths whose numbers can be drawn, those that move first. */
export function chartable(messages: readonly Message[]): string[] {
  const seen = new Map<string, { first: number; moves: boolean; n: number }>()
  for (const m of messages) {
    if (m.encoding !== 'utf8') continue
    for (const [path, n] of numbersIn(m.payload)) {
      const s = seen.get(path)
      if (!s) seen.set(path, { first: n, moves: false, n: 1 })
      else {
        s.n++
        s.moves ||= n !== s.first
      }
    }
  }
  const paths = [...seen].filter(([, s]) => s.n > 1)
  return paths.sort(([, a], [, b]) => Number(b.moves) - Number(a.moves)).map(([path]) => path)
}

/** The numbers of a path over time; a message without it is a gap. */
export function series(messages: readonly Message[], path: string): Series {
  const out: Series = { path, times: [], values: [] }
  for (const m of messages) {
    if (m.encoding !== 'utf8') continue
    out.times.push(Date.parse(m.at) / 1000)
    out.values.push(numbersIn(m.payload).get(path) ?? null)
  }
  return out
}
