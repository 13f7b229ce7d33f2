// Mappings, and what comes of trying them.

import type { Encoding } from './bus'

export type Direction = 'both' | 'mqtt_to_socketio' | 'socketio_to_mqtt'

export interface RuleTest {
  topic?: string
  namespace?: string
  event?: string
  payload?: string
  argument?: unknown
  expect: Record<string, unknown>
}

/** One mapping as written; an absent field takes its default. */
export interface Rule {
  name: string
  topic: string
  namespace?: string
  event?: string
  room?: string
  to?: string
  direction?: Direction
  payload?: 'auto' | 'json' | 'text' | 'binary'
  qos?: 0 | 1 | 2
  retain?: boolean
  when?: string
  transform?: string
  transform_in?: string
  transform_jq?: string
  replay?: 'last' | 'none'
  meta?: 'never' | 'replayed' | 'always'
  rate?: string
  over?: 'latest' | 'drop'
  dedupe?: string
  deadband?: number
  echo?: boolean
  disabled?: boolean
  rpc?: { reply?: string; timeout?: string; match?: string }
  test?: RuleTest[]
}

export interface RuleProblem {
  rule: string
  file?: string
  line?: number
  field?: string
  message: string
  remedy?: string
}

export interface RuleStats {
  in: number
  out: number
  filtered: number
  dropped: number
  last_error?: { text: string; at: string }
  paused?: { until?: string; reason: string }
}

export interface Mapping {
  id: string
  origin: 'file' | 'ui' | 'demo'
  rule: Rule
  enabled: boolean
  order: number
  revision: string
  ok: boolean
  problems: RuleProblem[]
  warnings: RuleProblem[]
  stats: RuleStats
  created_at?: string
  updated_at?: string
  updated_by?: string
}

export interface MappingList {
  revision: string
  items: Mapping[]
}

export interface Undo {
  undo: string
}

export interface Outcome {
  namespace?: string
  room?: string
  event?: string
  to?: string
  client?: string
  value: unknown
  value_encoding?: string
  /** The value is longer than what is shown of it. */
  cut?: boolean
  drop?: string
  text?: string
}

export interface PreviewRow {
  seq?: number
  at?: string
  topic: string
  payload: string
  encoding: Encoding
  sample?: boolean
  new?: Outcome | null
  old?: Outcome | null
  differs?: boolean
}

export interface Preview {
  ok: boolean
  problems: RuleProblem[]
  warnings: RuleProblem[]
  rows: PreviewRow[]
  counts: {
    looked_at: number
    matched: number
    sent: number
    filtered: number
    failed: number
    old_sent: number
    differ: number
  }
  since?: string
  toml: string
  inverse?: InverseRow[]
}

export interface InverseRow {
  namespace: string
  event: string
  argument: unknown
  topic: string
  payload: string
  qos: number
  retain: boolean
}

export interface Dryrun {
  id: string
  seconds: number
  started_at: string
  ends_at: string
  done: boolean
  looked_at: number
  matched: number
  sent: number
  filtered: number
  failed: number
  last: PreviewRow[]
}

export interface ImportResult {
  changes: { name: string; kind: 'create' | 'update' | 'same'; rule: Rule; old?: Rule }[]
  problems: RuleProblem[]
  applied: boolean
  undo?: string
}

export interface Template {
  id: string
  title: string
  text: string
  device: string
  seen: string[]
  rules: Rule[]
}

export interface Vocabulary {
  variables: { name: string; type: string; text: string }[]
  functions: { name: string; signature: string; text: string }[]
}

export interface Suggestion {
  rule: Rule
  alternatives: Rule[]
  why: string
}
