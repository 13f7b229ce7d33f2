import type { Codec, Direction, Rule, RuleTest } from './types'

/** Whether a rule goes to socket.io or to another topic. */
export type Target = 'socketio' | 'topic'

/**
 * A rule as the editor holds it: each field has a value, so that inputs can be bound to it. Numbers are text, since a
 * person types them.
 */
export interface Form {
  name: string
  topic: string
  target: Target
  namespace: string
  event: string
  room: string
  to: string
  direction: Direction
  payload: Codec
  qos: string
  retain: boolean
  when: string
  transform: string
  transform_in: string
  transform_jq: string
  replay: 'last' | 'none'
  meta: 'never' | 'replayed' | 'always'
  rate: string
  over: 'latest' | 'drop'
  dedupe: string
  deadband: string
  echo: boolean
  rpc: boolean
  rpc_reply: string
  rpc_timeout: string
  rpc_match: string
  test: RuleTest[]
}

/** The form of a rule, with the defaults where it is silent. */
export function formOf(r: Rule): Form {
  return {
    name: r.name,
    topic: r.topic,
    target: r.to ? 'topic' : 'socketio',
    namespace: r.namespace ?? '',
    event: r.event ?? '',
    room: r.room ?? '',
    to: r.to ?? '',
    direction: r.direction ?? 'both',
    payload: r.payload ?? 'auto',
    qos: String(r.qos ?? 0),
    retain: r.retain ?? false,
    when: r.when ?? '',
    transform: r.transform ?? '',
    transform_in: r.transform_in ?? '',
    transform_jq: r.transform_jq ?? '',
    replay: r.replay ?? 'last',
    meta: r.meta ?? 'replayed',
    rate: r.rate ?? '',
    over: r.over ?? 'latest',
    dedupe: r.dedupe ?? '',
    deadband: r.deadband ? String(r.deadband) : '',
    echo: r.echo ?? false,
    rpc: r.rpc !== undefined,
    rpc_reply: r.rpc?.reply ?? '',
    rpc_timeout: r.rpc?.timeout ?? '',
    rpc_match: r.rpc?.match ?? '',
    test: clone(r.test ?? []),
  }
}

/** A deep copy. The tests of a form are proxies, which structuredClone refuses. */
const clone = (tests: RuleTest[]) => JSON.parse(JSON.stringify(tests)) as RuleTest[]

/** The rule of a form. What has its default is left out, so that the TOML stays short. */
export function ruleOf(f: Form): Rule {
  const rule: Rule = { name: f.name.trim(), topic: f.topic.trim() }
  if (f.target === 'topic') rule.to = f.to.trim()
  else putSocketio(rule, f)
  if (f.payload !== 'auto') rule.payload = f.payload
  put(rule, 'when', f.when)
  put(rule, 'transform', f.transform)
  put(rule, 'transform_jq', f.transform_jq)
  put(rule, 'rate', f.rate)
  if (f.rate.trim() && f.over !== 'latest') rule.over = f.over
  put(rule, 'dedupe', f.dedupe)
  const deadband = Number(f.deadband.trim().replace(',', '.'))
  if (f.deadband.trim() && Number.isFinite(deadband) && deadband !== 0) rule.deadband = deadband
  if (f.test.length > 0) rule.test = clone(f.test)
  return rule
}

function putSocketio(rule: Rule, f: Form): void {
  put(rule, 'namespace', f.namespace)
  put(rule, 'event', f.event)
  put(rule, 'room', f.room)
  if (f.direction !== 'both') rule.direction = f.direction
  if (f.replay !== 'last') rule.replay = f.replay
  if (f.meta !== 'replayed') rule.meta = f.meta
  if (f.echo) rule.echo = true
  put(rule, 'transform_in', f.transform_in)
  if (f.qos === '1') rule.qos = 1
  if (f.qos === '2') rule.qos = 2
  if (f.retain) rule.retain = true
  if (f.rpc) rule.rpc = rpcOf(f)
}

function rpcOf(f: Form): { reply: string; timeout?: string; match?: string } {
  const rpc: { reply: string; timeout?: string; match?: string } = { reply: f.rpc_reply.trim() }
  if (f.rpc_timeout.trim()) rpc.timeout = f.rpc_timeout.trim()
  if (f.rpc_match.trim()) rpc.match = f.rpc_match.trim()
  return rpc
}

type TextKey =
  'namespace' | 'event' | 'room' | 'when' | 'transform' | 'transform_in' | 'transform_jq' | 'rate' | 'dedupe'

function put(rule: Rule, key: TextKey, text: string): void {
  if (text.trim()) rule[key] = text.trim()
}

/** Whether two rules say the same, whatever the order of their keys and of what is left to its default. */
export function sameRule(a: Rule, b: Rule): boolean {
  return stable(ruleOf(formOf(a))) === stable(ruleOf(formOf(b)))
}

function stable(v: unknown): string {
  return JSON.stringify(v, (_, x: unknown) =>
    x !== null && typeof x === 'object' && !Array.isArray(x)
      ? Object.fromEntries(Object.entries(x).sort(([p], [q]) => (p < q ? -1 : 1)))
      : x,
  )
}

/** The fields of the form that only matter for messages that go to socket.io, to MQTT, or both. */
export function carries(f: Pick<Form, 'direction' | 'target'>): { out: boolean; back: boolean } {
  if (f.target === 'topic') return { out: true, back: false }
  return { out: f.direction !== 'socketio_to_mqtt', back: f.direction !== 'mqtt_to_socketio' }
}

/** A new rule that nothing is known of yet. */
export const blank: Rule = { name: '', topic: '', namespace: '/', event: '' }
