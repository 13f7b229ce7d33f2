import { describe, expect, test } from 'vitest'
import type { Setup } from '$lib/api'
import { browser, curl, dial, mosquitto, quote } from './snippets'

const where = { host: 'gateway.local', base: 'http://gateway.local:8090/' }
const setup = (mqtt?: string) => ({ listen: mqtt ? { mqtt } : {} }) as Setup
const access = { username: 'panel', password: "it's", token: 'panel.secret' }

describe('dial', () => {
  test.each([
    ['[::]:1883', { host: 'gateway.local', port: '1883' }],
    ['0.0.0.0:1884', { host: 'gateway.local', port: '1884' }],
    ['127.0.0.1:1883', { host: '127.0.0.1', port: '1883' }],
    ['[::1]:1883', { host: '::1', port: '1883' }],
    [undefined, undefined],
  ])('%s', (listen, want) => expect(dial(listen, 'gateway.local')).toEqual(want))
})

test('mosquitto_pub names the port only when it is not the usual one', () => {
  expect(mosquitto('pub', setup('[::]:1883'), where, 'a/b', '21.5')).toBe(
    'mosquitto_pub -h gateway.local -t a/b -m 21.5',
  )
  expect(mosquitto('sub', setup('[::]:1999'), where, 'a/#', '', access)).toBe(
    `mosquitto_sub -h gateway.local -p 1999 -u panel -P 'it'\\''s' -t 'a/#' -v`,
  )
  expect(mosquitto('pub', setup(), where, 'a', 'b')).toBeUndefined()
})

test('curl publishes below the path that the page came from', () => {
  const below = { host: 'x', base: 'https://x/gw/' }
  expect(curl(below, 'a/b', '{"on": true}', access)).toBe(
    `curl -H 'Authorization: Bearer panel.secret' -d '{"on": true}' https://x/gw/api/v1/publish/a/b`,
  )
})

test('the browser gets the path and the token only where they are needed', () => {
  expect(browser(where, '/home/kitchen')).toContain("io('http://gateway.local:8090/home/kitchen')")
  expect(browser({ host: 'x', base: 'https://x/gw/' }, '/a', access)).toContain(
    "io('https://x/a', { path: '/gw/socket.io/', auth: { token: 'panel.secret' } })",
  )
})

test('quote', () => {
  expect([quote('a/b'), quote('a b'), quote('')]).toEqual(['a/b', "'a b'", "''"])
})
