import { expect, it } from 'vitest'
import type { Preview } from './types'
import { arrowOf, countsText, dropText, placeText, searchText, valueText } from './words'

const preview = (counts: Partial<Preview['counts']>, since?: string): Preview => ({
  ok: true,
  problems: [],
  warnings: [],
  rows: [],
  toml: '',
  since,
  counts: { looked_at: 0, matched: 0, sent: 0, filtered: 0, failed: 0, old_sent: 0, differ: 0, ...counts },
})

it('sums up what was tried', () => {
  const now = Date.parse('2026-01-01T12:00:00Z')
  expect(
    countsText(preview({ looked_at: 9120, matched: 50, sent: 47, filtered: 3 }, '2026-01-01T10:00:00Z'), now),
  ).toBe('50 messages of 9,120 recorded, last 2 h · 47 sent, 3 filtered')
  expect(countsText(preview({ looked_at: 1, matched: 1, failed: 1 }), now)).toBe(
    '1 message of 1 recorded · 0 sent, 1 failed',
  )
  const many = {
    ...preview({ looked_at: 900, matched: 3, sent: 1 }),
    rows: [{ topic: 'a', payload: '', encoding: 'utf8' as const, new: null }],
  }
  expect(countsText(many, now)).toBe('the newest 1 of 3 that match, of 900 recorded · 1 sent')
  expect(countsText(preview({ looked_at: 5 }), now)).toBe('None of 5 recorded messages matches.')
  expect(countsText(preview({}), now)).toBe('Nothing is recorded yet.')
})

it('says why something is not sent, without the place that the editor marks', () => {
  expect(dropText({ value: null })).toBe('')
  expect(dropText({ value: null, drop: 'transform_error', text: 'no such field (1:9)' })).toBe(
    'the change failed: no such field',
  )
  expect(dropText({ value: null, drop: 'brand_new' })).toBe('brand new')
})

it('shows values so that their type is seen', () => {
  expect(valueText('on')).toBe('"on"')
  expect(valueText(21.5)).toBe('21.5')
  expect(valueText(null)).toBe('null')
  expect(valueText('AAEC', 'base64')).toBe('3 bytes')
  expect(valueText('AAE=', 'base64')).toBe('2 bytes')
  expect(valueText('9007199254740993', 'json')).toBe('9007199254740993')
})

it('shows where it goes', () => {
  expect(placeText({ value: 1, namespace: '/home', event: 'temp', room: 'attic' })).toBe('/home temp [attic]')
  expect(placeText({ value: 1, to: 'a/b' })).toBe('a/b')
})

it('draws the direction', () => {
  expect(arrowOf({}).icon).toBe('both')
  expect(arrowOf({ direction: 'socketio_to_mqtt' }).icon).toBe('arrowLeft')
  expect(arrowOf({ to: 'a', direction: 'both' }).icon).toBe('arrowRight')
})

it('finds a rule by any of its parts', () => {
  expect(searchText({ name: 'Rooms', topic: 'home/{room}', namespace: '/x', event: 'temp' })).toContain(
    'rooms home/{room} /x temp',
  )
})
