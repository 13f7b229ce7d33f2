import { expect, test } from 'vitest'
import { blank, requestOf, urlFault } from './form'

test('what is empty is left out, and what is only told', () => {
  const config = { ...blank('mqtt://b:1883'), username: '', password_set: true }
  config.topics[0] = { filter: ' home/# ', direction: 'out', qos: 0, remote_prefix: '' }
  expect(requestOf(config, undefined)).toEqual({
    config: { name: 'broker', url: 'mqtt://b:1883', topics: [{ filter: 'home/#', direction: 'out' }] },
  })
})

test('an empty password is sent: it takes the stored one away', () => {
  expect(requestOf(blank('mqtt://b'), '')).toHaveProperty('password', '')
})

test.each([
  ['', ''],
  ['mqtt://broker.lan:1883', ''],
  ['wss://broker/mqtt', ''],
  ['broker.lan', 'Starts with'],
  ['http://broker', 'Starts with'],
  ['mqtt://u:p@broker', 'own fields'],
])('urlFault(%s)', (url, want) => expect(urlFault(url)).toContain(want))
