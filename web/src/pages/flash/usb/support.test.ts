import { expect, test } from 'vitest'
import { hindrance } from './support'

const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15'
const android = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36'

test.each([
  ['a browser that can', { serial: true, secure: true, agent: chrome }, undefined],
  ['http', { serial: false, secure: false, agent: chrome }, /https only.*Switch https on/],
  [
    'http beside https',
    { serial: false, secure: false, agent: chrome, https: 'https://pi:8443/' },
    /Open the page over https/,
  ],
  ['Firefox', { serial: false, secure: true, agent: firefox }, /Chrome, Edge and Opera can/],
  ['Firefox over http', { serial: false, secure: false, agent: firefox }, /Chrome, Edge and Opera can/],
  ['Safari', { serial: false, secure: true, agent: safari }, /Chrome, Edge and Opera can/],
  ['a phone', { serial: false, secure: false, agent: android }, /phone or tablet/],
  ['a policy', { serial: false, secure: true, agent: chrome }, /switched it off/],
])('%s', (_, surroundings, want) => {
  const got = hindrance(surroundings)
  if (want) expect(`${got?.why} ${got?.remedy}`).toMatch(want)
  else expect(got).toBeUndefined()
})

test('where the page came over http, its https address is offered', () => {
  const got = hindrance({ serial: false, secure: false, agent: chrome, https: 'https://pi:8443/#/flash' })
  expect(got?.href).toBe('https://pi:8443/#/flash')
})
