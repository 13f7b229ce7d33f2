import { caretIn } from './tokens'
import type { Vocabulary } from './types'

/** Something that may stand at the caret. */
export interface Option {
  label: string
  /** Said beside it: a type, a signature. */
  detail: string
  /** Said below it. */
  info?: string
  kind: 'variable' | 'capture' | 'function' | 'member' | 'word'
}

export interface Completion {
  /** Where the word starts that the options replace. */
  from: number
  options: Option[]
}

/** Words that are no functions. */
const operators = ['and', 'or', 'not', 'in', 'contains', 'startsWith', 'endsWith', 'matches', 'true', 'false', 'nil']

/**
 * What may stand at the caret of an expression: variables, the captures of the topic, functions; after `payload.` the
 * members that the recorded payloads have.
 */
export function complete(
  text: string,
  caret: number,
  vocabulary: Vocabulary,
  captures: readonly string[],
  payloads: readonly unknown[],
): Completion | undefined {
  const at = caretIn(text, caret)
  if (!at) return undefined
  const options = at.path ? members(at.path, payloads) : everything(vocabulary, captures)
  const word = at.word.toLowerCase()
  return { from: at.from, options: options.filter((o) => o.label.toLowerCase().includes(word)) }
}

function everything(v: Vocabulary, captures: readonly string[]): Option[] {
  return [
    ...captures
      .filter((c) => c !== 'client.id')
      .map((c): Option => ({ label: c, detail: 'string', info: `The topic's {${c}}.`, kind: 'capture' })),
    ...v.variables.map((x): Option => ({ label: x.name, detail: x.type, info: x.text, kind: 'variable' })),
    ...v.functions.map((f): Option => ({ label: f.name, detail: f.signature, info: f.text, kind: 'function' })),
    ...operators.map((o): Option => ({ label: o, detail: '', kind: 'word' })),
  ]
}

/** The members that some payload has below a path, as `color` and `state` below `payload`. */
function members(path: string, payloads: readonly unknown[]): Option[] {
  if (path === 'client') return [{ label: 'id', detail: 'string', kind: 'member' }]
  const [root, ...steps] = path.split('.')
  if (root !== 'payload') return []
  const found = new Map<string, Option>()
  for (const payload of payloads) {
    const value = steps.reduce((v: unknown, key) => memberOf(v, key), payload)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) continue
    for (const [key, v] of Object.entries(value)) {
      if (/^[A-Za-z_$][\w$]*$/.test(key) && !found.has(key)) found.set(key, member(key, v))
    }
  }
  return [...found.values()]
}

function memberOf(v: unknown, key: string): unknown {
  return v !== null && typeof v === 'object' && Object.hasOwn(v, key) ? (v as Record<string, unknown>)[key] : undefined
}

function member(label: string, v: unknown): Option {
  const detail = Array.isArray(v) ? 'list' : v === null ? 'nil' : typeof v
  const text = JSON.stringify(v)
  return { label, detail, info: `Lately ${text.length > 60 ? text.slice(0, 60) + '\u2026' : text}.`, kind: 'member' }
}
