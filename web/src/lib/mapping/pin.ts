import type { Outcome, Row, RuleTest } from './types'

/** Why a row cannot be pinned as a test; empty when it can. */
export function pinFault(row: Row): string {
  if (row.encoding === 'base64') return 'Binary payloads cannot be written into a test.'
  if (row.truncated || (row.size ?? 0) > new TextEncoder().encode(row.payload).length)
    return 'The recorded payload is cut.'
  if (!row.new) return 'The rule does not take this message.'
  if (row.new.cut && !row.new.drop) return 'What the rule makes of it is too long: only its beginning is known here.'
  return ''
}

/** The test that holds a rule to what it now makes of a row. */
export function pin(row: Row): RuleTest {
  const o = row.new
  const test: RuleTest = { topic: row.topic, payload: row.payload, expect: {} }
  if (!o) return test
  if (o.drop) return { ...test, expect: { drop: o.drop } }
  const expect: Record<string, unknown> = {}
  if (o.to) expect['to'] = o.to
  if (o.namespace) expect['namespace'] = o.namespace
  if (o.event) expect['event'] = o.event
  if (o.room) expect['room'] = o.room
  const value = valueOf(o)
  if (value !== undefined && value !== null) expect['payload'] = value
  return { ...test, expect }
}

/** The value that an outcome carries; undefined where it is binary, which a test cannot hold. */
function valueOf(o: Outcome): unknown {
  if (o.value_encoding === 'base64') return undefined
  return o.value_encoding === 'json' && typeof o.value === 'string' ? (JSON.parse(o.value) as unknown) : o.value
}

/** Whether a row is pinned already. */
export function pinned(tests: readonly RuleTest[], row: Row): boolean {
  return tests.some((t) => t.topic === row.topic && t.payload === row.payload)
}

/** What a test expects, on one line. */
export function expectText(t: RuleTest): string {
  const e = t.expect
  if (e['drop']) return `not sent (${String(e['drop']).replaceAll('_', ' ')})`
  const place = [e['to'], e['topic'], e['namespace'], e['event'], e['room'] && `[${String(e['room'])}]`]
    .filter(Boolean)
    .join(' ')
  return [place, e['payload'] === undefined ? '' : JSON.stringify(e['payload'])].filter(Boolean).join(' ')
}
