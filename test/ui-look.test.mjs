// Every page on a phone and in both themes: nothing scrolls sideways, nothing is out of reach for keyboard, screen reader or
// weak eyes, and the console stays empty.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { axe, serious } from './lib/axe.mjs'
import { assertNoComplaints, assertNoSidewaysScroll } from './lib/browser.mjs'
import { placeOf, sharedHouse } from './lib/house.mjs'
import { password } from './lib/people.mjs'
import { until } from './lib/wait.mjs'

const house = sharedHouse('', { demo: true })
const { gateway } = house
const long = `e2e/${'a-very-long-level/'.repeat(12)}end`

/** Places, and what stands there when the page is whole. */
const places = [
  ['/', (page) => page.the('temp', /\d/)],
  ['/traffic', (page) => page.the('traffic-row').first()],
  ['/mappings', (page) => page.the('mapping-row', { name: 'rooms' })],
  ['/mappings/new?topic=home/kitchen/temp', (page) => page.the('preview-row').first()],
  ['/links', (page) => page.the('links-row').first()],
  ['/links/cloud', (page) => page.the('link-state')],
  ['/links/new', (page) => page.the('link-form')],
  ['/mappings/new', (page) => page.the('pick-topic').first()],
  ['/devices', (page) => page.the('devices-row').first()],
  ['/flash', (page) => page.the('flash-form').and(page.locator(':has([data-testid="flash-template-about"])'))],
  ['/flash?at=computer', (page) => page.the('flash-choose').or(page.the('flash-hindered'))],
  ['/settings', (page) => page.the('general-form')],
  ['/settings/account', (page) => page.the('password-form')],
  ['/settings/users', (page) => page.the('users-row').first()],
  ['/settings/tokens', (page) => page.the('tokens-row').first()],
  ['/settings/tokens?new=yes', (page) => page.the('token-form')],
  ['/settings/sessions', (page) => page.the('sessions-row').first()],
  ['/settings/tls', (page) => page.locator('main h1')],
  ['/settings/backup', (page) => page.the('backup-download')],
  ['/settings/about', (page) => page.locator('main h1')],
  ['/nowhere', (page) => page.getByText('Not here')],
]

before(async () => {
  await until(() => house.owner, 'the gateway to be claimed')
  const { owner } = house
  const rule = { name: 'rooms', topic: 'home/{room}/{sensor}', namespace: '/home/{room}', event: '{sensor}' }
  const config = { name: 'cloud', url: 'mqtt://127.0.0.1:1', topics: [{ filter: '#', direction: 'in', qos: 1 }] }
  for (const [path, body] of [
    ['mappings', { rule }],
    ['links', { config }],
    ['users', { username: 'vic', password, role: 'viewer' }],
    ['tokens', { name: 'Kitchen panel', kind: 'client', read: ['home/#'], write: ['home/kitchen/#'] }],
  ]) {
    await owner.post(path, body, { expect: 201 })
  }
  await owner.publish(long, 'x'.repeat(500))
})

for (const [width, height, colorScheme] of [
  [1280, 900, 'light'],
  [1280, 900, 'dark'],
  [390, 844, 'light'],
  [360, 740, 'dark'],
]) {
  const phone = width < 720 ? { hasTouch: true, isMobile: true } : {}
  test(`every page at ${width} pixels, ${colorScheme}`, async (t) => {
    const options = { viewport: { width, height }, colorScheme, reducedMotion: 'reduce', bypassCSP: true, ...phone }
    const page = await house.open(t, '/', options)
    await page.addInitScript(axe)
    await page.reload()
    const faults = []
    for (const [place, whole] of places) {
      await page.goto(placeOf(gateway, place))
      await whole(page).waitFor()
      await assertNoSidewaysScroll(page).catch((error) => faults.push(`${place}: ${error.message}`))
      // Half of the time goes here; the phone's pages are made of the same parts.
      if (width > 720) for (const fault of await serious(page)) faults.push(`${place}: ${fault}`)
    }
    assert.deepEqual(faults, [])
    assertNoComplaints(page)
  })
}

test('the login and the first run, on a phone', async (t) => {
  const page = await house.open(t, '/', { as: null, viewport: { width: 360, height: 740 }, bypassCSP: true })
  await page.the('login-submit').waitFor()
  await page.evaluate(axe)
  await assertNoSidewaysScroll(page)
  assert.deepEqual(await serious(page), [])
})

test('on a phone a message opens as a sheet, and topics as a drawer', async (t) => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
  const page = await house.open(t, '/traffic?q=e2e/%23', phone)
  await page.the('traffic-row', { topic: long }).tap()
  await page.the('traffic-sheet').waitFor()
  await assertNoSidewaysScroll(page)
  await page.keyboard.press('Escape')
  await page.the('open-topics').tap()
  await page.the('topics-drawer').waitFor()
  assertNoComplaints(page)
})

test('the theme is chosen, and stays', async (t) => {
  const page = await house.open(t, '/', { colorScheme: 'light' })
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await ground()
  for (const turn of ['light', 'dark']) {
    await page.the('account').click()
    await page.the('theme').click()
    await page.locator(`html[data-theme=${turn}]`).waitFor({ state: 'attached' })
  }
  const dark = await ground()
  assert.notEqual(dark, light)
  await page.reload()
  assert.equal(await ground(), dark)
  assertNoComplaints(page)
})
