import { count, span, whole } from '$lib/format'
import type { Direction, Outcome, Preview, Rule } from './types'

/** Why a rule lets a message not through, for people. */
const drops: Record<string, string> = {
  when: 'filtered: "only when" is false',
  when_error: '"only when" failed',
  transform_error: 'the change failed',
  payload: 'the payload does not fit',
  reserved_namespace: 'the namespace is reserved',
  reserved_event: 'the event name is reserved',
  reserved_topic: 'the topic is reserved',
  namespace_too_long: 'the namespace is too long',
  topic_too_long: 'the topic is too long',
}

/** Why an outcome does not come through; empty when it does. */
export function dropText(o: Outcome): string {
  if (!o.drop) return ''
  const why = drops[o.drop] ?? o.drop.replaceAll('_', ' ')
  return o.text ? `${why}: ${o.text.replace(/\s*\(\d+:\d+\)$/, '')}` : why
}

/** Whether a drop is meant, rather than a fault. */
export const meant = (o: Outcome) => o.drop === 'when'

/** The argument that browsers would get, as JSON; binary by its size. With the encoding `json` it is JSON text already. */
export function valueText(value: unknown, encoding?: string): string {
  if (encoding === 'base64' && typeof value === 'string') return `${whole(bytesIn(value))} bytes`
  if (encoding === 'json' && typeof value === 'string') return value
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

const bytesIn = (base64: string) => Math.floor((base64.replace(/=+$/, '').length * 3) / 4)

/** Where an outcome goes: a namespace and an event, or a topic. */
export function placeText(o: Outcome): string {
  if (o.to) return o.to
  const room = o.room ? ` [${o.room}]` : ''
  return `${o.namespace ?? ''} ${o.event ?? ''}${room}`.trim()
}

export const directions: { value: Direction; label: string }[] = [
  { value: 'both', label: 'both ways' },
  { value: 'mqtt_to_socketio', label: 'to socket.io only' },
  { value: 'socketio_to_mqtt', label: 'to MQTT only' },
]

/** The arrow of a rule, and how it is said. */
export function arrowOf(rule: Pick<Rule, 'direction' | 'to'>): {
  icon: 'arrowRight' | 'arrowLeft' | 'both'
  label: string
} {
  if (rule.to || rule.direction === 'mqtt_to_socketio') return { icon: 'arrowRight', label: 'to' }
  if (rule.direction === 'socketio_to_mqtt') return { icon: 'arrowLeft', label: 'from' }
  return { icon: 'both', label: 'to and from' }
}

/** The line below a preview: how many messages were tried and what became of them. */
export function countsText(p: Preview, now: number): string {
  const c = p.counts
  if (c.matched === 0)
    return c.looked_at === 0 ? 'Nothing is recorded yet.' : `None of ${count(c.looked_at, 'recorded message')} matches.`
  const tried = p.rows.length
  const all = `${whole(c.looked_at)} recorded`
  const parts = [
    tried > 0 && tried < c.matched
      ? `the newest ${whole(tried)} of ${whole(c.matched)} that match, of ${all}`
      : `${count(c.matched, 'message')} of ${all}`,
  ]
  if (p.since) parts[0] += `, last ${span(Math.max(1000, now - Date.parse(p.since)))}`
  const came = [`${whole(c.sent)} sent`]
  if (c.filtered > 0) came.push(`${whole(c.filtered)} filtered`)
  if (c.failed > 0) came.push(`${whole(c.failed)} failed`)
  parts.push(came.join(', '))
  return parts.join(' · ')
}

/** All that a filter of the list looks through, lower case. */
export function searchText(rule: Rule): string {
  return [rule.name, rule.topic, rule.namespace, rule.event, rule.to, rule.room].filter(Boolean).join(' ').toLowerCase()
}
