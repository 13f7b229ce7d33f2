import { expect, test } from 'vitest'
import { WiFiWatch } from './watch'

test('a password that was refused twice is wrong', () => {
  const watch = new WiFiWatch('home')
  expect(watch.line('wifi: wrong password')).toBeUndefined()
  expect(watch.line('wifi: home')).toBeUndefined()
  expect(watch.line('wifi: wrong password')?.message).toContain('does not take the password')
})

test('a network may be missed twice', () => {
  const watch = new WiFiWatch('home')
  const said = ['wifi: not found', 'wifi: not found', 'wifi: 192.168.1.7'].map((text) => watch.line(text))
  expect(said).toEqual([undefined, undefined, undefined])
  expect(watch.line('wifi: not found')?.reason).toBe('wifi')
})
