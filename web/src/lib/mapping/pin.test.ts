import { expect, it } from 'vitest'
import { expectText, pin, pinFault, pinned } from './pin'
import type { Row } from './types'

const row: Row = {
  topic: 'home/attic/hum',
  payload: '63',
  encoding: 'utf8',
  new: { namespace: '/home/attic', event: 'hum', value: '63', value_encoding: 'json' },
}

it('pins what the rule makes of a message now', () => {
  const t = pin(row)
  expect(t).toEqual({
    topic: 'home/attic/hum',
    payload: '63',
    expect: { namespace: '/home/attic', event: 'hum', payload: 63 },
  })
  expect(pinned([t], row)).toBe(true)
  expect(expectText(t)).toBe('/home/attic hum 63')
})

it('pins that a message is filtered', () => {
  const t = pin({ ...row, new: { namespace: '/home/attic', value: null, drop: 'when' } })
  expect(t.expect).toEqual({ drop: 'when' })
  expect(expectText(t)).toBe('not sent (when)')
})

it('pins nothing it could not write down', () => {
  expect(pinFault(row)).toBe('')
  expect(pinFault({ ...row, encoding: 'base64' })).not.toBe('')
  expect(pinFault({ ...row, truncated: true })).not.toBe('')
  expect(pinFault({ ...row, size: 4000 })).not.toBe('')
  expect(pinFault({ ...row, new: null })).not.toBe('')
  expect(pinFault({ ...row, new: { ...row.new!, cut: true } })).toContain('too long')
})
