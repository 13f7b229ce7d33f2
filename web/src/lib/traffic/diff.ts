import { leaves, parseJson } from './json'

/** One difference between two payloads. Without `before` it was added, without `after` taken away. */
export interface Change {
  path: string
  before?: string
  after?: string
  /** How much a number moved, with its sign. */
  delta?: string
}

export interface Diff {
  changes: Change[]
  /** Scalars that are the same in both. */
  same: number
}

/** Compares a payload with the one before on its topic: JSON by its scalars, anything else as a whole. */
export function diff(before: string, after: string): Diff {
  const a = parseJson(before)
  const b = parseJson(after)
  if (!a || !b) return whole(before, after)
  const old = leaves(a)
  const now = leaves(b)
  const changes: Change[] = []
  let same = 0
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const change = { path, before: old.get(path), after: now.get(path) }
    if (change.before === change.after) same++
    else changes.push(withDelta(change))
  }
  return { changes, same }
}

function whole(before: string, after: string): Diff {
  if (before === after) return { changes: [], same: 1 }
  return { changes: [withDelta({ path: '', before, after })], same: 0 }
}

function withDelta(c: { path: string; before: string | undefined; after: string | undefined }): Change {
  const out: Change = { path: c.path }
  if (c.before !== undefined) out.before = c.before
  if (c.after !== undefined) out.after = c.after
  const by = Number(c.after) - Number(c.before)
  if (isNumber(c.before) && isNumber(c.after) && Number.isFinite(by)) out.delta = signed(by)
  return out
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^-?\d/.test(text)
}

function signed(n: number): string {
  const text = String(Number(n.toPrecision(6)))
  return n > 0 ? '+' + text : text.replace('-', '\u2212')
}
