import { expect, test } from 'vitest'
import { filtersOf, requestOf, type TokenForm } from './token'

const form: TokenForm = {
  name: ' Panel ',
  kind: 'client',
  role: 'viewer',
  read: 'home/#',
  write: 'a, b\n',
  expires: '',
}

test.each([
  ['home/#', ['home/#']],
  [' a/b ,\n c ', ['a/b', 'c']],
  ['', []],
])('filtersOf(%j)', (text, want) => expect(filtersOf(text)).toEqual(want))

test('each kind sends what is its own', () => {
  expect(requestOf(form)).toEqual({ name: 'Panel', kind: 'client', read: ['home/#'], write: ['a', 'b'] })
  expect(requestOf({ ...form, kind: 'api', expires: '24h' })).toEqual({
    name: 'Panel',
    kind: 'api',
    role: 'viewer',
    expires_in: '24h',
  })
  expect(requestOf({ ...form, kind: 'device' })).toEqual({ name: 'Panel', kind: 'device' })
})
