import { expect, it } from 'vitest'
import { between, duration, stepText, ways } from './trace'
import type { Step } from './types'

const steps: Step[] = [
  { kind: 'in', at_us: 0, text: 'MQTT plug_7 (QoS 1)' },
  { kind: 'rule', rule: 'alarm', at_us: 90, reason: 'when', text: 'not sent, "payload > 30" is false' },
  { kind: 'rule', rule: 'rooms', at_us: 100, text: 'sent' },
  { kind: 'rule', rule: 'broken', at_us: 120, reason: 'transform_error', text: 'the transform failed' },
  {
    kind: 'socketio',
    rule: 'rooms',
    at_us: 300,
    target: '/home/kitchen temp',
    receivers: 3,
    slow: 1,
    text: '3 browsers',
  },
  { kind: 'mqtt', at_us: 40, receivers: 2, text: '2 MQTT subscribers' },
]

it('draws each rule as a way, those that arrived first', () => {
  const w = ways({ steps, verdict: '' })
  expect(w.entry?.text).toContain('plug_7')
  expect(w.branches.map((b) => [b.rule, b.end, b.steps.length])).toEqual([
    ['rooms', 'sent', 2],
    [undefined, 'sent', 1],
    ['broken', 'failed', 1],
    ['alarm', 'held', 1],
  ])
})

it('has no entry where a trace only says why nothing came', () => {
  const w = ways({ steps: [{ kind: 'drop', reason: 'denied', text: 'may not read' }], verdict: '' })
  expect(w.entry).toBeUndefined()
  expect(w.branches[0]?.end).toBe('failed')
})

it('says how long each step took, if it was measured', () => {
  expect(between(steps[2], steps[4]!)).toBe('0.2 ms')
  expect(between(undefined, steps[4]!)).toBe('')
  expect(between(steps[0], { kind: 'rule', text: '', at_us: 9, recomputed: true })).toBe('')
})

it.each([
  [12, '<0.1 ms'],
  [450, '0.5 ms'],
  [12_300, '12 ms'],
  [2_300_000, '2.3 s'],
])('%d µs is %s', (us, text) => {
  expect(duration(us)).toBe(text)
})

it('keeps the order of a chain that was worked out', () => {
  const chain: Step[] = [
    { kind: 'socketio', reason: 'offline', text: 'nobody is connected', recomputed: true },
    { kind: 'rule', text: 'mapping rooms brings it', recomputed: true },
  ]
  expect(ways({ steps: chain, verdict: '' }).branches.map((b) => b.end)).toEqual(['failed', 'sent'])
})

it('does not call it an arrival that no mapping took it', () => {
  expect(
    ways({ steps: [{ kind: 'rule', at_us: 0, text: 'no mapping sends a on' }], verdict: '' }).branches[0]?.end,
  ).toBe('held')
})

it('says beside the names what they do not', () => {
  expect(stepText({ kind: 'rule', rule: 'rooms', text: 'mapping rooms: not sent, nobody is there' })).toBe(
    'not sent, nobody is there',
  )
  expect(stepText(steps[4]!)).toBe('3 browsers, 1 too slow')
  expect(stepText({ kind: 'mqtt', text: '2 MQTT clients got it', receivers: 2 })).toBe('2 MQTT clients got it')
})
