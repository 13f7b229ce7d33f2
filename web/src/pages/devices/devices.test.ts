import { expect, test } from 'vitest'
import type { Device } from '$lib/api'
import { merge, shows } from './devices'

const device = (id: string, online: boolean, at: string) =>
  ({ id, client_id: id, online, connected_at: at, token: `t-${id}`, topics: [{ topic: `from/${id}` }] }) as Device

test('changes take the place of what was known, and the connected come first', () => {
  const merged = merge(
    [device('a', true, '1'), device('b', true, '2')],
    [device('b', false, '3'), device('c', true, '4')],
  )
  expect(merged.map((d) => [d.id, d.online])).toEqual([
    ['c', true],
    ['a', true],
    ['b', false],
  ])
})

test.each([
  ['', true],
  ['PLUG', true],
  ['t-plug', true],
  ['from/', true],
  ['lamp', false],
])('shows %s', (text, want) => expect(shows(device('plug', true, '1'), text)).toBe(want))
