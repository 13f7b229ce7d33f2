/** Which way a rule carries messages. */
export type Direction = 'both' | 'mqtt_to_socketio' | 'socketio_to_mqtt'
export type Codec = 'auto' | 'json' | 'text' | 'binary'

/** One rule as written: an absent key takes its default. */
export interface Rule {
  name: string
  topic: string
  namespace?: string
  event?: string
  room?: string
  /** Target topic, instead of namespace and event. */
  to?: string
  direction?: Direction
  payload?: Codec
  qos?: number
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
  rpc?: { reply: string; timeout?: string; match?: string }
  test?: RuleTest[]
}

/** A message and what it must become. */
export interface RuleTest {
  topic?: string
  payload?: string
  namespace?: string
  event?: string
  argument?: unknown
  client?: string
  expect: Expect
}

export interface Expect {
  namespace?: string
  event?: string
  room?: string
  to?: string
  topic?: string
  payload?: unknown
  drop?: string
}

/** Something wrong with a rule, or a warning. */
export interface Problem {
  rule: string
  file?: string
  line?: number
  field?: string
  message: string
  remedy?: string
}

export interface Stats {
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
  problems: Problem[]
  warnings: Problem[]
  stats: Stats
  created_at?: string
  updated_at?: string
  updated_by?: string
}

/** What a rule would make of a message, or why not. */
export interface Outcome {
  namespace?: string
  room?: string
  event?: string
  to?: string
  client?: string
  value?: unknown
  value_encoding?: 'json' | 'utf8' | 'base64' | string
  drop?: string
  text?: string
}

/** A recorded or given message, and what the new and the old rule make of it. */
export interface Row {
  seq?: number
  at?: string
  topic: string
  payload: string
  encoding?: 'utf8' | 'base64'
  truncated?: boolean
  sample?: boolean
  new: Outcome | null
  old?: Outcome | null
  differs?: boolean
}

export interface Counts {
  looked_at: number
  matched: number
  sent: number
  filtered: number
  failed: number
  old_sent?: number
  differ?: number
}

export interface Inverse {
  namespace?: string
  event?: string
  argument?: unknown
  topic?: string
  payload?: string
  encoding?: 'utf8' | 'base64'
  qos?: number
  retain?: boolean
  drop?: string
  text?: string
}

export interface Preview {
  ok: boolean
  problems: Problem[]
  warnings: Problem[]
  rows: Row[]
  counts: Counts
  since?: string
  toml: string
  inverse?: Inverse[]
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
  last: Row[]
}

export interface Vocabulary {
  variables: { name: string; type: string; text: string }[]
  functions: { name: string; signature: string; text: string }[]
}

export interface Template {
  id: string
  title: string
  text: string
  device: string
  seen: string[]
  rules: Rule[]
}

export interface ImportChange {
  name: string
  kind: 'create' | 'update' | 'same'
  rule: Rule
  old?: Rule
}

export interface Suggestion {
  rule: Rule
  alternatives: Rule[]
  why: string
}
