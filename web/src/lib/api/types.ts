// What the API speaks. Times are RFC 3339 strings; revisions are opaque.

export type Code = 'denied' | 'invalid' | 'too_large' | 'rate_limited' | 'offline' | 'timeout' | 'unavailable'

export type Role = 'admin' | 'operator' | 'viewer' | 'client' | 'device'
export type UserRole = 'admin' | 'operator' | 'viewer'

export interface Items<T> {
  items: T[]
}

export interface Setup {
  claimed: boolean
  name: string
  time_zone: string
  version: string
  demo: boolean
  /** What listens where: http, https, mqtt, mqtt_websocket, mqtt_tls. */
  listen: Record<string, string>
  /** Another broker that answers on this machine. */
  found_broker?: string
}

export type Permission =
  'publish' | 'mappings.write' | 'links.write' | 'users.write' | 'tokens.write' | 'settings.write' | 'backup'

export interface Session {
  authenticated: boolean
  claimed: boolean
  user?: { id: string; username: string; role: UserRole }
  principal?: { kind: string; id: string; role: Role }
  can?: Permission[]
  expires_at?: string
}

export interface User {
  id: string
  username: string
  role: UserRole
  created_at: string
  last_login_at?: string
  revision: string
}

export interface LoginSession {
  id: string
  user_id: string
  username: string
  created_at: string
  last_seen_at: string
  expires_at: string
  address: string
  agent: string
  current: boolean
}

export type TokenKind = 'api' | 'client' | 'device'

export interface Token {
  id: string
  name: string
  kind: TokenKind
  role: Role
  read?: string[]
  write?: string[]
  expires_at?: string
  created_at: string
  created_by?: string
  last_used_at?: string
  last_used_from?: string
  revision: string
}

/** A token just made: the only time its secret is shown. */
export interface NewToken extends Token {
  secret: string
  token: string
  mqtt: { username: string; password: string }
}

export interface TokenRequest {
  name: string
  kind: TokenKind
  role?: Role
  read?: string[]
  write?: string[]
  /** A Go duration, such as "720h"; without it the token never expires. */
  expires_in?: string
}

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

export type Encoding = 'utf8' | 'base64'

export interface Message {
  seq: number
  at: string
  topic: string
  payload: string
  encoding: Encoding
  size: number
  truncated?: boolean
  qos: number
  retain: boolean
  command?: boolean
  origin: { adapter: string; conn?: string; rule?: string }
  principal?: { kind: string; id: string }
  hops?: number
  replay?: boolean
}

export interface StateItem {
  topic: string
  payload: string
  encoding: Encoding
  size: number
  seq: number
  at: string
  qos: number
  retained: boolean
}

export interface TrafficPage {
  items: Message[]
  first_seq: number
  last_seq: number
}

export interface TraceStep {
  kind: 'in' | 'rule' | 'socketio' | 'mqtt' | 'link' | 'state' | 'ack' | 'drop'
  at_us?: number
  rule?: string
  target?: string
  receivers?: number
  slow?: number
  reason?: string
  text: string
  recomputed?: boolean
}

export interface Trace {
  message?: Message
  steps: TraceStep[]
  verdict: string
}

export interface LinkTopic {
  filter: string
  direction: 'in' | 'out' | 'both'
  qos?: number
  local_prefix?: string
  remote_prefix?: string
}

export interface LinkConfig {
  name: string
  url: string
  username?: string
  client_id?: string
  keepalive?: string
  topics: LinkTopic[]
  outbox?: { max_messages?: number; max_bytes?: string | number; max_age?: string; full?: 'drop_oldest' | 'refuse' }
  password_set?: boolean
}

export type LinkState = 'up' | 'connecting' | 'down' | 'off'

export interface Link {
  name: string
  origin: 'file' | 'ui'
  config: LinkConfig
  state: LinkState
  since?: string
  error?: string
  queued: number
  queued_bytes: number
  oldest_s: number
  reconnects: number
  in: number
  out: number
  dropped: number
  revision: string
}

export interface LinkTest {
  ok: boolean
  steps: { name: 'config' | 'dns' | 'tcp' | 'tls' | 'connect' | 'subscribe'; ok: boolean; text: string; ms: number }[]
}

export interface Device {
  id: string
  kind: 'mqtt' | 'socketio'
  client_id: string
  principal?: { kind: string; id: string }
  token?: string
  address?: string
  agent?: string
  online: boolean
  connected_at?: string
  disconnected_at?: string
  reason?: string
  subscriptions?: number
  queued?: number
  topics: { topic: string; at: string; payload: string; encoding: Encoding }[]
}

export interface Settings {
  name: string
  time_zone: string
  revision: string
  config: { key: string; value: unknown; default: unknown; source: 'default' | 'file' | 'env' | 'flag' }[]
}

export type HealthState = 'ok' | 'warn' | 'bad'

export interface HealthCheck {
  id: string
  state: HealthState
  title: string
  cause?: string
  remedy?: string
  since?: string
  href?: string
}

export interface Health {
  state: HealthState
  summary: string
  checks: HealthCheck[]
}

export interface BackupComparison {
  schema: number
  created_at: string
  version?: string
  changes: { what: string; name: string; kind: 'added' | 'removed' | 'changed' }[]
  counts: Record<string, number>
}

export interface License {
  name: string
  version: string
  license: string
  text?: string
}

// --- live, over /admin -------------------------------------------------------

export type What = 'mappings' | 'links' | 'users' | 'tokens' | 'sessions' | 'settings' | 'devices' | 'health'

export interface Hello {
  version: string
  started_at: string
  session: string
  revision: Partial<Record<What, string>>
}

/** Messages per second. */
export interface Rates {
  mqtt_in: number
  mqtt_out: number
  socketio_in: number
  socketio_out: number
  link_in: number
  link_out: number
  http_in: number
  dropped: number
}

export interface Stats {
  at: string
  seq: number
  rates: Rates
  clients: { mqtt: number; socketio: number; admin: number }
  /** Only the rules that changed. */
  rules: Record<string, RuleStats>
  queues?: { links?: Record<string, { state: LinkState; queued: number; oldest_s: number; error?: string }> }
  memory?: { heap: number; rss: number }
  health: HealthState
}

export interface History {
  step_s: number
  series: Partial<Record<keyof Rates, number[]>>
}

export interface TrafficBatch {
  items: Message[]
  missed: number
  sampled: boolean
}

export interface Changed {
  what: What
  id?: string
  revision?: string
}

export interface TopicChild {
  name: string
  topic?: string
  children: number
  payload?: string
  encoding?: Encoding
  at?: string
  rate?: number
}
