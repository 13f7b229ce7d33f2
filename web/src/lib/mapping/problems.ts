import type { Problem } from './types'

/** What is wrong, by the form's field; what has no field of its own is under `rule`. */
export type ByField = Map<string, Problem[]>

/** Form fields that problems may name. Those of tests and rpc have several parts. */
const fields = new Set([
  'name',
  'topic',
  'namespace',
  'event',
  'room',
  'to',
  'direction',
  'payload',
  'qos',
  'retain',
  'when',
  'transform',
  'transform_in',
  'transform_jq',
  'replay',
  'meta',
  'rate',
  'over',
  'dedupe',
  'deadband',
  'echo',
  'rpc.reply',
  'rpc.timeout',
  'rpc.match',
  'rpc',
])

/** Sorts problems by the field they belong to. `test.0.expect` belongs to `test`. */
export function byField(problems: readonly Problem[]): ByField {
  const out: ByField = new Map()
  for (const p of problems) {
    const field = fieldOf(p.field ?? '')
    out.set(field, [...(out.get(field) ?? []), p])
  }
  return out
}

function fieldOf(field: string): string {
  const name = field.replace(/^rule\./, '')
  if (fields.has(name)) return name
  if (/^tests?(\.|$|\[)/.test(name)) return 'test'
  const head = name.split('.')[0] ?? ''
  return fields.has(head) ? head : 'rule'
}

/** A problem as one sentence. */
export function sentence(p: Problem): string {
  const text = p.message.replace(/\s*\(\d+:\d+\)$/, '')
  return (p.remedy ? `${text}; ${p.remedy}` : text) + '.'
}

/** The place in a text that a message like `unknown name foo (1:5)` points at, as an offset; undefined without one. */
export function placeIn(text: string, message: string): { from: number; to: number } | undefined {
  const found = /\((\d+):(\d+)\)/.exec(message)
  if (!found) return undefined
  const lines = text.split('\n')
  const line = Math.min(Number(found[1]), lines.length)
  const before = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0)
  const column = Math.max(0, Number(found[2]) - 1) // counted from 1
  const from = Math.min(before + column, text.length)
  const word = /^[\w$.]+/.exec(text.slice(from))?.[0] ?? ''
  return { from, to: Math.min(text.length, from + Math.max(1, word.length)) }
}
