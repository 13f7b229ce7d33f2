import { describe, expect, it } from 'vitest'
import { blank, carries, formOf, ruleOf, sameRule } from './form'
import type { Rule } from './types'

const full: Rule = {
  name: 'plugs',
  topic: 'stat/{plug}/POWER',
  namespace: '/plugs',
  event: '{plug}',
  room: '{plug}',
  direction: 'socketio_to_mqtt',
  payload: 'text',
  qos: 1,
  retain: true,
  when: 'payload > 0',
  transform: 'payload * 2',
  transform_in: 'payload',
  transform_jq: '.a',
  replay: 'none',
  meta: 'always',
  rate: '10/s',
  over: 'drop',
  dedupe: '2s',
  deadband: 0.5,
  echo: true,
  rpc: { reply: 'stat/{plug}/RESULT', timeout: '3s', match: 'true' },
  test: [{ topic: 'stat/a/POWER', payload: 'ON', expect: { event: 'a', payload: 'ON' } }],
}

describe('form', () => {
  it('loses nothing on the way and back', () => {
    expect(ruleOf(formOf(full))).toEqual(full)
  })

  it('leaves out what has its default', () => {
    const rule: Rule = { name: 'a', topic: 'b', namespace: '/', event: 'c' }
    expect(ruleOf(formOf({ ...rule, direction: 'both', payload: 'auto', qos: 0, over: 'latest' }))).toEqual(rule)
  })

  it('drops the socket.io side of a rule that goes to a topic', () => {
    const f = formOf({ ...full })
    f.target = 'topic'
    f.to = 'other/{plug}'
    const rule = ruleOf(f)
    expect(rule.to).toBe('other/{plug}')
    expect(rule.namespace).toBeUndefined()
    expect(rule.rpc).toBeUndefined()
    expect(rule.when).toBe('payload > 0')
  })

  it('takes a comma for a point', () => {
    const f = formOf(blank)
    f.deadband = '0,25'
    expect(ruleOf(f).deadband).toBe(0.25)
  })

  it('does not share the tests with the rule', () => {
    const f = formOf(full)
    f.test.pop()
    expect(full.test).toHaveLength(1)
  })
})

it('compares rules by what they mean', () => {
  expect(sameRule(full, { ...full })).toBe(true)
  expect(sameRule({ ...full, over: 'latest', rate: '' }, { ...full, rate: '', over: 'latest' })).toBe(true)
  expect(sameRule({ name: 'a', topic: 'b' }, { topic: 'b', name: 'a', direction: 'both' })).toBe(true)
  expect(sameRule(full, { ...full, when: 'payload > 1' })).toBe(false)
})

it('knows which way a rule carries', () => {
  expect(carries({ direction: 'both', target: 'socketio' })).toEqual({ out: true, back: true })
  expect(carries({ direction: 'socketio_to_mqtt', target: 'socketio' })).toEqual({ out: false, back: true })
  expect(carries({ direction: 'both', target: 'topic' })).toEqual({ out: true, back: false })
})
